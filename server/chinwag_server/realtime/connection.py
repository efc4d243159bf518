"""One Socket.IO connection: a socket whose CONNECT was accepted. Handlers get it with each event."""

from typing import TYPE_CHECKING

import msgspec

from chinwag_server.bus.packets import encode_event
from chinwag_server.domain.records import Principal
from chinwag_server.realtime.link import CloseCode, Link

if TYPE_CHECKING:
    from chinwag_server.realtime.inbox import Inbox


class Connection:
    """`sid` is public and sorts by the time of CONNECT. `registered` turns true with `register-user`."""

    __slots__ = ("inbox", "link", "principal", "registered", "sid")

    def __init__(self, link: Link, *, sid: str, principal: Principal) -> None:
        self.link = link
        self.sid = sid
        self.principal = principal
        self.registered = False
        self.inbox: Inbox

    def __repr__(self) -> str:
        return f"<Connection {self.sid} of {self.principal.user_id}>"

    @property
    def address(self) -> str:
        """The client's address, behind trusted proxies."""
        return self.link.address

    @property
    def open(self) -> bool:
        """Whether anything can still be sent."""
        return not self.link.closed

    def send(self, event: str, payload: msgspec.Struct) -> None:
        """Send an event to this socket only."""
        self.link.write(encode_event(event, payload))

    def register(self) -> None:
        """Let events of the user come to this socket; `register-user` was accepted. Repeating it changes nothing."""
        self.registered = True
        self.link.make_known()

    def renew(self, principal: Principal) -> None:
        """Take over a new access token. Raises ValueError if it is of another session."""
        if (principal.user_id, principal.session_id) != (self.principal.user_id, self.principal.session_id):
            raise ValueError("a token of another session")
        self.principal = principal

    def close(self, reason: str) -> None:
        """Send DISCONNECT, and close the transport within the second. `reason` is for the log."""
        self.link.end(reason, code=CloseCode.NORMAL)
