"""Does a stranger get what the README promises?  Clones HEAD twice and runs the README's own two commands in each.

Once as root in a home that only root may enter, once as a plain user; with an empty environment and no display.  After the demo the
pictures must show something, the messages must stand in PostgreSQL and no process may be left.  Needs root (continuous integration has it);
as anybody else only that person's clone is checked.

    python scripts/fresh_clone_check.py [ACCOUNT…]
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMAND = re.compile(r"^\s*(?:\$ )?(python3 dev\.py (?:demo|test))\s*$", re.MULTILINE)
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

COUNT_AND_LOOK = """
import asyncio, pathlib, sys
import asyncpg
from PIL import Image
pictures, url, wanted = pathlib.Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
found = sorted(pictures.glob("*.png"))
assert len(found) >= 4, f"too few pictures in {pictures}: {len(found)}"
for path in found:
    colours = Image.open(path).convert("RGB").resize((300, 200)).getcolors(60_000)
    assert colours and len(colours) > 40, f"{path} shows almost nothing: {len(colours or [])} colours"
async def count():
    connection = await asyncpg.connect(url)
    rows = await connection.fetchval("SELECT count(*) FROM messages WHERE kind <> 's'")
    await connection.close()
    return rows
stored = asyncio.run(count())
assert stored == wanted, f"the demo sent {wanted} messages, PostgreSQL holds {stored}"
print(f"{len(found)} pictures, {stored} messages in PostgreSQL")
"""


def main() -> int:
    """Check each person's clone; 0 when all is as promised."""
    commands = COMMAND.findall((ROOT / "README.md").read_text(encoding="utf-8"))
    if commands != ["python3 dev.py demo", "python3 dev.py test"]:
        return fail(f"README.md must name the two commands, in order, each on a line of its own; found {commands}")
    everybody = ["root", "nobody"] if os.geteuid() == 0 else [pwd.getpwuid(os.geteuid()).pw_name]
    for person in sys.argv[1:] or everybody:
        home = Path(tempfile.mkdtemp(prefix=f"chinwag-fresh-{person}-"))
        try:
            problem = check(person, home, commands)
        finally:
            left = processes_below(home)
            for pid in left:
                os.kill(pid, signal.SIGKILL)
            shutil.rmtree(home, ignore_errors=True)
        if problem or left:
            return fail(f"as {person}: {problem or f'processes were left: {left}'}")
    return 0


def check(person: str, home: Path, commands: list[str]) -> str:
    """Run the commands as this person in a clone below `home`; what is wrong, or nothing."""
    clone = home / "chinwag"
    subprocess.run(["git", "clone", "--quiet", f"file://{ROOT}", str(clone)], check=True)
    account = pwd.getpwnam(person)
    home.chmod(0o700)
    if os.geteuid() == 0:
        for folder, _, files in os.walk(home):
            for name in (folder, *(os.path.join(folder, f) for f in files)):
                os.chown(name, account.pw_uid, account.pw_gid, follow_symlinks=False)
    for command in commands:
        print(f"--- as {person}: {command}", flush=True)
        started = time.monotonic()
        done = run(account, clone, ["bash", "-c", command])
        print(f"--- {time.monotonic() - started:.0f} s", flush=True)
        if done.returncode:
            return f"`{command}` ended with {done.returncode}"
        if left := wait_until_gone(home):
            return f"`{command}` left processes behind: {left}"
        if command.endswith("demo") and (problem := look_at_demo(account, clone, done.stdout)):
            return problem
    return ""


def look_at_demo(account: pwd.struct_passwd, clone: Path, output: str) -> str:
    """Open the demo's pictures and its database; what is wrong, or nothing."""
    told = {
        name: found.group(1)
        for name in ("Pictures", "Data", "Messages")
        if (found := re.search(rf"^{name}: (.+)$", output, re.MULTILINE))
    }
    if len(told) != 3:
        return f"the demo did not name its pictures, data and messages: {told}"
    server = str(clone / ".venv" / "bin" / "chat-server")
    serving = start(account, clone, [server, "serve", "--port", "0", "--data-dir", told["Data"]])
    try:
        if serving.stdout is None or "ready" not in serving.stdout.readline():
            return "chat-server did not start again on the demo's data"
        urls = run(account, clone, [server, "engines", "--urls", "--data-dir", told["Data"]]).stdout.split()
        look = [
            str(clone / ".venv" / "bin" / "python"),
            "-c",
            COUNT_AND_LOOK,
            told["Pictures"],
            urls[0],
            told["Messages"],
        ]
        return (
            ""
            if run(account, clone, look).returncode == 0
            else "the demo's pictures or messages are not as they should be"
        )
    finally:
        serving.terminate()
        serving.wait(30)


def run(account: pwd.struct_passwd, clone: Path, words: list[str]) -> subprocess.CompletedProcess[str]:
    """Run as this person with an empty environment; print what it prints and keep its standard output."""
    lines: list[str] = []
    with start(account, clone, words) as process:
        for line in process.stdout or ():
            print("    " + line, end="", flush=True)
            lines.append(line)
    return subprocess.CompletedProcess(words, process.returncode, "".join(lines), "")


def start(account: pwd.struct_passwd, clone: Path, words: list[str]) -> subprocess.Popen[str]:
    """Start a command as this person with what `env -i` leaves, a home and the system's own PATH."""
    bare = {"HOME": str(clone.parent), "PATH": PATH, "USER": account.pw_name}
    root = os.geteuid() == 0
    return subprocess.Popen(
        words,
        cwd=clone,
        env=bare,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        user=account.pw_uid if root else None,
        group=account.pw_gid if root else None,
        extra_groups=[] if root else None,
    )


def processes_below(home: Path) -> list[int]:
    """Processes that stand in, or were started from, a folder below `home`."""
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            words = (entry / "cmdline").read_bytes().decode(errors="replace") + " " + os.readlink(entry / "cwd")
        except OSError:
            continue
        if str(home) in words and int(entry.name) != os.getpid():
            found.append(int(entry.name))
    return found


def wait_until_gone(home: Path, seconds: float = 5.0) -> list[int]:
    """The processes that are still there when the time is up."""
    deadline = time.monotonic() + seconds
    while (left := processes_below(home)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def fail(words: str) -> int:
    """Say what is wrong."""
    print(f"fresh clone check: {words}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
