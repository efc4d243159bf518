"""AuthStore: one sign-in and one leave-taking at a time, tokens kept before they are used, the socket's start and stop."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from desktop_builders import ME

from chinwag_desktop.core.errors import NoKeyring, Refused, SignedOut
from chinwag_desktop.stores.auth_store import AuthStore
from chinwag_desktop.stores.settings_store import Account, SettingsStore
from chinwag_protocol.http import LoginRequest, ServerInfo, Session
from chinwag_protocol.limits import Limits
from chinwag_protocol.objects import User

URL = "https://chat.example"


def session(refresh_token: str, user_id: UUID = ME) -> Session:
    user = User(id=user_id, username="robin", display_name="Robin", role="member", disabled=False, online=True)
    return Session(user=user, session_id=ME, access_token="access", refresh_token=refresh_token, expires_in_ms=900_000)


class Server:
    """The `AuthApi` of a server, and what it was asked."""

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.refuse: Exception | None = None
        self.hangs = asyncio.Event()
        self.hangs.set()
        self.slow = asyncio.Event()
        """Cleared, a sign-in waits for it."""
        self.slow.set()
        self.tell: Callable[[Session], Any] = lambda _: None

    async def server(self) -> ServerInfo:
        return ServerInfo(
            name="Harbour", version="1", protocol=1, registration="open", limits=Limits().public(), features=()
        )

    async def login(self, request: LoginRequest) -> Session:
        self.calls.append(f"login {request.username}")
        await self.slow.wait()
        if self.refuse is not None:
            raise self.refuse
        return session("first")

    async def register(self, request: Any) -> Session:
        self.calls.append(f"register {request.username} {request.invite_code}")
        return session("first")

    async def resume(self, refresh_token: str) -> Session:
        self.calls.append(f"resume {refresh_token}")
        return session("second")

    async def logout(self) -> None:
        self.calls.append("logout")
        await self.hangs.wait()

    async def close(self) -> None:
        self.calls.append("close")


class Vault:
    """The `Tokens` in memory; `refuse` makes the keyring go."""

    def __init__(self) -> None:
        self.kept: dict[UUID, str] = {}
        self.refuse = False

    async def save(self, account: Account, refresh_token: str) -> None:
        if self.refuse and account.token_place == "keyring":
            raise NoKeyring("gone")
        self.kept[account.user_id] = refresh_token

    async def load(self, account: Account) -> str | None:
        return self.kept.get(account.user_id)

    async def forget(self, account: Account) -> None:
        self.kept.pop(account.user_id, None)


class Monitor:
    def __init__(self) -> None:
        self.steps: list[str] = []

    def start(self) -> None:
        self.steps.append("start")

    async def stop(self) -> None:
        self.steps.append("stop")


class Stage:
    """An AuthStore on a server and a vault, and what it has told."""

    def __init__(self, profile: Path) -> None:
        self.server, self.vault, self.settings = Server(), Vault(), SettingsStore(profile)
        self.told: list[tuple[str, Any]] = []
        self._news: asyncio.Queue[tuple[str, Any]] = asyncio.Queue()
        self.store = self.again()

    def again(self) -> AuthStore:
        """As after a start of the app."""

        async def open_api(url: str, on_session: Callable[[Session], Any]) -> Server:
            assert url == URL
            self.server.tell = on_session
            return self.server

        store = AuthStore(self.settings, tokens=self.vault, open_api=open_api, device_name="desk")
        store.signed_in.connect(lambda account: self._hear("signed in", account.username))
        store.signed_out.connect(lambda reason: self._hear("signed out", reason))
        store.sign_in_failed.connect(lambda error: self._hear("failed", error))
        store.keyring_missing.connect(lambda: self._hear("no keyring", None))
        return store

    def _hear(self, what: str, detail: Any) -> None:
        self.told.append((what, detail))
        self._news.put_nowait((what, detail))

    async def until(self, what: str) -> None:
        while (word := (await asyncio.wait_for(self._news.get(), 5))[0]) != what:
            assert word != "failed", self.told

    async def until_failed(self) -> None:
        while (await asyncio.wait_for(self._news.get(), 5))[0] != "failed":
            pass

    async def sign_in(self) -> None:
        self.store.login(URL, "robin", "correct horse")
        await self.until("signed in")


@pytest.fixture
async def stage(tmp_path: Path) -> AsyncIterator[Stage]:
    made = Stage(tmp_path)
    yield made
    await made.store.close()


async def test_signing_in_keeps_the_token_and_the_account(stage: Stage) -> None:
    await stage.sign_in()
    assert stage.vault.kept == {ME: "first"}
    account = stage.settings.account
    assert account is not None
    assert (account.server_name, account.username, account.token_place) == ("Harbour", "robin", "keyring")


async def test_the_next_start_goes_on_with_the_kept_token_once(stage: Stage) -> None:
    await stage.sign_in()
    await stage.store.close()
    stage.server.calls.clear()
    stage.store = stage.again()
    first, second = await asyncio.gather(stage.store.api(), stage.store.api())
    assert first is second is stage.server
    assert stage.server.calls == ["resume first"]


async def test_a_session_whose_token_is_gone_is_over(stage: Stage) -> None:
    await stage.sign_in()
    await stage.store.close()
    stage.vault.kept.clear()
    stage.store = stage.again()
    with pytest.raises(SignedOut):
        await stage.store.api()


async def test_a_rotated_token_is_kept_before_it_is_used(stage: Stage) -> None:
    await stage.sign_in()
    await stage.server.tell(session("rotated"))
    assert stage.vault.kept == {ME: "rotated"}


async def test_a_token_of_somebody_else_is_not_kept(stage: Stage) -> None:
    await stage.sign_in()
    await stage.server.tell(session("stranger's", UUID(int=7)))
    assert stage.vault.kept == {ME: "first"}


async def test_a_refused_sign_in_leaves_nothing(stage: Stage) -> None:
    stage.server.refuse = Refused(code="unauthorized")
    stage.store.login(URL, "robin", "wrong")
    await stage.until("failed")
    assert stage.store.account is None
    assert stage.server.calls == ["login robin", "close"]
    assert stage.vault.kept == {}


async def test_without_a_keyring_the_person_chooses(stage: Stage) -> None:
    stage.vault.refuse = True
    stage.store.register(URL, "robin", "correct horse", invite_code="harbour")
    await stage.until("no keyring")
    assert stage.settings.account is None
    stage.store.choose_token_place("file")
    await stage.until("signed in")
    assert stage.settings.account is not None
    assert stage.settings.account.token_place == "file"
    assert stage.server.calls == ["register robin harbour"]


async def test_who_does_not_choose_a_place_is_signed_out_on_the_server_too(
    stage: Stage, eventually: Callable[..., Any]
) -> None:
    stage.vault.refuse = True
    stage.store.login(URL, "robin", "correct horse")
    await stage.until("no keyring")
    stage.store.choose_token_place(None)
    await eventually(lambda: stage.server.calls[-2:] == ["logout", "close"] and stage.store.account is None)
    assert stage.settings.account is None


async def test_signing_out_stops_the_socket_forgets_and_tells_the_server(
    stage: Stage, eventually: Callable[..., Any]
) -> None:
    await stage.sign_in()
    monitor = Monitor()
    stage.store.connect_socket(monitor)
    stage.store.logout()
    await stage.until("signed out")
    assert monitor.steps == ["start", "stop"]
    assert (stage.vault.kept, stage.settings.account, stage.store.account) == ({}, None, None)
    await eventually(lambda: stage.server.calls[-2:] == ["logout", "close"])


async def test_a_server_that_hangs_keeps_nobody_signed_in(stage: Stage) -> None:
    await stage.sign_in()
    stage.server.hangs.clear()
    stage.store.logout()
    await stage.until("signed out")
    await stage.store.close()
    assert stage.server.calls[-2:] == ["logout", "close"]


async def test_leaving_twice_is_leaving_once(stage: Stage) -> None:
    await stage.sign_in()
    stage.store.session_ended("expired")
    stage.store.session_ended("expired")
    stage.store.logout()
    await stage.until("signed out")
    await stage.store.close()
    assert [told for told in stage.told if told[0] == "signed out"] == [("signed out", "expired")]
    assert "logout" not in stage.server.calls


async def test_who_is_signed_in_is_known_from_the_start(stage: Stage) -> None:
    assert (stage.store.account, stage.store.opened_api) == (None, None)
    with pytest.raises(SignedOut):
        await stage.store.api()
    await stage.sign_in()
    assert stage.store.account == stage.settings.account
    assert stage.store.opened_api is stage.server
    again = stage.again()
    assert again.account == stage.settings.account
    await again.close()


async def test_a_fresh_sign_in_is_not_resumed(stage: Stage) -> None:
    await stage.sign_in()
    assert await stage.store.api() is stage.server
    assert stage.server.calls == ["login robin"]


async def test_a_sign_in_can_be_given_up_and_tried_again(stage: Stage, eventually: Callable[..., Any]) -> None:
    stage.server.slow.clear()
    stage.store.login(URL, "robin", "correct horse")
    await eventually(lambda: stage.server.calls == ["login robin"])
    stage.store.cancel()
    await eventually(lambda: stage.server.calls == ["login robin", "close"])
    assert (stage.store.account, stage.store.opened_api, stage.told) == (None, None, [])
    stage.server.slow.set()
    await stage.sign_in()


async def test_an_abandoned_question_for_a_place_leaves_no_connection_to_the_next_sign_in(stage: Stage) -> None:
    stage.vault.refuse = True
    stage.store.login(URL, "robin", "correct horse")
    await stage.until("no keyring")
    stage.vault.refuse = False
    await stage.sign_in()
    assert stage.server.calls == ["login robin", "close", "login robin"]


async def test_a_place_that_nobody_asked_for_changes_nothing(stage: Stage) -> None:
    stage.store.choose_token_place("file")
    await stage.sign_in()
    stage.store.choose_token_place("file")
    stage.store.choose_token_place(None)
    assert stage.store.account is not None
    assert stage.store.account.token_place == "keyring"
    assert stage.server.calls == ["login robin"]


async def test_after_a_failure_nobody_is_signed_in_though_somebody_was(stage: Stage) -> None:
    await stage.sign_in()
    stage.server.refuse = Refused(code="unauthorized")
    stage.store.login(URL, "robin", "wrong")
    await stage.until_failed()
    assert (stage.store.account, stage.store.opened_api) == (None, None)


async def test_the_end_of_the_app_stops_the_socket_and_keeps_the_session(stage: Stage) -> None:
    await stage.sign_in()
    monitor = Monitor()
    stage.store.connect_socket(monitor)
    await stage.store.close()
    assert monitor.steps == ["start", "stop"]
    assert stage.server.calls == ["login robin", "close"]
    assert stage.vault.kept == {ME: "first"}
    assert stage.settings.account is not None
    await stage.store.disconnect_socket()
    assert monitor.steps == ["start", "stop"]
