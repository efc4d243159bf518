"""Ids, times, emoji and query values."""

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag_protocol.emoji import clean_emoji, is_emoji
from chinwag_protocol.errors import TextError
from chinwag_protocol.ids import find_id, new_id, parse_id
from chinwag_protocol.query import parse_integer, parse_limit
from chinwag_protocol.times import format_time, parse_time, to_ms

ID = "01a20f34-c102-7388-b479-2638cba1d915"


def test_ids_are_of_version_7_and_sort_by_time() -> None:
    made = [new_id() for _ in range(1_000)]
    assert made == sorted(made)
    assert len(set(made)) == 1_000
    assert {(value.version, type(value)) for value in made} == {(7, UUID)}


def test_ids_are_read_in_any_case() -> None:
    assert parse_id(ID.upper()) == find_id(ID) == UUID(ID)
    assert str(parse_id(ID.upper())) == ID


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        ID[:-1],
        ID + "0",
        ID.replace("-", ""),
        f"{{{ID}}}",
        f"urn:uuid:{ID}",
        ID + "\n",
        ID.replace("0", "\u0660"),
    ],
)
def test_what_is_no_id(text: str) -> None:
    assert find_id(text) is None
    with pytest.raises(TextError) as caught:
        parse_id(text, field="senderId")
    assert caught.value.field == "senderId"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime(2026, 11, 24, 20, 0, 0, 123_999, tzinfo=UTC), "2026-11-24T20:00:00.123Z"),
        (datetime(2026, 11, 24, 20, tzinfo=UTC), "2026-11-24T20:00:00.000Z"),
        (datetime(2026, 11, 25, 1, 30, tzinfo=timezone(timedelta(hours=5, minutes=30))), "2026-11-24T20:00:00.000Z"),
    ],
)
def test_times_are_written_in_one_form(value: datetime, text: str) -> None:
    assert format_time(value) == text
    assert parse_time(text) == value.replace(microsecond=value.microsecond // 1_000 * 1_000)


def test_a_naive_time_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        format_time(datetime(2026, 11, 24))  # noqa: DTZ001 - the point of the test


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24T20:00:00Z",
        "2026-11-24t21:00:00.000000+01:00",
        "2026-11-24T15:00:00.0-05:00",
        "2026-11-24T20:00:00.000000000z",
    ],
)
def test_any_time_of_the_standard_is_read(text: str) -> None:
    assert parse_time(text) == datetime(2026, 11, 24, 20, tzinfo=UTC)
    assert parse_time(text).tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-11-24", "20261124T200000Z", "2026-11-24T20:00:00", "2026-11-24 20:00:00Z", "2026-13-24T20:00:00Z", "2026-02-30T20:00:00Z",
     "2026-11-24T25:00:00Z", "2026-11-24T20:00:00.Z", "0001-01-01T00:00:00+23:00", "2026-11-24T20:00:00Z\n", "\u0662026-11-24T20:00:00Z"],
)  # fmt: skip
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(TextError) as caught:
        parse_time(text, field="mutedUntil")
    assert caught.value.field == "mutedUntil"


@given(st.datetimes(min_value=datetime(1, 1, 2), timezones=st.just(UTC)))  # noqa: DTZ001 - hypothesis wants it naive
def test_times_come_back_and_keep_their_order(value: datetime) -> None:
    back = parse_time(format_time(value))
    assert timedelta() <= value - back < timedelta(milliseconds=1)


def test_durations_are_rounded_down() -> None:
    assert to_ms(timedelta(seconds=1, microseconds=999)) == 1_000


ONE = ["👍", "❤", "❤️", "👍🏽", "🏻", "👨‍👩‍👧‍👦", "🏳️‍🌈", "🏴‍☠️", "🧑🏿‍❤️‍💋‍🧑🏻", "⛹🏽‍♀️", "🇩🇪", "1️⃣", "#⃣", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "©", "☺️", "🫩", "🤷", "🀄", "㊗️"]  # fmt: skip
NONE = ["", "a", "1", "é", "👍👍", "👍 ", " 👍", "👍\n", "🇩", "🇩🇪🇫", "👍‍", "‍👍", "\ufe0f", "\u200d", "👍a", "\U000e007f", "👍\0", ":+1:", "👨‍👩‍👧‍👦‍👨‍👩‍👧‍👦‍👨‍👩‍👧‍👦", "❤️" * 2, "\ud83d"]  # fmt: skip


@pytest.mark.parametrize("text", ONE)
def test_one_emoji(text: str) -> None:
    assert is_emoji(text)
    assert clean_emoji(text) == text


@pytest.mark.parametrize("text", NONE)
def test_not_one_emoji(text: str) -> None:
    assert not is_emoji(text)
    with pytest.raises(TextError) as caught:
        clean_emoji(text)
    assert caught.value.field == "emoji"


@pytest.mark.parametrize(("text", "number"), [(None, 50), ("1", 1), ("200", 200)])
def test_limits_of_pages(text: str | None, number: int) -> None:
    assert parse_limit(text) == number


@pytest.mark.parametrize("text", ["", "0", "201", "-1", "1.0", "1e2", " 5", "\u0665", "9" * 5_000, "true"])
def test_a_limit_is_refused_never_clamped(text: str) -> None:
    with pytest.raises(TextError) as caught:
        parse_limit(text)
    assert caught.value.field == "limit"


def test_numbers_go_to_the_largest_of_the_wire() -> None:
    assert parse_integer(str(2**53 - 1), field="before") == 2**53 - 1
    with pytest.raises(TextError):
        parse_integer(str(2**53), field="before")
