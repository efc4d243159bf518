"""All Engine.IO sessions of this worker, under python-engineio's API.

python-engineio's own transports are not used: `polling.py` serves long polling, `websocket.py` every WebSocket. What
is left of it is what python-socketio above needs, and what a program that knows it expects.
"""

import asyncio
import logging
import secrets
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final, Protocol

import engineio

from chinwag_protocol.limits import Limits
from chinwag_server.realtime.encoding import Handshake, encode_open
from chinwag_server.realtime.link import Carrier, Link, State
from chinwag_server.realtime.strangers import Place, Strangers
from chinwag_server.realtime.timing import Sweeper, Timing

if TYPE_CHECKING:
    from chinwag_server.realtime.connection import Connection

_log: Final = logging.getLogger(__name__)


class Receiver(Protocol):
    """The Socket.IO server above."""

    def link_opened(self, link: Link) -> None:
        """A session begins; there is no CONNECT yet."""
        ...

    def packet_received(self, link: Link, packet: bytes) -> None:
        """A Socket.IO packet came that is no event of a connection."""
        ...

    def event_received(self, connection: "Connection", packet: bytes) -> None:
        """An event came on a connection."""
        ...

    def link_ended(self, link: Link, reason: str) -> None:
        """A session is over; its transport may take some time yet."""
        ...


class Watched(Protocol):
    """A carrier that could not send everything at once."""

    def check_backlog(self, now: float) -> bool:
        """Cut off a reader that is too far behind. False when it need not be watched any more."""
        ...


class Engine(engineio.AsyncServer):
    """Sessions by sid."""

    def __init__(self, *, receiver: Receiver, limits: Limits, timing: Timing, sid_prefix: str = "") -> None:
        options: dict[str, Any] = {
            "async_mode": "asgi",
            "ping_interval": timing.ping_interval_s,
            "ping_timeout": timing.ping_timeout_s,
            "max_http_buffer_size": limits.frame_bytes,
            "http_compression": False,
            "logger": logging.getLogger("engineio.server"),
            "monitor_clients": False,
        }
        super().__init__(**options)
        self.sockets: dict[str, Link] = {}
        self.timing = timing
        self.limits = limits
        self.sweeper = Sweeper(timing.tick_s)
        self.sweeper.every_tick(self._check_backlogs)
        self.strangers = Strangers(limits.strangers_per_address)
        self.draining = False
        self.on_event: Callable[[Connection, bytes], None] = receiver.event_received
        self.on_packet: Callable[[Link, bytes], None] = receiver.packet_received
        self.on_ended: Callable[[Link, str], None] = receiver.link_ended
        self._on_opened = receiver.link_opened
        self._sid_prefix = sid_prefix
        self._dirty: list[Link] = []
        self._watched: set[Watched] = set()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._none_left: asyncio.Event | None = None

    def start(self) -> None:
        """Begin to watch over sessions."""
        self._loop = asyncio.get_running_loop()
        self.sweeper.start()

    def stop(self) -> None:
        """Drop every session that is left."""
        for link in list(self.sockets.values()):
            link.cut("server shutdown")
        self.sweeper.stop()

    def open_link(self, carrier_of: Callable[[Link], Carrier], *, address: str, place: Place) -> Link:
        """Begin a session. Its first packet is `handshake`, and the caller sends it."""
        link = Link(self, self.generate_id(), address=address, place=place)
        link.carrier = carrier_of(link)
        self.sockets[link.sid] = link
        link.start_heartbeat()
        self._on_opened(link)
        return link

    def handshake(self, link: Link) -> bytes:
        """Encode the first packet of a session."""
        return encode_open(
            Handshake(
                sid=link.sid,
                upgrades=("websocket",) if link.carrier.polls else (),
                ping_interval=round(self.timing.ping_interval_s * 1_000),
                ping_timeout=round(self.timing.ping_timeout_s * 1_000),
                max_payload=self.limits.frame_bytes,
            )
        )

    def find_link(self, sid: str) -> Link | None:
        """Find a session that a client may still talk to, or take last words from."""
        link = self.sockets.get(sid)
        return None if link is None or link.state is State.CLOSED else link

    def flush_soon(self, link: Link) -> None:
        """Flush this link at the end of the tick."""
        if not self._dirty:
            assert self._loop is not None, "the engine is not started"
            self._loop.call_soon(self._flush)
        self._dirty.append(link)

    def watch(self, carrier: Watched) -> None:
        """Look at this carrier each tick."""
        self._watched.add(carrier)

    def forget(self, link: Link) -> None:
        """Take a session out: its sid is unknown from now on."""
        self.sockets.pop(link.sid, None)
        if not self.sockets and self._none_left is not None:
            self._none_left.set()

    async def wait_closed(self) -> None:
        """Wait until no session is left."""
        self._none_left = self._none_left or asyncio.Event()
        while self.sockets:
            self._none_left.clear()
            await self._none_left.wait()

    def _flush(self) -> None:
        dirty, self._dirty = self._dirty, []
        for link in dirty:
            try:
                link.flush()
            except Exception:  # noqa: BLE001 - a boundary: one broken transport must not silence the others
                _log.exception("a socket cannot be written to")
                link.cut("transport error")

    def _check_backlogs(self, now: float) -> None:
        if self._watched:
            self._watched = {carrier for carrier in self._watched if carrier.check_backlog(now)}

    # ------------------------------------------------------------ as python-engineio has it

    def generate_id(self) -> str:
        """Make an id that nobody can guess: whoever knows it may speak for the session."""
        return self._sid_prefix + secrets.token_urlsafe(15)

    async def send(self, sid: str, data: Any) -> None:
        """Send a message to a session, if it is there."""
        if (link := self.sockets.get(sid)) is not None:
            link.write(b"4" + (data.encode() if isinstance(data, str) else data))

    async def send_packet(self, sid: str, pkt: Any) -> None:
        """Send a packet of python-engineio to a session, if it is there."""
        if (link := self.sockets.get(sid)) is not None:
            await link.send(pkt)

    async def get_session(self, sid: str) -> dict[str, Any]:
        """Give what a program keeps with a session. Raises KeyError."""
        link = self.sockets[sid]
        if link.session is None:
            link.session = {}
        return link.session

    async def disconnect(self, sid: str | None = None) -> None:
        """End a session, or all; never waits for a peer."""
        for link in list(self.sockets.values()) if sid is None else filter(None, [self.sockets.get(sid)]):
            link.end("server disconnect")
