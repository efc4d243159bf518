"""The language of this run: our texts, Qt's own, dates and clock, and which way lines run."""

from typing import Final

from PySide6.QtCore import QLibraryInfo, QLocale, QTranslator
from PySide6.QtWidgets import QApplication

from chinwag_resources import translation, translations

ENGLISH: Final = "en"


def languages() -> dict[str, str]:
    """Code and own name of every language there is, English first."""
    return {code: QLocale(code).nativeLanguageName().capitalize() for code in (ENGLISH, *translations())} | {
        ENGLISH: "English"
    }


def language_of(chosen: str, wanted: list[str]) -> str:
    """What a person reads who chose `chosen`, or nothing (empty), on a system that prefers `wanted` ("de-DE")."""
    known = languages()
    if chosen in known:
        return chosen
    return next((code for name in wanted if (code := name.split("-")[0]) in known), ENGLISH)


def speak(app: QApplication, chosen: str) -> str:
    """Speak the chosen language, or that of the system, from now on; what is on the screen already does not change. Returns its code."""
    system = QLocale.system()
    code = language_of(chosen, system.uiLanguages())
    locale = system if system.name().split("_")[0] == code else QLocale("en_GB" if code == ENGLISH else code)
    QLocale.setDefault(locale)
    app.setLayoutDirection(locale.textDirection())
    if code != ENGLISH:
        ours, qts = QTranslator(app), QTranslator(app)
        if ours.load(translation(code)):
            app.installTranslator(ours)
        if qts.load(locale, "qtbase", "_", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)):
            app.installTranslator(qts)
    return code
