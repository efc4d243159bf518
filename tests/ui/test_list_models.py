"""Lists with keys: the smallest honest signals, never a reset. Conversations, people, and the sidebar that holds both."""

import random
from collections.abc import Hashable
from datetime import timedelta

import msgspec
import pytest
import ui_samples as sample
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from chinwag_desktop.core.entities import DeliveryState, Person, Presence
from chinwag_desktop.models.conversation_list_model import ConversationListModel
from chinwag_desktop.models.keyed_list_model import ItemRole, KeyedListModel
from chinwag_desktop.models.people_model import PeopleModel
from chinwag_desktop.models.sidebar_model import Heading
from chinwag_protocol.objects import SystemFact

pytestmark = pytest.mark.usefixtures("qapp")


class Letters(KeyedListModel[str]):
    """Items are a key letter and a value: "a1"."""

    def key_of(self, item: str) -> Hashable:
        return item[0]

    def words_of(self, item: str, *, spoken: bool) -> str:
        return item.upper() if spoken else item


class Heard:
    """What a model told."""

    def __init__(self, model: KeyedListModel) -> None:
        self.said: list[tuple] = []
        model.rowsInserted.connect(lambda _p, a, b: self.said.append(("in", a, b)))
        model.rowsRemoved.connect(lambda _p, a, b: self.said.append(("out", a, b)))
        model.rowsMoved.connect(lambda _p, a, b, _q, to: self.said.append(("move", a, b, to)))
        model.dataChanged.connect(lambda a, b: self.said.append(("data", a.row(), b.row())))
        model.modelReset.connect(lambda: self.said.append(("reset",)))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("", "a1 b1 c1", [("in", 0, 2)]),
        ("a1 b1 c1", "a1 b2 c1", [("data", 1, 1)]),
        ("a1 b1 c1", "a1 b2 c2", [("data", 1, 2)]),
        ("a1 b1 c1", "c1 a1 b1", [("move", 2, 2, 0)]),
        ("a1 b1 c1", "b1 c1 a1", [("move", 0, 0, 3)]),
        ("a1 b1 c1 d1", "a1 d1", [("out", 1, 2)]),
        ("a1 b1 c1 d1", "b1 d1", [("out", 2, 2), ("out", 0, 0)]),
        ("a1 b1", "c1 a2 b1", [("in", 0, 0), ("data", 1, 1)]),
        ("a1 b1", "a1 b1", []),
    ],
)
def test_the_smallest_signals(before: str, after: str, said: list[tuple]) -> None:
    model = Letters()
    model.show(before.split())
    heard = Heard(model)
    model.show(after.split())
    assert heard.said == said
    assert list(model.items()) == after.split()


def test_any_list_can_become_any_other() -> None:
    dice = random.Random(7)
    model = Letters()
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    heard = Heard(model)
    for _ in range(300):
        keys = dice.sample("abcdefghijkl", dice.randrange(13))
        wanted = [key + str(dice.randrange(3)) for key in keys]
        model.show(wanted)
        assert list(model.items()) == wanted
    assert ("reset",) not in heard.said
    assert tester.model() is model


def conversations() -> ConversationListModel:
    model = ConversationListModel(dict(sample.PEOPLE), me=sample.ME)
    model.set_all(sample.summaries())
    return model


def titles(model: KeyedListModel) -> list[str]:
    return [str(model.index(row).data()) for row in range(model.rowCount())]


def test_conversations_stand_by_last_activity() -> None:
    model = conversations()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    assert titles(model)[:3] == ["Harbour refit", "Maya Lindqvist", "Release 1.0"]
    heard = Heard(model)
    lunch = next(item.summary for item in model.items() if item.id == sample.LUNCH)
    model.update([msgspec.structs.replace(lunch, last_at=sample.NOW, excerpt="leek again")])
    assert titles(model)[0] == "Lunch"
    assert heard.said == [("move", 8, 8, 0), ("data", 0, 0)]


def test_a_conversation_that_is_left_or_archived_goes() -> None:
    model = conversations()
    model.remove(sample.GROUP)
    model.update([msgspec.structs.replace(sample.summaries()[2], archived=True)])
    assert "Harbour refit" not in titles(model)
    assert "Release 1.0" not in titles(model)
    assert model.item_of(sample.GROUP) is None


def test_pinned_ones_stand_first() -> None:
    model = conversations()
    model.update([msgspec.structs.replace(sample.summaries()[-1], pinned=True)])
    assert titles(model)[0] == "Lunch"


def test_presence_and_names_follow_people() -> None:
    people = dict(sample.PEOPLE)
    model = ConversationListModel(people, me=sample.ME)
    model.set_all(sample.summaries())
    heard = Heard(model)
    people[sample.MAYA] = msgspec.structs.replace(people[sample.MAYA], online=False, display_name="Maya L.")
    model.people_changed({sample.MAYA})
    assert titles(model)[1] == "Maya L."
    assert model.item(1).presence is Presence.OFFLINE
    assert heard.said == [("data", 1, 1)]
    model.people_changed({sample.ME})


