"""`chat-server restored`: what an operator says after a backup was put back."""

from chinwag_server.cli.options import NONE_GIVEN, AnyOptions
from chinwag_server.cli.output import say


def restored(*, options: AnyOptions = NONE_GIVEN) -> None:
    """Begin another history."""
    from chinwag_server.cli.database import administer, find_server

    administer(find_server(options), lambda service: service.begin_history())
    say("every app fetches its conversations anew; what they have yet to send is kept and sent")
