"""What the command line and the environment say about this run."""

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import platformdirs

from chinwag_protocol import __version__


@dataclass(frozen=True, kw_only=True)
class AppConfig:
    """Which profile to open and what to do with it. `link` is a chinwag:// link or empty."""

    profile: Path
    link: str = ""
    debug: bool = False

    def folder_of(self, user_id: UUID) -> Path:
        """Everything that is kept for one user: unsent messages, the cache, copies of files."""
        return self.profile / "accounts" / str(user_id)

    @property
    def logs_path(self) -> Path:
        """The app's own log."""
        return self.profile / "logs"


def parse(arguments: list[str]) -> AppConfig:
    """Read the command line; exits with one line when it makes no sense."""
    parser = argparse.ArgumentParser(prog="chinwag", description="Chinwag, a chat that your team hosts itself.")
    parser.add_argument("link", nargs="?", type=_link, help="a chinwag:// link: brings the app to the front")
    parser.add_argument(
        "--profile", type=Path, help="the folder of this account (default: %(default)s)", default=default_profile()
    )
    parser.add_argument("--debug", action="store_true", help="log more, and to the terminal too")
    parser.add_argument("--version", action="version", version=f"Chinwag {__version__}")
    chosen = parser.parse_args(arguments)
    return AppConfig(profile=chosen.profile.absolute(), link=chosen.link or "", debug=chosen.debug)


def _link(text: str) -> str:
    if not text.startswith("chinwag://"):
        raise argparse.ArgumentTypeError(f"{text} is no chinwag:// link")
    return text


def default_profile() -> Path:
    """The profile of a person who names none."""
    return platformdirs.user_data_path("Chinwag", appauthor=False) / "default"


def prepare_profile(profile: Path) -> None:
    """Make the folder, for its owner only; raises OSError."""
    profile.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name != "nt":
        profile.chmod(0o700)
