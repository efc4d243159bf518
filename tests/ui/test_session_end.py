"""A session that ends keeps what its person wrote, however early or late that was."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from desktop_builders import ME, TALK

from chinwag_desktop.app.session import SignedInSession
from chinwag_desktop.cache.executor import DatabaseThread
from chinwag_desktop.cache.outbox_db import OutboxDb
from chinwag_desktop.core.clock import SystemClock
from chinwag_desktop.stores.settings_store import Account


def session_in(folder: Path) -> SignedInSession:
    account = Account(
        server_url="https://chat.example",
        server_name="chat.example",
        user_id=ME,
        username="me",
        display_name="Me",
        token_place="memory",
    )
    nothing: Any = SimpleNamespace()
    return SignedInSession(
        account,
        folder=folder,
        network=nothing,
        auth=nothing,
        clock=SystemClock(),
        offline=True,
        tells_typing=lambda: True,
    )


async def drafts_in(folder: Path) -> dict[Any, str]:
    thread = DatabaseThread("test-reader")
    outbox = OutboxDb(folder / "outbox.db", writer=thread)
    await outbox.open()
    drafts = await outbox.drafts()
    await outbox.close()
    await thread.close()
    return {key: draft.text for key, draft in drafts.items()}


async def test_a_draft_of_the_last_moment_is_kept(tmp_path: Path) -> None:
    session = session_in(tmp_path)
    await session.start()
    session.chat.save_draft(TALK, "half")
    await session.close()
    assert await drafts_in(tmp_path) == {TALK: "half"}


async def test_a_session_that_was_never_started_ends_and_says_what_it_could_not_keep(
    tmp_path: Path, expect_log: Callable[[str], None]
) -> None:
    expect_log("1 drafts are lost with the app: the outbox is not open")
    session = session_in(tmp_path)
    failed: list[str] = []
    session.chat.failed.connect(lambda what, _error: failed.append(what))
    session.chat.save_draft(TALK, "half")
    await session.close()
    assert failed == ["draft"]


async def test_a_start_that_breaks_off_does_not_hold_up_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, expect_log: Callable[[str], None]
) -> None:
    expect_log("1 drafts are lost with the app: the outbox is not open")

    async def broken() -> None:
        raise RuntimeError("no such thing")

    session = session_in(tmp_path)
    monkeypatch.setattr(session, "_open_databases", broken)
    session.chat.save_draft(TALK, "half")
    with pytest.raises(RuntimeError):
        await session.start()
    await session.close()
