"""Between the app and the desktop's notifications, as desktop-notifier has them."""

import asyncio
import sys
import threading
from collections.abc import Callable
from typing import Any

import pytest

from chinwag_desktop.platform.notifications import Notifications


class FakeNotifier:
    """Keeps what it is asked for."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, str, dict[str, Any]]] = []
        self.cleared: list[str] = []
        self.failure: Exception | None = None
        self.ready = asyncio.Event()
        self.ready.set()

    async def send(self, title: str, message: str, **how: Any) -> str:
        if self.failure is not None:
            raise self.failure
        self.sent.append((title, message, how))
        sent = str(len(self.sent))
        await self.ready.wait()
        return sent

    async def clear(self, identifier: str) -> None:
        self.cleared.append(identifier)


class Person:
    """What became of the notifications."""

    def __init__(self) -> None:
        self.did: list[object] = []
        self.notifier = FakeNotifier()
        self.notifications = Notifications(make=lambda: self.notifier)

    async def show(self, key: str, words: str = "words") -> None:
        await self.notifications.show(
            key,
            "Ann",
            words,
            clicked=lambda: self.did.append("clicked"),
            replied=self.did.append,
            reply=("Reply", "Send"),
        )


async def test_the_next_one_of_a_conversation_takes_the_place_of_the_last() -> None:
    person = Person()
    for key in ("a", "b", "a"):
        await person.show(key)
    assert person.notifier.cleared == ["1"]
    await person.notifications.withdraw("b")
    await person.notifications.withdraw("b")
    await person.notifications.withdraw_all()
    assert person.notifier.cleared == ["1", "2", "3"]


@pytest.mark.parametrize("end", ["clicked", "dismissed", "replied"])
async def test_what_the_person_has_dealt_with_is_not_taken_away_again(end: str) -> None:
    person = Person()
    await person.show("a")
    how = person.notifier.sent[0][2]
    if end == "replied":
        how["reply_field"].on_replied("yes")
    else:
        how[f"on_{end}"]()
    await person.notifications.withdraw("a")
    assert person.notifier.cleared == []
    assert person.did == {"clicked": ["clicked"], "dismissed": [], "replied": ["yes"]}[end]


async def test_the_library_is_loaded_once_and_not_on_the_thread_of_the_window() -> None:
    person, threads = Person(), list[int]()
    person.notifications = Notifications(
        make=lambda: person.notifier, load=lambda: threads.append(threading.get_ident())
    )
    for key in ("a", "b"):
        await person.show(key)
    assert len(threads) == 1
    assert threads[0] != threading.get_ident()


async def test_words_are_no_markup(monkeypatch: pytest.MonkeyPatch) -> None:
    person = Person()
    for platform in ("linux", "darwin"):
        monkeypatch.setattr(sys, "platform", platform)
        await person.show(platform, "<b>x</b> & y")
    assert [words for _, words, _ in person.notifier.sent] == ["&lt;b&gt;x&lt;/b&gt; &amp; y", "<b>x</b> & y"]


async def test_a_desktop_that_shows_none_is_told_of_once(expect_log: Callable[[str], None]) -> None:
    expect_log("notifications cannot be shown: OSError")
    person = Person()
    person.notifier.failure = OSError("no bus")
    for _ in range(3):
        await person.show("a")
    await person.notifications.withdraw("a")
    assert person.notifier.cleared == []


async def test_a_slow_desktop_leaves_no_notification_behind() -> None:
    """Two of one conversation at once, and read before the desktop has answered."""
    person = Person()
    person.notifier.ready.clear()
    loop = asyncio.get_running_loop()
    tasks = [loop.create_task(person.show("a")) for _ in range(2)]
    tasks.append(loop.create_task(person.notifications.withdraw("a")))
    await asyncio.sleep(0)
    person.notifier.ready.set()
    await asyncio.gather(*tasks)
    assert person.notifier.cleared == ["1", "2"]


async def test_the_end_of_one_that_was_replaced_is_not_the_end_of_the_next() -> None:
    person = Person()
    await person.show("a")
    await person.show("a")
    person.notifier.sent[0][2]["on_dismissed"]()
    await person.notifications.withdraw("a")
    assert person.notifier.cleared == ["1", "2"]
