"""Which language a person reads, and that it is complete."""

import subprocess
import sys

import pytest

from chinwag_desktop.app.languages import language_of, languages


@pytest.mark.parametrize(
    ("chosen", "wanted", "read"),
    [
        ("", ["de-DE", "en-GB"], "de"),
        ("", ["sv-SE", "de-AT", "en-US"], "de"),
        ("", ["sv-SE"], "en"),
        ("", [], "en"),
        ("en", ["de-DE"], "en"),
        ("de", ["en-US"], "de"),
        ("xx", ["de-DE"], "de"),
    ],
)
def test_the_chosen_language_else_the_first_that_is_known(chosen: str, wanted: list[str], read: str) -> None:
    assert language_of(chosen, wanted) == read


def test_languages_are_called_by_their_own_names() -> None:
    assert languages() == {"en": "English", "de": "Deutsch"}


def test_a_run_speaks_it(request: pytest.FixtureRequest) -> None:
    """In a process of its own: a translator stays."""
    code = """if True:
        from datetime import date
        from PySide6.QtCore import QCoreApplication
        from PySide6.QtWidgets import QApplication
        from chinwag_desktop.app.languages import speak
        from chinwag_desktop.models.dates import day_label
        from chinwag_desktop.models.i18n import translate, translate_n
        app = QApplication([])
        assert speak(app, "de") == "de"
        print(translate("Settings", "Close"), translate("App", "Saved as {name}", name="x"))
        print(translate_n("Header", "%n member(s)", 1), translate_n("Header", "%n member(s)", 2))
        print(day_label(date(2026, 11, 24).toordinal(), date(2026, 1, 1)))
        print(QCoreApplication.translate("QPlatformTheme", "Cancel"))
    """
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [
        "Schließen Gespeichert als x",
        "1 Mitglied 2 Mitglieder",
        "Dienstag, 24. November",
        "Abbrechen",
    ]