def test_excerpts_name_the_sender_in_groups_only() -> None:
    words = {item.title: item.excerpt for item in conversations().items()}
    assert words["Harbour refit"] == "Tomás: I can be there by seven"
    assert words["Lunch"] == "You: leek soup, obviously"
    assert words["Noor Haddad"].startswith("شكراً")
    assert words["Priya Raman"] == "Picture"


def test_what_a_screen_reader_says_of_a_conversation() -> None:
    model = conversations()
    spoken = str(model.index(0).data(Qt.ItemDataRole.AccessibleTextRole))
    assert "Harbour refit" in spoken
    assert "3 unread messages" in spoken
    spoken = str(model.index(3).data(Qt.ItemDataRole.AccessibleTextRole))
    assert "online" in spoken
    assert "1 unread message," in spoken
    failed = next(item for item in model.items() if item.summary.last_state is DeliveryState.FAILED)
    assert "not sent" in model.words_of(failed, spoken=True)


def test_muted_conversations_do_not_count() -> None:
    assert conversations().unread_total() == 4


def people(**more: bool) -> PeopleModel:
    model = PeopleModel(me=sample.ME, **more)
    model.set_all(sample.PEOPLE.values())
    return model


def test_people_online_come_first_and_oneself_not_at_all() -> None:
    model = people()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    assert titles(model) == [
        "Anneke de Wit",
        "Maya Lindqvist",
        "Noor Haddad",
        "Tomás Herrera",
        "Eli Brandt",
        "Priya Raman",
        "Yuki Tanaka",
    ]
    assert model.online_count() == 4


def test_one_who_comes_online_moves_up() -> None:
    model = people()
    heard = Heard(model)
    model.update([msgspec.structs.replace(sample.PEOPLE[sample.YUKI], online=True)])
    assert titles(model)[4] == "Yuki Tanaka"
    assert heard.said == [("move", 6, 6, 4), ("data", 4, 4)]


def test_only_those_online() -> None:
    model = people(online_only=True)
    model.update([msgspec.structs.replace(sample.PEOPLE[sample.MAYA], online=False)])
    assert titles(model) == ["Anneke de Wit", "Noor Haddad", "Tomás Herrera"]


def test_search_finds_names_and_user_names_and_hides_the_disabled() -> None:
    model = people()
    model.search(" TOM")
    assert titles(model) == ["Tomás Herrera"]
    model.search("eli")
    assert titles(model) == ["Eli Brandt"]
    model.update([msgspec.structs.replace(sample.PEOPLE[sample.ELI], disabled=True)])
    assert titles(model) == []


def test_the_sidebar_holds_conversations_then_people_online() -> None:
    model = sample.sidebar_model()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal, model)
    items = list(model.items())
    assert items[9] == Heading("Online · 4")
    assert [item.display_name for item in items[10:] if isinstance(item, Person)] == [
        "Anneke de Wit",
        "Maya Lindqvist",
        "Noor Haddad",
        "Tomás Herrera",
    ]
    assert model.flags(model.index(9)) == Qt.ItemFlag.NoItemFlags
    assert model.flags(model.index(0)) & Qt.ItemFlag.ItemIsEnabled
    assert model.flags(QModelIndex()) == Qt.ItemFlag.NoItemFlags


def test_searching_the_sidebar_finds_people_who_are_offline_too() -> None:
    model = sample.sidebar_model()
    model.search("pri")
    assert [type(item).__name__ for item in model.items()] == ["ConversationItem", "Heading", "Person"]
    model.search("nobody at all")
    assert model.rowCount() == 0
    assert model.searching
    model.search("")
    assert model.rowCount() == 14


def test_a_new_message_is_one_move_in_the_sidebar() -> None:
    model = sample.sidebar_model()
    source = model.findChild(ConversationListModel)
    assert source is not None
    heard = Heard(model)
    source.update([msgspec.structs.replace(sample.summaries()[4], last_at=sample.NOW + timedelta(minutes=1))])
    assert heard.said == [("move", 4, 4, 0), ("data", 0, 0)]
    assert model.index(0).data(ItemRole).title == "Yuki Tanaka"


def test_a_row_that_tells_what_somebody_did_follows_their_name() -> None:
    people = dict(sample.PEOPLE)
    model = ConversationListModel(people, me=sample.ME)
    summary = next(one for one in sample.summaries() if one.id == sample.GROUP)
    said = sample.talk()[0].message
    fact = SystemFact(type="joined", actor_id=sample.YUKI, user_ids=(sample.ELI,))
    told = msgspec.structs.replace(said, kind="system", text="", system=fact)
    model.set_all([msgspec.structs.replace(summary, last_message=told, excerpt="", last_sender_id=None)])
    people[sample.ELI] = msgspec.structs.replace(people[sample.ELI], display_name="Elias")
    model.people_changed({sample.ELI})
    assert "Elias" in model.item(0).excerpt
