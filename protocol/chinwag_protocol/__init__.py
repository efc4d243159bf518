"""The wire contract that the server and every client import: objects, events, errors, limits."""

__version__ = "0.1.0"
