"""From the command line to a running loop."""

import asyncio
import gc
import logging
import signal
import sys
from collections.abc import Callable

import qasync
from PySide6.QtWidgets import QApplication

from chinwag_desktop.app.bootstrap import Bootstrap
from chinwag_desktop.app.config import AppConfig
from chinwag_desktop.app.languages import speak
from chinwag_desktop.core.clock import SystemClock
from chinwag_desktop.core.tasks import TaskOwner
from chinwag_desktop.platform.garbage import GuiGarbage
from chinwag_desktop.platform.log_files import LogFiles
from chinwag_desktop.platform.loop_watch import LoopWatch, StackWriter
from chinwag_desktop.platform.restart import RESTART, set_scale, start_again
from chinwag_desktop.platform.single_instance import SingleInstance
from chinwag_desktop.platform.uncaught import UncaughtErrors
from chinwag_desktop.stores.settings_store import SettingsStore
from chinwag_desktop.ui.trouble_notice import trouble_notice
from chinwag_protocol import __version__

logger = logging.getLogger(__name__)


def run(config: AppConfig) -> int:
    """Open the profile's window, or raise the one that is open; the exit status."""
    settings = SettingsStore(config.profile)
    unset_scale = set_scale(settings.size)
    app = QApplication(sys.argv[:1])
    speak(app, settings.language)
    app.setApplicationName("Chinwag")
    app.setQuitOnLastWindowClosed(False)  # the loop ends on our own event, never in the middle of an await
    instance = SingleInstance(config.profile)
    if not instance.acquire(config.link):
        return 0
    logs = LogFiles(config.logs_path, debug=config.debug)
    garbage = GuiGarbage()
    logger.info("Chinwag %s on the profile %s", __version__, config.profile)
    try:
        with (
            UncaughtErrors() as uncaught,
            asyncio.Runner(loop_factory=lambda: qasync.QEventLoop(app)) as runner,
        ):
            uncaught.listen_to(runner.get_loop())
            status = runner.run(_main(lambda: Bootstrap(config, app, instance=instance), logs, uncaught))
    finally:
        garbage.stop()
        instance.release()
        logs.close()
    if status == RESTART:
        unset_scale()
        return 0 if start_again() else 1
    return status


async def _main(compose: Callable[[], Bootstrap], logs: LogFiles, uncaught: UncaughtErrors) -> int:
    bootstrap = compose()

    def tell() -> None:
        window = bootstrap.window or bootstrap.sign_in
        if window is not None:
            trouble_notice(bootstrap.themes, window, logs.path).open()

    def stop(_number: int, _frame: object) -> None:
        bootstrap.quit()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    gc.freeze()  # what start-up made stays: the longest collection falls from 9 ms to 1
    uncaught.noticed.connect(tell)
    watch = TaskOwner("loop watch")
    stacks = StackWriter(logs.crashes)
    watch.spawn(LoopWatch(SystemClock(), arm=stacks.arm, disarm=stacks.disarm).run(), "tick")
    try:
        return await bootstrap.run()
    finally:
        await watch.close()
