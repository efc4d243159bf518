"""SocketMonitor on an injected clock: every state, every wait, every reason of the original design."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from desktop_builders import ME, TALK, uid
from fake_clock import FakeClock, settle
from fake_link import FakeSocket, FakeSockets, FakeTokens, FakeUser

from chinwag_desktop.core.backoff import wait_before
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.errors import (
    BlockedByProxy,
    CertificateUntrusted,
    ClientError,
    LinkLost,
    NameNotFound,
    NotChinwag,
    Problem,
    ProtocolRefused,
    Refused,
    ServerBusy,
    SignedOut,
    TimedOut,
    TlsFailed,
    TokenExpired,
    Unreachable,
)
from chinwag_desktop.sync.socket_monitor import SocketMonitor
from chinwag_protocol.events import ConnectAuth, SendMessage

MESSAGE = SendMessage(temp_id=uid("t"), conversation_id=TALK, text="hello")


class Stage:
    """A monitor with everything around it in the test's hands."""

    def __init__(self, *, draw: Callable[[], float] = lambda: 0.0, lifetime_s: float = 900) -> None:
        self.clock = FakeClock()
        self.sockets = FakeSockets()
        self.tokens = FakeTokens(self.clock, lifetime_s=lifetime_s)
        self.user = FakeUser()
        self.states: list[ConnectionState] = []
        self.monitor = SocketMonitor(
            user_id=ME, open_socket=self.sockets, tokens=self.tokens, user=self.user, clock=self.clock, draw=draw
        )
        self.monitor.subscribe(self.states.append)

    @property
    def state(self) -> ConnectionState:
        return self.monitor.state

    @property
    def phases(self) -> list[Phase]:
        return [state.phase for state in self.states]

    async def online(self) -> FakeSocket:
        self.monitor.start()
        await settle()
        assert self.state.phase is Phase.ONLINE
        return self.sockets.last

    def server_is(self, error: ClientError | None) -> None:
        self.sockets.prepare = lambda: FakeSocket(failure=error)

    async def lose(self, reason: str = "transport close") -> None:
        self.sockets.last.lose(reason)
        await settle()


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    yield stage
    await stage.monitor.stop()


# -------------------------------------------------------------- connecting


async def test_from_stopped_to_online(stage: Stage) -> None:
    socket = await stage.online()
    assert list(dict.fromkeys(stage.phases)) == [Phase.CONNECTING, Phase.SYNCING, Phase.ONLINE]
    assert socket.auth == ConnectAuth(token="token-1", user_id=ME, protocol=1)
    assert socket.calls[0][0] == "register-user"
    assert stage.user.log == ["registered", "synced"]
    assert stage.monitor.online
    assert (stage.state.attempt, stage.state.transport) == (0, "websocket")


async def test_syncing_lasts_until_what_was_missed_is_there(stage: Stage) -> None:
    stage.user.may_sync.clear()
    stage.monitor.start()
    await settle()
    assert stage.state.phase is Phase.SYNCING
    with pytest.raises(LinkLost):
        await stage.monitor.call("sendMessage", MESSAGE)
    stage.user.may_sync.set()
    await settle()
    assert stage.state.phase is Phase.ONLINE


async def test_a_failed_sync_is_tried_again_on_the_same_link(stage: Stage) -> None:
    stage.user.sync_failures = [ServerBusy(code="unavailable"), TimedOut()]
    stage.monitor.start()
    await stage.clock.advance(0.9)
    assert stage.state.phase is Phase.SYNCING
    await stage.clock.advance(2.2)
    assert stage.state.phase is Phase.ONLINE
    assert len(stage.sockets.made) == 1


async def test_a_sync_that_fails_in_a_way_that_nobody_thought_of_is_tried_again(
    stage: Stage, expect_log: Callable[[str], None]
) -> None:
    expect_log("in a way that nobody thought of")
    stage.user.sync_failures = [ZeroDivisionError()]
    stage.monitor.start()
    await settle()
    assert stage.state.phase is Phase.SYNCING
    await stage.clock.advance(1)
    assert stage.state.phase is Phase.ONLINE


async def test_events_go_to_the_user_in_order(stage: Stage) -> None:
    socket = await stage.online()
    for number in range(5):
        socket.emit("newMessage", number)
    await settle()
    assert [inbound.payload for inbound in stage.user.received] == [0, 1, 2, 3, 4]


