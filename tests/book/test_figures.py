"""Diagrams are drawn from the text beside them, and say what the code says."""

import hashlib
import json
import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections import Counter

import pytest

from lab.home import ROOT

SOURCES = sorted((ROOT / "book" / "figures").glob("*.dot"))

FOREIGN_KEYS = """
import json, django
django.setup()
from django.apps import apps
apart = []
for model in apps.get_models():
    for field in model._meta.local_fields:
        if field.is_relation and model.__module__.startswith("monolith."):
            here, there = model._meta.app_label, field.related_model._meta.app_label
            if here != there:
                apart.append([here, there])
print(json.dumps(apart))
"""


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_a_picture_is_the_one_that_its_source_draws(source):
    picture = source.with_suffix(".svg").read_text()
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    assert picture.startswith(f"<!-- drawn from {source.name}, sha256 {digest} -->\n"), (
        "`make figures` draws it"
    )
    ElementTree.fromstring(picture)


def test_every_picture_has_a_source():
    assert (
        sorted(p.stem for p in (ROOT / "book" / "figures").glob("*.svg")) == [p.stem for p in SOURCES] != []
    )


def test_the_monoliths_picture_shows_its_foreign_keys_and_no_others():
    drawn = Counter()
    for line in (ROOT / "book" / "figures" / "monolith.dot").read_text().splitlines():
        if (edge := re.match(r"\s*(\w+) -> (\w+)(.*);", line)) and "style" not in edge[3]:
            number = re.search(r'label = " (\d+)"', edge[3])
            drawn[(edge[1], edge[2])] += int(number[1]) if number else 1
    env = {**os.environ, "PYTHONPATH": str(ROOT / "code"), "DJANGO_SETTINGS_MODULE": "monolith.settings"}
    env |= {"SECRET_KEY": "x", "DATABASE_URL": "sqlite:///nowhere.sqlite3"}
    told = subprocess.run(
        [sys.executable, "-c", FOREIGN_KEYS], env=env, capture_output=True, text=True, check=True
    )
    assert drawn == Counter(map(tuple, json.loads(told.stdout)))
    assert drawn.total() == 8
