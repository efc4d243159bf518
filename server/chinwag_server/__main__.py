"""`python -m chinwag_server` is the command `chat-server`."""

from chinwag_server.cli import main

if __name__ == "__main__":
    main()
