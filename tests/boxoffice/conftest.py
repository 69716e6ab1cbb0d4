"""What the tests of messages and of sockets need."""

import pytest

from lab import redis
from lab.errors import NotHere


@pytest.fixture(scope="session")
def needs_redis():
    """Leaves the test out where there is no Redis, as the README allows; under CI=true that counts as a failure."""
    try:
        redis.program()
    except NotHere as problem:
        pytest.skip(str(problem))
