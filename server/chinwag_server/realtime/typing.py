"""The event `typing`."""

from chinwag_protocol.commands import Typing, TypingAck
from chinwag_server.realtime.connection import Connection
from chinwag_server.realtime.dispatch import Route
from chinwag_server.services.typing import TypingSignals


def routes(typing: TypingSignals) -> dict[str, Route]:
    """The handlers, by event."""

    async def set_typing(connection: Connection, command: Typing) -> TypingAck:
        await typing.set(connection.principal, command)
        return TypingAck()

    return {"typing": Route(Typing, set_typing)}
