"""The timeline's model: rows by seq, pages, pending rows that change in place, the smallest signals."""

from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
import ui_samples as sample
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester
from ui_samples import ELI, MAYA, ME, NOW, TOMAS, make_row

from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.models.timeline_model import RowRole, TimelineModel
from chinwag_desktop.models.timeline_pages import PAGE, PAGES
from chinwag_protocol.objects import SystemFact

pytestmark = pytest.mark.usefixtures("qapp")


class Heard:
    def __init__(self, model: TimelineModel) -> None:
        self.said: list[tuple] = []
        model.rowsInserted.connect(lambda _p, a, b: self.said.append(("in", a, b)))
        model.rowsRemoved.connect(lambda _p, a, b: self.said.append(("out", a, b)))
        model.rowsMoved.connect(lambda _p, a, b, _q, to: self.said.append(("move", a, b, to)))
        model.dataChanged.connect(lambda a, b: self.said.append(("data", a.row(), b.row())))
        model.modelReset.connect(lambda: self.said.append(("reset",)))


def numbered(seq: int, sender: UUID = MAYA, key: UUID | None = None) -> TimelineRow:
    return make_row(seq, sender, NOW + timedelta(seconds=seq), f"message {seq}", key=key)


def pending(text: str = "soon") -> TimelineRow:
    return make_row(0, ME, NOW, text, state=DeliveryState.SAVING, key=uuid4())


def placed(row: TimelineRow, seq: int) -> TimelineRow:
    return make_row(seq, ME, NOW, row.message.text, state=DeliveryState.SENT, key=row.key)


@pytest.fixture
def model() -> Iterator[TimelineModel]:
    made = sample.timeline([numbered(seq) for seq in range(1, 6)])
    tester = QAbstractItemModelTester(made, QAbstractItemModelTester.FailureReportingMode.Fatal)
    yield made
    del tester


def texts(model: TimelineModel) -> list[str]:
    return [row.message.text if (row := model.row_at(number)) else "-" for number in range(model.rowCount())]


def test_any_row_is_found_without_reading_those_before_it() -> None:
    rows = [numbered(seq) for seq in range(1, 5001)]
    model = sample.timeline(rows)
    reader = model._pages._reader
    assert model.rowCount() == 5000
    assert model.row_at(4321) is rows[4321]
    assert reader.reads == 1


def test_few_pages_stay_in_memory() -> None:
    model = sample.timeline([numbered(seq) for seq in range(1, 3001)])
    for row in range(0, 3000, 10):
        model.row_at(row)
    assert len(model._pages._pages) == PAGES


def test_a_key_press_is_one_row_at_the_end(model: TimelineModel) -> None:
    heard, mine = Heard(model), pending()
    model.apply_rows([mine])
    assert heard.said == [("in", 5, 5)]
    assert model.index(5).data(RowRole) is mine


def test_the_echo_changes_the_pending_row_in_place(model: TimelineModel) -> None:
    mine = pending()
    model.apply_rows([mine])
    heard = Heard(model)
    model.apply_rows([placed(mine, 6)])
    assert heard.said == [("data", 5, 5)]
    assert model.row_at(5).state is DeliveryState.SENT
    model.place(mine.key, placed(mine, 6))  # the ack comes too: nothing doubles
    assert heard.said[1:] == [("data", 5, 5)]
    assert model.rowCount() == 6


def test_a_pending_row_goes_through_its_states(model: TimelineModel) -> None:
    mine = pending()
    model.apply_rows([mine])
    heard = Heard(model)
    for state in (DeliveryState.SENDING, DeliveryState.FAILED, DeliveryState.SENDING):
        model.apply_rows([make_row(0, ME, NOW, "soon", state=state, key=mine.key)])
        assert model.row_at(5).state is state
    assert heard.said == [("data", 5, 5)] * 3


def test_others_messages_go_before_the_pending_ones(model: TimelineModel) -> None:
    mine = pending()
    model.apply_rows([mine])
    heard = Heard(model)
    model.apply_rows([numbered(6)])
    assert heard.said == [("in", 5, 5), ("data", 5, 5)]
    assert texts(model)[-2:] == ["message 6", "soon"]


def test_the_second_pending_row_may_be_placed_first(model: TimelineModel) -> None:
    first, second = pending("first"), pending("second")
    model.apply_rows([first, second])
    heard = Heard(model)
    model.place(second.key, placed(second, 6))
    assert heard.said == [("move", 6, 6, 5), ("data", 5, 5)]
    assert texts(model)[-2:] == ["second", "first"]