# ----------------------------------------------------- the ten attempts


async def test_all_ten_attempts_wait_as_the_original_says_then_go_on(stage: Stage) -> None:
    await stage.online()
    await stage.clock.advance(60)
    stage.server_is(Unreachable())
    await stage.lose()
    waits: list[float] = []
    for attempt in range(1, 11):
        assert (stage.state.phase, stage.state.attempt) == (Phase.WAITING, attempt)
        waits.append(stage.state.wait_s)
        assert stage.state.retry_at == stage.clock.monotonic() + stage.state.wait_s
        made = len(stage.sockets.made)
        await stage.clock.advance(stage.state.wait_s - 0.01)
        assert len(stage.sockets.made) == made
        await stage.clock.advance(0.01)
        assert len(stage.sockets.made) == made + 1
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30, 30, 30]
    assert (stage.state.phase, stage.state.attempt) == (Phase.RETRYING_SLOWLY, 11)
    seen = len(stage.states)
    for _ in range(5):
        made = len(stage.sockets.made)
        assert stage.state.wait_s == 30
        await stage.clock.advance(30)
        assert len(stage.sockets.made) == made + 1
    assert {state.phase for state in stage.states[seen:]} == {Phase.RETRYING_SLOWLY}
    stage.server_is(None)
    await stage.clock.advance(30)
    assert stage.state.phase is Phase.ONLINE
    assert stage.state.attempt == 0
    assert stage.user.log[-2:] == ["registered", "synced"]


def test_the_schedule_only_grows_by_up_to_a_fifth() -> None:
    assert [wait_before(n, lambda: 0.0) for n in range(1, 12)] == [1, 2, 4, 8, 16, 30, 30, 30, 30, 30, 30]
    assert [wait_before(n, lambda: 1.0) for n in (1, 5, 6, 10_000)] == pytest.approx([1.2, 19.2, 36, 36])


async def test_each_attempt_has_a_socket_of_its_own_that_is_closed(stage: Stage) -> None:
    stage.server_is(Unreachable())
    stage.monitor.start()
    await stage.clock.advance(7.5)
    assert len(stage.sockets.made) == 4
    assert all(socket.closed for socket in stage.sockets.made)


async def test_an_attempt_into_silence_is_given_up_after_ten_seconds(stage: Stage) -> None:
    """FAULTS 20."""
    stage.sockets.prepare = lambda: FakeSocket(hangs=True)
    stage.monitor.start()
    await stage.clock.advance(9.9)
    assert stage.state.phase is Phase.CONNECTING
    await stage.clock.advance(0.2)
    assert (stage.state.phase, stage.state.problem) == (Phase.WAITING, Problem.TIMED_OUT)
    assert stage.sockets.last.closed


async def test_register_user_without_an_answer_is_a_failed_attempt(stage: Stage) -> None:
    def silent() -> FakeSocket:
        socket = FakeSocket()
        socket.answers["register-user"] = None
        return socket

    stage.sockets.prepare = silent
    stage.monitor.start()
    await stage.clock.advance(10.1)
    assert (stage.state.phase, stage.state.problem) == (Phase.WAITING, Problem.TIMED_OUT)


async def test_accepted_then_closed_again_and_again_is_never_faster_than_the_schedule(stage: Stage) -> None:
    """FAULTS 21."""
    await stage.online()
    waits: list[float] = []
    for _ in range(4):
        await stage.lose()
        waits.append(stage.state.wait_s)
        await stage.clock.advance(stage.state.wait_s)
        assert stage.state.phase is Phase.ONLINE
    assert waits == [1, 2, 4, 8]
    await stage.clock.advance(10)
    await stage.lose()
    assert stage.state.wait_s == 1


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (Unreachable(), Problem.UNREACHABLE),
        (NameNotFound(), Problem.NAME_NOT_FOUND),
        (TimedOut(), Problem.TIMED_OUT),
        (TlsFailed(), Problem.TLS),
        (CertificateUntrusted(), Problem.CERTIFICATE),
        (BlockedByProxy(status=403), Problem.BLOCKED),
        (NotChinwag(), Problem.NOT_CHINWAG),
        (ServerBusy(code="unavailable"), Problem.SERVER_BUSY),
    ],
)
async def test_each_failure_is_told_apart_and_tried_again(stage: Stage, error: ClientError, problem: Problem) -> None:
    """FAULTS 24."""
    stage.server_is(error)
    stage.monitor.start()
    await settle()
    assert (stage.state.phase, stage.state.problem, stage.state.attempt) == (Phase.WAITING, problem, 1)
    assert stage.monitor.metrics.failures == {problem.value: 1}
    stage.server_is(None)
    await stage.clock.advance(1)
    assert stage.state.phase is Phase.ONLINE
    assert stage.state.problem is None


