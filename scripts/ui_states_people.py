"""States of what is about people: cards, one's own profile, password, devices, blocks."""

from collections.abc import Callable
from uuid import UUID

import ui_samples as sample
from msgspec.structs import replace
from PySide6.QtWidgets import QWidget

from chinwag_desktop.app.own_account import device_line
from chinwag_desktop.core.entities import Person
from chinwag_desktop.ui.action_list import ActionListDialog
from chinwag_desktop.ui.own_profile import OwnProfileDialog
from chinwag_desktop.ui.password_dialog import PasswordDialog
from chinwag_desktop.ui.profile_card import ProfileCard, block_question
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.widgets.dialog import Dialog
from chinwag_protocol.http import SessionInfo
from chinwag_protocol.objects import UserStatus

MakeDialog = Callable[[ThemeSource, QWidget], Dialog]
SAILING = UserStatus(text="At the north mast until the tide turns", dnd=False)
QUIET = UserStatus(text="Writing the release notes", dnd=True)


def card(person: Person, *, blocked: bool | None = False, problem: str = "") -> MakeDialog:
    def make(themes: ThemeSource, window: QWidget) -> Dialog:
        made = ProfileCard(themes, window)
        made.show_person(person, sample.NOW)
        made.set_blocked(blocked)
        if problem:
            made.say(problem, bad=True)
        return made

    return make


def own(*, online: bool = True, problem: str = "") -> MakeDialog:
    def make(themes: ThemeSource, window: QWidget) -> Dialog:
        person = replace(sample.PEOPLE[sample.ME], status=QUIET, avatar_url="/picture")
        made = OwnProfileDialog(themes, window, person, sample.NOW)
        made.set_online(online)
        if problem:
            made.show_problem(problem)
        return made

    return make


def password(*, problem: str = "") -> MakeDialog:
    def make(themes: ThemeSource, window: QWidget) -> Dialog:
        made = PasswordDialog(themes, window)
        made.current.set_text("a secret of old")
        made.new.set_text("short")
        if problem:
            made.show_problem(problem, made.new)
        return made

    return make


def devices(themes: ThemeSource, window: QWidget) -> Dialog:
    made = ActionListDialog(themes, window, "Signed-in devices", none="")
    found = (
        ("mast-workstation", "2026-11-24T09:40:00.000Z", True),
        ("robins-laptop", "2026-11-24T09:12:00.000Z", False),
        ("an old phone with a very long name that nobody ever shortened", "2026-11-03T18:00:00.000Z", False),
    )
    made.show_lines(
        [
            device_line(
                SessionInfo(
                    id=UUID(int=number),
                    device_name=name,
                    created_at=seen,
                    last_seen_at=seen,
                    address="192.0.2.7",
                    current=current,
                ),
                sample.NOW,
            )
            for number, (name, seen, current) in enumerate(found)
        ]
    )
    return made


def blocks(themes: ThemeSource, window: QWidget) -> Dialog:
    made = ActionListDialog(
        themes, window, "Blocked people", none="You block nobody. It is done on the profile of a person."
    )
    made.show_lines([])
    return made


def question(themes: ThemeSource, window: QWidget) -> Dialog:
    return block_question(themes, window, "Tomás Herrera")


MAYA = replace(sample.PEOPLE[sample.MAYA], status=SAILING)
BUSY = replace(sample.PEOPLE[sample.TOMAS], status=QUIET)
GONE = replace(sample.PEOPLE[sample.ELI], disabled=True)
LONG = replace(
    sample.PEOPLE[sample.NOOR],
    display_name="Noor Haddad of the Committee for Everything That Floats",
    status=UserStatus(
        text="Nothing I write here is ever short enough to stand on one single line of this card", dnd=False
    ),
)

DIALOGS: dict[str, tuple[int, int, MakeDialog]] = {
    "profile-card": (480, 420, card(MAYA)),
    "profile-card-busy": (480, 420, card(BUSY, blocked=None)),
    "profile-card-blocked": (480, 420, card(sample.PEOPLE[sample.YUKI], blocked=True)),
    "profile-card-disabled": (480, 420, card(GONE)),
    "profile-card-long": (480, 520, card(LONG, problem="Nobody was blocked: there is no connection.")),
    "block-question": (480, 360, question),
    "own-profile": (480, 520, own()),
    "own-profile-offline": (480, 560, own(online=False)),
    "own-profile-refused": (480, 560, own(problem="Your profile was not changed: the server does not allow it.")),
    "password": (480, 420, password()),
    "password-refused": (480, 420, password(problem="A password has 10 to 256 characters.")),
    "devices": (520, 360, devices),
    "blocks-none": (480, 300, blocks),
}
