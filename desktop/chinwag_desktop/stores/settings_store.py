"""What this person chose in this profile, and which account it belongs to."""

from collections.abc import Iterable
from pathlib import Path
from typing import Literal
from uuid import UUID

import msgspec
from PySide6.QtCore import QByteArray, QObject, QSettings, Signal

ThemeChoice = Literal["system", "light", "dark"]
TokenPlace = Literal["keyring", "file", "memory"]
SIZES: tuple[int, ...] = (90, 100, 110, 125, 150)
"""Sizes of everything on the screen, percent."""
THEME_CHOICES: tuple[ThemeChoice, ...] = ("system", "light", "dark")


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """Who is signed in here, so that the next start can paint before any network is asked.

    `token_place` says where the refresh token is kept: the system's keyring, a file of mode 0600, or nowhere.
    """

    server_url: str
    server_name: str
    user_id: UUID
    username: str
    display_name: str
    token_place: TokenPlace


class SettingsStore(QObject):
    """Settings of one profile folder, kept in `settings.ini`; a file that cannot be read counts as empty."""

    looks_changed = Signal()
    """Theme, density or motion: what can change while the app runs."""

    def __init__(self, profile: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._file = QSettings(str(profile / "settings.ini"), QSettings.Format.IniFormat, self)
        self._started_with = (self.size, self.language)

    @property
    def theme(self) -> ThemeChoice:
        """Light, dark, or what the system says."""
        chosen = self._text("appearance/theme")
        return chosen if chosen in THEME_CHOICES else "system"

    def set_theme(self, choice: ThemeChoice) -> None:
        """From now on, at every start too."""
        self._set_look("appearance/theme", choice)

    @property
    def compact(self) -> bool:
        """Whether rows stand closer together."""
        return self._flag("appearance/compact")

    def set_compact(self, compact: bool) -> None:
        self._set_look("appearance/compact", compact)

    @property
    def still(self) -> bool:
        """Whether nothing moves that need not."""
        return self._flag("appearance/still")

    def set_still(self, still: bool) -> None:
        self._set_look("appearance/still", still)

    @property
    def size(self) -> int:
        """One of `SIZES`: how large everything is from the next start on."""
        value = self._file.value("appearance/size")
        return int(value) if str(value) in map(str, SIZES) else 100

    def set_size(self, percent: int) -> None:
        self._file.setValue("appearance/size", percent)

    @property
    def language(self) -> str:
        """The code of the language from the next start on; empty for that of the system."""
        return self._text("appearance/language")

    def set_language(self, code: str) -> None:
        self._file.setValue("appearance/language", code)

    @property
    def awaits_start(self) -> bool:
        """Whether something was chosen that only the next start shows."""
        return (self.size, self.language) != self._started_with

    @property
    def notifies(self) -> bool:
        """Whether messages that come in are told by the desktop."""
        return self._flag("notifications/on", default=True)

    def set_notifies(self, on: bool) -> None:
        self._file.setValue("notifications/on", on)

    @property
    def shows_excerpts(self) -> bool:
        """Whether notifications show what was written."""
        return self._flag("notifications/excerpts", default=True)

    def set_shows_excerpts(self, shows: bool) -> None:
        self._file.setValue("notifications/excerpts", shows)

    @property
    def tells_typing(self) -> bool:
        """Whether others see that this person is typing."""
        return self._flag("privacy/typing", default=True)

    def set_tells_typing(self, tells: bool) -> None:
        self._file.setValue("privacy/typing", tells)

    @property
    def recent_emoji(self) -> list[str]:
        """The emoji that were used last, the newest first."""
        return self._text("emoji/recent").split()

    def set_recent_emoji(self, emoji: Iterable[str]) -> None:
        """Keep which emoji were used last."""
        self._file.setValue("emoji/recent", " ".join(emoji))

    @property
    def geometry(self) -> bytes:
        """Where the window stood, as the window said it; empty before the first time."""
        value = self._file.value("window/geometry")
        return bytes(value.data()) if isinstance(value, QByteArray) else b""

    def set_geometry(self, geometry: bytes) -> None:
        """Keep where the window stood."""
        self._file.setValue("window/geometry", QByteArray(geometry))

    @property
    def last_server(self) -> str:
        """The address that was signed in to last, for the next sign-in."""
        return self._text("account/last_server")

    @property
    def account(self) -> Account | None:
        """The account of this profile; None before signing in and after signing out."""
        try:
            return msgspec.json.decode(self._text("account/signed_in"), type=Account)
        except msgspec.DecodeError:
            return None

    def set_account(self, account: Account | None) -> None:
        """Remember who is signed in here, or that nobody is."""
        if account is None:
            self._file.remove("account/signed_in")
        else:
            self._file.setValue("account/signed_in", msgspec.json.encode(account).decode())
            self._file.setValue("account/last_server", account.server_url)
        self._file.sync()

    def sync(self) -> None:
        """Write what is not written yet."""
        self._file.sync()

    def _set_look(self, key: str, value: object) -> None:
        self._file.setValue(key, value)
        self.looks_changed.emit()

    def _flag(self, key: str, *, default: bool = False) -> bool:
        value = self._file.value(key)
        return default if value is None else str(value).casefold() == "true"

    def _text(self, key: str) -> str:
        value = self._file.value(key)
        return value if isinstance(value, str) else ""
