"""The members of a group: the owner, the admins, then the others, each part as the server told it (the longest-serving first)."""

from collections.abc import Hashable, Iterable
from uuid import UUID

from msgspec import Struct
from PySide6.QtCore import QObject

from chinwag_desktop.core.entities import Person, Presence
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.keyed_list_model import KeyedListModel
from chinwag_desktop.models.people_source import PeopleSource, presence_words, shown_name
from chinwag_protocol.objects import Member, MemberRole

_RANK: dict[MemberRole, int] = {"owner": 0, "admin": 1, "member": 2}


class GroupMember(Struct, frozen=True, kw_only=True):
    """One row. `person` is None for somebody whose profile is on its way."""

    id: UUID
    role: MemberRole
    person: Person | None = None
    me: bool = False

    @property
    def presence(self) -> Presence:
        """Who looks at this is here."""
        if self.person is None or (self.me and not self.person.online):
            return Presence.ONLINE if self.me else Presence.OFFLINE
        return self.person.presence


def role_words(role: MemberRole) -> str:
    """What stands beside a name; nothing for a plain member."""
    match role:
        case "owner":
            return translate("Members", "owner")
        case "admin":
            return translate("Members", "admin")
        case _:
            return ""


class MembersModel(KeyedListModel[GroupMember]):
    """Rows are `GroupMember`."""

    def __init__(self, people: PeopleSource, *, me: UUID, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._people, self._me = people, me
        self._members: dict[UUID, Member] = {}
        self._needle = ""

    def set_all(self, members: Iterable[Member]) -> None:
        self._members = {member.user_id: member for member in members}
        self.refresh()

    def add(self, members: Iterable[Member]) -> None:
        """A further page."""
        self._members.update({member.user_id: member for member in members})
        self.refresh()

    def search(self, needle: str) -> None:
        """Show only those whose name or user name contains `needle`, without regard to case."""
        self._needle = needle.strip().casefold()
        self.refresh()

    def refresh(self) -> None:
        """Names or presence changed."""
        rows = [self._row(member) for member in self._members.values()]
        self.show(sorted(filter(self._shown, rows), key=lambda row: _RANK[row.role]))

    def key_of(self, item: GroupMember) -> Hashable:
        return item.id

    def words_of(self, item: GroupMember, *, spoken: bool) -> str:
        name = shown_name(item.person)
        if not spoken:
            return name
        return ", ".join(filter(None, (name, role_words(item.role), presence_words(item.presence))))

    def _row(self, member: Member) -> GroupMember:
        id_ = member.user_id
        return GroupMember(id=id_, role=member.role, person=self._people.get(id_), me=id_ == self._me)

    def _shown(self, row: GroupMember) -> bool:
        needle, person = self._needle, row.person
        return (
            not needle
            or needle in shown_name(person).casefold()
            or (person is not None and needle in person.username.casefold())
        )
