"""For tests that start processes: one that hangs fails."""

import signal

import pytest


@pytest.fixture(autouse=True)
def nothing_hangs():
    """60 seconds for each test of the module that imports this."""
    if not hasattr(signal, "SIGALRM"):
        yield
        return

    def too_long(*_):
        raise TimeoutError("the test hangs")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(60)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)