async def test_a_busy_server_says_how_long_to_wait(stage: Stage) -> None:
    stage.server_is(ServerBusy(code="rate_limited", retry_after_s=20))
    stage.monitor.start()
    await settle()
    assert stage.state.wait_s == 20


# ------------------------------------------------------- reasons of the end


@pytest.mark.parametrize("reason", ["io server disconnect", "transport close", "transport error", "ping timeout"])
async def test_every_lost_link_is_replaced(stage: Stage, reason: str) -> None:
    socket = await stage.online()
    await stage.lose(reason)
    assert (stage.state.phase, stage.state.reason, stage.state.attempt) == (Phase.WAITING, reason, 1)
    assert stage.user.log[-1] == "lost"
    assert socket.closed
    await stage.clock.advance(1)
    assert stage.state.phase is Phase.ONLINE
    assert stage.state.reason == reason
    assert stage.sockets.last is not socket
    assert stage.user.log[-2:] == ["registered", "synced"]
    assert stage.monitor.metrics.drops == {reason: 1}


async def test_client_disconnect_never_reconnects(stage: Stage) -> None:
    socket = await stage.online()
    await stage.monitor.stop()
    assert (stage.state.phase, stage.state.reason) == (Phase.STOPPED, "client disconnect")
    assert socket.closed == [True]
    assert stage.user.log[-1] == "lost"
    stage.monitor.retry_now()
    stage.monitor.woke()
    stage.monitor.network_changed(online=True)
    await stage.clock.advance(3_600)
    assert len(stage.sockets.made) == 1
    assert stage.monitor.metrics.drops == {"client disconnect": 1}
    assert stage.clock.next_timer() is None


@pytest.mark.parametrize("moment", ["connecting", "waiting", "syncing"])
async def test_it_can_be_stopped_at_any_moment(stage: Stage, moment: str) -> None:
    match moment:
        case "connecting":
            stage.sockets.prepare = lambda: FakeSocket(hangs=True)
        case "waiting":
            stage.server_is(Unreachable())
        case _:
            stage.user.may_sync.clear()
    stage.monitor.start()
    await settle()
    await stage.monitor.stop()
    assert stage.state.phase is Phase.STOPPED
    assert all(socket.closed for socket in stage.sockets.made)
    assert stage.clock.next_timer() is None


async def test_a_stopped_monitor_can_be_started_again(stage: Stage) -> None:
    await stage.online()
    await stage.monitor.stop()
    await stage.online()
    assert len(stage.sockets.made) == 2


# ----------------------------------------------------------------- signals


async def test_retry_now_ends_the_wait(stage: Stage) -> None:
    stage.server_is(Unreachable())
    stage.monitor.start()
    await stage.clock.advance(16)
    made = len(stage.sockets.made)
    stage.server_is(None)
    stage.monitor.retry_now()
    await settle()
    assert len(stage.sockets.made) == made + 1
    assert stage.state.phase is Phase.ONLINE


async def test_retry_now_in_the_slow_phase_is_seen(stage: Stage) -> None:
    stage.server_is(Unreachable())
    stage.monitor.start()
    await stage.clock.advance(400)
    assert stage.state.phase is Phase.RETRYING_SLOWLY
    stage.sockets.prepare = lambda: FakeSocket(hangs=True)
    stage.monitor.retry_now()
    await settle()
    assert stage.state.phase is Phase.CONNECTING
    await stage.clock.advance(10)
    assert stage.state.phase is Phase.RETRYING_SLOWLY


async def test_waking_replaces_the_link_at_once(stage: Stage) -> None:
    """FAULTS 25."""
    socket = await stage.online()
    await stage.clock.advance(100)
    stage.monitor.woke()
    await settle()
    assert socket.closed
    assert stage.state.phase is Phase.ONLINE
    assert len(stage.sockets.made) == 2
    assert Phase.WAITING not in stage.phases
    assert stage.user.log[-3:] == ["lost", "registered", "synced"]


