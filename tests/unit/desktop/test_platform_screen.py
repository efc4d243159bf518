"""The look at the screen that comes before Qt, which would abort."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from chinwag_desktop.platform import screen

ROOT = Path(__file__).parents[3]
ALL_THERE: dict[str, str | None] = {"libqxcb.so": None, "libqwayland.so": None}


@pytest.mark.parametrize(
    ("environment", "said"),
    [
        ({}, "there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set"),
        ({"DISPLAY": ""}, "there is no display: neither DISPLAY nor WAYLAND_DISPLAY is set"),
        ({"DISPLAY": ":987"}, "the display :987 cannot be opened"),
        ({"DISPLAY": ":987", "QT_QPA_PLATFORM": "xcb"}, "the display :987 cannot be opened"),
        ({"WAYLAND_DISPLAY": "nothing-there"}, "the Wayland display nothing-there cannot be opened"),
        ({"QT_QPA_PLATFORM": "offscreen"}, None),
        ({"QT_QPA_PLATFORM": "vnc:port=5900"}, None),
    ],
)
def test_what_speaks_against_a_window(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], said: str | None
) -> None:
    monkeypatch.setattr(screen, "_missing_library", ALL_THERE.get)
    assert screen.why_no_window(environment) == said


def test_a_library_that_is_missing_is_named_with_the_way_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(name: str) -> None:
        raise OSError("libxcb-cursor.so.0: cannot open shared object file: No such file or directory")

    monkeypatch.setattr(screen.ctypes, "CDLL", load)
    said = screen.why_no_window({"DISPLAY": ":0"})
    assert said is not None
    assert said.startswith("Qt lacks a library of the system (libxcb-cursor.so.0: cannot open")
    assert "apt-get install" in said
    assert "libxcb-cursor0" in said


def test_the_app_ends_with_one_line_instead_of_an_abort(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import sys; from chinwag_desktop.app import main; sys.exit(main())", "--profile", "p"],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PATH": "/usr/bin:/bin", "DISPLAY": ":987", "HOME": str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    # a machine that runs tests may lack a library for screens too
    assert done.stderr.startswith(("chinwag: the display :987 cannot be opened", "chinwag: Qt lacks a library"))


@pytest.fixture
def dev(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    spec = importlib.util.spec_from_file_location("dev", ROOT / "dev.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "QT_STAMP", tmp_path / "qt")
    monkeypatch.setattr(module, "PYTHON", Path(sys.executable))
    return module


def test_dev_py_and_the_readme_name_the_same_packages(dev: Any) -> None:
    packages = screen.APT_LINE.split("--no-install-recommends ")[1]
    assert packages.split() == dev.APT_PACKAGES
    assert packages in " ".join((ROOT / "README.md").read_text(encoding="utf-8").replace("\\\n", " ").split())


@pytest.mark.parametrize(
    ("probe", "status"), [("raise ImportError('libEGL.so.1')", 1), ("print('Qt lacks a library')", 0)]
)
def test_dev_py_says_at_each_start_what_qt_lacks(
    dev: Any, probe: str, status: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only what cannot be loaded at all stops it: without a screen the demo and the tests run off screen."""
    monkeypatch.setattr(dev, "QT_PROBE", probe)
    monkeypatch.setattr(dev.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(dev.shutil, "which", lambda name: f"/usr/bin/{name}")
    for _ in range(2):
        assert dev.find_qt_libraries() == status
        said = capsys.readouterr().out
        assert ("libEGL.so.1" if status else "can show no window yet: Qt lacks a library") in said
        assert "sudo apt-get install" in said
        assert not dev.QT_STAMP.exists()


def test_dev_py_looks_for_qt_until_it_was_found(
    dev: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dev, "QT_PROBE", "print()")
    assert dev.find_qt_libraries() == 0
    monkeypatch.setattr(dev, "QT_PROBE", "raise ImportError")
    assert dev.find_qt_libraries() == 0
    assert capsys.readouterr().out == ""
