"""Text as it is stored: counted, trimmed, normalised, and what is refused with which field."""

import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag_protocol.errors import TextError
from chinwag_protocol.limits import Limits
from chinwag_protocol.text import (
    clean_device_name,
    clean_display_name,
    clean_file_name,
    clean_password,
    clean_query,
    clean_status,
    clean_text,
    clean_title,
    clean_username,
    excerpt,
)

LIMITS = Limits()


@pytest.mark.parametrize(
    ("given_text", "stored"),
    [
        ("  hi \n", "hi"),
        ("a\r\nb\rc", "a\nb\rc"),
        ("e\u0301", "\u00e9"),
        ("\u2003\u00a0x\u3000", "x"),
        ("\u202eabc\u2066", "\u202eabc\u2066"),
        ("", ""),
        (" \t\r\n", ""),
        ("x" * 8_000 + "   ", "x" * 8_000),
        ("\u20ac" * 8_000, "\u20ac" * 8_000),
        ("\U0001f600" * 6_000, "\U0001f600" * 6_000),
        ("e\u0301" * 8_000, "\u00e9" * 8_000),
    ],
)
def test_a_text_is_normalised(given_text: str, stored: str) -> None:
    assert clean_text(given_text, limits=LIMITS) == stored


@pytest.mark.parametrize("text", ["a\0b", "\ud800", "x" * 8_001, "\U0001f600" * 6_001, "\u00e9" * 8_001])
def test_a_text_is_refused(text: str) -> None:
    with pytest.raises(TextError) as caught:
        clean_text(text, limits=LIMITS)
    assert caught.value.field == "text"


@given(text=st.text(max_size=200))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    try:
        once = clean_text(text, limits=LIMITS)
    except TextError:
        return
    assert clean_text(once, limits=LIMITS) == once
    assert once == once.strip()
    assert unicodedata.is_normalized("NFC", once)
    assert "\r\n" not in once


@pytest.mark.parametrize(
    "name",
    [
        "\u200b",
        "\u3164",
        "\u2800\u2800",
        "\u00ad",
        "\u115f\u1160",
        "\uffa0 \u2060",
        "\u0301",
        "\u200d\ufe0f",
        "\U000e0041",
    ],
)
@pytest.mark.parametrize("clean", [clean_display_name, clean_title])
def test_a_name_of_nothing_that_can_be_seen_is_refused(clean: Callable[..., str], name: str):
    with pytest.raises(TextError) as caught:
        clean(name, limits=LIMITS)
    assert str(caught.value) == "must have a character that can be seen"


@pytest.mark.parametrize("name", ["李", "नि", "👩\u200d🚒", "❤️", "-", "7", "می\u200cخواهم"])
def test_a_name_in_any_script_can_be_seen(name: str):
    assert clean_display_name(name, limits=LIMITS) == unicodedata.normalize("NFC", name)


@pytest.mark.parametrize("clean", [clean_display_name, clean_title])
def test_names_lose_bidi_controls(clean: Callable[..., str]) -> None:
    assert clean(" \u202eAda\u2066\u200f \u061cL ", limits=LIMITS) == "Ada L"
    for bad in ("", "  ", "\u202e", "a\nb", "a\0", "\udfff", "a\u2028b"):
        with pytest.raises(TextError):
            clean(bad, limits=LIMITS)


@pytest.mark.parametrize(
    ("clean", "maximum", "field"), [(clean_display_name, 64, "displayName"), (clean_title, 128, "title")]
)
def test_names_are_counted_in_characters(clean: Callable[..., str], maximum: int, field: str) -> None:
    assert clean("\U0001f600" * maximum, limits=LIMITS)
    with pytest.raises(TextError) as caught:
        clean("a" * (maximum + 1), limits=LIMITS)
    assert caught.value.field == field


@pytest.mark.parametrize("name", ["ada", "a.b_c-9", "x" * 32])
def test_user_names(name: str) -> None:
    assert clean_username(f" {name} ", limits=LIMITS) == name


@pytest.mark.parametrize("name", ["", "ab", "x" * 33, "Ada", "ad a", "ädä", "a/b", "ada\n.", "ａｄａ"])
def test_what_is_no_user_name(name: str) -> None:
    with pytest.raises(TextError) as caught:
        clean_username(name, limits=LIMITS)
    assert caught.value.field == "username"


def test_passwords_keep_what_is_around_them_but_do_not_count_it() -> None:
    assert clean_password(" 0123456789 ", limits=LIMITS) == " 0123456789 "
    assert clean_password("e\u0301" * 10, limits=LIMITS) == "\u00e9" * 10
    for bad in ("123456789", " " * 20, "x" * 257, "0123456789\0", "0123456789\ud800"):
        with pytest.raises(TextError) as caught:
            clean_password(bad, limits=LIMITS, field="newPassword")
        assert caught.value.field == "newPassword"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("photo.png", "photo.png"),
        ("../../etc/passwd", "passwd"),
        ("C:\\tmp\\a b.txt", "a b.txt"),
        ("gpj\u202e.exe", "gpj.exe"),
        ("a\0\n\x1bb\x7f", "ab"),
        ("", "file"),
        ("..", "file"),
        ("dir/", "file"),
        ("\ud800", "file"),
        ("e\u0301.txt", "\u00e9.txt"),
        ("x" * 300, "x" * 255),
        ("x" * 300 + ".jpeg", "x" * 250 + ".jpeg"),
        ("x." + "y" * 300, "x." + "y" * 253),
    ],
)
def test_file_names_are_cut_to_what_is_safe(name: str, kept: str) -> None:
    assert clean_file_name(name) == kept


@pytest.mark.parametrize("query", ["ab", "\u6f22", "\u3042", "\ud55c", "x" * 256])
def test_searches(query: str) -> None:
    assert clean_query(query) == query


@pytest.mark.parametrize("query", ["", "a", " a ", "\u00e9", "x" * 257, "ab\0"])
def test_what_is_no_search(query: str) -> None:
    with pytest.raises(TextError) as caught:
        clean_query(query)
    assert caught.value.field == "q"


def test_small_ones() -> None:
    assert clean_device_name(None) is None
    assert clean_device_name("  ") is None
    assert clean_device_name(" laptop ") == "laptop"
    assert clean_status("") == ""
    assert excerpt("\U0001f600" * 200) == "\U0001f600" * 140
    with pytest.raises(TextError):
        clean_device_name("x" * 65)
    with pytest.raises(TextError):
        clean_status("x" * 141)