def test_an_ack_that_overtakes_others_messages_leaves_room_for_them(model: TimelineModel) -> None:
    mine = pending()
    model.apply_rows([mine])
    heard = Heard(model)
    model.place(mine.key, placed(mine, 8))
    assert heard.said == [("in", 5, 6), ("data", 7, 7)]
    assert texts(model)[-3:] == ["-", "-", "soon"]
    model.apply_rows([numbered(6), numbered(7)])
    assert heard.said[2:] == [("data", 5, 6)]
    assert texts(model)[-3:] == ["message 6", "message 7", "soon"]


def test_a_place_that_is_there_already_takes_the_pending_row_away(model: TimelineModel) -> None:
    mine = pending()
    model.apply_rows([mine, numbered(7)])
    heard = Heard(model)
    model.place(mine.key, placed(mine, 6))
    assert heard.said == [("out", 7, 7), ("data", 5, 5)]
    assert texts(model)[-2:] == ["soon", "message 7"]


def test_a_discarded_row_is_gone(model: TimelineModel) -> None:
    mine = pending()
    model.apply_rows([mine])
    heard = Heard(model)
    model.discard(mine.key)
    model.discard(mine.key)
    assert heard.said == [("out", 5, 5)]


def test_one_run_of_changes_is_one_signal(model: TimelineModel) -> None:
    for row in range(5):
        model.row_at(row)
    heard = Heard(model)
    model.apply_rows([numbered(2), numbered(3), numbered(5)])
    assert heard.said == [("data", 1, 2), ("data", 4, 4)]


def test_what_a_catch_up_brings_is_one_insertion(model: TimelineModel) -> None:
    """A layout for each of hundreds of rows made the window stand still."""
    mine = pending()
    model.apply_rows([mine])
    heard = Heard(model)
    model.apply_rows([numbered(seq) for seq in range(6, 90)])
    assert heard.said == [("in", 5, 88), ("data", 5, 88)]
    assert texts(model) == [*(f"message {seq}" for seq in range(1, 90)), "soon"]


def test_marks_raise_ticks_and_never_lower_them() -> None:
    model = sample.timeline(
        [
            make_row(seq, ME if seq % 2 else MAYA, NOW, "x", state=None if not seq % 2 else DeliveryState.SENT)
            for seq in range(1, 7)
        ]
    )
    for row in range(6):
        model.row_at(row)
    heard = Heard(model)
    model.set_marks(delivered_upto=5, read_upto=1)
    assert heard.said == [("data", 0, 0), ("data", 2, 2), ("data", 4, 4)]
    assert [model.row_at(row).state.name for row in (0, 2, 4)] == ["READ", "DELIVERED", "DELIVERED"]
    model.set_marks(delivered_upto=2, read_upto=1)
    assert len(heard.said) == 3
    model.apply_rows([make_row(3, ME, NOW, "x", state=DeliveryState.SENT, edited=True)])
    assert model.row_at(2).state is DeliveryState.DELIVERED


def test_what_the_cache_lacks_is_blank_and_asked_for_once(qtbot) -> None:
    model = sample.timeline([numbered(seq) for seq in range(151, 201)], last_seq=200)
    asked: list[tuple[int, int]] = []
    model.missing.connect(lambda first, last: asked.append((first, last)))
    assert model.row_at(0) is None
    assert model.row_at(120) is None
    assert model.row_at(180) is not None
    qtbot.waitUntil(lambda: len(asked) == 2)
    assert asked == [(1, 99), (100, 150)]
    assert model.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == "Loading"
    model.row_at(1)
    heard = Heard(model)
    model.apply_rows([numbered(seq) for seq in range(1, 100)])
    assert heard.said == [("data", 0, 98)]
    assert model.row_at(0) is not None
    model.ask_again()
    qtbot.waitUntil(lambda: len(asked) == 3)
    assert asked[2] == (100, 150)


def test_a_reset_keeps_what_is_pending(model: TimelineModel) -> None:
    mine = pending()
    heard = Heard(model)
    model.reset_to(first_seq=3, last_seq=5, pending=[mine])
    assert heard.said == [("reset",)]
    assert model.rowCount() == 4
    assert model.seq_at(0) == 3
    assert texts(model)[-1] == "soon"


def test_rows_are_found_by_key_and_by_seq(model: TimelineModel) -> None:
    mine = pending()
    model.apply_rows([mine])
    assert model.row_of_key(mine.key) == 5
    last = model.row_at(4)
    assert model.row_of_key(last.key) == 4
    assert model.row_of_key(uuid4()) == -1
    assert (model.row_of_seq(3), model.row_of_seq(9)) == (2, -1)


