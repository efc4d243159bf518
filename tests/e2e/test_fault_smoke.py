"""The fault run in small: a right server stands a few faults, a wrong one is found out. `dev.py test --faults` is the long one."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from server_process import reachable_folder

TESTS = str(Path(__file__).resolve().parents[1])
if TESTS not in sys.path:
    sys.path.append(TESTS)

from faults.cast import SMALL, TINY  # noqa: E402 - needs the path
from faults.director import Patience  # noqa: E402
from faults.engines import GivenEngines  # noqa: E402
from faults.kinds import KINDS  # noqa: E402
from faults.run import carry_out  # noqa: E402
from faults.schedule import Planned  # noqa: E402

SCENE = (
    (0.5, "link cut", 1.0),
    (1.0, "worker killed", 0.5),
    (1.5, "one message on three sockets", 1.0),
    (2.0, "clients killed", 0.5),
    (3.0, "removed and added again", 0.5),
    (3.5, "all connections reset", 0.2),
    (4.0, "answer to COMMIT lost", 2.0),
)
LANES = {kind.name: kind.lane for kind in KINDS}


@pytest.fixture
def folder() -> Iterator[Path]:
    made = reachable_folder("chinwag-smoke-")
    yield made
    shutil.rmtree(made)


@pytest.mark.timeout(300)  # two dozen processes: on a machine with other work each of them takes its time
async def test_nothing_is_lost_under_a_few_faults(database_url: str, valkey_url: str, folder: Path) -> None:
    planned = [
        Planned(at=at, kind=kind, lane=LANES[kind], seconds=seconds, target=number)
        for number, (at, kind, seconds) in enumerate(SCENE)
    ]
    said: list[str] = []
    result = await carry_out(
        cast=msgspec.structs.replace(SMALL, layout="one-node"),
        planned=planned,
        seconds=5,
        seed=1,
        folder=folder,
        say=said.append,
        engines=GivenEngines(database_url, valkey_url),
        patience=Patience(rest_s=1),
    )
    assert not result.violations, [*said, *result.violations]
    assert result.outcome.acked > 50
    assert result.outcome.faults == len(SCENE)


async def test_a_server_that_acks_before_commit_is_found_out(database_url: str, valkey_url: str, folder: Path) -> None:
    result = await carry_out(
        cast=msgspec.structs.replace(TINY, defect="acks-before-commit"),
        planned=[],
        seconds=3,
        seed=1,
        folder=folder,
        say=lambda _: None,
        engines=GivenEngines(database_url, valkey_url),
        patience=Patience(equal_s=0, focus_s=0, rest_s=0, forgotten_s=0),
    )
    assert "lost" in {violation.rule for violation in result.violations}
