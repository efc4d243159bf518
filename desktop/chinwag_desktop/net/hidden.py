"""Keeps libraries from loading packages for features that nobody here uses."""

import contextlib
import sys
from collections.abc import Generator
from typing import Any


@contextlib.contextmanager
def hidden(*names: str) -> Generator[None]:
    """While the body runs, packages of these names that are not loaded yet cannot be imported."""
    fresh = [name for name in names if name not in sys.modules]
    modules: dict[str, Any] = sys.modules  # None in it is how an import is refused
    modules.update(dict.fromkeys(fresh))
    try:
        yield
    finally:
        for name in fresh:
            del sys.modules[name]
