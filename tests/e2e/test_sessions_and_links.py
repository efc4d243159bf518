"""What happens to a session and to its link: revoked, outliving its token, behind a firewall that lets no WebSocket through."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator
from urllib.parse import urlsplit

import pytest
from closing import closes_desktops

from chinwag_desktop.core.connection import Phase

pytestmark = pytest.mark.timeout(120)


@closes_desktops
async def test_a_session_revoked_on_another_device_is_signed_out_and_wiped_here(office):
    first = office.desktop("robin")
    await first.sign_in()
    await first.do("wait_phase", phase="ONLINE")
    second = office.desktop("robin", device="second")
    await second.sign_in()
    await second.do("wait_phase", phase="ONLINE")
    api = await second.app.auth.api()
    other = next(session for session in (await api.account.sessions()).sessions if not session.current)
    await api.account.revoke_session(other.id)
    window = await first.until(lambda: first.app.sign_in, "the sign-in window")
    assert "signed out from another" in window.error.text()
    assert first.app.settings.account is None
    assert not list(first.profile.rglob("*.db"))


@closes_desktops
async def test_signing_out_ends_the_session_on_the_server_too(office):
    first, second = office.desktop("robin"), office.desktop("robin", device="second")
    for desktop in (first, second):
        await desktop.sign_in()
        await desktop.do("wait_phase", phase="ONLINE")
    first.app.auth.logout()
    await first.until(lambda: first.app.sign_in, "the sign-in window")
    api = await second.app.auth.api()
    assert [session.current for session in (await api.account.sessions()).sessions] == [True]


class TestShortTokens:
    """Access tokens of four seconds."""

    @pytest.fixture
    def server_environment(self) -> dict[str, str]:
        return {"CHAT_SERVER_ACCESS_TOKEN_TTL_MS": "4000"}

    @closes_desktops
    async def test_a_link_outlives_its_token_because_it_is_renewed_in_band(self, office):
        """FAULTS 40."""
        robin = office.desktop("robin")
        await robin.sign_in()
        await robin.do("wait_phase", phase="ONLINE")
        session = robin.app.session
        assert session is not None
        outlived = time.monotonic() + 10  # two tokens and a half
        await robin.until(lambda: time.monotonic() > outlived, "the first tokens to run out")
        metrics = session.monitor.metrics
        assert session.monitor.state.phase is Phase.ONLINE
        assert (metrics.connects, metrics.drops) == (1, {})


@contextlib.asynccontextmanager
async def firewall(url: str) -> AsyncIterator[str]:
    """A proxy in front of the server that breaks every connection which asks for a WebSocket."""
    target = urlsplit(url)
    tasks: set[asyncio.Task[None]] = set()

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, guard: bool) -> None:
        with contextlib.suppress(OSError, asyncio.CancelledError):
            while data := await reader.read(65536):
                if guard and b"upgrade: websocket" in data.lower():
                    break
                writer.write(data)
                await writer.drain()
        writer.close()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection(target.hostname, target.port)
        back = asyncio.get_running_loop().create_task(pump(inner_reader, writer, guard=False))
        tasks.add(back)
        await pump(reader, inner_writer, guard=True)
        writer.close()
        await back

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@closes_desktops
async def test_where_no_websocket_gets_through_polling_carries_the_talk(office):
    async with firewall(office.server.url) as url:
        robin, maya = office.desktop("robin", url=url), office.desktop("maya")
        for desktop in (robin, maya):
            await desktop.sign_in()
        await robin.do("open", person="Maya Lindqvist")
        assert robin.app.session is not None
        assert robin.app.session.monitor.state.transport == "polling"
        await robin.do("type", text="through the wall")
        await maya.do("open", person="Robin Okafor")
        await maya.do("wait_text", text="through the wall")
        await maya.do("type", text="and back")
        await robin.do("wait_text", text="and back")
        await office.quit(robin)
