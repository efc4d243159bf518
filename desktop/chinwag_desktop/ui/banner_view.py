"""What the banner says about a state of the connection. Pure: `banner_view(state, now)`; tested without a window."""

import math
from enum import Enum

from msgspec import Struct

from chinwag_desktop.core.certificates import CertificateFacts
from chinwag_desktop.core.connection import ConnectionState, Phase
from chinwag_desktop.core.errors import Problem
from chinwag_desktop.models.fingerprints import short_fingerprint
from chinwag_desktop.models.i18n import translate

CONNECTED_S = 3.0  # how long "Connected" stays, seconds
PATIENCE_S = 1.0  # a first connection is not worth a word before this, seconds

_CUT_OFF = (Phase.CONNECTING, Phase.WAITING, Phase.RETRYING_SLOWLY, Phase.REFUSED)


class BannerTone(Enum):
    """The look: ground, ink and what stands at the left."""

    WAITING = "waiting"  # amber, the ring runs down to the next try
    CONNECTING = "connecting"  # grey, a piece of a ring
    TRYING = "trying"  # amber, a piece of a ring
    LOST = "lost"  # red
    CONNECTED = "connected"  # green
    OFFLINE = "offline"  # grey
    SLOW = "slow"  # amber
    REFUSED = "refused"  # red, with an icon of its own


class BannerAction(Enum):
    """What the button at the right does."""

    NONE = "none"
    RETRY = "retry"
    SIGN_IN = "sign_in"
    CERTIFICATE = "certificate"


class BannerView(Struct, frozen=True, kw_only=True):
    """One look of the banner. `ring` is the share of the wait that is left, 0..1. `spoken` changes only when a person should hear it.

    `short` are the words for a narrow window, where `detail` would have no room beside or under them.
    """

    tone: BannerTone
    words: str
    detail: str = ""
    short: str = ""
    icon: str = ""
    ring: float = 0.0
    action: BannerAction = BannerAction.NONE
    hide_after_s: float | None = None
    show_after_s: float = 0.0
    spoken: str = ""


def action_label(action: BannerAction) -> str:
    match action:
        case BannerAction.RETRY:
            return translate("Banner", "Retry now")
        case BannerAction.SIGN_IN:
            return translate("Banner", "Sign in again")
        case BannerAction.CERTIFICATE:
            return translate("Banner", "Compare…")
        case BannerAction.NONE:
            return ""


def banner_view(
    state: ConnectionState,
    now: float,
    *,
    online_since: float | None = None,
    certificate: CertificateFacts | None = None,
) -> BannerView | None:
    """The banner for `state` at `now` (monotonic seconds, the clock of `retry_at`), or None when all is well.

    `online_since` is when the present link came up after a break; within `CONNECTED_S` of it the banner says so.
    `certificate` is what a look at the server's certificate has shown, once it was refused.
    """
    if state.problem is Problem.CERTIFICATE and state.phase in _CUT_OFF:
        return _certificate(certificate)
    match state.phase:
        case Phase.STOPPED:
            return None
        case Phase.OFFLINE:
            words = translate("Banner", "You are offline. Messages you write are kept and sent later.")
            # The system may be wrong about the network: the button is there as well.
            return BannerView(
                tone=BannerTone.OFFLINE, words=words, icon="offline", action=BannerAction.RETRY, spoken=words
            )
        case Phase.CONNECTING | Phase.SYNCING:
            return _trying(state)
        case Phase.WAITING:
            return _waiting(state, now)
        case Phase.RETRYING_SLOWLY:
            words = translate("Banner", "Connection lost after {n} attempts", n=state.max_attempts)
            detail = problem_words(state.problem)
            spoken = f"{words}. {detail}".strip()
            return BannerView(
                tone=BannerTone.LOST, words=words, detail=detail, icon="alert", action=BannerAction.RETRY, spoken=spoken
            )
        case Phase.REFUSED:
            return _refused(state)
        case Phase.ONLINE:
            return _online(state, now, online_since)


def _certificate(facts: CertificateFacts | None) -> BannerView:
    """It stays while the monitor tries on: only the trusted certificate, or the person, ends it."""
    words, detail, action = problem_words(Problem.CERTIFICATE), "", BannerAction.RETRY
    if facts is not None and facts.open:
        action = BannerAction.CERTIFICATE
        if facts.changed:
            words = translate("Banner", "The server’s certificate changed.")
        else:
            words = translate("Banner", "Nobody vouches for the server’s certificate.")
        now = short_fingerprint(facts.shown.sha256)
        if facts.pinned is None:
            detail = translate("Banner", "Shown {now}, nothing is sent", now=now)
        else:
            trusted = short_fingerprint(facts.pinned)
            detail = translate("Banner", "Trusted {trusted}, shown {now}, nothing is sent", trusted=trusted, now=now)
    return BannerView(tone=BannerTone.REFUSED, words=words, detail=detail, icon="shield", action=action, spoken=words)


def _trying(state: ConnectionState) -> BannerView:
    if state.attempt == 0:
        words = translate("Banner", "Connecting…")
        return BannerView(tone=BannerTone.CONNECTING, words=words, show_after_s=PATIENCE_S, spoken=words)
    words = translate("Banner", "Reconnecting… (attempt {n})", n=state.attempt)
    return BannerView(tone=BannerTone.TRYING, words=words, spoken=words)