async def test_waking_ends_a_wait_and_an_attempt_into_the_old_network(stage: Stage) -> None:
    """FAULTS 25."""
    stage.server_is(Unreachable())
    stage.monitor.start()
    await stage.clock.advance(40)
    stage.sockets.prepare = lambda: FakeSocket(hangs=True)
    stage.monitor.woke()
    await settle()
    hanging = stage.sockets.last
    stage.server_is(None)
    stage.monitor.woke()
    await settle()
    assert hanging.closed
    assert stage.state.phase is Phase.ONLINE


async def test_each_attempt_begins_http_anew_and_after_a_sleep_ends_what_is_under_way(stage: Stage) -> None:
    """FAULTS 25: what was asked before the sleep is not waited for."""
    await stage.online()
    await stage.lose()
    await stage.clock.advance(1)
    stage.monitor.woke()
    await settle()
    await stage.lose()
    await stage.clock.advance(2)
    assert stage.state.phase is Phase.ONLINE
    assert stage.tokens.renewals == [False, False, True, False]


async def test_another_network_makes_the_link_prove_itself(stage: Stage) -> None:
    """FAULTS 23."""
    socket = await stage.online()
    pings = socket.count("ping")
    stage.monitor.network_changed(online=True)
    await settle()
    assert socket.count("ping") == pings + 1
    assert stage.sockets.last is socket
    await stage.clock.advance(100)
    socket.answers["ping"] = None
    stage.monitor.network_changed(online=True)
    await stage.clock.advance(0.9)
    assert stage.sockets.last is socket
    await stage.clock.advance(0.2)
    assert stage.sockets.last is not socket
    assert stage.state.phase is Phase.ONLINE
    assert Phase.WAITING not in stage.phases


async def test_a_survived_change_of_network_does_not_hurry_a_later_drop(stage: Stage) -> None:
    await stage.online()
    stage.monitor.network_changed(online=True)
    await stage.clock.advance(60)
    await stage.lose()
    assert (stage.state.phase, stage.state.wait_s) == (Phase.WAITING, 1)


async def test_offline_is_what_the_system_reports(stage: Stage) -> None:
    await stage.online()
    stage.sockets.last.answers["ping"] = None
    stage.server_is(Unreachable())
    stage.monitor.network_changed(online=False)
    await stage.clock.advance(1.1)
    assert stage.state.phase is Phase.OFFLINE
    await stage.clock.advance(95)
    assert stage.phases[-1] is Phase.OFFLINE
    assert 3 <= len(stage.sockets.made) <= 5
    stage.server_is(None)
    stage.monitor.network_changed(online=True)
    await settle()
    assert stage.state.phase is Phase.ONLINE


async def test_going_offline_while_waiting_is_shown(stage: Stage) -> None:
    stage.server_is(Unreachable())
    stage.monitor.start()
    await settle()
    stage.monitor.network_changed(online=False)
    await settle()
    assert stage.state.phase is Phase.OFFLINE
    stage.server_is(None)
    stage.monitor.retry_now()
    await settle()
    assert stage.state.phase is Phase.ONLINE


async def test_a_server_on_this_machine_works_without_a_network(stage: Stage) -> None:
    await stage.online()
    stage.monitor.network_changed(online=False)
    await stage.clock.advance(60)
    assert stage.state.phase is Phase.ONLINE


# ------------------------------------------------------------------ health


async def test_a_ping_every_thirty_seconds_measures_the_latency(stage: Stage) -> None:
    socket = await stage.online()
    assert socket.count("ping") == 1
    await stage.clock.advance(60)
    assert socket.count("ping") == 3
    assert stage.state.latency_ms == 0
    assert len(stage.monitor.metrics.latencies) == 3


async def test_slow_is_a_median_of_three_over_half_a_second(stage: Stage) -> None:
    socket = await stage.online()

    def slow(_: Any) -> Any:
        stage.clock._move(0.6)
        return FakeSocket().answers["ping"]

    quick = socket.answers["ping"]
    await stage.clock.advance(60)
    socket.answers["ping"] = slow
    await stage.clock.advance(30)
    assert stage.state.latency_ms == pytest.approx(600)
    assert not stage.state.slow
    await stage.clock.advance(31)
    assert stage.state.slow
    socket.answers["ping"] = quick
    await stage.clock.advance(31)
    assert stage.state.slow
    await stage.clock.advance(31)
    assert not stage.state.slow


