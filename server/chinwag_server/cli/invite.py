"""`chat-server invite`: codes that let people register, while the server runs and while it does not."""

from datetime import timedelta
from typing import Annotated, Literal

from cyclopts import App, Parameter
from cyclopts.validators import Number

from chinwag_protocol.limits import INVITE_EXPIRES_MS_MAX, INVITE_USES_MAX
from chinwag_server.cli.options import NONE_GIVEN, AnyOptions
from chinwag_server.cli.output import say, show_table

_HOUR_MS = 3_600_000

app = App(name="invite", help="Make, list and take back the codes that let people register.")


@app.command
def create(
    *,
    uses: Annotated[
        int, Parameter(validator=Number(gte=1, lte=INVITE_USES_MAX), help="How many people may register with it.")
    ] = 1,
    hours: Annotated[
        int, Parameter(validator=Number(gte=1, lte=INVITE_EXPIRES_MS_MAX // _HOUR_MS), help="How long it is valid.")
    ] = 7 * 24,
    role: Annotated[Literal["member", "admin", "bot"], Parameter(help="What they become.")] = "member",
    options: AnyOptions = NONE_GIVEN,
) -> None:
    """Make an invite and print its code."""
    from chinwag_server.cli.database import administer, find_server

    lifetime = timedelta(hours=hours)
    invite = administer(
        find_server(options), lambda service: service.create_invite(uses=uses, lifetime=lifetime, role=role)
    )
    say(invite.code)


@app.command(name="list")
def list_(*, options: AnyOptions = NONE_GIVEN) -> None:
    """List the invites that can still be used."""
    from chinwag_server.cli.database import administer, find_server

    invites = administer(find_server(options), lambda service: service.list_invites())
    rows = [
        (
            invite.code,
            invite.role,
            str(invite.uses_left),
            "never" if invite.expires_at is None else f"{invite.expires_at:%Y-%m-%d %H:%M} UTC",
        )
        for invite in invites
    ]
    show_table(("Code", "Role", "Uses left", "Expires"), rows, empty="there are no invites")


@app.command
def revoke(
    code: Annotated[str, Parameter(allow_leading_hyphen=True, help="The code, as `invite list` shows it.")],
    /,
    *,
    options: AnyOptions = NONE_GIVEN,
) -> None:
    """Take an invite back."""
    from chinwag_server.cli.database import administer, find_server

    administer(find_server(options), lambda service: service.revoke_invite(code))
    say(f"revoked {code}: nobody can register with it any more")
