"""One Engine.IO session, whatever carries it: a WebSocket, long polling, or the one turning into the other.

A link has no queue and no task. What is written to it within one tick of the loop is kept in order and leaves as one
write. It is OPEN until somebody ends it, CLOSING while the peer may still take what was last said to it, then CLOSED.
"""

import asyncio
from collections.abc import Callable
from enum import IntEnum
from typing import TYPE_CHECKING, Any, Final, Protocol

from chinwag_server.realtime.encoding import CLOSE, DISCONNECT, NOOP, PING, PROBED
from chinwag_server.realtime.strangers import Place
from chinwag_server.realtime.timing import Deadline

if TYPE_CHECKING:
    from chinwag_server.realtime.connection import Connection
    from chinwag_server.realtime.engine import Engine


class State(IntEnum):
    OPEN = 0
    CLOSING = 1
    CLOSED = 2


class CloseCode(IntEnum):
    """Why a WebSocket was closed (RFC 6455, 7.4)."""

    NORMAL = 1000
    GOING_AWAY = 1001
    PROTOCOL_ERROR = 1002
    NOT_SUPPORTED = 1003
    BAD_TEXT = 1007
    POLICY = 1008
    TOO_BIG = 1009
    INTERNAL = 1011


class Carrier(Protocol):
    """What carries a link's packets: `websocket.WebSocket` or `long_poll.LongPoll`."""

    polls: bool

    def send(self, packets: list[bytes]) -> None:
        """Send packets in a row. The list stays the caller's."""
        ...

    def take_back(self) -> list[bytes]:
        """Give back what was not sent yet, and send nothing more."""
        ...

    def pause(self) -> None:
        """Read nothing more from the peer."""
        ...

    def resume(self) -> None:
        """Read on."""
        ...

    def hold(self) -> None:
        """Keep packets back: the session is moving to another carrier."""
        ...

    def let_go(self) -> None:
        """Send what was kept back: the session stays."""
        ...

    def close(self, code: CloseCode) -> None:
        """Tell the peer that this is the end."""
        ...

    def abort(self) -> None:
        """Drop the transport at once."""
        ...


_NOISE_LIMIT: Final = 1_000
_OPEN: Final = State.OPEN


