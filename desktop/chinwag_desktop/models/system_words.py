"""What a system message says: facts come as kind and arguments, the words are ours."""

from collections.abc import Sequence
from uuid import UUID

from chinwag_desktop.models.i18n import translate
from chinwag_desktop.models.people_source import PeopleSource, name_of
from chinwag_desktop.models.plain import one_line
from chinwag_protocol.objects import SystemFact

_NAMED = 3  # more people than this are counted


def _names(people: PeopleSource, ids: Sequence[UUID], me: UUID) -> str:
    names = [translate("System", "you") if user_id == me else name_of(people, user_id) for user_id in ids]
    if len(names) > _NAMED:
        rest = len(names) - _NAMED + 1
        names = [*names[: _NAMED - 1], translate("System", "{n} others", n=rest)]
    if len(names) < 2:
        return names[0] if names else translate("System", "somebody")
    return translate("System", "{first} and {last}", first=", ".join(names[:-1]), last=names[-1])


def system_words(fact: SystemFact | None, people: PeopleSource, *, me: UUID) -> str:
    """One sentence about a fact. Kinds that this version does not know get words that are never wrong."""
    if fact is None:
        return translate("System", "The conversation was changed")
    who = translate("System", "You") if fact.actor_id == me else name_of(people, fact.actor_id)
    whom, title = _names(people, fact.user_ids or (), me), one_line(fact.title or "")
    match fact.type:
        case "created":
            return translate("System", "{who} created the group “{title}”", who=who, title=title)
        case "renamed":
            return translate("System", "{who} renamed the group to “{title}”", who=who, title=title)
        case "pictured":
            return translate("System", "{who} changed the group picture", who=who)
        case "joined" if fact.user_ids in (None, (), (fact.actor_id,)):
            return translate("System", "{who} joined", who=who)
        case "joined":
            return translate("System", "{who} added {whom}", who=who, whom=whom)
        case "left":
            return translate("System", "{who} left", who=who)
        case "removed":
            return translate("System", "{who} removed {whom}", who=who, whom=whom)
        case "role":
            return _role_words(who, whom, fact.role)


def _role_words(who: str, whom: str, role: str | None) -> str:
    match role:
        case "owner":
            return translate("System", "{who} made {whom} the owner", who=who, whom=whom)
        case "admin":
            return translate("System", "{who} made {whom} an admin", who=who, whom=whom)
        case _:
            return translate("System", "{who} made {whom} a member", who=who, whom=whom)
