"""Metrics of several workers as one: counters and histograms are sums, a gauge is what whoever declared it says."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

import msgspec
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

Merge = Callable[[Iterable[float]], float]
"""`sum` or `max`."""


class Family(msgspec.Struct, frozen=True, array_like=True):
    """A metric of one worker; a sample is its name, its labels and its value."""

    name: str
    meaning: str
    kind: str
    samples: list[tuple[str, dict[str, str], float]]


class Sum(Collector):
    """What several workers say."""

    def __init__(self, workers: Sequence[Sequence[Family]], *, merges: Mapping[str, Merge]) -> None:
        self._workers = workers
        self._merges = merges

    def collect(self) -> Iterator[Metric]:
        by_name: dict[str, list[Family]] = {}
        for families in self._workers:
            for family in families:
                by_name.setdefault(family.name, []).append(family)
        for name, families in by_name.items():
            metric = Metric(name, families[0].meaning, families[0].kind)
            for (sample, labels), values in _group(families).items():
                merge = min if sample.endswith("_created") else self._merges.get(name, sum)
                metric.add_sample(sample, dict(labels), merge(values))
            yield metric


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(list[Family]).decode


def write(registry: CollectorRegistry) -> bytes:
    """Encode what a registry shows at present."""
    return _encode(
        [
            Family(
                metric.name, metric.documentation, metric.type, [(s.name, s.labels, s.value) for s in metric.samples]
            )
            for metric in registry.collect()
        ]
    )


def add_up(answers: Iterable[bytes], *, merges: Mapping[str, Merge]) -> CollectorRegistry:
    """Join what workers wrote; of one that ended while it did, nothing counts."""
    workers: list[list[Family]] = []
    for answer in answers:
        try:
            workers.append(_decode(answer))
        except msgspec.MsgspecError:
            continue
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Sum(workers, merges=merges))
    return registry


def _group(families: Iterable[Family]) -> dict[tuple[str, tuple[tuple[str, str], ...]], list[float]]:
    grouped: dict[tuple[str, tuple[tuple[str, str], ...]], list[float]] = {}
    for family in families:
        for name, labels, value in family.samples:
            grouped.setdefault((name, tuple(labels.items())), []).append(value)
    return grouped
