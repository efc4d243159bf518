"""Markup in messages: `**bold**`, `*italic*`, `~~strike~~`, code, fenced code, quotes and lists, as CommonMark has them; nothing else of it.

What has no markup stays as it was typed, to the last space. Links are not markup: `ui/links.py` finds them in any text. Pure; markdown-it
parses, imported when the first message has markup.
"""

import re
from collections.abc import Iterator, Sequence
from enum import Flag, auto
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_MARKS = re.compile(r"[*`]|~~|^ {0,3}(?:>|[-+] |\d{1,9}[.)] )", re.MULTILINE)
_RULES = ("emphasis", "strikethrough", "backticks", "fence", "blockquote", "list", "newline")
_NESTED_MOST = 20
_BULLET = "•"
_KEPT = 1024  # parsed texts


class Style(Flag):
    """How a span looks."""

    BOLD = auto()
    ITALIC = auto()
    STRIKE = auto()
    CODE = auto()


class Span(NamedTuple):
    """Part of a block's text, in characters."""

    start: int
    length: int
    style: Style


class Block(NamedTuple):
    """A paragraph, or code. `quoted` counts the quotes around it, `indent` the lists; `marker` stands before it, such as "•" or "3."."""

    text: str
    spans: tuple[Span, ...] = ()
    code: bool = False
    language: str = ""
    quoted: int = 0
    indent: int = 0
    marker: str = ""


@lru_cache(maxsize=_KEPT)
def parse(text: str) -> tuple[Block, ...]:
    """The blocks of a text, from the top; one that is the text itself where there is no markup."""
    if _MARKS.search(text) is None:
        return (Block(text),)
    blocks = tuple(_Reader().read(_parser().parse(text)))
    marked = any(block != Block(block.text) for block in blocks) and any(block.text for block in blocks)
    if not marked:
        return (Block(text),)
    return blocks


def plain(text: str) -> str:
    """The words of a text without its markup, for one line of it: lists, notifications, quotes, screen readers."""
    blocks = parse(text)
    if len(blocks) == 1 and blocks[0].text == text:
        return text
    return "\n".join(f"{block.marker} {block.text}" if block.marker else block.text for block in blocks)


@cache
def _parser() -> "MarkdownIt":
    from markdown_it import MarkdownIt

    return MarkdownIt("zero", {"maxNesting": _NESTED_MOST}).enable(list(_RULES))


class _Reader:
    """Turns the tokens of one text into blocks."""

    _STYLES: Final = {"strong": Style.BOLD, "em": Style.ITALIC, "s": Style.STRIKE}

    def __init__(self) -> None:
        self._quoted = self._indent = 0
        self._marker = ""

    def read(self, tokens: "Sequence[Token]") -> Iterator[Block]:
        for token in tokens:
            match token.type:
                case "blockquote_open" | "blockquote_close":
                    self._quoted += token.nesting
                case "bullet_list_open" | "ordered_list_open" | "bullet_list_close" | "ordered_list_close":
                    self._indent += token.nesting
                case "list_item_open":
                    self._marker = f"{token.info}{token.markup}" if token.info else _BULLET
                case "list_item_close":
                    if self._marker:  # nothing stood in it
                        yield self._block("")
                case "fence":
                    language = token.info.strip().partition(" ")[0].lower()
                    yield self._block(token.content.removesuffix("\n"), code=True, language=language)
                case "inline":
                    yield self._paragraph(token.children or ())
                case _:
                    pass

    def _block(self, text: str, spans: tuple[Span, ...] = (), *, code: bool = False, language: str = "") -> Block:
        marker, self._marker = self._marker, ""
        return Block(text, spans, code, language, self._quoted, self._indent, marker)

    def _paragraph(self, tokens: "Sequence[Token]") -> Block:
        text, length, style = list[str](), 0, Style(0)
        spans: list[Span] = []
        for token in tokens:
            underscores = token.markup if token.nesting and token.markup.startswith("_") else ""  # of names in programs
            if token.nesting and not underscores:
                style ^= self._STYLES[token.type.removesuffix("_open").removesuffix("_close")]
                continue
            words = "\n" if token.type in ("softbreak", "hardbreak") else underscores or token.content
            looks = style | Style.CODE if token.type == "code_inline" else style
            if looks and words:
                spans.append(Span(length, len(words), looks))
            text.append(words)
            length += len(words)
        return self._block("".join(text), tuple(spans))