def _waiting(state: ConnectionState, now: float) -> BannerView:
    left = max(0.0, (state.retry_at or now) - now)
    ring = min(1.0, left / state.wait_s) if state.wait_s > 0 else 0.0
    seconds = math.ceil(left)
    first = state.attempt <= 1
    if state.server_restarting:
        words = translate("Banner", "The server is restarting, next try in {s} s", s=seconds)
        spoken = translate("Banner", "The server is restarting")
    elif first:
        words = translate("Banner", "Disconnected, next try in {s} s", s=seconds)
        spoken = translate("Banner", "Disconnected")
    else:
        words = translate("Banner", "Reconnecting… (attempt {n}), next try in {s} s", n=state.attempt, s=seconds)
        spoken = translate("Banner", "Reconnecting, attempt {n}", n=state.attempt)
    return BannerView(
        tone=BannerTone.WAITING,
        words=words,
        short="" if first else translate("Banner", "Reconnecting… (attempt {n}), {s} s", n=state.attempt, s=seconds),
        detail="" if first else problem_words(state.problem),
        ring=ring,
        action=BannerAction.RETRY,
        spoken=spoken,
    )


def _online(state: ConnectionState, now: float, online_since: float | None) -> BannerView | None:
    if online_since is not None and 0 <= now - online_since < CONNECTED_S:
        words = translate("Banner", "Connected")
        left = CONNECTED_S - (now - online_since)
        return BannerView(tone=BannerTone.CONNECTED, words=words, icon="check", hide_after_s=left, spoken=words)
    if state.slow and state.latency_ms is not None:
        words = translate("Banner", "Slow connection, {ms} ms", ms=round(state.latency_ms))
        spoken = translate("Banner", "Slow connection")
        return BannerView(tone=BannerTone.SLOW, words=words, icon="signal", spoken=spoken)
    return None


def _refused(state: ConnectionState) -> BannerView:
    words, icon, action = _refusal(state.refused_code, state.problem)
    return BannerView(tone=BannerTone.REFUSED, words=words, icon=icon, action=action, spoken=words)


def _refusal(code: str | None, problem: Problem | None) -> tuple[str, str, BannerAction]:
    """Words, icon and way out of a refusal, by error code or reason of `sessionRevoked`, else by problem."""
    match code:
        case "logout" | "revoked" | "session_revoked":
            words = translate("Banner", "This device was signed out from somewhere else.")
            return words, "sign-out", BannerAction.SIGN_IN
        case "password_changed":
            return (
                translate("Banner", "Your password was changed. Sign in with the new one."),
                "key",
                BannerAction.SIGN_IN,
            )
        case "refresh_reused":
            words = translate("Banner", "Signed out for your safety: this sign-in was used in two places.")
            return words, "shield", BannerAction.SIGN_IN
        case "user_disabled" | "forbidden":
            words = translate("Banner", "Your account is disabled. Ask whoever runs this server.")
            return words, "blocked", BannerAction.NONE
        case "unauthorized":
            return translate("Banner", "Your sign-in has run out."), "key", BannerAction.SIGN_IN
        case "unsupported_protocol":
            return _protocol_words(), "update", BannerAction.RETRY
        case _:
            pass
    if problem is Problem.SIGNED_OUT:
        return translate("Banner", "Your sign-in has run out."), "key", BannerAction.SIGN_IN
    return problem_words(problem or Problem.REFUSED), "alert", BannerAction.RETRY


def _protocol_words() -> str:
    return translate("Banner", "This app and the server do not match: update the older one.")


def problem_words(problem: Problem | None) -> str:
    """Why an attempt failed, in a sentence; "" when there is nothing to say."""
    match problem:
        case None | Problem.LINK_LOST:
            return ""
        case Problem.UNREACHABLE:
            return translate("Banner", "The server cannot be reached.")
        case Problem.NAME_NOT_FOUND:
            return translate("Banner", "The server’s name is not known on this network.")
        case Problem.TIMED_OUT:
            return translate("Banner", "The server does not answer.")
        case Problem.TLS:
            return translate("Banner", "No encrypted connection to the server can be made.")
        case Problem.CERTIFICATE:
            return translate("Banner", "The server’s certificate cannot be trusted.")
        case Problem.BLOCKED:
            return translate("Banner", "A firewall or proxy on this network blocks the connection.")
        case Problem.NOT_CHINWAG:
            return translate("Banner", "What answers at this address is not a Chinwag server.")
        case Problem.TOO_MUCH:
            return translate("Banner", "The server sends more than it should.")
        case Problem.SERVER_BUSY:
            return translate("Banner", "The server is busy.")
        case Problem.KEYRING:
            return translate("Banner", "The system’s keyring, which keeps your sign-in, is locked.")
        case Problem.SIGNED_OUT:
            return translate("Banner", "Your sign-in has run out.")
        case Problem.PROTOCOL:
            return _protocol_words()
        case Problem.REFUSED:
            return translate("Banner", "The server refused the connection.")
