"""Sign-in without a window: what an address means, and what each failure is called. Pure."""

import re
from typing import NamedTuple
from urllib.parse import urlsplit

from msgspec import Struct

from chinwag_desktop.core.errors import ClientError, Problem
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.banner_view import problem_words

_LOOPBACK = re.compile(r"(?:localhost|127(?:\.\d+){3}|\[::1\])(?::\d+)?")

FIELDS = ("server", "invite", "username", "displayName", "password")


class SignInForm(Struct, frozen=True, kw_only=True):
    """What was typed. `address` is a base URL; the last two are set for a registration only."""

    address: str
    username: str
    password: str
    display_name: str | None = None
    invite_code: str | None = None

    def __repr__(self) -> str:
        return f"SignInForm(address={self.address!r}, username={self.username!r})"  # never the password


class Complaint(NamedTuple):
    """Words, and the field (of FIELDS, or "") that is at fault: they stand under it, or under the form."""

    words: str
    field: str = ""


def base_url(text: str) -> str | None:
    """The server's base URL from what a person types: https unless they say http or mean this machine. None when it is no address."""
    typed = text.strip()
    if not typed or any(ch.isspace() for ch in typed):
        return None
    if "://" not in typed:
        host = typed.partition("/")[0]
        typed = f"{'http' if _LOOPBACK.fullmatch(host) else 'https'}://{typed}"
    try:
        parts = urlsplit(typed)
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None or parts.query:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}{parts.path.rstrip('/')}"


def complaint_about(error: ClientError, *, registering: bool) -> Complaint:
    """What to tell about a failed sign-in or registration."""
    match error.code:
        case "unauthorized":
            return Complaint(translate("SignIn", "That user name and password do not match."), "password")
        case "forbidden" if registering and error.field != "inviteCode":
            return Complaint(translate("SignIn", "This server takes no new people. Ask whoever runs it."), "server")
        case "forbidden" if registering:
            return Complaint(
                translate("SignIn", "New people need an invitation here. Check its code, or ask for a new one."),
                "invite",
            )
        case "forbidden":
            return Complaint(translate("SignIn", "This account is disabled. Ask whoever runs the server."))
        case "conflict":
            return Complaint(translate("SignIn", "That user name is taken."), "username")
        case "invalid":
            return _invalid(error.field)
        case "rate_limited":
            seconds = max(1, round(error.retry_after_s or 60))
            return Complaint(translate("SignIn", "Too many tries. Wait {s} seconds, then try again.", s=seconds))
        case "unsupported_protocol":
            return Complaint(problem_words(Problem.PROTOCOL), "server")
        case "not_found":
            return Complaint(problem_words(Problem.NOT_CHINWAG), "server")
        case "internal":
            return Complaint(translate("SignIn", "The server has a fault. Its log knows more; try again later."))
        case "unavailable":
            return Complaint(translate("SignIn", "The server is not ready. Try again in a moment."))
        case _:
            pass
    words = problem_words(error.problem) or translate("SignIn", "The connection broke. Try again.")
    if error.problem is Problem.TLS:
        words += " " + translate("SignIn", "If it does not encrypt, begin its address with http://.")
    where = {Problem.SERVER_BUSY, Problem.LINK_LOST, Problem.SIGNED_OUT, Problem.REFUSED}
    return Complaint(words, "" if error.problem in where else "server")


def complaint_unconfirmed() -> Complaint:
    """The person did not confirm the certificate."""
    return Complaint(translate("SignIn", "Not connected: you have not confirmed the server’s certificate."), "server")


def complaint_about_plain_address() -> Complaint:
    """The address says http, and the server answers encrypted only."""
    return Complaint(translate("SignIn", "This server encrypts: begin its address with https://."), "server")


def _invalid(field: str | None) -> Complaint:
    match field:
        case "username":
            words = translate("SignIn", "A user name has 3 to 32 of a–z, 0–9, dot, dash and underscore.")
            return Complaint(words, "username")
        case "password":
            return Complaint(translate("SignIn", "A password has 10 to 256 characters."), "password")
        case "displayName":
            return Complaint(translate("SignIn", "A name has 1 to 64 characters."), "displayName")
        case "inviteCode":
            return Complaint(translate("SignIn", "That is not an invitation code."), "invite")
        case _:
            return Complaint(translate("SignIn", "The server cannot accept this. Check what you typed."))


def complaint_before(form: dict[str, str], *, registering: bool) -> Complaint | None:
    """What is wrong before the server is asked; None when nothing is."""
    if base_url(form["server"]) is None:
        return Complaint(translate("SignIn", "Type the server’s address, such as chat.example.org."), "server")
    if not form["username"].strip():
        return Complaint(translate("SignIn", "Type your user name."), "username")
    if not form["password"]:
        return Complaint(translate("SignIn", "Type your password."), "password")
    if registering and not 10 <= len(form["password"]) <= 256:
        return _invalid("password")
    return None