async def test_the_latency_of_the_last_hour_is_kept(stage: Stage) -> None:
    await stage.online()
    await stage.clock.advance(2 * 3_600)
    latencies = stage.monitor.metrics.latencies
    assert len(latencies) == 121
    assert latencies[0].at >= stage.clock.monotonic() - 3_600


async def test_no_answer_to_a_ping_is_a_dead_link(stage: Stage) -> None:
    """FAULTS 17."""
    socket = await stage.online()
    socket.answers["ping"] = None
    await stage.clock.advance(30 + 8.1)
    assert stage.monitor.metrics.drops == {"ping timeout": 1}


async def test_an_unacknowledged_message_finds_a_dead_link_in_five_seconds(stage: Stage) -> None:
    """FAULTS 17, 18, 19."""
    socket = await stage.online()
    socket.answers |= {"sendMessage": None, "ping": None}
    failed: list[ClientError] = []

    async def send() -> None:
        try:
            await stage.monitor.call("sendMessage", MESSAGE)
        except ClientError as error:
            failed.append(error)

    sending = stage.monitor._owner.spawn(send(), "send")
    pings = socket.count("ping")
    await stage.clock.advance(2.9)
    assert socket.count("ping") == pings
    await stage.clock.advance(0.2)
    assert socket.count("ping") == pings + 1
    await stage.clock.advance(1.8)
    assert not failed
    await stage.clock.advance(0.2)
    assert sending.done()
    assert isinstance(failed[0], LinkLost)
    assert stage.monitor.metrics.drops == {"ping timeout": 1}


async def test_a_slow_message_on_a_living_link_waits_for_its_answer(stage: Stage) -> None:
    socket = await stage.online()
    socket.answers["sendMessage"] = None
    failed: list[ClientError] = []

    async def send() -> None:
        try:
            await stage.monitor.call("sendMessage", MESSAGE)
        except ClientError as error:
            failed.append(error)

    stage.monitor._owner.spawn(send(), "send")
    await stage.clock.advance(11.9)
    assert not failed
    assert stage.state.phase is Phase.ONLINE
    await stage.clock.advance(0.2)
    assert isinstance(failed[0], TimedOut)
    assert stage.state.phase is Phase.ONLINE


# ------------------------------------------------------------------ tokens


async def test_the_token_is_renewed_in_band_before_it_runs_out(stage: Stage) -> None:
    """FAULTS 40."""
    socket = await stage.online()
    await stage.clock.advance(839)
    assert socket.count("renewToken") == 0
    await stage.clock.advance(2)
    assert [payload.token for name, payload in socket.calls if name == "renewToken"] == ["token-2"]
    await stage.clock.advance(840)
    assert [payload.token for name, payload in socket.calls if name == "renewToken"] == ["token-2", "token-3"]
    assert len(stage.sockets.made) == 1


async def test_short_lived_tokens_are_renewed_too() -> None:
    stage = Stage(lifetime_s=2)
    socket = await stage.online()
    socket.answers["renewToken"] = lambda _: type(FakeSocket().answers["renewToken"])(expires_in_ms=2_000)
    await stage.clock.advance(20)
    assert 8 <= socket.count("renewToken") <= 14
    assert len(stage.sockets.made) == 1
    await stage.monitor.stop()


async def test_a_renewal_that_fails_is_tried_again(stage: Stage) -> None:
    socket = await stage.online()
    stage.tokens.failure = Unreachable()
    await stage.clock.advance(845)
    stage.tokens.failure = None
    await stage.clock.advance(5)
    assert socket.count("renewToken") == 1


async def test_an_expired_token_at_connect_is_refreshed_within_the_attempt(stage: Stage) -> None:
    """FAULTS 25, 40."""
    failures: list[ClientError | None] = [TokenExpired(code="token_expired"), None]
    stage.sockets.prepare = lambda: FakeSocket(failure=failures.pop(0))
    stage.monitor.start()
    await settle()
    assert stage.state.phase is Phase.ONLINE
    assert [socket.auth.token for socket in stage.sockets.made] == ["token-1", "token-2"]
    assert stage.sockets.made[0].closed
    assert stage.monitor.metrics.attempts == 1


