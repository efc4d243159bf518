"""Keeps PySide6 from reading the source of every module that is imported after it."""

import sys


def stop_source_scan() -> None:
    """Call before the other modules are imported; where PySide6 has no such scan it does nothing.

    To learn which modules may use ``from __feature__ import snake_case``, PySide6 searches the source of each imported
    module for its own name, and keeps all of it in ``linecache``: 600 files, 18 MB, 25 ms until the first paint. No
    module of ours uses ``__feature__``, which is what "no" means here.
    """
    import shiboken6  # noqa: F401  # pyright: ignore[reportUnusedImport] - brings the module below

    feature = sys.modules.get("shibokensupport.feature")
    if feature is not None and "_mod_uses_pyside" in vars(feature):
        feature.__dict__["_mod_uses_pyside"] = _uses_no_feature


def _uses_no_feature(_module: object) -> bool:
    return False
