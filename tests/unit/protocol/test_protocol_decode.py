"""Strict JSON: what is refused, with which field, and that cheap proof and close look agree with a plain reference."""

import json
from uuid import UUID

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from msgspec import UNSET, Raw

from chinwag_protocol.commands import MarkMessages, React, SendMessage
from chinwag_protocol.decode import JsonReader, decode_json, split_event
from chinwag_protocol.errors import DecodeError
from chinwag_protocol.http import GroupRequest, SettingsPatch, SyncRequest

ID = "01a20f34-c102-7388-b479-2638cba1d915"
READER = JsonReader(SendMessage)


def send(rest: str) -> bytes:
    return f'{{"tempId":"{ID}",{rest}}}'.encode()


@pytest.mark.parametrize(
    ("rest", "field"),
    [
        ('"text":5', "text"),
        ('"text":["a"]', "text"),
        ('"text":true', "text"),
        ('"receiverId":"x"', "receiverId"),
        ('"receiverId":""', "receiverId"),
        ('"conversationId":{}', "conversationId"),
        ('"files":"a"', "files"),
        ('"files":[5]', "files"),
        (f'"files":{{"0":"{ID}"}}', "files"),
        ('"mentions":["urn:uuid:x"]', "mentions"),
        ('"mentionsAll":1', "mentionsAll"),
        ('"mentionsAll":"true"', "mentionsAll"),
        ('"x":NaN', None),
        ('"x":-Infinity', None),
        ('"x":[Infinity]', None),
        (r'"x":"\u0000"', None),
        (r'"text":"a\u0000b"', None),
        (r'"\u0000":1', None),
        (r'"text":"\ud800"', None),
        (r'"text":"\udc00\ud800"', None),
        (r'"x":{"\udfff":1}', None),
        ('"x":9007199254740992', None),
        ('"x":-9007199254740992', None),
        ('"x":[1, 99999999999999999999999999]', None),
        ('"x":' + "[" * 16 + "]" * 16, None),
        ('"x":' + '{"a":' * 16 + "1" + "}" * 16, None),
        ('"x":[' + "1," * 500 + "1]", None),
        ('"x":[{"y":[' + "[]," * 500 + "[]]}]", None),
        ('"files":[' + f'"{ID}",' * 500 + f'"{ID}"]', None),
    ],
)
def test_broken_values_are_invalid_and_well_formed(rest: str, field: str | None) -> None:
    with pytest.raises(DecodeError) as caught:
        READER.read(send(rest))
    assert (caught.value.field, caught.value.code, caught.value.malformed) == (field, "invalid", False)
    assert len(caught.value.message) <= 200


@pytest.mark.parametrize(
    "rest",
    [
        r'"text":"\\u0000 \\ud800"',
        r'"text":"\ud83d\ude00"',
        '"text":"1234567890123456789012345 , [[[[[[[[[[[[[[[[[[[[[[ {{{{{{{{ NaN"',
        '"x":"[\\"[[[[[[[[[[[[[[[[[[[["',
        '"x":9007199254740991,"y":-9007199254740991',
        '"x":0.12345678901234567890,"y":1e-1234567890123456789',
        '"x":' + "[" * 15 + "]" * 15,
        '"x":[' + "1," * 499 + "1]",
        '"x":{' + ",".join(f'"{n}":{n}' for n in range(2_000)) + "}",
        '"x":[[' + "1," * 400 + "1],[" + "1," * 400 + "1]]",
        '"text":null,"receiverId":null,"files":null,"mentions":null,"mentionsAll":null,"enc":null',
    ],
)
def test_good_values_pass(rest: str) -> None:
    assert READER.read(send(rest)).temp_id == UUID(ID)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"nul",
        b"{]",
        b'{"a":}',
        b"\xff",
        b'{"x":"\xed\xa0\x80"}',
        b'{"x":"\n"}',
        b"[" * 100_000,
        b'{"a":' * 50_000,
        b'"' + b'\\"' * 60_000,
        send("") + b"{}",
        send('"x":1') + b"{}",
        b'{"x":"\\ud8"}',
        "\ud800",
    ],
)
def test_what_is_no_json_is_malformed(raw: bytes | str) -> None:
    with pytest.raises(DecodeError) as caught:
        READER.read(raw)
    assert caught.value.malformed


@pytest.mark.parametrize("raw", [b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000 + b"1" + b"}" * 100_000])
def test_a_depth_bomb_is_refused_before_anything_recurses(raw: bytes) -> None:
    with pytest.raises(DecodeError, match="deeper than 16") as caught:
        READER.read(raw)
    assert not caught.value.malformed


