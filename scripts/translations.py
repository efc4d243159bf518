"""Keeps the translations of the app: what `translate` is called with goes into the `.ts` files that Qt Linguist edits, those into `.qm` files.

    python scripts/translations.py            bring all languages up to date; says what is left to translate
    python scripts/translations.py --check    exit 1 when a file is not up to date, or a text not translated or not translated well

Qt's own `lupdate` is of no use here: it does not see calls with keyword arguments.
"""

from __future__ import annotations

import argparse
import ast
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree as Xml

import PySide6

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ROOT / "desktop" / "chinwag_desktop"
FOLDER = ROOT / "resources" / "chinwag_resources" / "translations"
PLACES = re.compile(r"%n|\{\w*\}")
HEAD = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n'


class Source(NamedTuple):
    """A text of the program. `counts`: it has `%n` and one translation for each plural of the language."""

    context: str
    text: str
    comment: str
    counts: bool


def sources() -> list[Source]:
    """Every text, sorted; raises SystemExit for a call whose text is not written out."""
    found: set[Source] = set()
    for path in sorted(SOURCES.rglob("*.py")):
        if path.name != "i18n.py":
            found.update(_sources_in(path))
    return sorted(found)


def _sources_in(path: Path) -> Iterator[Source]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name)):
            continue
        if node.func.id not in ("translate", "translate_n"):
            continue
        words = [argument.value for argument in node.args if isinstance(argument, ast.Constant)]
        if len(words) < 2 or not all(isinstance(word, str) for word in words[:2]):
            raise SystemExit(f"{path.relative_to(ROOT)}:{node.lineno}: write the context and the text out")
        comment = str(words[2]) if node.func.id == "translate" and len(words) > 2 else ""
        counts = node.func.id == "translate_n" or len(node.args) > 3
        yield Source(str(words[0]), str(words[1]), comment, counts)


def languages() -> list[Path]:
    return sorted(FOLDER.glob("*.ts"))


def read(path: Path) -> tuple[str, dict[Source, list[str]]]:
    """The language of a `.ts` file, and the translations in it: one a text, or one a plural."""
    root = Xml.parse(path).getroot()
    kept: dict[Source, list[str]] = {}
    for context in root.iter("context"):
        for message in context.iter("message"):
            counts = message.get("numerus") == "yes"
            words = (message.findtext("source") or "", message.findtext("comment") or "")
            translation = message.find("translation")
            if translation is None or translation.get("type") == "unfinished":
                continue
            forms = [form.text or "" for form in translation] if counts else [translation.text or ""]
            kept[Source(context.findtext("name") or "", *words, counts)] = forms
    return root.get("language", ""), kept


def write(language: str, texts: list[Source], kept: dict[Source, list[str]]) -> str:
    """The text of a `.ts` file."""
    root = Xml.Element("TS", version="2.1", language=language, sourcelanguage="en")
    context, name = root, None
    for source in texts:
        if source.context != name:
            name = source.context
            context = Xml.SubElement(root, "context")
            Xml.SubElement(context, "name").text = name
        message = Xml.SubElement(context, "message", {"numerus": "yes"} if source.counts else {})
        Xml.SubElement(message, "source").text = source.text
        if source.comment:
            Xml.SubElement(message, "comment").text = source.comment
        translation = Xml.SubElement(message, "translation")
        forms = kept.get(source)
        if forms is None:
            translation.set("type", "unfinished")
        elif source.counts:
            for form in forms:
                Xml.SubElement(translation, "numerusform").text = form
        else:
            translation.text = forms[0]
    Xml.indent(root, " " * 4)
    return HEAD + Xml.tostring(root, encoding="unicode") + "\n"


def release(path: Path) -> bytes:
    """The `.qm` of a `.ts` file, made by Qt's `lrelease`."""
    tool = Path(PySide6.__file__).parent / ("lrelease.exe" if sys.platform == "win32" else "lrelease")
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "made.qm"
        command = [str(tool), "-silent", "-removeidentical", str(path), "-qm", str(made)]
        subprocess.run(command, check=True)
        return made.read_bytes()


def faults(texts: list[Source], kept: dict[Source, list[str]]) -> list[str]:
    """What is wrong with a language's translations, a line each."""
    said: list[str] = []
    for source in texts:
        forms = kept.get(source)
        if forms is None or not all(forms):
            said.append(f"not translated: {source.context}: {source.text}")
            continue
        wanted = sorted(PLACES.findall(source.text))
        for form in forms:
            lacking = sorted(PLACES.findall(form)) != wanted
            if lacking and not (source.counts and sorted((*PLACES.findall(form), "%n")) == wanted):
                said.append(f"other places than in the source: {source.context}: {form}")
    return said


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true")
    check, texts, said = parser.parse_args().check, sources(), list[str]()
    for path in languages():
        language, kept = read(path)
        fresh, compiled = write(language, texts, kept), path.with_suffix(".qm")
        if not check:
            path.write_text(fresh, encoding="utf-8")
            compiled.write_bytes(release(path))
        elif (
            fresh != path.read_text(encoding="utf-8")
            or not compiled.is_file()
            or release(path) != compiled.read_bytes()
        ):
            said.append(f"{path.name}: not up to date; run python scripts/translations.py")
        said += [f"{path.name}: {fault}" for fault in faults(texts, kept)]
    sys.stderr.write("".join(f"{line}\n" for line in said))
    return 1 if said and check else 0


if __name__ == "__main__":
    raise SystemExit(main())
