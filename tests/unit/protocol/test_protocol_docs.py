"""docs/protocol.md is what the package says."""

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from chinwag_protocol.errors import ErrorCode
from chinwag_protocol.events import CLIENT_EVENTS, SERVER_EVENTS
from chinwag_protocol.http import ROUTES
from chinwag_protocol.limits import Limits, environment_name
from chinwag_protocol.schema import all_records

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("protocol_docs", ROOT / "scripts" / "protocol_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_document_is_fresh(generator: ModuleType) -> None:
    assert generator.main(["--check"]) == 0, "run scripts/protocol_docs.py"


def test_a_stale_document_is_told(
    generator: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "protocol.md"
    monkeypatch.setattr(generator, "TARGET", target)
    assert generator.main(["--check"]) == 1
    assert generator.main([]) == 0
    assert generator.main(["--check"]) == 0
    target.write_text(target.read_text(encoding="utf-8") + " ", encoding="utf-8")
    assert generator.main(["--check"]) == 1
    assert "stale" in capsys.readouterr().err


def test_nothing_of_the_contract_is_missing(generator: ModuleType) -> None:
    text = generator.render()
    wanted = [f"### {name}\n" for name in all_records()]
    wanted += [f"| `{name}` |" for name in (*CLIENT_EVENTS, *SERVER_EVENTS, *ErrorCode)]
    wanted += [f"| {route.method} `{route.path}` |" for route in ROUTES]
    wanted += [environment_name(name) for name in Limits.__struct_fields__]
    assert [entry for entry in wanted if entry not in text] == []


def test_links_lead_somewhere_and_headings_are_unique(generator: ModuleType) -> None:
    text = generator.render()
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    anchors = [heading.lower().replace(" ", "-").translate({ord(c): None for c in ".,:"}) for heading in headings]
    assert len(set(anchors)) == len(anchors)
    assert set(re.findall(r"\(#([^)]+)\)", text)) <= set(anchors)
