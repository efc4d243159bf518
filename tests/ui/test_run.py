"""What `run` puts around the app, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import app_in_trouble
import pytest


@pytest.mark.timeout(60)
def test_a_failing_slot_is_logged_and_told_and_the_app_goes_on(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, app_in_trouble.__file__, str(tmp_path)],
        timeout=50,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout.splitlines()[-1])
    logs = tmp_path / "logs"
    [told] = seen["told"]
    assert str(logs / "chinwag.log") in told
    written = (logs / "chinwag.log").read_text()
    assert "ERROR chinwag_desktop.platform.uncaught: not caught" in written
    assert "in fail\n" in written
    assert "ValueError" in written
    assert app_in_trouble.SECRET not in written
    assert seen["armed"][0][0] == str(logs / "crash.log")
    assert seen["collects_anywhere"] is False
