"""What the connection panel says: the state, its table, and the report that can be copied. No secret and no message gets in here."""

from collections.abc import Sequence
from datetime import datetime
from statistics import median

from chinwag_desktop.core.availability import Day
from chinwag_desktop.core.connection import ConnectionMetrics, ConnectionState, Phase
from chinwag_desktop.models.i18n import translate, translate_n
from chinwag_desktop.models.plain import one_line
from chinwag_desktop.models.row_words import size_words
from chinwag_desktop.models.unsent import Unsent
from chinwag_desktop.ui.availability_week import day_words
from chinwag_desktop.ui.banner_view import banner_view, problem_words


def labels() -> tuple[tuple[str, str], ...]:
    return (
        ("server", translate("Connection", "Server")),
        ("transport", translate("Connection", "Connected over")),
        ("uptime", translate("Connection", "This connection")),
        ("availability", translate("Connection", "Reachable since the start")),
        ("attempts", translate("Connection", "Attempts")),
        ("drops", translate("Connection", "Broken off")),
        ("bytes", translate("Connection", "Sent and received")),
        ("reason", translate("Connection", "Last end")),
    )


def state_words(state: ConnectionState, now: float) -> str:
    """The state in one or two sentences."""
    if state.phase is Phase.ONLINE:
        return translate("Connection", "Connected. Messages go out at once.")
    if state.phase is Phase.STOPPED:
        return translate("Connection", "Not connected.")
    view = banner_view(state, now)
    if view is None:
        return ""
    words = view.words if view.words.endswith((".", "…")) else f"{view.words}."
    detail = view.detail or problem_words(state.problem)
    return f"{words} {detail}".strip() if detail not in words else words


def fact_words(state: ConnectionState, metrics: ConnectionMetrics, now: float, *, server: str = "") -> dict[str, str]:
    """The table of the panel: key of `labels` to words. `server` is what it calls itself, once it has."""
    none = "–"
    online = metrics.online_since
    transport = {"websocket": "WebSocket", "polling": translate("Connection", "HTTP polling")}.get(
        state.transport or ""
    )
    drops = sum(metrics.drops.values())
    return {
        "server": one_line(server, 60) or none,
        "transport": transport or none,
        "uptime": span(now - online) if online is not None and state.phase is Phase.ONLINE else none,
        "availability": f"{metrics.availability * 100:.1f} %",
        "attempts": translate("Connection", "{n}, {ok} succeeded", n=metrics.attempts, ok=metrics.connects),
        "drops": translate("Connection", "{n} times", n=drops) if drops != 1 else translate("Connection", "once"),
        "bytes": f"{size_words(metrics.bytes_sent)} · {size_words(metrics.bytes_received)}",
        "reason": reason_words(state.reason) or none,
    }


def reason_words(reason: str | None) -> str:
    """Why the last link ended, in plain words."""
    match reason:
        case None:
            return ""
        case "io server disconnect":
            return translate("Connection", "the server ended it")
        case "transport close":
            return translate("Connection", "the network dropped it")
        case "transport error":
            return translate("Connection", "an error on the way")
        case "ping timeout":
            return translate("Connection", "the server stopped answering")
        case "client disconnect":
            return translate("Connection", "this app ended it")
        case _:
            return translate("Connection", "it broke off")


def span(seconds: float) -> str:
    """ "2 h 05 min", "14 min", "38 s"."""
    whole = max(0, int(seconds))
    hours, minutes = whole // 3600, whole % 3600 // 60
    if hours:
        return translate("Connection", "{h} h {m} min", h=hours, m=f"{minutes:02d}")
    return translate("Connection", "{m} min", m=minutes) if minutes else translate("Connection", "{s} s", s=whole)


def unsent_words(one: Unsent, now: datetime, *, online: bool) -> str:
    """Why a message is still here, and since when."""
    if one.failure is not None:
        reason = one.failure
    elif online:
        reason = translate("Outbox", "Being sent.")
    else:
        reason = translate("Outbox", "Waits for the connection.")
    age = span((now - one.at).total_seconds())
    words = translate("Outbox", "{reason} Written {span} ago.", reason=reason, span=age)
    return f"{words} {translate_n('Outbox', 'Tried %n time(s).', one.tries)}" if one.tries else words


def report(
    state: ConnectionState,
    metrics: ConnectionMetrics,
    days: Sequence[Day],
    unsent: Sequence[str],
    *,
    server: str,
    now: float,
) -> str:
    """All of the panel as plain text. `unsent` has `unsent_words` of each message that waits: no message's own words."""
    facts = fact_words(state, metrics, now, server=server)
    lines = [state_words(state, now), "", *(f"{label}: {facts[key]}" for key, label in labels())]
    if metrics.latencies:
        times = [sample.latency_ms for sample in metrics.latencies]
        figures = translate(
            "Connection",
            "Round trips of the last hour: {n}, the median {mid} ms, the longest {most} ms",
            n=len(times),
            mid=round(median(times)),
            most=round(max(times)),
        )
        lines.append(figures)
    return "\n".join([*lines, "", week_words(), *day_words(days), "", unsent_heading(len(unsent)), *unsent]) + "\n"


def week_words() -> str:
    """Above the strips."""
    return translate("Connection", "Reachable in the last 7 days")


def unsent_heading(count: int) -> str:
    """Above the messages that wait."""
    return translate_n("Outbox", "%n message(s) not sent yet", count)
