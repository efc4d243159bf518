"""`chat-server serve`."""

from chinwag_server.cli.options import NONE_OF_ALL_GIVEN, AllOptions


def serve(*, options: AllOptions = NONE_OF_ALL_GIVEN) -> None:
    """Serve until a signal comes."""
    import asyncio

    from chinwag_server import logs
    from chinwag_server.supervisor import Supervisor

    settings = options.settings()
    logs.set_up(process="supervisor", form=settings.log_format, debug=settings.debug)

    async def run() -> None:
        await Supervisor(settings, announce=_announce).run()

    asyncio.run(run())


def _announce(address: str) -> None:
    print(f"ready {address}", flush=True)  # noqa: T201 - what operators and tests wait for