def test_groups_runs_days_and_the_unread_bar() -> None:
    t = sample.TODAY
    model = sample.timeline(
        [
            make_row(1, MAYA, t - timedelta(hours=3), "yesterday"),
            make_row(2, MAYA, t + timedelta(hours=9), "a"),
            make_row(3, MAYA, t + timedelta(hours=9, seconds=20), "same minute"),
            make_row(4, MAYA, t + timedelta(hours=9, minutes=5), "same run"),
            make_row(5, MAYA, t + timedelta(hours=9, minutes=20), "long pause"),
            make_row(6, TOMAS, t + timedelta(hours=9, minutes=20, seconds=5), "another"),
            make_row(7, TOMAS, t + timedelta(hours=9, minutes=20, seconds=9), "unread"),
        ],
        unread_from=7,
        unread_count=1,
    )
    context = [model.context_at(row) for row in range(7)]
    assert [c.date for c in context] == ["Monday, 23 November", "Tuesday, 24 November", "", "", "", "", ""]
    assert [c.first for c in context] == [True, True, False, True, True, True, True]
    assert [c.last for c in context] == [True, False, True, True, True, True, True]
    assert [c.run_first for c in context] == [True, True, False, False, True, True, True]
    assert [c.run_last for c in context] == [True, False, False, True, True, True, True]
    assert [c.unread for c in context] == [0, 0, 0, 0, 0, 0, 1]


def test_another_year_is_named(model: TimelineModel) -> None:
    old = sample.timeline([make_row(1, MAYA, NOW - timedelta(days=700), "long ago")])
    assert old.context_at(0).date == "Tuesday, 24 December 2024"


def test_what_a_screen_reader_says() -> None:
    rows = [
        make_row(1, ELI, NOW, "Hello\nthere"),
        make_row(2, ME, NOW, "Hi", state=DeliveryState.READ),
        make_row(3, ELI, NOW, deleted=True),
        make_row(4, TOMAS, NOW, attachments=[sample.attachment("quay.jpg", "image/jpeg", 1, width=2, height=2)]),
        make_row(0, ME, NOW, "Oh", state=DeliveryState.FAILED, error="forbidden"),
    ]
    model = sample.timeline(rows)
    said = [str(model.index(row).data(Qt.ItemDataRole.AccessibleTextRole)) for row in range(5)]
    assert said[0] == "Eli Brandt, 09:45: Hello there"
    assert said[1] == "You, 09:45: Hi, read"
    assert said[2] == "Eli Brandt, 09:45: Message deleted"
    assert said[3] == "Tomás Herrera, 09:45: Picture quay.jpg"
    assert said[4].startswith("You, 09:45: Oh, not sent, You may not write here.")


@pytest.mark.parametrize(
    ("fact", "words"),
    [
        (SystemFact(type="created", actor_id=MAYA, title="Lunch"), "Maya Lindqvist created the group “Lunch”"),
        (SystemFact(type="renamed", actor_id=ME, title="Tea"), "You renamed the group to “Tea”"),
        (SystemFact(type="pictured", actor_id=MAYA), "Maya Lindqvist changed the group picture"),
        (SystemFact(type="joined", actor_id=MAYA, user_ids=(ME, TOMAS)), "Maya Lindqvist added you and Tomás Herrera"),
        (SystemFact(type="joined", actor_id=MAYA), "Maya Lindqvist joined"),
        (SystemFact(type="left", actor_id=ELI), "Eli Brandt left"),
        (SystemFact(type="removed", actor_id=ME, user_ids=(ELI,)), "You removed Eli Brandt"),
        (SystemFact(type="role", actor_id=MAYA, user_ids=(ME,), role="admin"), "Maya Lindqvist made you an admin"),
        (
            SystemFact(type="joined", actor_id=MAYA, user_ids=(TOMAS, ELI, sample.NOOR, sample.YUKI)),
            "Maya Lindqvist added Tomás Herrera, Eli Brandt and 2 others",
        ),
        (SystemFact(type="left", actor_id=uuid4()), "Somebody left"),
    ],
)
def test_system_messages_have_words_of_ours(fact: SystemFact, words: str) -> None:
    model = sample.timeline([make_row(1, fact.actor_id, NOW, system=fact)])
    assert model.index(0).data() == words


def test_a_page_is_a_hundred_messages() -> None:
    assert PAGE == 100
