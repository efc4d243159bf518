"""Who may make an account without an invite, as the operator chose or as is safe when nothing was chosen."""

from chinwag_protocol.bodies import Registration
from chinwag_server.storage.users import UserRepository


class RegistrationRule:
    """What registration is for one caller.

    What was `chosen` counts. With None, it needs an invite, and only the first account may be made without one: by a caller at
    this machine, on a server that only this machine can reach (`private`). A proxy in front of such a server makes
    the whole world seem to be at this machine; those that say so are noticed, and from the second account on the
    others gain nothing.
    """

    def __init__(self, users: UserRepository, *, chosen: Registration | None, private: bool) -> None:
        self._users = users
        self._chosen: Registration | None = chosen
        self._private = private
        self._somebody_is_here = False

    async def for_caller(self, *, at_this_machine: bool) -> Registration:
        """What `GET /server` tells this caller, and what holds for them. Raises `Unavailable`."""
        if self._chosen is not None:
            return self._chosen
        if self._private and at_this_machine and await self._is_first():
            return "open"
        return "invite"

    async def _is_first(self) -> bool:
        if not self._somebody_is_here:
            self._somebody_is_here = await self._users.count() > 0
        return not self._somebody_is_here
