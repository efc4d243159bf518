"""The parts of a worker, constructed one noun a file; `asgi.py` calls them in order and joins what they made."""
