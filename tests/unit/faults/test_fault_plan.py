"""What surrounds the checker: the schedule, the logs, the baselines, and what the tables are made of."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest
from toy_chat import Toy

from faults.baseline import check_baseline
from faults.director import Happened
from faults.kinds import ACTS, KINDS
from faults.nodes import Footprint
from faults.outcome import summarise
from faults.records import Acked, ClientLog, Queued, read_log
from faults.report import markdown
from faults.schedule import LATE, Planned, plan

LONG_S = 1200.0


def test_the_same_seed_gives_the_same_schedule() -> None:
    assert plan(KINDS, seed=7, seconds=LONG_S) == plan(KINDS, seed=7, seconds=LONG_S)
    assert plan(KINDS, seed=7, seconds=LONG_S) != plan(KINDS, seed=8, seconds=LONG_S)


@pytest.mark.parametrize("seed", range(5))
def test_a_long_run_has_a_hundred_faults_of_every_kind(seed: int) -> None:
    planned = plan(KINDS, seed=seed, seconds=LONG_S)
    assert len(planned) >= 100
    assert {fault.kind for fault in planned} == {kind.name for kind in KINDS} == set(ACTS)
    assert all(fault.at + fault.seconds <= LONG_S for fault in planned)


@pytest.mark.parametrize("seed", range(5))
def test_faults_of_one_lane_follow_each_other_and_every_kind_comes_before_any_again(seed: int) -> None:
    planned = plan(KINDS, seed=seed, seconds=LONG_S)
    for lane in {kind.lane for kind in KINDS}:
        mine = [fault for fault in planned if fault.lane == lane]
        assert all(earlier.at + earlier.seconds < later.at for earlier, later in pairwise(mine))
        kinds = [kind.name for kind in KINDS if kind.lane == lane]
        assert sorted(fault.kind for fault in mine[: len(kinds)]) == sorted(kinds)


def test_nothing_that_begins_anew_comes_late() -> None:
    early = {kind.name for kind in KINDS if kind.early_only}
    late = [fault for fault in plan(KINDS, seed=1, seconds=LONG_S) if fault.at > LATE * LONG_S]
    assert late
    assert not {fault.kind for fault in late} & early


def test_a_log_can_be_read_that_was_cut_short(tmp_path: Path) -> None:
    path = tmp_path / "client.log"
    records = [Queued(1.5, "temp", "lane"), Acked(2.5, 1, "temp", "lane", "id", 3, 4)]
    log = ClientLog(path)
    for record in records:
        log.write(record)
    log.close()
    with path.open("ab") as file:
        file.write(b'["acked",3.5,1,"te')
    assert read_log(path) == records


def test_a_leak_is_noticed() -> None:
    before = [_footprint("node a, worker 0"), _footprint("foreigners", megabytes=50)]
    assert list(check_baseline(before, before)) == []
    grown = [
        _footprint("node a, worker 0", tasks=400),
        _footprint("node b, worker 0", megabytes=300),
        _footprint("foreigners", megabytes=50, sockets=1, files=80),
    ]
    words = " ".join(violation.words for violation in check_baseline(before, grown))
    for what in ("400 tasks", "300 megabytes", "80 file descriptors", "1 sockets"):
        assert what in words


def test_the_tables_say_what_was_found() -> None:
    evidence = Toy().play()
    happened = [Happened(kind="link cut", lane="link", began=20.0, ended=21.0)]
    outcome = summarise(evidence, happened=happened, violations=[], seconds=120, before=[], after=[])
    assert (outcome.faults, outcome.acked) == (1, 15)
    assert outcome.latency_p50_s > 0
    page = markdown(outcome, title="Seed 1")
    assert "| acknowledged messages | 15 |" in page
    assert "| lost | 0 |" in page


def test_a_plan_can_be_saved() -> None:
    import msgspec

    planned = plan(KINDS, seed=1, seconds=60)
    assert msgspec.json.decode(msgspec.json.encode(planned), type=list[Planned]) == planned


def _footprint(name: str, *, megabytes: float = 100, files: int = 20, tasks: int = 20, sockets: int = 0) -> Footprint:
    return Footprint(name, 1, megabytes, files, 5, tasks, sockets, 60)
