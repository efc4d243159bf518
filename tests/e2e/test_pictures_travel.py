"""A picture from the composer to the other side's timeline, and from there to a file."""

from pathlib import Path

import pytest
from closing import closes_desktops
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

pytestmark = pytest.mark.timeout(120)


@closes_desktops
async def test_a_picture_is_attached_seen_and_saved(office, tmp_path: Path):
    source, target = tmp_path / "quay.png", tmp_path / "saved.png"
    Image.linear_gradient("L").resize((640, 400)).convert("RGB").save(source)
    robin, maya = office.desktop("robin"), office.desktop("maya")
    for desktop in (robin, maya):
        await desktop.sign_in()
    await robin.do("open", person="Maya Lindqvist")
    composer = robin.app.window.pane.composer
    composer.add_paths([str(source)])
    QTest.keyClicks(composer.editor, "The quay")
    QTest.keyClick(composer.editor, Qt.Key.Key_Return)
    await maya.do("open", person="Robin Okafor")
    await maya.do("wait_text", text="The quay")
    await robin.do("wait_state", text="The quay", state="READ")
    model = maya.app.window.pane.model
    row = next(row for n in range(model.rowCount()) if (row := model.row_at(n)).message.text == "The quay")
    assert row.message.kind == "image"
    [attachment] = row.message.attachments
    assert (attachment.name, attachment.width, attachment.height) == ("quay.png", 640, 400)
    maya.app.session.chat.save_attachment(attachment, target)
    await maya.until(target.exists, "the saved file")
    with Image.open(target) as saved:
        assert saved.size == (640, 400)
    kept = [path for path in (office.server.data / "blobs").rglob("*") if path.is_file()]
    assert {oct(path.stat().st_mode & 0o777) for path in kept} == {"0o600"}  # other accounts of the machine see nothing
