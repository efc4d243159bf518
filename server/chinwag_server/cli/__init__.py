"""The command `chat-server`: `main` is all that others call. Everything is imported when it is needed."""


def main() -> None:
    """Run the command line and exit: 0 done, 1 told what is wrong, 130 interrupted."""
    from chinwag_server.cli.app import run

    run()
