"""Reading somebody's project: any layout, nothing executed, nothing changed, and a sentence for what is strange."""

import os
import time

import pytest

from lab.borders import borders
from lab.borders.source import NoProject

CONFIG = "from django.apps import AppConfig\nclass Config(AppConfig):\n    name = '{0}'\n"


def plant(root, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def crossing(look) -> list[tuple]:
    return [(each.module, each.imported) for each in look.imports]


def shop(folder: str, prefix: str, init: bool = True) -> dict[str, str]:
    """Two apps in a folder, one of which imports the other as `prefix`.catalog."""
    files = {
        f"{folder}catalog/apps.py": CONFIG.format("catalog"),
        f"{folder}catalog/models.py": "",
        f"{folder}orders/apps.py": CONFIG.format("orders"),
        f"{folder}orders/views.py": f"from {prefix}catalog.models import Event\nfrom ..catalog import models\n",
    }
    if init:
        files |= {f"{folder}{app}/__init__.py": "" for app in ("catalog", "orders")}
    return files


LAYOUTS = {
    "apps beside manage.py": (shop("", ""), "orders.views", "catalog.models"),
    "a project package": (
        {**shop("shop/", "shop."), "shop/__init__.py": ""}, "shop.orders.views", "shop.catalog.models",
    ),
    "a src folder": (
        {**shop("src/shop/", "shop."), "src/shop/__init__.py": ""}, "shop.orders.views", "shop.catalog.models",
    ),
    "an apps folder on the path": (shop("apps/", ""), "orders.views", "catalog.models"),
    "an apps folder that is a namespace": (shop("apps/", "apps."), "apps.orders.views", "apps.catalog.models"),
    "an apps folder that is a package": (
        {**shop("apps/", "apps."), "apps/__init__.py": ""}, "apps.orders.views", "apps.catalog.models",
    ),
    "apps that are no packages": (shop("", "", init=False), "orders.views", "catalog.models"),
    "a namespace in a package": (
        {**shop("shop/apps/", "shop.apps."), "shop/__init__.py": ""}, "shop.apps.orders.views", "shop.apps.catalog.models",
    ),
    "a source distribution": (
        {**shop("pkg-1.0/pkg/", "pkg."), "pkg-1.0/pkg/__init__.py": "", "pkg-1.0/setup.py": ""},
        "pkg.orders.views", "pkg.catalog.models",
    ),
}  # fmt: skip


@pytest.mark.parametrize("layout", LAYOUTS)
def test_modules_have_the_names_by_which_the_project_imports_them(tmp_path, layout):
    files, importer, imported = LAYOUTS[layout]
    plant(tmp_path, {"manage.py": "", **files})
    look = borders(tmp_path)
    assert [app.label for app in look.apps] == ["catalog", "orders"]
    assert (importer, imported) in crossing(look)
    assert {module for module, _ in crossing(look)} == {importer}
    assert look.problems == look.notes == ()


def test_a_package_may_be_looked_at_from_inside(tmp_path):
    plant(tmp_path, {**shop("shop/", "shop."), "shop/__init__.py": ""})
    assert crossing(borders(tmp_path / "shop")) == crossing(borders(tmp_path))


def test_a_project_in_a_folder_of_its_own_name_is_no_namespace(tmp_path):
    files = {**shop("shop/", "shop."), "shop/__init__.py": "", "setup.py": "", "tests.py": ""}
    files["shop/orders/views.py"] += "from shop.tests import x\nfrom shop.setup import x\n"
    plant(tmp_path / "shop", files)
    assert [app.package for app in borders(tmp_path / "shop").apps] == ["shop.catalog", "shop.orders"]


def test_an_environment_that_is_named_itself_is_read(tmp_path):
    plant(tmp_path, shop("", ""))
    (tmp_path / "pyvenv.cfg").touch()
    assert len(borders(tmp_path).imports) == 2


def test_two_packages_of_one_name_are_kept_apart(tmp_path):
    plant(tmp_path, {**shop("one/", ""), **shop("two/", "")})
    look = borders(tmp_path)
    assert sorted(app.package for app in look.apps) == ["catalog", "orders", "two.catalog", "two.orders"]


def test_nothing_is_executed_and_nothing_is_changed(tmp_path):
    trap = "from pathlib import Path\nPath(__file__).with_name('executed').touch()\n"
    files = {name: trap + text for name, text in shop("", "").items()}
    plant(tmp_path, {**files, "manage.py": trap, "settings.py": trap, "conftest.py": trap})
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    assert borders(tmp_path).imports
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


def test_installed_packages_inside_are_left_out_and_named(tmp_path):
    plant(tmp_path, shop("", ""))
    for folder in ("node_modules/x", "lib/site-packages/x", "env/lib/x", ".venv/x", ".hidden/x"):
        plant(tmp_path, {f"{folder}/apps.py": CONFIG.format("x")})
    (tmp_path / "env" / "pyvenv.cfg").touch()
    (tmp_path / ".venv" / "pyvenv.cfg").touch()
    look = borders(tmp_path)
    assert [app.label for app in look.apps] == ["catalog", "orders"]
    assert look.notes == ("Left out, as installed packages: .venv, env, lib/site-packages and 1 more.",)


def test_a_folder_that_is_called_env_and_is_none_is_read(tmp_path):
    plant(tmp_path, {"env/apps.py": CONFIG.format("env")})
    assert [app.label for app in borders(tmp_path).apps] == ["env"]


def test_links_that_lead_in_a_circle_are_not_followed(tmp_path):
    plant(tmp_path, shop("", ""))
    (tmp_path / "orders" / "loop").symlink_to(tmp_path)
    (tmp_path / "self.py").symlink_to(tmp_path / "self.py")
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")
    look = borders(tmp_path)
    assert len(look.imports) == 2
    assert look.notes == ("Left out, as links to folders: orders/loop.",)
    assert [problem.path for problem in look.problems] == ["gone.py", "self.py"]


def test_files_that_cannot_be_read_are_told_of_and_the_rest_is_counted(tmp_path):
    plant(
        tmp_path, {**shop("", ""), "orders/old.py": "print 'x'\n", "orders/deep.py": "(" * 3000 + ")" * 3000}
    )
    (tmp_path / "orders" / "latin.py").write_bytes("# é\nimport catalog.models".encode("latin-1"))
    (tmp_path / "orders" / "declared.py").write_bytes(
        "# coding: latin-1\n# é\nimport catalog".encode("latin-1")
    )
    (tmp_path / "orders" / "odd.py").write_bytes(b"# coding: no-such-thing\n")
    (tmp_path / "orders" / "nul.py").write_bytes(b"x = 1\0")
    (tmp_path / "orders" / "mark.py").write_bytes(b"\xef\xbb\xbfimport catalog.models")
    (tmp_path / "orders" / "folder.py").mkdir()
    os.mkfifo(tmp_path / "orders" / "pipe.py")
    look = borders(tmp_path)
    reasons = {problem.path: problem.reason for problem in look.problems}
    assert sorted(reasons) == [f"orders/{name}.py" for name in ("deep", "latin", "nul", "odd", "old", "pipe")]
    assert reasons["orders/old.py"].startswith("does not parse, line 1: Missing parentheses")
    assert reasons["orders/latin.py"] == "is not written in UTF-8"
    assert "unknown encoding" in reasons["orders/odd.py"]
    assert len(look.imports) == 4
    assert "Could not be read: 3 more files." in repr(look)


def test_a_folder_that_may_not_be_opened_is_told_of(tmp_path, monkeypatch):
    plant(tmp_path, {**shop("", ""), "closed/x.py": ""})
    scandir = os.scandir

    def refusing(path):  # root may open any folder, so no mode would do
        if str(path).endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    look = borders(tmp_path)
    assert [str(problem) for problem in look.problems] == ["closed: cannot be opened: Permission denied"]
    assert look.imports


def test_a_project_without_apps_or_without_python_says_so(tmp_path):
    assert borders(tmp_path).notes == ("There is no module of Python here.",)
    plant(tmp_path, {"tool.py": "import json"})
    look = borders(tmp_path)
    assert look.apps == () and look.notes[0].startswith("No app was found")
    assert set(look.counts().values()) == {0} and look.seams() == ()
    assert look.svg().startswith("<svg")


def test_templates_of_projects_are_left_out_and_named(tmp_path):
    plant(tmp_path, {**shop("", ""), "tool/project_template/home/apps.py": CONFIG.format("home")})
    look = borders(tmp_path)
    assert [app.label for app in look.apps] == ["catalog", "orders"]
    assert look.notes == ("Left out, as templates for new projects: tool/project_template.",)


def test_what_is_no_folder_is_refused_in_one_sentence(tmp_path):
    (tmp_path / "file.py").touch()
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    for path, sentence in [
        (tmp_path / "nowhere", "there is no folder "),
        (tmp_path / "file.py", "is a file; a project's folder is wanted"),
        (tmp_path / "loop", "there is no folder "),
        ("x" * 5000, "cannot be looked at"),
        ("\0", "there is no folder "),
    ]:
        with pytest.raises(NoProject) as refused:
            borders(path)
        assert sentence in str(refused.value) and "\n" not in str(refused.value)


def test_the_settings_that_are_named_say_who_the_user_is(tmp_path):
    model = "from django.db import models\nclass A(models.Model):\n    u = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)\n"
    plant(
        tmp_path,
        {
            **shop("", ""),
            "orders/models.py": model,
            "conf/__init__.py": "",
            "conf/settings.py": "AUTH_USER_MODEL = 'orders.A'",
            "conf/live.py": "AUTH_USER_MODEL = 'catalog.U'",
        },
    )
    assert borders(tmp_path).relations == ()
    assert [each.target for each in borders(tmp_path, settings="conf.live").relations] == ["catalog.U"]
    with pytest.raises(NoProject, match="there is no module conf.test in"):
        borders(tmp_path, settings="conf.test")


def test_two_thousand_modules_take_a_few_seconds(tmp_path):
    body = "".join(
        f"def f{n}(x):\n    if x:\n        return [x, {n}]\n    return x + {n}\n\n\n" for n in range(20)
    )
    for app in range(40):
        package = f"shop/app{app:02}"
        plant(tmp_path, {f"{package}/__init__.py": "", f"{package}/apps.py": CONFIG.format(f"app{app:02}")})
        for module in range(48):
            other = (app * 7 + module) % 40
            text = f"from shop.app{other:02}.m0 import f0\nfrom django.apps import apps\n{body}"
            text += f"def late():\n    return apps.get_model('app{other:02}', 'Order')\n"
            plant(tmp_path, {f"{package}/m{module}.py": text})
    plant(tmp_path, {"shop/__init__.py": ""})
    began = time.perf_counter()
    look = borders(tmp_path)
    took = time.perf_counter() - began
    assert look.modules == 2001 and len(look.apps) == 40 and len(look.imports) > 3000
    assert took < 10