# ----------------------------------------------------------------- refused


@pytest.mark.parametrize(
    ("error", "problem"),
    [
        (SignedOut(code="session_revoked"), Problem.SIGNED_OUT),
        (SignedOut(code="unauthorized"), Problem.SIGNED_OUT),
        (ProtocolRefused(code="unsupported_protocol"), Problem.PROTOCOL),
        (Refused(code="forbidden"), Problem.REFUSED),
    ],
)
async def test_a_refusal_stays_until_the_user_acts(stage: Stage, error: ClientError, problem: Problem) -> None:
    stage.server_is(error)
    stage.monitor.start()
    await stage.clock.advance(3_600)
    assert (stage.state.phase, stage.state.problem, stage.state.refused_code) == (Phase.REFUSED, problem, error.code)
    tried = len(stage.sockets.made)
    assert tried <= 2
    stage.monitor.woke()
    stage.monitor.network_changed(online=True)
    await stage.clock.advance(3_600)
    assert len(stage.sockets.made) == tried
    stage.server_is(None)
    stage.monitor.retry_now()
    await settle()
    assert stage.state.phase is Phase.ONLINE


@pytest.mark.parametrize("reason", ["logout", "revoked", "password_changed", "refresh_reused", "user_disabled"])
async def test_a_revoked_session_is_refused_with_its_reason(stage: Stage, reason: str) -> None:
    """FAULTS 41, 42."""
    socket = await stage.online()
    socket.emit("sessionRevoked", {"reason": reason})
    socket.lose("io server disconnect")
    await settle()
    assert (stage.state.phase, stage.state.refused_code) == (Phase.REFUSED, reason)
    await stage.clock.advance(3_600)
    assert len(stage.sockets.made) == 1


async def test_a_session_that_ends_while_syncing_is_refused(stage: Stage) -> None:
    stage.user.sync_failures = [SignedOut(code="session_revoked")]
    stage.monitor.start()
    await settle()
    assert (stage.state.phase, stage.state.refused_code) == (Phase.REFUSED, "session_revoked")


async def test_a_restarting_server_is_met_again_after_a_drawn_wait() -> None:
    stage = Stage(draw=lambda: 0.5)
    socket = await stage.online()
    socket.emit("serverShutdown", {"reconnectAfterMs": 8_000})
    socket.lose("io server disconnect")
    await settle()
    assert (stage.state.phase, stage.state.wait_s, stage.state.server_restarting) == (Phase.WAITING, 4.0, True)
    stage.server_is(Unreachable())
    await stage.clock.advance(4)
    assert (stage.state.attempt, stage.state.wait_s) == (2, pytest.approx(2.2))
    await stage.monitor.stop()


async def test_calls_in_flight_learn_that_the_end_was_announced(stage: Stage) -> None:
    socket = await stage.online()
    socket.answers["sendMessage"] = None
    failed: list[ClientError] = []

    async def send() -> None:
        try:
            await stage.monitor.call("sendMessage", MESSAGE)
        except ClientError as error:
            failed.append(error)

    stage.monitor._owner.spawn(send(), "send")
    await settle()
    socket.emit("serverShutdown", {"reconnectAfterMs": 1_000})
    await settle()
    socket.lose("io server disconnect")
    await settle()
    assert isinstance(failed[0], LinkLost)
    assert failed[0].announced


# ----------------------------------------------------------------- metrics


async def test_what_the_panel_counts(stage: Stage) -> None:
    await stage.online()
    await stage.clock.advance(90)
    await stage.lose("transport error")
    await stage.clock.advance(1)
    await stage.clock.advance(9)
    metrics = stage.monitor.metrics
    assert (metrics.attempts, metrics.connects, metrics.drops) == (2, 2, {"transport error": 1})
    assert (metrics.uptime_s, metrics.downtime_s) == (pytest.approx(99), pytest.approx(1))
    assert metrics.availability == pytest.approx(0.99)
    assert metrics.online_since == pytest.approx(stage.clock.monotonic() - 9)
    assert (metrics.bytes_sent, metrics.bytes_received) == (200, 400)
