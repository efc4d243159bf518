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
    whom, title = _names(people, fact.user_ids or (), me), one_line(fact.title or "")
    if fact.actor_id == me:
        return _own_words(fact, whom, title)
    return _others_words(fact, name_of(people, fact.actor_id), whom, title)


# sentences of their own: in other languages the verb of "you" is another one


def _own_words(fact: SystemFact, whom: str, title: str) -> str:
    match fact.type:
        case "created":
            return translate("System", "You created the group “{title}”", title=title)
        case "renamed":
            return translate("System", "You renamed the group to “{title}”", title=title)
        case "pictured":
            return translate("System", "You changed the group picture")
        case "joined" if _alone(fact):
            return translate("System", "You joined")
        case "joined":
            return translate("System", "You added {whom}", whom=whom)
        case "left":
            return translate("System", "You left")
        case "removed":
            return translate("System", "You removed {whom}", whom=whom)
        case "role":
            match fact.role:
                case "owner":
                    return translate("System", "You made {whom} the owner", whom=whom)
                case "admin":
                    return translate("System", "You made {whom} an admin", whom=whom)
                case _:
                    return translate("System", "You made {whom} a member", whom=whom)


def _others_words(fact: SystemFact, who: str, whom: str, title: str) -> str:
    match fact.type:
        case "created":
            return translate("System", "{who} created the group “{title}”", who=who, title=title)
        case "renamed":
            return translate("System", "{who} renamed the group to “{title}”", who=who, title=title)
        case "pictured":
            return translate("System", "{who} changed the group picture", who=who)
        case "joined" if _alone(fact):
            return translate("System", "{who} joined", who=who)
        case "joined":
            return translate("System", "{who} added {whom}", who=who, whom=whom)
        case "left":
            return translate("System", "{who} left", who=who)
        case "removed":
            return translate("System", "{who} removed {whom}", who=who, whom=whom)
        case "role":
            match fact.role:
                case "owner":
                    return translate("System", "{who} made {whom} the owner", who=who, whom=whom)
                case "admin":
                    return translate("System", "{who} made {whom} an admin", who=who, whom=whom)
                case _:
                    return translate("System", "{who} made {whom} a member", who=who, whom=whom)


def _alone(fact: SystemFact) -> bool:
    """Who joined was added by nobody."""
    return fact.user_ids in (None, (), (fact.actor_id,))
