"""A checkpoint file around any pickle at all."""

import pytest

from tests.serialization import attacks


@pytest.fixture
def archive_of():
    return attacks.archive_of


@pytest.fixture
def stream_of():
    return attacks.stream_of
