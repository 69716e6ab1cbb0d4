"""The graph as SVG: what it shows can be read by eye, by screen readers and by machines, and nothing overlaps."""

import itertools
import re
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from lab.borders import borders
from lab.borders.drawing import LETTER, SMALL
from lab.home import CODE

SVG = "{http://www.w3.org/2000/svg}"
CONFIG = "class Config(AppConfig):\n    name = '{0}'\n"
MODEL = "from django.db import models\nclass M(models.Model):\n    pass\n"


def project(names: list[str], arrows: dict[tuple[str, str], int], keys=()) -> dict[str, str]:
    files = {f"{name}.apps": CONFIG.format(name) for name in names}
    files |= {f"{name}.models": MODEL for name in names}
    for (app, other), number in arrows.items():
        files[f"{app}.to_{other}"] = f"import {other}.models\n" * number
    for app, other in keys:
        files[f"{app}.keys"] = (
            f"from django.db import models\nclass K(models.Model):\n    x = models.ForeignKey('{other}.M', models.CASCADE)\n"
        )
    return files


def crowd(number: int) -> dict[str, str]:
    """So many apps with long names, each importing five others."""
    names = [f"application_number_{n:02}" for n in range(number)]
    arrows = {
        (names[n], names[(n * 3 + step * 7 + 1) % number]): step * step * 3 + 1
        for n in range(number)
        for step in range(5)
    }
    return project(names, {pair: n for pair, n in arrows.items() if pair[0] != pair[1]})


THREE = project(["a", "b", "c"], {("a", "b"): 9, ("b", "a"): 1, ("a", "c"): 2}, keys=[("c", "b")])


def drawn(files: dict, **options) -> ElementTree.Element:
    return ElementTree.fromstring(borders(files=files).svg(**options))


def titles(svg) -> list[str]:
    return [title.text for group in svg.iter(f"{SVG}g") for title in group.iter(f"{SVG}title")]


def texts(svg) -> list[ElementTree.Element]:
    return list(svg.iter(f"{SVG}text"))


def test_each_arrow_has_its_number_and_the_thin_one_closes_the_cycle():
    svg = drawn(THREE)
    assert sorted(titles(svg)) == [
        "a → b: 9 imports",
        "a → c: 2 imports",
        "b → a: 1 import, closes a cycle",
        "c → b: 1 foreign key",
    ]
    assert {"a", "b", "c", "9", "2", "1"} <= {text.text for text in texts(svg)}
    groups = {group.find(f"{SVG}title").text: group for group in svg.iter(f"{SVG}g")}
    closing, plain = groups["b → a: 1 import, closes a cycle"], groups["a → b: 9 imports"]
    assert "--accent" in closing.get("stroke") and closing.find(f"{SVG}path").get("stroke-dasharray")
    assert plain.get("stroke") == "currentColor" and not plain.find(f"{SVG}path").get("stroke-dasharray")
    widths = [
        float(groups[name].find(f"{SVG}path").get("stroke-width"))
        for name in ("a → b: 9 imports", "a → c: 2 imports")
    ]
    assert widths[0] > widths[1] > 0


def test_foreign_keys_can_be_switched_off():
    svg = drawn(THREE, foreign_keys=False)
    assert not [title for title in titles(svg) if "foreign key" in title]
    assert "foreign keys" in [text.text for text in texts(drawn(THREE))]
    assert "foreign keys" not in [text.text for text in texts(svg)]


def test_tests_are_drawn_only_if_wanted_and_doors_always():
    files = project(["a", "b"], {})
    files |= {"a.tests": "import b.models", "b.views": "from a import facade", "a.facade": ""}
    assert titles(ElementTree.fromstring(borders(files=files).svg())) == ["b → a: 1 import"]
    both = titles(ElementTree.fromstring(borders(files=files, tests=True).svg()))
    assert len(both) == 2


