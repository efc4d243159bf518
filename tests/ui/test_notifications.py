"""Being told of messages: which, how, and that it is taken back."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from desktop_builders import ANN, ME, TALK, user
from fake_desk import FakeDesk
from window_stage import HARBOUR, WindowStage, window_stage

from chinwag_desktop.app.notifier import Notifier
from chinwag_desktop.core.changes import Origin, RowsChanged
from chinwag_desktop.core.entities import ConversationSummary, Person
from chinwag_desktop.models.notices import notice_of
from chinwag_desktop.stores.settings_store import SettingsStore
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_protocol.objects import UserStatus


class Told:
    """A stage, a desktop, and what the person looks at."""

    def __init__(self, stage: WindowStage, folder: Path) -> None:
        self.stage, self.desk, self.settings = stage, FakeDesk(), SettingsStore(folder)
        self.looking_at: UUID | None = None
        self.notifier = Notifier(
            self.desk,
            window=stage.window,
            chat=stage.chat,
            presence=stage.presence,
            settings=self.settings,
            looking_at=lambda: self.looking_at,
            title_of=stage.presenter.title_of,
        )
        self.opened: list[UUID] = []
        self.notifier.opened.connect(self.opened.append)

    @property
    def words(self) -> list[tuple[str, str]]:
        return [(shown.title, shown.words) for shown in self.desk.shown.values()]


@pytest.fixture
async def told(tmp_path: Path, themes: ThemeSource) -> AsyncIterator[Told]:
    async with window_stage(tmp_path, themes) as stage:
        made = Told(stage, tmp_path)
        yield made
        await made.notifier.close()


async def test_a_message_is_told_without_its_markup_and_a_click_opens_it(told: Told) -> None:
    stage = told.stage
    await stage.says(stage.world.say("**Tide** at `18:40`\n<b>", "ann"))
    assert told.words == [("Ann", "Tide at 18:40 <b>")]
    told.desk.shown[str(TALK)].clicked()
    assert told.opened == [TALK]


async def test_in_a_group_it_says_who(told: Told) -> None:
    stage = told.stage
    await stage.says(stage.world.say("ahoy", "bob", to="harbour"))
    assert told.words == [("Harbour", "Bob: ahoy")]


async def test_the_next_one_takes_its_place_and_reading_takes_it_away(told: Told) -> None:
    stage = told.stage
    await stage.says(stage.world.say("one", "ann"))
    await stage.says(stage.world.say("two", "ann"))
    assert told.words == [("Ann", "two")]
    await stage.says(stage.world.read("me", 3))  # on another device
    assert told.words == []


async def test_what_stands_before_the_eyes_is_not_told(told: Told) -> None:
    stage = told.stage
    told.looking_at = TALK
    await stage.says(stage.world.say("one", "ann"), stage.world.say("ahoy", "bob", to="harbour"))
    assert [title for title, _ in told.words] == ["Harbour"]


async def test_a_reply_is_sent_and_what_it_answers_is_read(told: Told) -> None:
    stage = told.stage
    await stage.says(stage.world.say("coming?", "ann"))
    told.desk.shown[str(TALK)].replied(" yes ")
    await stage.idle()
    assert [entry.text for entry in stage.worker.pending()] == ["yes"]
    assert (TALK, 2) in stage.read


async def test_it_can_be_switched_off_and_what_was_written_hidden(told: Told) -> None:
    stage = told.stage
    told.settings.set_shows_excerpts(False)
    await stage.says(stage.world.say("secret", "ann"))
    assert told.words == [("Ann", "1 new message")]
    await stage.says(stage.world.read("me", 2))
    told.settings.set_notifies(False)
    await stage.says(stage.world.say("more", "ann"))
    assert told.words == []


async def test_who_does_not_want_to_be_disturbed_is_not(told: Told) -> None:
    stage = told.stage
    await stage.pipeline.apply_users([user("me", status=UserStatus(text="", dnd=True))])
    await stage.says(stage.world.say("one", "ann"))
    assert told.words == []
    await stage.pipeline.apply_users([user("me", status=UserStatus(text="busy", dnd=False))])
    await stage.says(stage.world.say("two", "ann"))
    assert told.words == [("Ann", "two")]


async def test_what_was_missed_is_counted_once_a_conversation(told: Told) -> None:
    stage = told.stage
    for number in range(30):
        stage.world.say(f"{number}", "ann")
    stage.world.say("ahoy", "bob", to="harbour")
    await stage.synced()
    await stage.idle()
    assert sorted(told.words) == [("Ann", "31 new messages"), ("Harbour", "2 new messages")]


async def test_the_end_of_the_session_leaves_nothing(told: Told) -> None:
    stage = told.stage
    await stage.says(stage.world.say("one", "ann"))
    await told.notifier.close()
    assert told.words == []


# ---------------------------------------------------------------- the rule

PEOPLE = {ANN: Person(id=ANN, username="ann", display_name="Ann")}


def rule(row: Any, *, origin: Origin = Origin.LIVE, **summary: Any) -> Any:
    change = RowsChanged(conversation_id=HARBOUR, rows=(row,), origin=origin)
    found = ConversationSummary(id=HARBOUR, kind="group", title="Harbour", **summary)
    return notice_of(change, found, PEOPLE, me=ME, title="Harbour", excerpts=True)


@pytest.fixture
async def row(told: Told) -> Any:
    stage = told.stage
    await stage.says(stage.world.say("ahoy", "ann", to="harbour"))
    return stage.reader.page(HARBOUR, 2, 2)[0]


@pytest.mark.parametrize(
    ("changes", "summary", "tells"),
    [
        ({}, {}, True),
        ({}, {"muted": True}, False),
        ({}, {"notify": "none"}, False),
        ({}, {"notify": "mentions"}, False),
        ({"mentions": (ME,)}, {"notify": "mentions"}, True),
        ({"mentions_all": True}, {"notify": "mentions"}, True),
        ({"mentions": (ME,)}, {"notify": "none"}, False),
        ({"sender_id": ME}, {}, False),
        ({"kind": "system"}, {}, False),
        ({"deleted_at": "2026-11-24T20:00:00.000Z"}, {}, False),
        ({"edited_at": "2026-11-24T20:00:00.000Z"}, {}, False),
        ({}, {"read_seq": 2}, False),
    ],
)
async def test_what_is_worth_a_notification(row: Any, changes: Any, summary: Any, tells: bool) -> None:
    changed = msgspec.structs.replace(row, message=msgspec.structs.replace(row.message, **changes))
    assert (rule(changed, **summary) is not None) is tells


@pytest.mark.parametrize("origin", [Origin.HISTORY, Origin.LOCAL])
async def test_history_and_ones_own_words_are_no_news(row: Any, origin: Origin) -> None:
    assert rule(row, origin=origin) is None
