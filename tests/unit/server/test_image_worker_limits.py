"""The process that reads untrusted pictures can take little: looked at from outside while it waits for its source."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil

from chinwag_server.storage import image_worker


async def test_the_worker_has_its_limits_before_it_opens_a_picture(tmp_path: Path, eventually: Any) -> None:
    source = tmp_path / "source"
    os.mkfifo(source)
    words = [
        sys.executable,
        "-I",
        image_worker.__file__,
        str(source),
        str(tmp_path / "t"),
        str(tmp_path / "s"),
        "9",
        "0",
    ]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:  # noqa: ASYNC220 - starting it is all
        worker = psutil.Process(process.pid)
        feeder = -1

        def waits() -> bool:
            nonlocal feeder
            try:
                feeder = os.open(source, os.O_WRONLY | os.O_NONBLOCK)
            except OSError:
                return False  # nobody has opened it for reading yet
            return True

        try:
            await eventually(waits)
            limits = {
                psutil.RLIMIT_AS: image_worker.MEMORY,
                psutil.RLIMIT_CPU: image_worker.CPU_S,
                psutil.RLIMIT_FSIZE: image_worker.FILE_SIZE,
                psutil.RLIMIT_NOFILE: 32,
                psutil.RLIMIT_CORE: 0,
            }
            assert {what: worker.rlimit(what) for what in limits} == {
                what: (most, most) for what, most in limits.items()
            }
            assert worker.nice() == os.nice(0) + 10
            os.close(feeder)
            assert process.stdout is not None
            assert b"broken" in process.stdout.read()
        finally:
            process.kill()
