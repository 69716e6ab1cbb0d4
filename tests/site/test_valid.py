"""The pages are valid HTML."""

import subprocess

import pytest
from pages import PAGES

from lab.home import ROOT

HERE = ROOT / "tests" / "site"


def faults(node: str, *pages) -> str:
    command = [node, str(HERE / "valid.mjs"), str(ROOT / "tools"), *map(str, pages)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode in (0, 1) and not done.stderr, done.stderr
    return done.stdout


def test_the_pages_are_valid(html, node):
    assert faults(node, *(html / name for name in PAGES)) == ""


@pytest.mark.parametrize(
    "fault",
    ["<p><div>x</div></p>", '<a id="b">x</a><a id="b">y</a>', "<ul><p>x</p></ul>", '<img src="x.png">'],
)
def test_a_planted_fault_is_found(node, tmp_path, fault):
    page = tmp_path / "page.html"
    page.write_text(
        f'<!DOCTYPE html>\n<html lang="en"><head><title>t</title></head><body>{fault}</body></html>\n'
    )
    assert faults(node, page)
    page.write_text(page.read_text().replace(fault, "<p>x</p>"))
    assert faults(node, page) == ""
