"""`CertificateDialog`: shall this certificate, which nobody vouches for or which is another one than before, be trusted?"""

from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from chinwag_desktop.core.certificates import CertificateFacts, Doubt
from chinwag_desktop.models.fingerprints import groups_of
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.theme.shapes import NO_PEN
from chinwag_desktop.ui.theme.theme import ThemeSource
from chinwag_desktop.ui.theme.tokens import Radius, Space
from chinwag_desktop.ui.theme.typography import advance, baseline, font, line_height
from chinwag_desktop.ui.widgets.dialog import Choice, Dialog, cancel
from chinwag_desktop.ui.widgets.text import Paragraph

TRUST = "trust"
_IN_A_ROW = 4  # groups, as `chat-server fingerprint` sets them out
_STYLE = "small"
_DIGITS = "0123456789ABCDEF"


class FingerprintCard(QWidget):
    """A fingerprint with a name at its left. Digits stand under digits, so that two of them compare at a glance."""

    def __init__(self, themes: ThemeSource, label: str, sha256: str, *, width: int) -> None:
        super().__init__()
        self.themes, self.label, self.groups = themes, label, groups_of(sha256)
        rows = -(-len(self.groups) // _IN_A_ROW)
        self.setFixedSize(width, rows * line_height(_STYLE) + 2 * Space.S)
        self.setAccessibleName(f"{label}: {' '.join(self.groups)}")
        themes.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        theme, painter = self.themes.now, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(NO_PEN)
        painter.setBrush(theme["well"])
        painter.drawRoundedRect(QRectF(self.rect()), Radius.CONTROL, Radius.CONTROL)
        painter.setFont(font(_STYLE))
        painter.setPen(theme["text_2"])
        for number, line in enumerate(self.label.split("\n")):
            top = Space.S + number * line_height(_STYLE)
            painter.drawText(QPointF(Space.M, top + baseline(_STYLE)), line)
        painter.setPen(theme["text"])
        pitch = max(advance(_STYLE, digit) for digit in _DIGITS)
        step = 4 * pitch + Space.S
        left = self.width() - Space.M - _IN_A_ROW * step + Space.S
        for number, group in enumerate(self.groups):
            row, column = divmod(number, _IN_A_ROW)
            base = Space.S + row * line_height(_STYLE) + baseline(_STYLE)
            for place, digit in enumerate(group):
                middle = left + column * step + (place + 0.5) * pitch
                painter.drawText(QPointF(middle - advance(_STYLE, digit) / 2, base), digit)


class CertificateDialog(Dialog):
    """Answers TRUST or "". What it asks about is `facts.shown` and nothing else."""

    def __init__(self, themes: ThemeSource, window: QWidget, facts: CertificateFacts) -> None:
        self.facts = facts
        body = QWidget()
        if facts.changed:
            trust = Choice(TRUST, translate("Certificate", "Trust the new certificate"), "danger")
            title = translate("Certificate", "The server’s certificate has changed")
        else:
            trust = Choice(TRUST, translate("Certificate", "Connect to this server"), "primary")
            title = translate("Certificate", "Is this your server?")
        text = _question(facts)
        super().__init__(themes, window, title, text=text, body=body, choices=(cancel(), trust))
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(Space.XS)
        self.cards = [
            FingerprintCard(themes, label, sha256, width=self.inner_width) for label, sha256 in _fingerprints(facts)
        ]
        for card in self.cards:
            column.addWidget(card)
        advice = _advice(facts)
        if advice:
            column.addWidget(Paragraph(themes, "body", "text_2", advice, width=self.inner_width))
        spoken = [text, *(card.accessibleName() for card in self.cards), advice]
        self.setAccessibleDescription("\n".join(spoken).strip())

    def open(self) -> None:
        super().open()
        window, lacking = self.window(), self.height() - self.window().height()
        if lacking > 0:  # its buttons must be in reach
            window.resize(window.width(), window.height() + lacking)


def _fingerprints(facts: CertificateFacts) -> list[tuple[str, str]]:
    if facts.pinned is None or not facts.changed:
        return [(translate("Certificate", "Fingerprint\n(SHA-256)"), facts.shown.sha256)]
    return [
        (translate("Certificate", "Trusted\nso far"), facts.pinned),
        (translate("Certificate", "Shown\nnow"), facts.shown.sha256),
    ]


def _question(facts: CertificateFacts) -> str:
    if facts.changed:
        return translate(
            "Certificate",
            "{host} shows another certificate than the one you trust. Whoever runs it may have made a new one, or somebody "
            "may be reading along: ask them, and compare.",
            host=facts.host,
        )
    return translate(
        "Certificate",
        "{doubt} Ask whoever runs it for its fingerprint, and compare:",
        doubt=_doubt(facts.doubt, facts.host),
    )


def _doubt(doubt: Doubt | None, host: str) -> str:
    match doubt:
        case Doubt.NO_AUTHORITY:
            return translate(
                "Certificate",
                "Nobody whom this computer trusts vouches for {host}. That is usual where a team hosts its own server.",
                host=host,
            )
        case Doubt.EXPIRED:
            return translate(
                "Certificate", "The certificate of {host} has run out, or this computer’s clock is wrong.", host=host
            )
        case Doubt.NOT_YET_VALID:
            return translate(
                "Certificate",
                "The certificate of {host} is not valid yet, or this computer’s clock is wrong.",
                host=host,
            )
        case Doubt.WRONG_NAME:
            return translate("Certificate", "The certificate of {host} is made out to another name.", host=host)
        case Doubt.OTHER | None:
            return translate("Certificate", "The certificate of {host} cannot be checked.", host=host)


def _advice(facts: CertificateFacts) -> str:
    if not facts.changed:
        return translate("Certificate", "If they differ, somebody may be reading along.")
    return (
        ""
        if facts.doubt
        else translate("Certificate", "An authority that this computer trusts vouches for the new one.")
    )
