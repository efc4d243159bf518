"""SessionLink: what a new connection means to a signed-in session. The monitor's only way into the sync layer."""

from collections.abc import Sequence

from chinwag_desktop.core.link import Inbound
from chinwag_desktop.sync.catch_up import CatchUp
from chinwag_desktop.sync.event_pipeline import EventPipeline
from chinwag_protocol.events import RegisterAck


class SessionLink:
    """``sync.ports.LinkUser``: presence, catch-up and events go to those who keep them."""

    def __init__(self, *, pipeline: EventPipeline, catch_up: CatchUp) -> None:
        self._pipeline = pipeline
        self._catch_up = catch_up

    async def registered(self, ack: RegisterAck) -> None:
        """Take over who is online and one's own profile."""
        self._pipeline.presence.whole(ack.online_users)
        await self._pipeline.apply_users([ack.user])
        self._catch_up.link_up()

    async def catch_up(self) -> None:
        """Fetch what was missed; raises a ClientError."""
        await self._catch_up.run()

    def receive(self, events: Sequence[Inbound]) -> None:
        """Events in order."""
        self._pipeline.receive(events)

    def lost(self) -> None:
        """Nobody is known to be online any more."""
        self._catch_up.link_down()
        self._pipeline.link_lost()