@pytest.mark.parametrize("raw", [b"[]", b"null", b"1", b'"x"', b"true"])
def test_what_is_no_object_has_no_field(raw: bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        READER.read(raw)
    assert (caught.value.field, caught.value.malformed) == (None, False)


@pytest.mark.parametrize(
    ("kind", "raw", "field"),
    [
        (SendMessage, "{}", "tempId"),
        (React, f'{{"messageId":"{ID}","emoji":"a"}}', "on"),
        (GroupRequest, '{"title":"t","memberIds":["x"]}', "memberIds"),
        (MarkMessages, '{"seq":-1}', "seq"),
        (MarkMessages, '{"seq":1.5}', "seq"),
        (SyncRequest, '{"cursors":{"x":1}}', "cursors"),
        (SyncRequest, f'{{"cursors":{{"{ID}":"1"}}}}', "cursors"),
        (SyncRequest, '{"cursors":{},"limit":0}', "limit"),
        (SyncRequest, '{"cursors":{},"limit":1001}', "limit"),
        (SettingsPatch, '{"notify":"some"}', "notify"),
        (SettingsPatch, '{"pinned":null}', "pinned"),
    ],
)
def test_the_error_names_the_outermost_field(kind: type, raw: str, field: str) -> None:
    with pytest.raises(DecodeError) as caught:
        decode_json(raw, kind)
    assert caught.value.field == field


def test_a_patch_tells_null_from_absent() -> None:
    patch = decode_json(b'{"mutedUntil":null}', SettingsPatch)
    assert patch.muted_until is None
    assert patch.unread_from_seq is UNSET
    assert decode_json(b"{}", SettingsPatch) == SettingsPatch()


def test_ids_are_read_in_any_case_and_cursors_may_be_many() -> None:
    many = {f"{ID[:-5].upper()}{n:05x}": n for n in range(10_000)}
    request = decode_json(json.dumps({"cursors": many}), SyncRequest)
    assert len(request.cursors) == 10_000
    assert request.cursors[UUID(f"{ID[:-5]}00abc")] == 0xABC


def test_a_longer_list_can_be_allowed() -> None:
    raw = send('"x":[' + "1," * 500 + "1]")
    assert decode_json(raw, SendMessage, max_list=501).temp_id == UUID(ID)


@pytest.mark.parametrize("convert", [bytes, bytearray, memoryview, Raw, bytes.decode])
def test_any_kind_of_buffer_is_read(convert: type) -> None:
    assert READER.read(convert(send('"text":"a"'))).text == "a"


# ---------------------------------------------------------------- events


def test_an_event_is_split_and_its_extra_arguments_are_ignored() -> None:
    name, payload = split_event(f'["react", {{"messageId":"{ID}","emoji":"a","on":true}}, 1, {{}}]')
    assert name == "react"
    assert JsonReader(React).read_checked(payload).on


@pytest.mark.parametrize("raw", ['["ping"]', '["ping",null]', ' ["ping" , null ] '])
def test_an_absent_payload_is_an_empty_object(raw: str) -> None:
    name, payload = split_event(raw)
    assert (name, bytes(payload)) == ("ping", b"{}")


@pytest.mark.parametrize("raw", ["[]", "[1]", "[null,{}]", '[["ping"]]'])
def test_an_event_needs_a_name(raw: str) -> None:
    with pytest.raises(DecodeError) as caught:
        split_event(raw)
    assert (caught.value.field, caught.value.malformed) == ("event", False)


@pytest.mark.parametrize(
    "raw", ["{}", '"ping"', "1", "", "[", '["ping"', '["ping",}]', '["ping"] x', b'["ping","\xff"]']
)
def test_a_packet_that_is_no_array_is_malformed(raw: str | bytes) -> None:
    with pytest.raises(DecodeError) as caught:
        split_event(raw)
    assert caught.value.malformed


@pytest.mark.parametrize("value", ["NaN", r'"\u0000"', r'"\ud800"', "[" * 17 + "]" * 17, "12345678901234567"])
def test_a_forbidden_value_in_an_event_does_not_make_it_malformed(value: str) -> None:
    with pytest.raises(DecodeError) as caught:
        split_event(f'["sendMessage",{value}]')
    assert not caught.value.malformed


def test_depth_counts_within_the_payload() -> None:
    assert split_event('["ping",' + "[" * 16 + "]" * 16 + "]")[0] == "ping"


# ---------------------------------------------------------------- against a reference


def allowed(value: object, *, max_list: int, depth: int = 1) -> bool:
    """The rules again, as plainly as they can be put."""
    match value:
        case bool() | None | float():
            return True
        case int():
            return abs(value) <= 2**53 - 1
        case str():
            return "\0" not in value and _encodes(value)
        case list():
            return (
                depth <= 16
                and len(value) <= max_list
                and all(allowed(v, max_list=max_list, depth=depth + 1) for v in value)
            )
        case dict():
            parts = [*value, *value.values()]
            return depth <= 16 and all(allowed(v, max_list=max_list, depth=depth + 1) for v in parts)
        case _:
            raise AssertionError(value)


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


TEXTS = st.text(st.sampled_from('ab"\\[]{},0\0é\ud800\U0001f600')) | st.text(max_size=3)
NUMBERS = (
    st.integers()
    | st.sampled_from([2**53 - 1, 2**53, -(2**53), 10**16, 10**40])
    | st.floats(allow_nan=False, allow_infinity=False)
)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: (
        st.lists(inner, max_size=7) | st.dictionaries(TEXTS, inner, max_size=4) | inner.map(lambda v: [[[[v]]]])
    ),
    max_leaves=30,
)


@settings(max_examples=400, deadline=None)
@given(value=VALUES, ascii_only=st.booleans())
@example(value=["\\", '"', "\\\\u0000"], ascii_only=True)
def test_the_checks_agree_with_a_reference(value: object, ascii_only: bool) -> None:
    raw = json.dumps({"x": value}, ensure_ascii=ascii_only)
    reader = JsonReader(dict, max_list=5)
    expected = allowed({"x": value}, max_list=5)
    if not expected:
        with pytest.raises(DecodeError):
            reader.read(raw)
    else:
        assert reader.read(raw) == {"x": value}


@settings(max_examples=300, deadline=None)
@given(raw=st.binary(max_size=60) | st.text('{}[]",:\\u0d8a NaIfinty-.eE1', max_size=60).map(str.encode))
def test_nothing_but_decode_errors_come_out(raw: bytes) -> None:
    try:
        READER.read(raw)
    except DecodeError:
        pass
    try:
        name, payload = split_event(raw)
        assert isinstance(name, str)
        JsonReader(SendMessage).read_checked(payload)
    except DecodeError:
        pass
