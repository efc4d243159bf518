"""The command line of the app."""

from __future__ import annotations

from pathlib import Path

import pytest

from chinwag_desktop.app.config import default_profile, parse


def test_without_words_it_opens_the_usual_profile() -> None:
    config = parse([])
    assert (config.profile, config.link, config.debug) == (default_profile(), "", False)


def test_a_link_and_a_profile(tmp_path: Path) -> None:
    config = parse(["chinwag://somewhere", "--profile", str(tmp_path), "--debug"])
    assert (config.profile, config.link, config.debug) == (tmp_path, "chinwag://somewhere", True)


def test_what_is_no_link_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        parse(["https://example.org"])
    assert "https://example.org is no chinwag:// link" in capsys.readouterr().err
