"""The events about messages: `sendMessage`, on the hot path, and `editMessage`, `deleteMessage`, `react`, `pinMessage`.

The dispatcher sends `messageError` beside the ack of a `sendMessage` that fails.
"""

from chinwag_protocol.commands import DeleteMessage, EditMessage, MessageAck, PinMessage, React, SendMessage
from chinwag_protocol.objects import Message
from chinwag_server.domain.errors import ChatError
from chinwag_server.realtime.connection import Connection
from chinwag_server.realtime.dispatch import Reply, Route
from chinwag_server.services.message_changes import MessageChanges
from chinwag_server.services.messages import Messages


def routes(messages: Messages, changes: MessageChanges) -> dict[str, Route]:
    """The handlers, by event."""

    def send(connection: Connection, command: SendMessage, reply: Reply) -> None:
        def done(outcome: Message | ChatError) -> None:
            reply(outcome if isinstance(outcome, ChatError) else MessageAck(message=outcome))

        messages.send(connection.principal, command, done)

    async def edit(connection: Connection, command: EditMessage) -> MessageAck:
        return MessageAck(message=await changes.edit(connection.principal, command))

    async def delete(connection: Connection, command: DeleteMessage) -> MessageAck:
        return MessageAck(message=await changes.delete(connection.principal, command))

    async def react(connection: Connection, command: React) -> MessageAck:
        return MessageAck(message=await changes.react(connection.principal, command))

    async def pin(connection: Connection, command: PinMessage) -> MessageAck:
        return MessageAck(message=await changes.pin(connection.principal, command))

    return {
        "sendMessage": Route(SendMessage, send, inline=True),
        "editMessage": Route(EditMessage, edit),
        "deleteMessage": Route(DeleteMessage, delete),
        "react": Route(React, react),
        "pinMessage": Route(PinMessage, pin),
    }
