"""What the command line of the app takes."""

from pathlib import Path

import pytest

from chinwag_desktop.app.config import parse


def test_a_profile_a_link_and_debug(tmp_path: Path) -> None:
    config = parse(["--profile", str(tmp_path), "--debug", "chinwag://open"])
    assert (config.profile, config.link, config.debug) == (tmp_path, "chinwag://open", True)


def test_what_is_no_link_is_refused_in_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        parse(["http://example.org"])
    assert ended.value.code == 2
    assert capsys.readouterr().err.splitlines()[-1].endswith("http://example.org is no chinwag:// link")
