"""The peer of the timeline: a stock QListView with wrapped words, on the app's own model of the same conversation.

child_stock_list.py STEPS PROFILE     a line with what was measured, in seconds; see `walking.py`
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

import psutil
from painted import PaintWatch
from profiles import ME, cache_path, conversation_id, message_of
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QApplication, QListView
from qasync import QEventLoop
from telling import limit_life, tell
from walking import Times, drag, scroll, step

from chinwag_desktop.cache.timeline_reader import TimelineReader
from chinwag_desktop.core.entities import DeliveryState, TimelineRow
from chinwag_desktop.models.timeline_model import TimelineModel


async def measure(view: QListView, model: TimelineModel, steps: int) -> dict[str, object]:
    """Open, append, scroll."""
    viewport = view.viewport()

    def open_it() -> None:
        view.setModel(model)
        view.scrollToBottom()

    told: dict[str, object] = {"open": [await step(viewport, open_it)]}

    async def append() -> Times:
        message = message_of(0, model.last_seq + 1)
        row = TimelineRow(key=message.id, message=message, state=DeliveryState.RECEIVED)

        def act() -> None:
            model.apply_rows([row])
            view.scrollToBottom()

        return await step(viewport, act)

    told["append"] = [await append() for _ in range(2)]
    told["wheel"] = await scroll(view, min(steps, 60), 120)
    told["drag"] = await drag(view, min(steps, 60))
    told["rss"] = psutil.Process().memory_info().rss / 1e6
    return told


def main() -> int:
    limit_life()
    steps, profile = int(sys.argv[1]), Path(sys.argv[2])
    app = QApplication([])
    loop = QEventLoop(app)
    asyncio.set_event_loop(loop)
    path = cache_path(profile, ME)
    reader = TimelineReader(path, path.with_name("outbox.db"), me=ME, on_damage=lambda: None)
    extent = reader.extent(conversation_id(0))
    model = TimelineModel(
        reader, {}, conversation_id=conversation_id(0), me=ME, names=False, first_seq=1, last_seq=extent.last_seq
    )
    view = QListView()
    view.setWordWrap(True)
    view.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    view.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    view.resize(796, 640)
    painted = asyncio.Event()
    PaintWatch(view.viewport(), painted.set, wanted=lambda: True).arm()
    view.show()

    async def run() -> None:
        await painted.wait()
        tell(**await measure(view, model, steps))

    with loop:
        loop.run_until_complete(run())
    reader.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
