"""`lab borders PATH`, as a developer runs it on a project of their own."""

import json
import os
import subprocess
import sys
import xml.etree.ElementTree as ElementTree

import pytest

from lab.borders import borders
from lab.home import CODE

CONFIG = "class Config(AppConfig):\n    name = '{0}'\n"
MODEL = "from django.db import models\nclass M(models.Model):\n    pass\n"


def lab(*arguments: str, cwd=None) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "lab", "borders", *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(CODE)},
        cwd=cwd,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def shop(tmp_path):
    """mail is the cheapest to cut out; pages has no models, and lonely nothing to cut."""
    files = {f"{app}/apps.py": CONFIG.format(app) for app in ("orders", "catalog", "mail", "pages", "lonely")}
    files |= {f"{app}/models.py": MODEL for app in ("orders", "catalog", "mail", "lonely")}
    files |= {f"{app}/__init__.py": "" for app in ("orders", "catalog", "mail", "pages", "lonely")}
    files["orders/models.py"] += "    e = models.ForeignKey('catalog.M', models.CASCADE)\n"
    files["orders/views.py"] = (
        "".join(f"from catalog import m{n}\n" for n in range(12)) + "from mail import send\n"
    )
    files |= {f"catalog/m{n}.py": "" for n in range(12)}
    files["catalog/views.py"] = "def f():\n    from orders.models import M\n"
    files["pages/views.py"] = "from orders.models import M\n"
    files["mail/send.py"] = ""
    root = tmp_path / "shop"
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_it_names_the_cheapest_seam_in_words_and_what_to_cut_where(shop):
    done = lab("shop", cwd=shop.parent)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0] == "shop: 5 apps"
    assert "All 15 imports across a border, by kind: 14 module, 1 function" in lines
    at = lines.index("The cheapest seam: mail")
    assert lines[at + 1] == (
        "  1 import of it by orders, it imports no other app, no foreign keys, in no cycle: score 1."
    )
    assert lines[at + 4] == "    orders/views.py:13 imports mail.send"
    assert "  Next: catalog (18), orders (20)" in lines
    assert lines[-1] == "Nothing needs cutting for: lonely"


def test_an_app_without_models_is_a_seam_only_where_no_app_has_any(shop):
    assert [seam.app for seam in borders(shop).seams()] == ["mail", "catalog", "orders"]
    for app in ("orders", "catalog", "mail", "lonely"):
        (shop / app / "models.py").write_text("")
    assert [(seam.app, seam.cost) for seam in borders(shop).seams()][:2] == [("mail", 1), ("pages", 1)]


def test_a_seams_score_counts_imports_keys_and_the_cycle(shop):
    catalog = borders(shop).seams()[1]
    assert (len(catalog.inward), len(catalog.outward), len(catalog.keys)) == (12, 1, 1)
    assert catalog.cycle.apps == ("catalog", "orders") and catalog.cost == 12 + 1 + 3 + 2
    assert catalog.cuts[-1] == "orders/models.py:4 orders.M.e → catalog.M (ForeignKey, CASCADE)"
    assert catalog.parts == (
        "12 imports of it by orders, 1 import by it of orders, 1 foreign key across its border, in a cycle of 2 apps"
    )


def test_only_the_first_ten_cuts_are_listed(shop):
    with (shop / "orders" / "views.py").open("a") as views:
        views.write("from mail import send\n" * 10)
    shown = lab(shop).stdout
    assert shown.count(" imports mail.send\n") == 10 and "    and 1 more\n" in shown


def test_what_comes_through_a_door_need_not_be_cut(shop):
    (shop / "mail" / "facade.py").touch()
    (shop / "orders" / "views.py").write_text("from mail import facade\n")
    look = borders(shop)
    assert "mail" not in [seam.app for seam in look.seams()] and ("orders", "mail") in [
        (each.app, each.to_app) for each in look.imports
    ]


def test_the_drawing_is_written_where_it_is_wanted(shop, tmp_path):
    done = lab(shop, "--svg", tmp_path / "graph.svg")
    assert done.stdout.endswith(f"The drawing is in {tmp_path / 'graph.svg'}.\n")
    assert ElementTree.parse(tmp_path / "graph.svg").getroot().get("role") == "img"
    done = lab(shop, "--svg", tmp_path / "nowhere" / "graph.svg")
    assert done.returncode == 1 and done.stderr.count("\n") == 1
    assert done.stderr.startswith("lab: the drawing cannot be written to ")


def test_json_holds_all_that_was_found_and_nothing_else_is_printed(shop, tmp_path):
    done = lab(shop, "--json", "--svg", tmp_path / "graph.svg")
    told, look = json.loads(done.stdout), borders(shop)
    assert told["counts"] == look.counts() and told["counts"]["imports of internals"] == 15
    assert len(told["imports"]) == 15 and told["imports"][0]["path"] == "catalog/views.py"
    assert told["seams"][0]["app"] == "mail" and told["cycles"][0]["apps"] == ["catalog", "orders"]
    assert (tmp_path / "graph.svg").exists() and "The drawing is in" in done.stderr


def test_settings_and_tests_are_handed_on(shop):
    (shop / "tests").mkdir()
    (shop / "tests" / "apps.py").write_text(CONFIG.format("tests"))
    assert "Left out, as serving tests alone: tests." in lab(shop).stdout
    assert "shop: 6 apps" in lab(shop, "--tests").stdout
    refused = lab(shop, "--settings", "conf.live")
    assert (refused.returncode, refused.stderr) == (1, "lab: there is no module conf.live in shop\n")


def test_a_project_without_apps_is_told_so_and_no_failure(tmp_path):
    done = lab(tmp_path)
    assert done.returncode == 0 and "There is no module of Python here." in done.stdout
    assert "seam" not in done.stdout


@pytest.mark.parametrize("path", ["nowhere", "file.py"])
def test_what_is_no_folder_is_refused_in_one_line(tmp_path, path):
    (tmp_path / "file.py").touch()
    done = lab(path, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("lab: ") and done.stderr.count("\n") == 1


def test_it_may_be_cut_short_by_its_reader(shop):
    source = f"PYTHONPATH={CODE} {sys.executable} -m lab borders {shop} --json | head -1"
    done = subprocess.run(source, shell=True, capture_output=True, text=True, timeout=60)
    assert (done.stdout, done.stderr) == ("{\n", "")


def test_nothing_is_changed_in_the_project(shop):
    before = {path: path.stat().st_mtime_ns for path in shop.rglob("*")}
    lab(shop)
    assert {path: path.stat().st_mtime_ns for path in shop.rglob("*")} == before
