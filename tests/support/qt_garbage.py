"""Hooks for the tests with Qt: cyclic garbage goes on the main thread, between two tests.

Collected by any other thread (a later test's server pool, say), a loop's or a widget's timers would outlive it and crash Qt.
"""

import gc
from collections.abc import Generator

import pytest


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup() -> Generator[None, object, object]:
    gc.disable()
    return (yield)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown() -> Generator[None, object, object]:
    """The outermost wrapper: what the fixtures held is gone too."""
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()  # what outlives a test stays: looking through it again after each of 900 takes 0.1 s
        gc.enable()
