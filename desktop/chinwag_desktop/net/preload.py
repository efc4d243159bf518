"""Loads all network libraries; the app runs it on a thread after the first paint."""

import importlib
import time

from chinwag_desktop.net.hidden import hidden


def load() -> float:
    """Import what the transports need; returns the seconds it took."""
    begun = time.perf_counter()
    with hidden("click"):  # httpx has a command line, with rich and pygments: 4 MB where they are installed
        importlib.import_module("httpx")
    for name in ("http_client", "socket_client", "credentials", "pins", "tls"):
        importlib.import_module(f"chinwag_desktop.net.{name}")
    return time.perf_counter() - begun
