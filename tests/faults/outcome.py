"""What a run comes to: counts for the table, from logs, faults and violations. Pure."""

from __future__ import annotations

from bisect import bisect
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise
from statistics import median, quantiles

import msgspec

from faults.checker import RULES, Evidence, Violation
from faults.director import Happened
from faults.nodes import Footprint
from faults.records import Acked, Queued, Saved, Shown


class KindOutcome(msgspec.Struct, frozen=True, kw_only=True):
    """A kind of fault: how often, and how long after its end the next message was acknowledged."""

    kind: str
    count: int
    back_s: float
    """The median of the seconds from the end to the next acknowledgement of anybody."""
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
        kinds=tuple(_kinds(happened, acks)),
        counts={rule: counted[rule] for rule in (*RULES, *sorted(counted.keys() - set(RULES)))},
        longest_outage_s=max((later - earlier for earlier, later in pairwise(acks)), default=0.0),
        latency_p50_s=median(latencies),
        latency_p99_s=quantiles(latencies, n=100)[-1] if len(latencies) > 1 else latencies[0],
        deliveries=tuple(deliveries),
        before=tuple(before),
        after=tuple(after),
    )


def _kinds(happened: Sequence[Happened], acks: Sequence[float]) -> list[KindOutcome]:
    waits: dict[str, list[float]] = defaultdict(list)
    for fault in happened:
        place = bisect(acks, fault.ended)
        waits[fault.kind].append(acks[place] - fault.ended if place < len(acks) else 0.0)
    return [
        KindOutcome(kind=kind, count=len(found), back_s=median(found), longest_s=max(found))
        for kind, found in sorted(waits.items())
    ]


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
