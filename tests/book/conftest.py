"""What the tests of the book share."""

from pathlib import Path

import pytest
import refresh

from lab.home import ROOT


@pytest.fixture(params=refresh.notebooks(), ids=lambda path: str(path.relative_to(ROOT)))
def notebook(request) -> dict:
    """Each notebook of book/ and solutions/ in turn."""
    return refresh.read(request.param)


@pytest.fixture
def root() -> Path:
    return ROOT
