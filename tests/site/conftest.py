"""The built site: `make site` makes it."""

from pathlib import Path

import pytest

from lab.home import ROOT

HTML = ROOT / "_build" / "html"


@pytest.fixture(scope="session")
def html() -> Path:
    assert (HTML / "index.html").exists(), "there is no site: `make site` builds it"
    return HTML
