"""From the packet of an event to its handler, and back to the ack.

Only listed names are handled. Events of one socket are started in the order they came, at most 16 run at once, and
each that came with an ack id is answered, in time, with a result or an error. A handler is a coroutine; the one route that
must be fastest is inline, called from the frame callback itself, and answers when it is ready.
"""

import asyncio
import logging
import secrets
from collections.abc import Mapping
from typing import Final
from uuid import UUID

import msgspec

from chinwag_protocol.decode import decode_json, split_event
from chinwag_protocol.errors import DecodeError, ErrorCode, WireError
from chinwag_protocol.limits import Limits
from chinwag_protocol.notices import MessageError
from chinwag_protocol.wire import Record
from chinwag_server.bus.packets import encode_ack, encode_event
from chinwag_server.domain.errors import ChatError, Forbidden, Internal, Invalid, Unavailable
from chinwag_server.realtime.connection import Connection
from chinwag_server.realtime.inbox import AT_ONCE, Call, Failure, Inbox
from chinwag_server.realtime.link import CloseCode
from chinwag_server.realtime.routes import BoundRoute, Reply, Route, bind, read_payload
from chinwag_server.realtime.timing import Timing
from chinwag_server.tasks import TaskOwner

__all__ = ["Dispatcher", "Reply", "Route"]

_ACK_ID_DIGITS: Final = 20
_log: Final = logging.getLogger(__name__)


class _TempId(Record, frozen=True, kw_only=True):
    temp_id: UUID | None = None


