"""Both programs come in one package; the part that was not installed is named in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HIDE = """
import sys
hidden = sys.argv.pop()
class Hidden:
    def find_spec(self, name, path=None, target=None):
        if name == hidden:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Hidden())
"""


def run(program: str, hidden: str, home: Path) -> tuple[int, str, str]:
    code = f"{HIDE}\nfrom {program} import main\nsys.exit(main())"
    places = {name: str(home) for name in ("HOME", "XDG_DATA_HOME")}
    environment = os.environ | places | {"QT_QPA_PLATFORM": "offscreen"}
    done = subprocess.run([sys.executable, "-c", code, hidden], capture_output=True, text=True, env=environment)
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("module", ["cyclopts", "msgspec"])
def test_chat_server_without_its_libraries(module: str, tmp_path: Path) -> None:
    status, out, err = run("chinwag_server.cli", module, tmp_path)
    assert (status, out) == (1, "")
    assert err == (
        f"chat-server: the server's libraries are not installed (no {module}); "
        "in the clone: pipx install --force '.[server,desktop]'\n"
    )


@pytest.mark.parametrize("module", ["shiboken6", "qasync"])
def test_the_app_without_its_libraries(module: str, tmp_path: Path) -> None:
    status, out, err = run("chinwag_desktop.app", module, tmp_path)
    assert (status, out) == (1, "")
    assert err == (
        f"chinwag: the app's libraries are not installed (no {module}); "
        "in the clone: pipx install --force '.[server,desktop]'\n"
    )


@pytest.mark.parametrize(
    ("program", "ours"),
    [("chinwag_server.cli", "chinwag_server.cli.app"), ("chinwag_desktop.app", "chinwag_desktop.app.run")],
)
def test_a_module_of_our_own_that_is_missing_is_no_such_matter(program: str, ours: str, tmp_path: Path) -> None:
    status, _, err = run(program, ours, tmp_path)
    assert status == 1
    assert "Traceback" in err
