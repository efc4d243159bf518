"""What of a message is markup, and what stays as it was typed."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chinwag_desktop.core.markup import Block, Span, Style, parse, plain

BOLD, ITALIC, STRIKE, CODE = Style.BOLD, Style.ITALIC, Style.STRIKE, Style.CODE


@pytest.mark.parametrize(
    ("text", "shown", "spans"),
    [
        ("a **b** c", "a b c", (Span(2, 1, BOLD),)),
        ("*lean*", "lean", (Span(0, 4, ITALIC),)),
        ("~~no~~ yes", "no yes", (Span(0, 2, STRIKE),)),
        ("run `git log`", "run git log", (Span(4, 7, CODE),)),
        ("***both***", "both", (Span(0, 4, BOLD | ITALIC),)),
        ("**a *b* c**", "a b c", (Span(0, 2, BOLD), Span(2, 1, BOLD | ITALIC), Span(3, 2, BOLD))),
        ("`**not**`", "**not**", (Span(0, 7, CODE),)),
        ("one\n**two**", "one\ntwo", (Span(4, 3, BOLD),)),
        ("🙂 **x**", "🙂 x", (Span(2, 1, BOLD),)),
        ("__init__ *x*", "__init__ x", (Span(9, 1, ITALIC),)),
    ],
)
def test_styles_within_a_line(text: str, shown: str, spans: tuple[Span, ...]) -> None:
    assert parse(text) == (Block(shown, spans),)


@pytest.mark.parametrize(
    "text",
    [
        "2 * 3 * 4",
        "snake_case_name and __init__.py",
        "C:\\*.txt",
        "a ** b",
        "** open",
        "*",
        "-",
        "-5 degrees",
        "5 > 3",
        "   spaces   stay\n\n\n  here  ",
        "# no heading",
        "[no](https://link.example)",
        "<b>no html</b> &amp; no entity",
        "--- no line",
        "~one~",
        "1.5 litres",
        "no ``` fence",
        "",
    ],
)
def test_what_is_no_markup_stays_as_it_was_typed(text: str) -> None:
    assert parse(text) == (Block(text),)
    assert plain(text) == text


def test_fenced_code_keeps_every_space_and_knows_its_language() -> None:
    before, code, after = parse("see\n```python\ndef f():\n    return 1\n\n```\nthat")
    assert before == Block("see")
    assert code == Block("def f():\n    return 1\n", code=True, language="python")
    assert after == Block("that")
    assert parse("```\nnever closed")[0] == Block("never closed", code=True)


def test_quotes_and_lists() -> None:
    assert parse("> one\n> two\n\nthree") == (Block("one\ntwo", quoted=1), Block("three"))
    assert parse("> > deep") == (Block("deep", quoted=2),)
    assert parse("- a\n- b\n  - c") == (
        Block("a", indent=1, marker="•"),
        Block("b", indent=1, marker="•"),
        Block("c", indent=2, marker="•"),
    )
    assert parse("3. c\n4. d") == (Block("c", indent=1, marker="3."), Block("d", indent=1, marker="4."))
    assert parse("- \n- b") == (Block("", indent=1, marker="•"), Block("b", indent=1, marker="•"))


def test_the_words_for_one_line_have_no_markup() -> None:
    assert plain("**Tide** at `18:40`") == "Tide at 18:40"
    assert plain("> no\n\n- yes") == "no\n• yes"


@given(st.text(alphabet=st.sampled_from("ab *_~`>-\n1.)\\[]()!#|\t🙂é\u202e"), max_size=200))
def test_whatever_is_typed_can_be_shown(text: str) -> None:
    for block in parse(text):
        for span in block.spans:
            assert 0 <= span.start < span.start + span.length <= len(block.text)
    assert isinstance(plain(text), str)


@pytest.mark.parametrize(
    "piece", ["*", "**", "_", "~~", "`", "``` ", "> ", "- ", "*a", "a*", "**a ", "[", "1. ", "*_", "`a"]
)
def test_hostile_text_costs_no_more_than_its_length(piece: str) -> None:
    """In CPU time, and generously: what grows with the square would take minutes."""
    text = piece * (16_000 // len(piece))
    before = time.process_time()
    parse(text)
    assert time.process_time() - before < 5