class Link:
    """An Engine.IO session. Its methods are called from the event loop only."""

    __slots__ = (
        "_dirty",
        "_engine",
        "_heartbeat",
        "_noise",
        "_out",
        "_patience",
        "_place",
        "_pong_due",
        "_ready",
        "address",
        "carrier",
        "close_code",
        "connecting",
        "connection",
        "known",
        "paused",
        "session",
        "sid",
        "state",
        "upgrade",
    )

    def __init__(self, engine: "Engine", sid: str, *, address: str, place: Place) -> None:
        self._engine = engine
        self.sid = sid
        self.address = address
        self.state = State.OPEN
        self.carrier: Carrier
        self.upgrade: Carrier | None = None
        self.close_code: CloseCode | None = None
        self.connecting = False
        self.connection: Connection | None = None
        self.known = False
        self.session: dict[str, Any] | None = None
        self.paused = False
        self._place = place
        self._out: list[bytes] = []
        self._dirty = False
        self._ready: asyncio.Future[None] | None = None
        self._pong_due = False
        self._noise = 0
        self._heartbeat: Deadline | None = None
        self._patience: Deadline | None = None

    # ------------------------------------------------------------ in

    def receive(self, packet: bytes) -> None:
        """Take one Engine.IO packet of the peer."""
        if self.state is not _OPEN:
            return
        kind = packet[:1]
        if kind == b"4":
            if self.connection is not None and packet[1:2] == b"2":
                self._engine.on_event(self.connection, packet)
            else:
                self._engine.on_packet(self, packet)
        elif packet == b"3":
            self._pong_due = False
            self.note_noise()
        elif packet == CLOSE:
            self.end("client disconnect", last=None)
        elif packet == NOOP:
            self.note_noise()
        else:
            self.end("malformed packet", code=CloseCode.PROTOCOL_ERROR)

    def note_noise(self) -> None:
        """Count what costs work and leads nowhere: more between two heartbeats than anyone needs ends the link."""
        self._noise += 1
        if self._noise > _NOISE_LIMIT:
            self.end("too many control packets", code=CloseCode.POLICY)

    def pause(self) -> None:
        """Take nothing more from the peer for now."""
        if not self.paused:
            self.paused = True
            self.carrier.pause()

    def resume(self) -> None:
        """Take more from the peer."""
        if self.paused:
            self.paused = False
            self.carrier.resume()
            self._set_ready()

    async def ready(self) -> None:
        """Wait until more may be taken from the peer: the answer to a POST waits for it."""
        while self.paused and self.state is _OPEN:
            self._ready = self._ready or asyncio.get_running_loop().create_future()
            await asyncio.shield(self._ready)

    def _set_ready(self) -> None:
        if self._ready is not None:
            self._ready.set_result(None)
            self._ready = None

    # ------------------------------------------------------------ out

    def write(self, packet: bytes) -> None:
        """Send an Engine.IO packet with all others of this tick."""
        if self.state is _OPEN:
            self._out.append(packet)
            if not self._dirty:
                self._dirty = True
                self._engine.flush_soon(self)

    def flush(self) -> None:
        """Hand what was written to the carrier. The engine calls it once a tick."""
        self._dirty = False
        if self._out:
            self.carrier.send(self._out)
            self._out.clear()

    def expect(self, seconds: float, otherwise: Callable[[], None]) -> None:
        """The peer has this long for its next step, instead of what was expected so far."""
        self._engine.sweeper.cancel(self._patience)
        self._patience = self._engine.sweeper.after(seconds, otherwise)

    def make_known(self) -> None:
        """It was said whose session this is."""
        self.known = True
        self._engine.sweeper.cancel(self._patience)
        self._place.leave()

    # ------------------------------------------------------------ from polling to a WebSocket

    @property
    def can_upgrade(self) -> bool:
        """Whether this session polls, and no WebSocket has asked for it yet."""
        return self.state is _OPEN and self.carrier.polls and self.upgrade is None

    def begin_upgrade(self, carrier: Carrier) -> bool:
        """A WebSocket probes this session: packets wait for it from now on. False when there is nothing to upgrade."""
        if not self.can_upgrade:
            return False
        self.upgrade = carrier
        carrier.send([PROBED])
        self.carrier.hold()
        return True

    def finish_upgrade(self, carrier: Carrier) -> bool:
        """The client has moved over: send what waited, before anything new."""
        if self.state is not _OPEN or self.upgrade is not carrier:
            return False
        self.upgrade = None
        self._pong_due = False
        waited = self.carrier.take_back()
        self.carrier = carrier
        if self.paused:
            carrier.pause()
        if waited:
            carrier.send(waited)
        return True

    def abandon_upgrade(self, carrier: Carrier) -> None:
        """The WebSocket has gone before the client moved over: go on as before."""
        if self.upgrade is carrier:
            self.upgrade = None
            self._pong_due = False
            self.carrier.let_go()

    # ------------------------------------------------------------ heartbeat

    def start_heartbeat(self) -> None:
        """The session has begun."""
        self._heartbeat = self._engine.sweeper.after(self._engine.timing.ping_interval_s, self.beat)

    def beat(self) -> None:
        """Send a ping, and look a little later whether it was answered."""
        if self.state is _OPEN:
            self._noise = 0
            self._pong_due = True
            self.write(PING)
            self._heartbeat = self._engine.sweeper.after(self._engine.timing.ping_timeout_s, self._check_pong)

    def _check_pong(self) -> None:
        if self.state is not _OPEN:
            return
        if self._pong_due and not self.paused and self.upgrade is None:  # else the ping may still be kept back
            self.end("ping timeout")
            return
        timing = self._engine.timing
        pause = max(0.0, timing.ping_interval_s - timing.ping_timeout_s)
        self._heartbeat = self._engine.sweeper.after(pause, self.beat)

    # ------------------------------------------------------------ the end

    def end(self, reason: str, *, code: CloseCode = CloseCode.NORMAL, last: bytes | None = DISCONNECT) -> None:
        """Say `last`, and close the transport within the second, whatever the peer does."""
        if self.state is not _OPEN:
            return
        self.close_code = code
        if last is not None:
            self._out.append(last)
        self._stop(reason)
        self.flush()
        self.carrier.close(code)
        self._engine.sweeper.after(self._engine.timing.close_s, self.abort)

    def broken(self, reason: str) -> None:
        """The carrier has said goodbye itself: close the transport within the second."""
        if self.state is _OPEN:
            self._stop(reason)
            self._engine.sweeper.after(self._engine.timing.close_s, self.abort)

    def cut(self, reason: str) -> None:
        """Drop the connection without a word: the peer would not read it."""
        if self.state is _OPEN:
            self._stop(reason)
        self.abort()

    def abort(self) -> None:
        """Drop what is left of the transport."""
        if self.state is not State.CLOSED:
            self.carrier.abort()
            self.gone()

    def gone(self, reason: str = "transport close") -> None:
        """The carrier is no more: forget the session, its sid is unknown from now on."""
        if self.state is _OPEN:
            self._stop(reason)
        if self.state is not State.CLOSED:
            self.state = State.CLOSED
            self._out.clear()
            self.connection = None
            self._place.leave()
            self._engine.sweeper.cancel(self._heartbeat)
            self._engine.sweeper.cancel(self._patience)
            self._engine.forget(self)

    def _stop(self, reason: str) -> None:
        self.state = State.CLOSING
        if self.upgrade is not None:
            self.upgrade.close(CloseCode.GOING_AWAY)
            self.upgrade = None
            self.carrier.let_go()
        self._set_ready()
        self._engine.on_ended(self, reason)

    # ------------------------------------------------------------ as python-engineio has it

    @property
    def closed(self) -> bool:
        return self.state is not _OPEN

    @property
    def upgraded(self) -> bool:
        return not self.carrier.polls

    async def send(self, packet: Any) -> None:
        """Send a packet of python-engineio."""
        encoded: str | bytes = packet.encode()
        self.write(encoded.encode() if isinstance(encoded, str) else encoded)

    async def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """End the session; never waits for the peer."""
        if abort:
            self.cut(reason or "server disconnect")
        else:
            self.end(reason or "server disconnect")
