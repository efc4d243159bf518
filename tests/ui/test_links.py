"""Links: found in text, only three schemes, a question before those that pretend."""

import pytest

from chinwag_desktop.ui.links import find_links, may_open, warning_for


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("see https://example.org/a, and", ["https://example.org/a"]),
        ("(https://example.org/a)", ["https://example.org/a"]),
        ("www.example.org.", ["https://www.example.org"]),
        ("HTTP://EXAMPLE.org/x?y=1&z=2#f", ["HTTP://EXAMPLE.org/x?y=1&z=2#f"]),
        ("mailto:robin@example.org!", ["mailto:robin@example.org"]),
        ("javascript:alert(1) file:///etc/passwd ftp://example.org data:text/html,x", []),
        ("chinwag://join ssh://host smb://host", []),
        ("https://", []),
        ("http://a http://b", ["http://a", "http://b"]),
        ("nothing here", []),
    ],
)
def test_links_in_text(text: str, urls: list[str]) -> None:
    assert [link.url for link in find_links(text)] == urls
    for link in find_links(text):
        assert text[link.start : link.start + link.length] in link.url or link.url.endswith(
            text[link.start : link.start + link.length]
        )


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/html,x",
        "http://",
        "mailto:nobody",
        "http://[bad",
        "chinwag://x",
        "",
    ],
)
def test_what_never_reaches_the_system(url: str) -> None:
    assert not may_open(url)


@pytest.mark.parametrize(
    ("url", "word"),
    [
        ("https://exаmple.org/", "xn--"),  # a Cyrillic а
        ("https://xn--exmple-cua.org", "xn--"),
        ("https://bank.example@evil.example/", "evil.example"),
        ("https://example.org/\u202egnp.exe", "invisible"),
    ],
)
def test_pretenders_are_asked_about(url: str, word: str) -> None:
    assert word in warning_for(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/ä?q=%20",
        "http://127.0.0.1:8765",
        "mailto:robin@example.org",
        "https://sub.example.co.uk/~x",
    ],
)
def test_plain_ones_are_not(url: str) -> None:
    assert warning_for(url) == ""
