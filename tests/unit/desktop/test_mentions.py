"""Who is meant by a text, and what is being typed."""

import pytest

from chinwag_desktop.core.entities import Person
from chinwag_desktop.core.mentions import being_typed, mentioned
from chinwag_protocol.ids import new_id

PEOPLE = [Person(id=new_id(), username=name, display_name=name.title()) for name in ("ann", "ann.b", "bob_", "Carl-1")]
ANN, ANN_B, BOB, CARL = (person.id for person in PEOPLE)


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("@ann look", (ANN,)),
        ("look, @ann.", (ANN,)),
        ("look @ann.b.", (ANN_B,)),
        ("(@ANN) and @bob_: @ann", (ANN, BOB)),
        ("@carl-1!", (CARL,)),
        ("**@ann** and > @bob_", (ANN, BOB)),
        ("mail ann@ann.example", ()),
        ("@anna", ()),
        ("@@ann", ()),
        ("`@ann` and\n```\n@bob_\n```", ()),
        ("nobody", ()),
    ],
)
def test_who_is_meant(text: str, meant: tuple[object, ...]) -> None:
    assert mentioned(text, PEOPLE) == meant


@pytest.mark.parametrize(
    ("before", "typed"),
    [
        ("@", ""),
        ("hello @an", "an"),
        ("(@an", "an"),
        ("@ann.b", "ann.b"),
        ("mail@an", None),
        ("@an ", None),
        ("hello", None),
        ("", None),
    ],
)
def test_what_is_being_typed(before: str, typed: str | None) -> None:
    assert being_typed(before) == typed


def test_a_text_of_nothing_but_signs_is_read_in_no_time() -> None:
    assert mentioned("@" * 16_000, PEOPLE) == ()
    assert mentioned("@" + "." * 16_000, PEOPLE) == ()
