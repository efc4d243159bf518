"""Why somebody finds themselves at the sign-in again."""

from chinwag_desktop.models.i18n import translate


def signed_out_words(reason: str) -> str:
    """What to say over the form; nothing after an ordinary sign-out."""
    match reason:
        case "revoked":
            return translate("SignIn", "This device was signed out from another one.")
        case "user_disabled":
            return translate("SignIn", "Your account was disabled. Ask whoever runs the server.")
        case "password_changed":
            return translate("SignIn", "Your password was changed. Sign in with the new one.")
        case "expired" | "refresh_reused":
            return translate("SignIn", "Your sign-in has ended. Sign in again to go on; what you wrote is kept.")
        case _:
            return ""
