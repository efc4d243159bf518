"""A WebSocket of picows as the carrier of a session: direct from the start, or taking over from long polling.

Text frames become Engine.IO packets, fragmented or not; binary ones close the connection. Writes go straight to the
transport. What the kernel does not take at once makes the socket a lagging one, which the engine watches until it has
caught up or is too far behind.
"""

import asyncio
import logging
from enum import Enum
from typing import TYPE_CHECKING, Any, Final

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport

from chinwag_server.realtime.drain import drain
from chinwag_server.realtime.encoding import PROBE, UPGRADE, join_frames
from chinwag_server.realtime.link import CloseCode, Link
from chinwag_server.realtime.strangers import Place
from chinwag_server.tls import abort

if TYPE_CHECKING:
    from chinwag_server.realtime.engine import Engine

_TEXT: Final = WSMsgType.TEXT
_MAX_FRAGMENTS: Final = 1_024
LATE: Final = 64
"""Frames that are looked at after the end, for the CLOSE of the peer among them."""
_log: Final = logging.getLogger(__name__)


class _Stage(Enum):
    PROBING = 1
    PROBED = 2
    OPEN = 3
    CLOSED = 4


_OPEN: Final = _Stage.OPEN


class WebSocket(WSListener):
    """One WebSocket. picows calls the methods from `on_ws_connected` on, the link those of a carrier."""

    polls = False
    __slots__ = (
        "_engine",
        "_fragments",
        "_lagging",
        "_late",
        "_link",
        "_mark",
        "_place",
        "_queued",
        "_stage",
        "_transport",
        "_ws",
    )

    def __init__(self, engine: "Engine", transport: asyncio.Transport) -> None:
        self._engine = engine
        self._transport = transport
        self._ws: WSTransport
        self._link: Link
        self._place = Place()
        self._stage = _Stage.OPEN
        self._fragments: list[bytes] | None = None
        self._lagging = False
        self._late = 0
        self._queued = 0
        self._mark = (0.0, 0)

    def begin(self, link: Link) -> None:
        """Carry this session, which has just begun."""
        self._link = link

    def probe(self, link: Link, place: Place) -> None:
        """Wait for the client of this session, which polls, to ask whether it may move here, and to come."""
        self._link = link
        self._place = place
        self._stage = _Stage.PROBING
        self._engine.sweeper.after(self._engine.timing.upgrade_s, self._check_upgraded)

    # ------------------------------------------------------------ of a carrier

    def send(self, packets: list[bytes]) -> None:
        if self._stage is _Stage.CLOSED:
            return
        lagged = self._lagging
        if len(packets) == 1:
            self._ws.send(_TEXT, packets[0])
        else:
            self._transport.write(join_frames(packets))
        if lagged:
            self._queued += sum(map(len, packets))
            if self._transport.get_write_buffer_size() > self._engine.limits.backlog_bytes:
                self._cut()

    def take_back(self) -> list[bytes]:
        return []

    def pause(self) -> None:
        if not self._transport.is_closing() and self._transport.is_reading():
            self._transport.pause_reading()

    def resume(self) -> None:
        if not self._transport.is_closing() and not self._transport.is_reading():
            self._transport.resume_reading()

    def hold(self) -> None:
        """Never asked: a session that has come here stays."""

    let_go = hold

    def close(self, code: CloseCode) -> None:
        if self._stage is not _Stage.CLOSED:
            self._stage = _Stage.CLOSED
            self._fragments = None
            self._ws.send_close(WSCloseCode(code))
            self.resume()
            self._engine.sweeper.after(self._engine.timing.close_s, self.abort)

    def abort(self) -> None:
        self._stage = _Stage.CLOSED
        abort(self._transport)

    def check_backlog(self, now: float) -> bool:
        if not self._lagging or self._stage is _Stage.CLOSED:
            return False
        sent = self._queued - self._transport.get_write_buffer_size()
        since, target = self._mark
        if sent >= target:
            self._mark = (now, self._queued)
        elif now - since > self._engine.limits.backlog_ms / 1_000:
            self._cut()
            return False
        return True

    def _cut(self) -> None:
        _log.info("a client is too far behind: cut off")
        if self._stage is _OPEN:
            self._link.cut("slow reader")
        else:
            self.abort()

    # ------------------------------------------------------------ of a listener

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._ws = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._refuse(CloseCode.PROTOCOL_ERROR)
        elif frame.msg_type is _TEXT and frame.fin and self._fragments is None:
            self._take(frame.get_payload_as_bytes())
        else:
            self._take_uncommon(frame)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        stage, self._stage = self._stage, _Stage.CLOSED
        link = self._link
        self._place.leave()
        self._let_go_of(transport)
        if link.carrier is self:
            link.gone()
        elif stage is not _Stage.CLOSED:
            link.abandon_upgrade(self)

    def pause_writing(self) -> None:
        """The kernel takes no more for now."""
        self._lagging = True
        self._queued = self._transport.get_write_buffer_size()
        self._mark = (asyncio.get_running_loop().time(), self._queued)
        self._engine.watch(self)

    def resume_writing(self) -> None:
        """The kernel has taken everything."""
        self._lagging = False

    def gave_up(self) -> None:
        """picows found a violation of the protocol, and has sent a CLOSE that says which."""
        if self._stage is _Stage.CLOSED:
            return
        stage, self._stage = self._stage, _Stage.CLOSED
        self._engine.sweeper.after(self._engine.timing.close_s, self.abort)
        if stage is _OPEN:
            self._link.broken("malformed frame")
        else:
            self._link.abandon_upgrade(self)

    # ------------------------------------------------------------ what comes in

    def _take(self, packet: bytes) -> None:
        if self._stage is _OPEN:
            self._link.receive(packet)
        elif self._stage is _Stage.PROBING and packet == PROBE and self._link.begin_upgrade(self):
            self._stage = _Stage.PROBED
        elif self._stage is _Stage.PROBED and packet == UPGRADE and self._link.finish_upgrade(self):
            self._stage = _Stage.OPEN
            self._place.leave()
        elif self._stage is not _Stage.CLOSED:
            self._refuse(CloseCode.PROTOCOL_ERROR)
        else:
            self._take_late()

    def _take_uncommon(self, frame: WSFrame) -> None:
        kind = frame.msg_type
        if kind == WSMsgType.CLOSE:
            self._closed_by_peer(frame)
        elif self._stage is _Stage.CLOSED:
            self._take_late()
        elif kind == WSMsgType.PING:
            self._ws.send_pong(frame.get_payload_as_bytes())
            self._link.note_noise()
        elif kind == WSMsgType.PONG:
            self._link.note_noise()
        elif kind == WSMsgType.BINARY:
            self._refuse(CloseCode.NOT_SUPPORTED)
        else:
            self._take_fragment(frame)

    def _take_fragment(self, frame: WSFrame) -> None:
        if (frame.msg_type == WSMsgType.CONTINUATION) != (self._fragments is not None):
            self._refuse(CloseCode.PROTOCOL_ERROR)
            return
        fragments = self._fragments = self._fragments or []
        fragments.append(frame.get_payload_as_bytes())
        if sum(map(len, fragments)) > self._engine.limits.frame_bytes:
            self._refuse(CloseCode.TOO_BIG)
        elif frame.fin:
            self._fragments = None
            self._take(b"".join(fragments))
        elif len(fragments) > _MAX_FRAGMENTS:
            self._refuse(CloseCode.POLICY)

    def _take_late(self) -> None:
        """A few frames may be on their way when a socket is closed. More are not even parsed."""
        self._late += 1
        if self._late >= LATE:
            drain(self._transport)

    def _closed_by_peer(self, frame: WSFrame) -> None:
        if self._stage is not _Stage.CLOSED:
            stage, self._stage = self._stage, _Stage.CLOSED
            self._ws.send_close(frame.get_close_code() or WSCloseCode.OK)
            self._engine.sweeper.after(self._engine.timing.close_s, self.abort)
            if stage is _OPEN:
                self._link.broken("transport close")
            else:
                self._link.abandon_upgrade(self)
        self._transport.close()

    def _let_go_of(self, transport: WSTransport) -> None:
        """Break the circles, so that the buffers are free at once and not when the collector comes by."""
        reins: Any = transport.underlying_transport
        reins.close = _do_nothing
        del self._ws
        del self._link

    def _refuse(self, code: CloseCode) -> None:
        self._fragments = None
        if self._stage is _OPEN:
            self._link.end("malformed frame", code=code)
        elif self._stage is not _Stage.CLOSED:
            self.close(code)
            self._link.abandon_upgrade(self)

    def _check_upgraded(self) -> None:
        if self._stage in (_Stage.PROBING, _Stage.PROBED):
            self.close(CloseCode.POLICY)
            self._link.abandon_upgrade(self)


def _do_nothing() -> None:
    """What is closed stays closed."""