def test_the_same_is_said_in_words():
    look = borders(files=THREE)
    svg = ElementTree.fromstring(look.svg())
    assert svg.get("role") == "img" and svg.get("aria-label") == svg.find(f"{SVG}title").text
    words = svg.find(f"{SVG}desc").text
    assert words == (
        "a imports b (9); a imports c (2); b imports a (1). Closing a cycle: b → a. Foreign keys: c → b (1)."
    )
    assert repr(look.svg()) == f"Imports between the 3 apps of files: {words}"
    assert look.svg()._repr_svg_() == look.svg()


def test_names_cannot_break_out_of_the_picture():
    nasty = "<script>\"&'"
    files = {"a.apps": f"class A(AppConfig):\n    label = {nasty!r}\n", "b.apps": CONFIG.format("b")}
    svg = drawn({**files, "b.v": "import a.models"})
    tags = {element.tag.removeprefix(SVG) for element in svg.iter()}
    assert tags <= {"svg", "title", "desc", "text", "circle", "path", "g"}
    assert nasty in [text.text for text in texts(svg)]


def test_it_has_no_ids_and_no_scripts_and_only_colours_that_change_with_the_scheme():
    svg = borders(files=THREE).svg()
    assert not re.search(r"\bid=|<script|\bon\w+=|href", svg)
    colours = set(re.findall(r'(?:fill|stroke)="([^"]+)"', svg))
    assert colours <= {
        "none",
        "currentColor",
        "var(--accent,#186570)",
        "var(--plot-paper,var(--paper,#fdfcfa))",
    }


def test_it_is_the_same_bytes_in_another_process():
    source = "from lab.borders import borders; print(borders('code/monolith').svg(), end='')"
    runs = [
        subprocess.run(
            [sys.executable, "-c", source],
            env={"PYTHONPATH": str(CODE), "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    ]
    assert runs[0] == runs[1] == str(borders("code/monolith").svg())


def box(text) -> tuple[float, float, float, float]:
    """What a text takes, with letters as wide as a wide font has them."""
    small = text.get("font-size") == str(SMALL)
    width = len(text.text) * (7 if small else LETTER)
    x, y = float(text.get("x")), float(text.get("y"))
    left = {"middle": x - width / 2, "end": x - width}.get(text.get("text-anchor"), x)
    return left, y - (10 if small else 12), left + width, y + 3


@pytest.mark.parametrize("number", [1, 2, 3, 7, 12, 19, 30, 45])
def test_no_text_covers_another_or_a_dot_or_leaves_the_picture(number):
    svg = drawn(crowd(number)) if number > 2 else drawn(project(["a" * 40, "b"][:number], {}))
    _, _, width, height = map(float, svg.get("viewBox").split())
    boxes = [(text.text, box(text)) for text in texts(svg)]
    assert len(boxes) > min(number, 30)
    for (one, a), (other, b) in itertools.combinations(boxes, 2):
        assert not (a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]), (one, other)
    dots = [(float(dot.get("cx")), float(dot.get("cy"))) for dot in svg.iter(f"{SVG}circle")]
    assert len(dots) == min(number, 30)
    for text, (left, top, right, bottom) in boxes:
        assert not [(x, y) for x, y in dots if left < x < right and top < y < bottom], text
        assert left >= 0 and top >= 0 and right <= width and bottom <= height, text


def test_beyond_thirty_apps_the_busiest_are_drawn_and_a_sentence_says_so():
    files = crowd(45)
    files |= project(["hub"], {})
    files |= {f"application_number_{n:02}.hub": "import hub.models\n" * 9 for n in range(45)}
    svg = drawn(files)
    said = [text.text for text in texts(svg)]
    assert "The busiest 30 of 46 apps." in said and "hub" in said
    assert svg.find(f"{SVG}desc").text.endswith("The busiest 30 of 46 apps.")


def test_a_number_without_room_is_left_out_and_told_of():
    names = [f"a{n:02}" for n in range(30)]
    svg = drawn(project(names, {(a, b): 111 for a in names for b in names if a != b}))
    told = [text.text for text in texts(svg) if text.text.endswith("no room for a number.")]
    missing = int(told[0].split()[0])
    assert missing + sum(text.text == "111" for text in texts(svg)) == 30 * 29