class Dispatcher:
    """Runs the events of all connections. All calls come from the event loop."""

    def __init__(self, routes: Mapping[str, Route], limits: Limits, *, timing: Timing) -> None:
        self._limits = limits
        self._timing = timing
        self._routes = {name: bind(name, route) for name, route in routes.items()}
        self._by_bytes = {name.encode(): route for name, route in self._routes.items()}
        self._tasks = TaskOwner("events")
        self._loop: asyncio.AbstractEventLoop
        self._busy: set[Inbox] = set()
        self._overdue: dict[Call, None] = {}
        self._idle: asyncio.Event | None = None
        self.draining = False
        self.received = 0
        self.failed = 0

    def start(self) -> None:
        """Begin to take events."""
        self._loop = asyncio.get_running_loop()

    async def drain(self, timeout_s: float) -> None:
        """Refuse what comes or waits, and wait for the answers of what runs."""
        self.draining = True
        for inbox in list(self._busy):
            while inbox.waiting:
                self._answer(inbox.waiting.popleft(), Unavailable("the server is shutting down"))
        self._idle = asyncio.Event()
        if self._busy:
            try:
                async with asyncio.timeout(timeout_s):
                    await self._idle.wait()
            except TimeoutError:
                _log.info("%d sockets have events that are not answered", len(self._busy))

    async def stop(self) -> None:
        """Cancel what still runs."""
        await self._tasks.close()

    def open(self, connection: Connection) -> None:
        """Make room for the events of a connection."""
        connection.inbox = Inbox(connection, self._limits, self._loop.time())

    def close(self, connection: Connection) -> None:
        """A connection has ended."""
        inbox = connection.inbox
        inbox.close()
        self._no_longer_busy(inbox)
        del connection.inbox  # they hold each other

    # ------------------------------------------------------------ in

    def receive(self, connection: Connection, packet: bytes) -> None:
        """Take a packet `42…`."""
        self.received += 1
        start = packet.find(b"[", 2, _ACK_ID_DIGITS + 3)
        ack_id = packet[2:start]
        if start < 0 or not (start == 2 or ack_id.isdigit()):
            _end_malformed(connection)
            return
        inbox, now = connection.inbox, self._loop.time()
        try:
            route, raw = self._resolve(packet[start:])
        except DecodeError as error:
            self._refuse(inbox, error, ack_id, now)
            return
        call = Call(self._answer, inbox, route, raw, ack_id, now)
        if not inbox.calls:
            self._busy.add(inbox)
        inbox.calls[call] = None
        if self.draining:
            self._answer(call, Unavailable("the server is shutting down"))
        elif inbox.waiting or not _has_room(inbox, route):
            self._wait(inbox, call)
        elif self._may_start(inbox, call):
            self._start(call)
        else:
            inbox.waiting.append(call)

    def _resolve(self, body: bytes) -> tuple[BoundRoute | None, bytes | msgspec.Raw]:
        """Find the route, and the payload that it will read. Raises DecodeError."""
        end = body.find(b'"', 2, 64)
        route = self._by_bytes.get(body[2:end])
        if route is not None and body[:2] == b'["' and body[end + 1 : end + 2] == b"," and body[-1:] == b"]":
            return route, body[end + 2 : -1]
        name, raw = split_event(body)
        return self._routes.get(name), raw

    def _wait(self, inbox: Inbox, call: Call) -> None:
        route = call.route
        if route is not None and route.urgent and inbox.connection.registered and self._may_start(inbox, call):
            self._start(call)
            return
        inbox.waiting.append(call)
        if len(inbox.waiting) > AT_ONCE:
            inbox.connection.link.pause()

    def _may_start(self, inbox: Inbox, call: Call) -> bool:
        """Take a token; without one, stop reading and come back when there is."""
        is_message = call.route is not None and call.route.is_message
        now = self._loop.time()
        wait_s = (inbox.messages if is_message else inbox.events).take(now)
        if not wait_s:
            return True
        link = inbox.connection.link
        link.pause()
        if inbox.note_throttled(now) > self._timing.throttled_s:
            link.end("too many events", code=CloseCode.POLICY)
        elif inbox.timer is None:
            inbox.timer = self._loop.call_later(wait_s, self._timer_fired, inbox)
        return False

    def _timer_fired(self, inbox: Inbox) -> None:
        inbox.timer = None
        self._advance(inbox)

    def _advance(self, inbox: Inbox) -> None:
        """Start what waits, as far as it may be."""
        while inbox.waiting and _has_room(inbox, inbox.waiting[0].route):
            call = inbox.waiting[0]
            if not call.answered and not self._may_start(inbox, call):
                return
            if inbox.waiting and inbox.waiting[0] is call:
                inbox.waiting.popleft()
                if not call.answered:
                    self._start(call)
        if not inbox.waiting:
            inbox.connection.link.resume()

    # ------------------------------------------------------------ handlers

    def _start(self, call: Call) -> None:
        route, inbox = call.route, call.inbox
        connection = inbox.connection
        if not connection.registered and (route is None or not route.early):
            self._answer(call, Forbidden("`register-user` comes first"))
            return
        if route is None:
            self._answer(call, Invalid("there is no such event", field="event"))
            return
        try:
            call.payload = read_payload(route, call.raw)
        except DecodeError as error:
            if error.malformed:
                _end_malformed(connection)
            else:
                self._answer(call, error)
            return
        call.started = True
        inbox.running += 1
        if route.inline:
            self._run_inline(route, call)
            return
        call.task = self._tasks.spawn(self._run(route, call), route.name)
        inbox.starting += 1
        self._loop.call_soon(self._has_started, inbox)

    def _has_started(self, inbox: Inbox) -> None:
        """A task has run up to its first wait."""
        inbox.starting -= 1
        if inbox.waiting:
            self._advance(inbox)

    def _run_inline(self, route: BoundRoute, call: Call) -> None:
        try:
            route.handler(call.inbox.connection, call.payload, call)
        except (ChatError, WireError) as error:
            self._answer(call, error)
        except Exception as error:  # noqa: BLE001 - a boundary: whatever a handler does, its event is answered
            self._answer(call, _fault(route.name, error))

    async def _run(self, route: BoundRoute, call: Call) -> None:
        result: msgspec.Struct | Failure = Unavailable()
        try:
            result = await route.handler(call.inbox.connection, call.payload)
        except (ChatError, WireError) as error:
            result = error
        except Exception as error:  # noqa: BLE001 - a boundary: whatever a handler does, its event is answered
            result = _fault(route.name, error)
        finally:
            self._answer(call, result)

    # ------------------------------------------------------------ out

    def _answer(self, call: Call, result: msgspec.Struct | Failure) -> None:
        """Send the ack, unless that was done, and free the place of an event that has run."""
        inbox = call.inbox
        if not call.answered:
            call.answered = True
            inbox.calls.pop(call, None)
            if not inbox.calls:
                self._no_longer_busy(inbox)
            self._send_answer(call, result)
        else:
            self._overdue.pop(call, None)
        if call.started:
            call.started = False
            inbox.running -= 1
            if inbox.waiting:
                self._loop.call_soon(self._advance, inbox)

    def _send_answer(self, call: Call, result: msgspec.Struct | Failure) -> None:
        connection = call.inbox.connection
        if not connection.open:
            return
        if isinstance(result, (ChatError, WireError)):
            self._send_failure(call, result)
        elif call.ack_id:
            connection.link.write(encode_ack(call.ack_id, result))

    def _send_failure(self, call: Call, failure: Failure) -> None:
        self.failed += 1
        connection, envelope = call.inbox.connection, failure.body()
        if call.ack_id:
            connection.link.write(encode_ack(call.ack_id, envelope))
        if call.route is not None and call.route.is_message and connection.registered:
            notice = MessageError(temp_id=_temp_id_of(call), error=envelope.error)
            connection.link.write(encode_event("messageError", notice))
        if failure.code is ErrorCode.INVALID and call.inbox.note_invalid(
            self._loop.time(), window_s=self._timing.invalid_window_s, limit=self._limits.invalid_per_minute
        ):
            connection.link.end("too many invalid events", code=CloseCode.POLICY)

    def _refuse(self, inbox: Inbox, error: DecodeError, ack_id: bytes, now: float) -> None:
        """Answer an event whose name cannot be read."""
        if error.malformed:
            _end_malformed(inbox.connection)
            return
        call = Call(self._answer, inbox, None, b"", ack_id, now)
        self._answer(call, error if inbox.connection.registered else Forbidden("`register-user` comes first"))

    def _no_longer_busy(self, inbox: Inbox) -> None:
        self._busy.discard(inbox)
        if not self._busy and self._idle is not None:
            self._idle.set()

    # ------------------------------------------------------------ deadlines

    def sweep(self, now: float) -> None:
        """Answer what has taken too long. The sweeper calls it each tick."""
        if not self._busy and not self._overdue:
            return
        oldest = now - self._timing.answer_s
        late = [call for inbox in self._busy for call in _until(inbox, oldest)]
        for call in late:
            self._give_up(call)
        oldest = now - self._timing.hung_s
        for call in [call for call in self._overdue if call.received_at < oldest]:
            del self._overdue[call]
            _log.error("the handler of %s hangs", call.route.name if call.route else "an event")
            if call.task is not None:
                call.task.cancel()
            else:
                self._answer(call, Unavailable())

    def _give_up(self, call: Call) -> None:
        """Answer in place of a handler that goes on: it keeps its place among the 16 until it ends."""
        started, call.started = call.started, False
        self._answer(call, Unavailable("it took too long"))
        if started:
            call.started = True
            self._overdue[call] = None


def _has_room(inbox: Inbox, route: BoundRoute | None) -> bool:
    """Whether the next event may start. Tasks start in the order they are made; an inline handler would overtake them."""
    return inbox.running < AT_ONCE and not (inbox.starting and route is not None and route.inline)


def _until(inbox: Inbox, oldest: float) -> list[Call]:
    late: list[Call] = []
    for call in inbox.calls:
        if call.received_at > oldest:
            break
        late.append(call)
    return late


def _temp_id_of(call: Call) -> UUID | None:
    if call.payload is not None:
        return getattr(call.payload, "temp_id", None)
    try:
        return decode_json(call.raw, _TempId).temp_id
    except DecodeError:
        return None


def _fault(name: str, error: Exception) -> Internal:
    trace = secrets.token_hex(4)
    _log.error("the handler of %s failed, trace %s", name, trace, exc_info=error)
    return Internal(f"internal error, trace {trace}")


def _end_malformed(connection: Connection) -> None:
    connection.link.end("malformed event", code=CloseCode.PROTOCOL_ERROR)
