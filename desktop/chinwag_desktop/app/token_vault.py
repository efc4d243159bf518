"""Keeps refresh tokens where their account says: keyring, file, or the memory of this run."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from chinwag_desktop.core.errors import KeyringShut, NoKeyring
from chinwag_desktop.stores.settings_store import Account

_T = TypeVar("_T")


class TokenVault:
    """`stores.auth_store.Tokens`. Without `keyring` the keyring is never asked, and what would go there stays in memory."""

    def __init__(self, profile: Path, *, keyring: bool = True) -> None:
        self._folder, self._keyring = profile / "tokens", keyring
        self._memory: dict[str, str] = {}

    async def save(self, account: Account, refresh_token: str) -> None:
        """Keep a token; raises NoKeyring."""
        from chinwag_desktop.net.credentials import FileTokens, KeyringTokens, key_of

        key = key_of(account.server_url, account.user_id)
        match account.token_place:
            case "file":
                await _on_thread(lambda: FileTokens(self._folder).save(key, refresh_token))
            case "keyring" if self._keyring:
                await _on_thread(lambda: KeyringTokens().save(key, refresh_token))
            case _:
                self._memory[key] = refresh_token

    async def load(self, account: Account) -> str | None:
        """The token, or None when it is gone. Raises KeyringShut."""
        from chinwag_desktop.net.credentials import FileTokens, KeyringTokens, key_of

        key = key_of(account.server_url, account.user_id)
        if key in self._memory:
            return self._memory[key]
        match account.token_place:
            case "file":
                return await _on_thread(lambda: FileTokens(self._folder).load(key))
            case "keyring" if self._keyring:
                try:
                    return await _on_thread(lambda: KeyringTokens().load(key))
                except NoKeyring as error:
                    raise KeyringShut(str(error)) from error
            case _:
                return None

    async def forget(self, account: Account) -> None:
        """Remove the token from wherever it is."""
        from chinwag_desktop.net.credentials import FileTokens, KeyringTokens, key_of

        key = key_of(account.server_url, account.user_id)
        self._memory.pop(key, None)
        await _on_thread(lambda: FileTokens(self._folder).forget(key))
        if account.token_place == "keyring" and self._keyring:  # noqa: S105 - the name of a place
            try:
                await _on_thread(lambda: KeyringTokens().forget(key))
            except NoKeyring:
                return


async def _on_thread(work: Callable[[], _T]) -> _T:
    return await asyncio.get_running_loop().run_in_executor(None, work)
