"""The emoji to choose from: groups, names in both languages, shortcodes in a text, and those used last."""

import pytest

from chinwag_desktop.core.emoji import GROUPS, RecentEmoji, all_emoji, being_typed, find, finished, of_group, search
from chinwag_protocol.emoji import is_emoji


def test_every_emoji_is_one_that_the_server_takes_and_stands_once() -> None:
    texts = [emoji.text for emoji in all_emoji()]
    assert len(texts) == len(set(texts)) > 1_800
    assert [text for text in texts if not is_emoji(text)] == []


def test_every_group_has_some_and_the_smileys_come_first() -> None:
    assert all(len(of_group(group)) > 50 for group in GROUPS)
    assert all_emoji()[0].text == "😀"


@pytest.mark.parametrize(
    ("needle", "first"),
    [("smile", "😄"), ("thumbsup", "👍"), ("+1", "👍"), ("heart", "❤️"), ("rakete", "🚀"), ("party pop", "🎉")],
)
def test_names_and_shortcodes_are_found(needle: str, first: str) -> None:
    assert search(needle, most=5)[0].text == first


def test_all_words_have_to_fit() -> None:
    assert search("red zzz", most=5) == []
    assert search("", most=5) == []


def test_names_are_in_the_language_of_the_app() -> None:
    rocket = find("🚀")
    assert rocket is not None
    assert (rocket.name("en"), rocket.name("de")) == ("rocket", "rakete")


@pytest.mark.parametrize(
    ("before", "typed"),
    [
        (":sm", "sm"),
        ("hi :smile", "smile"),
        (":s", None),
        ("10:30", None),
        ("http://ab", None),
        ("a:bc", None),
        ("`:sm", None),
        ("`x` :sm", "sm"),
        ("```\n:sm", None),
    ],
)
def test_what_is_being_typed(before: str, typed: str | None) -> None:
    assert being_typed(before) == typed


@pytest.mark.parametrize(
    ("before", "made"),
    [
        ("hi :smile:", (":smile:", "😄")),
        (":+1:", (":+1:", "👍")),
        (":nothing_of_ours:", None),
        ("`:smile:", None),
        ("10:30:", None),
        ("::smile:", None),
    ],
)
def test_a_shortcode_that_is_typed_to_its_end(before: str, made: tuple[str, str] | None) -> None:
    assert finished(before) == made


def test_the_last_used_stand_first_once_and_are_kept() -> None:
    kept: list[list[str]] = []
    recent = RecentEmoji()
    recent.load(["😀", "🎉"], kept.append)
    recent.use("🎉")
    assert (recent.items, kept) == (["🎉", "😀"], [["🎉", "😀"]])
    for number in range(40):
        recent.use(str(number))
    assert len(recent.items) == RecentEmoji.MOST
