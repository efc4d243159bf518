"""The command `chat-server`: `main` is all that others call. Everything is imported when it is needed."""


def main() -> None:
    """Run the command line and exit: 0 done, 1 told what is wrong, 2 not understood, 130 interrupted."""
    try:
        from chinwag_server.cli.app import run
    except ModuleNotFoundError as error:
        if (error.name or "").startswith("chinwag"):
            raise
        raise SystemExit(
            f"chat-server: the server's libraries are not installed (no {error.name}); "
            "in the clone: pipx install --force '.[server,desktop]'"
        ) from None
    run()
