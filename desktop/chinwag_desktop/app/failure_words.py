"""What a failed intent is called, in a toast."""

from chinwag_desktop.app.square_picture import NoPicture
from chinwag_desktop.core.changes import StorageProblem
from chinwag_desktop.core.errors import ClientError, LinkLost, ProtocolRefused, Refused, SignedOut, StorageError
from chinwag_desktop.models.i18n import translate
from chinwag_desktop.ui.banner_view import problem_words


def failure_words(what: str, error: Exception) -> str:
    """What was tried and why it did not work."""
    match what:
        case "open":
            tried = translate("App", "The conversation could not be opened")
        case "group":
            tried = translate("App", "The group could not be made")
        case "save":
            tried = translate("App", "The file could not be saved")
        case "draft":
            tried = translate("App", "The draft could not be saved")
        case "edit":
            tried = translate("App", "The message was not changed")
        case "delete":
            tried = translate("App", "The message was not deleted")
        case "react":
            tried = translate("App", "Your reaction was not added")
        case "pin":
            tried = translate("App", "The message was not pinned")
        case "unpin":
            tried = translate("App", "The pin was not taken away")
        case "day":
            tried = translate("App", "That day could not be looked for")
        case "members":
            tried = translate("App", "The members could not be listed")
        case "rename":
            tried = translate("App", "The name was not changed")
        case "history":
            tried = translate("App", "What new members see was not changed")
        case "add":
            tried = translate("App", "Nobody was added")
        case "role":
            tried = translate("App", "The role was not changed")
        case "remove":
            tried = translate("App", "Nobody was removed")
        case "leave":
            tried = translate("App", "You are still in the group")
        case "profile":
            tried = translate("App", "Your profile was not changed")
        case "picture":
            tried = translate("App", "The picture was not changed")
        case "password":
            tried = translate("App", "Your password was not changed")
        case "list":
            tried = translate("App", "The list could not be fetched")
        case "device":
            tried = translate("App", "The device was not signed out")
        case "block":
            tried = translate("App", "Nobody was blocked")
        case "unblock":
            tried = translate("App", "Nobody was unblocked")
        case "settings":
            tried = translate("App", "The conversation was not changed")
        case _:
            tried = translate("App", "That did not work")
    return translate("App", "{tried}: {why}", tried=tried, why=_why(error))


def _why(error: Exception) -> str:
    match error:
        case Refused(code="forbidden"):
            return translate("App", "the server does not allow it.")
        case Refused(code="not_found"):
            return translate("App", "it is not there any more.")
        case Refused(code="conflict"):
            return translate("App", "somebody deleted it.")
        case Refused() if not isinstance(error, SignedOut | ProtocolRefused):
            return translate("App", "the server refused it.")
        case LinkLost():
            return translate("App", "there is no connection.")
        case NoPicture():
            return translate("App", "that file is no picture that can be read.")
        case ClientError():
            return problem_words(error.problem)
        case StorageError() | OSError():
            return translate("App", "the disk refused. Is it full?")
        case _:
            return translate("App", "something unexpected happened.")


def storage_words(problem: StorageProblem) -> str:
    """What is wrong with the disk."""
    match problem:
        case StorageProblem.CACHE_FULL:
            return translate("App", "The disk is full: new messages are shown, but not kept for reading offline.")
        case StorageProblem.CACHE_REBUILT:
            return translate("App", "The local copy of your messages was damaged and is fetched anew.")
        case _:
            return translate(
                "App", "The disk refused to keep what you wrote. It is not sent: free some space, then Retry."
            )
