"""What a run comes to: counts for the table, from logs, faults and violations. Pure."""

from __future__ import annotations

from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from statistics import median, quantiles

import msgspec

from faults.checker import RULES, Evidence
from faults.director import Happened
from faults.nodes import Footprint
from faults.records import Acked, Queued, Saved, Shown
from faults.violations import Violation

LATELY_S = 10.0


class KindOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of fault: how often, and how long after its end half of the clients had had a message acknowledged again.

    Counted are clients that were acknowledged something in the ten seconds before it began; other faults that last on, or
    come meanwhile, lengthen it.
    """

    kind: str
    count: int
    back_s: float
    """The median, in seconds."""
    longest_s: float


class Delivery(msgspec.Struct, frozen=True):
    """A message on somebody's screen: when it was written, and how many seconds later it was there."""

    at: float
    latency_s: float


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that the report shows."""

    seconds: float
    acked: int
    queued: int
    clients: int
    conversations: int
    kinds: tuple[KindOutcome, ...]
    counts: dict[str, int]
    longest_outage_s: float
    latency_p50_s: float
    latency_p99_s: float
    deliveries: tuple[Delivery, ...]
    before: tuple[Footprint, ...]
    after: tuple[Footprint, ...]

    @property
    def faults(self) -> int:
        return sum(kind.count for kind in self.kinds)


def summarise(
    evidence: Evidence,
    *,
    happened: Sequence[Happened],
    violations: Sequence[Violation],
    seconds: float,
    before: Sequence[Footprint],
    after: Sequence[Footprint],
) -> Outcome:
    """Count."""
    acks = sorted({r.temp_id: r.at for h in evidence.histories for r in h.records if isinstance(r, Acked)}.values())
    deliveries = _deliveries(evidence)
    latencies = [one.latency_s for one in deliveries] or [0.0]
    counted = Counter(violation.rule for violation in violations)
    return Outcome(
        seconds=seconds,
        acked=len(acks),
        queued=sum(1 for h in evidence.histories for r in h.records if isinstance(r, Saved)),
        clients=len(evidence.histories),
        conversations=len(evidence.database),
        kinds=tuple(_kinds(happened, evidence)),
        counts={rule: counted[rule] for rule in (*RULES, *sorted(counted.keys() - set(RULES)))},
        longest_outage_s=max((later - earlier for earlier, later in pairwise(acks)), default=0.0),
        latency_p50_s=median(latencies),
        latency_p99_s=quantiles(latencies, n=100)[-1] if len(latencies) > 1 else latencies[0],
        deliveries=tuple(deliveries),
        before=tuple(before),
        after=tuple(after),
    )


def _kinds(happened: Sequence[Happened], evidence: Evidence) -> list[KindOutcome]:
    acks = [sorted(r.at for r in h.records if isinstance(r, Acked)) for h in evidence.histories]
    waits: dict[str, list[float]] = defaultdict(list)
    for fault in happened:
        waits[fault.kind].append(_back_after(fault, acks))
    return [
        KindOutcome(kind=kind, count=len(found), back_s=median(found), longest_s=max(found))
        for kind, found in sorted(waits.items())
    ]


def _back_after(fault: Happened, acks: Sequence[Sequence[float]]) -> float:
    """Seconds from the end of a fault until half of the clients are acknowledged something again."""
    waits: list[float] = []
    for times in acks:
        before = bisect(times, fault.began)
        if not before or times[before - 1] < fault.began - LATELY_S:
            continue
        after = bisect(times, fault.ended)
        if after < len(times):
            waits.append(times[after] - fault.ended)
    return median(waits) if waits else 0.0


def _deliveries(evidence: Evidence) -> list[Delivery]:
    """Each message on each screen but its author's, once a client: from the key press to the first time it is told."""
    written = {r.temp_id: r.at for h in evidence.histories for r in h.records if isinstance(r, Queued)}
    by_place = {
        row.id: written[row.temp_id]
        for conversation in evidence.database
        for row in conversation.messages
        if row.temp_id in written
    }
    found: list[Delivery] = []
    for history in evidence.histories:
        seen: set[str] = set()
        for record in history.records:
            if isinstance(record, Shown) and record.id in by_place and record.id not in seen:
                seen.add(record.id)
                found.append(Delivery(by_place[record.id], record.at - by_place[record.id]))
    return found
