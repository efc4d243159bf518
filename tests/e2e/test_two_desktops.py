"""Two people, two desktops, one real server: what the original design promises, from key press to read receipt."""

import pytest
from closing import closes_desktops

from chinwag_desktop.core.connection import Phase
from chinwag_desktop.core.entities import DeliveryState

pytestmark = pytest.mark.timeout(120)


async def meet(office):
    robin, maya = office.desktop("robin"), office.desktop("maya")
    for desktop in (robin, maya):
        await desktop.sign_in()
    await robin.do("open", person="Maya Lindqvist")
    return robin, maya


@closes_desktops
async def test_what_one_types_the_other_reads_and_the_tick_says_so(office):
    robin, maya = await meet(office)
    await robin.do("type", text="Good morning")
    await maya.do("open", person="Robin Okafor")
    await maya.do("wait_text", text="Good morning")
    await robin.do("wait_state", text="Good morning", state="READ")
    await maya.do("type", text="And to you")
    await robin.do("wait_text", text="And to you")
    assert await robin.do("transcript") == await maya.do("transcript") == ["Good morning", "And to you"]


@closes_desktops
async def test_the_server_is_killed_and_everything_missed_is_there_once_and_in_order(office):
    robin, maya = await meet(office)
    await robin.do("type", text="before")
    await maya.do("open", person="Robin Okafor")
    await maya.do("wait_text", text="before")
    await office.kill()
    for desktop in (robin, maya):
        await desktop.do("wait_banner", words="attempt 3")
    for number in range(5):
        await robin.do("type", text=f"while it was down {number}")
    await robin.do("wait_state", text="while it was down 4", state="SENDING")
    await office.start()
    for desktop in (robin, maya):
        await desktop.do("press_retry")
        await desktop.do("wait_banner", words="Connected")
    await maya.do("look")
    await maya.do("wait_text", text="while it was down 4")
    await robin.do("wait_state", text="while it was down 4", state="READ")
    expected = ["before", *(f"while it was down {number}" for number in range(5))]
    assert await robin.do("transcript") == await maya.do("transcript") == expected


@closes_desktops
async def test_what_was_written_without_a_server_survives_quitting_and_is_sent_once(office):
    robin, maya = await meet(office)
    await robin.do("type", text="first")
    await robin.do("wait_state", text="first", state="DELIVERED")
    await office.kill()
    await robin.do("wait_banner", words="attempt")
    await robin.do("type", text="written offline")
    await robin.do("wait_state", text="written offline", state="SENDING")
    panel = robin.app.window.open_connection_panel()
    assert [one.words for one in robin.app.window.outbox()] == ["written offline"]
    assert panel.outbox.lines[0].state.text().startswith("Waits for the connection.")
    panel.choose("")
    await office.quit(robin)
    again = office.desktop("robin")
    await again.do("wait_text", text="written offline")  # painted from disk: there is no server
    await office.start()
    for desktop in (again, maya):
        await desktop.do("press_retry")
    await maya.do("open", person="Robin Okafor")
    await maya.do("wait_text", text="written offline")
    await again.do("wait_state", text="written offline", state="READ")
    assert again.app.window.outbox() == []
    assert await maya.do("transcript") == ["first", "written offline"]


@closes_desktops
async def test_a_receiver_who_was_away_finds_it_when_they_come_back(office):
    robin, maya = await meet(office)
    await robin.do("type", text="are you there")
    await robin.do("wait_state", text="are you there", state="DELIVERED")
    await office.quit(maya)
    await robin.do("type", text="see you later")
    await robin.do("wait_state", text="see you later", state="SENT")
    back = office.desktop("maya")
    await back.do("open", person="Robin Okafor")
    await back.do("wait_text", text="see you later")
    await robin.do("wait_state", text="see you later", state="READ")


@closes_desktops
async def test_signing_out_stops_the_socket_and_leaves_nothing_of_the_user(office):
    robin, _ = await meet(office)
    await robin.do("type", text="soon gone")
    await robin.do("wait_state", text="soon gone", state="DELIVERED")
    session = robin.app.session
    assert session is not None
    robin.app.auth.logout()
    await robin.until(lambda: robin.app.sign_in, "the sign-in window")
    assert session.monitor.state.phase is Phase.STOPPED
    assert robin.app.settings.account is None
    left = [path for path in robin.profile.rglob("*") if path.is_file() and path.name != "settings.ini"]
    assert left == []


@closes_desktops
async def test_a_bubble_is_on_the_screen_before_the_outbox_and_the_socket_know_of_it(office):
    robin, _ = await meet(office)
    window = robin.app.window
    assert window is not None
    model = window.pane.model
    assert model is not None
    before = model.rowCount()
    await robin.do("type", text="now")
    row = model.row_at(before)
    assert row is not None
    assert row.message.text == "now"
    assert row.state in (DeliveryState.SAVING, DeliveryState.SENDING)
