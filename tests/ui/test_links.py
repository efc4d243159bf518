"""Links: found in text, only three schemes, a question before those that pretend."""

import time

import pytest
from PySide6.QtCore import QUrl

from chinwag_desktop.ui.links import LONGEST, MOST_LINKS, find_links, target_of


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
        ("www. http://... mailto:", []),
        ("https://evil.example\\@good.example/", []),  # a backslash, which every program reads in its own way
        ("mailto:mailto:a@b", ["mailto:mailto:a@b"]),
        ("x,https://example.org", ["https://example.org"]),
        ("https://example.org/" + "a" * LONGEST, []),
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
        "https://good.example\\@evil.example",
        "https://good.example%40evil.example",
        "https:evil.example",
        "",
    ],
)
def test_what_never_reaches_the_system(url: str) -> None:
    assert target_of(url) is None


@pytest.mark.parametrize(
    ("url", "host", "words"),
    [
        ("https://exаmple.org/", "xn--exmple-4nf.org", "look like another"),  # a Cyrillic а
        ("https://xn--exmple-cua.org", "xn--exmple-cua.org", "look like another"),
        ("https://faß.example", "xn--fa-hia.example", "look like another"),  # Python's idna would go to fass
        ("https://ⓖood.example", "good.example", "look like another"),
        ("https://good.example。evil.example", "good.example.evil.example", "look like another"),
        ("https://\u200bgood.example", "good.example", "look like another"),
        ("http://0x7f.1", "127.0.0.1", "look like another"),
        ("https://bank.example@evil.example/", "evil.example", "before the @"),
        ("https://bank.example:80@evil.example/", "evil.example", "before the @"),
        ("https://@evil.example/", "evil.example", "before the @"),
        ("https://example.org/\u202egnp.exe", "example.org", "invisible"),
    ],
)
def test_pretenders_are_asked_about_by_the_name_that_would_be_opened(url: str, host: str, words: str) -> None:
    target = target_of(url)
    assert target is not None
    assert f"goes to {host}" in target.warning
    assert words in target.warning
    assert QUrl(target.url).host(QUrl.ComponentFormattingOption.FullyEncoded) == host
    assert target.url.isascii()


@pytest.mark.parametrize(
    ("url", "opened"),
    [
        ("https://example.org/ä?q=%20", "https://example.org/%C3%A4?q=%20"),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765"),
        ("http://[::1]:8765/x", "http://[::1]:8765/x"),
        ("mailto:robin@example.org", "mailto:robin@example.org"),
        ("https://sub.example.co.uk/~x", "https://sub.example.co.uk/~x"),
        ("HTTP://EXAMPLE.ORG/A", "http://example.org/A"),
        ("https://example.org?@good.example", "https://example.org?@good.example"),
    ],
)
def test_plain_ones_are_not(url: str, opened: str) -> None:
    assert target_of(url) == (opened, "")


def test_a_text_of_nothing_but_links_has_a_hundred() -> None:
    assert len(find_links("http://a.b " * 900)) == MOST_LINKS


@pytest.mark.parametrize(
    "piece", ["mailto:", "mailto:a@", "mailto:aaaaaaaaaaaa", "www.", "http://", "http://.", "www.)", "http://%", "x"]
)
def test_no_text_costs_more_than_its_length(piece: str) -> None:
    """Fifty times what a message may have: linear is some milliseconds of work, quadratic many minutes."""
    text = "http://" + piece * (500_000 // len(piece))
    begin = time.process_time()
    find_links(text)
    assert time.process_time() - begin < 10
