"""The whole road, step by step: what each promises to remove, and to leave as it was."""

import filecmp
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from lab import Stack
from lab.borders import borders
from lab.borders.walk import walk
from lab.home import CODE, ROOT
from lab.road import history
from lab.road.plan import PACKAGE, ROAD, START, plan
from lab.road.repository import Repository
from lab.road.review import QUIET, TOUCHED, deployables, environment

STEPS = plan().names
NAMES = (START, *STEPS)
LINTER = plan().chapter("02")[-1].name
ENDS = (LINTER, STEPS[-1])
ALONE = [
    name for name in STEPS if TOUCHED in plan().step(name).counts
]  # the monolith's pages need no other process
PURCHASE = ("hold (first)", "checkout (first)", "pay (first)")
LISTS = ("list", "second page", "search")


def named_internals(tree: Path) -> Counter:
    """The imports of internals as road.yml writes them."""
    return Counter(
        f"{each.module.removeprefix('monolith.')} imports {each.imported.removeprefix('monolith.')}"
        for each in borders(str(tree / PACKAGE)).internals
    )


@pytest.mark.parametrize("name", NAMES)
def test_the_counter_says_exactly_what_the_step_promises(trees, name):
    found, promised = borders(str(trees[name] / PACKAGE)).counts(), plan().counts_after(name)
    if TOUCHED in promised:
        found[TOUCHED] = walk(str(trees[name])).count()
    assert found == promised


def test_tables_are_counted_until_the_catalogue_s_are_in_another_process(trees):
    for name in STEPS:
        assert (name in ALONE) == (trees[name] / PACKAGE / "catalog" / "models.py").exists()


@pytest.mark.parametrize("name", STEPS)
def test_a_step_removes_the_imports_that_it_names_and_adds_none(trees, name):
    before, after = named_internals(trees[plan().before(name)]), named_internals(trees[name])
    assert after - before == Counter()
    assert before - after == Counter(plan().step(name).removes)


@pytest.mark.parametrize("name", STEPS)
def test_a_step_changes_files_of_the_apps_that_it_names(trees, name):
    step = plan().step(name)
    files = [
        line[6:] for line in step.patch_file().read_text().splitlines() if line[:6] in ("--- a/", "+++ b/")
    ]
    parts = [Path(file).parts for file in files]
    apps = {
        part[1] for part in parts if len(part) > 2 and (trees[START] / PACKAGE / part[1] / "apps.py").exists()
    }
    assert apps == set(step.apps)


@pytest.mark.parametrize("name", STEPS)
def test_no_step_is_too_large_to_read_but_where_road_yml_says_why(name):
    step = plan().step(name)
    lines = step.patch_file().read_text().splitlines()
    changed = sum(line[:1] in "+-" and line[:3] not in ("+++", "---") for line in lines if line)
    assert (changed > 280) == bool(step.large), changed


@pytest.mark.parametrize("name", STEPS)
def test_no_step_leaves_a_migration_to_be_made(trees, name, tmp_path):
    for package in deployables(trees[name]):
        done = subprocess.run(
            [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run"],
            env=environment(trees[name], str(tmp_path), package),
            cwd=trees[name],
            capture_output=True,
            text=True,
        )
        assert (done.returncode, done.stdout) == (0, "No changes detected\n"), done.stderr


@pytest.mark.parametrize("name", STEPS)
def test_the_tree_s_own_tests_pass(trees, name, tmp_path):
    """Those of the apps that the step changes, without the slow ones of the seed (whose rows are compared anyway); and
    those of the second service.
    """
    rooms = [f"{PACKAGE}/{app}" for app in plan().step(name).apps] + [f"{PACKAGE}/tests/test_couplings.py"]
    rooms += [f"{PACKAGE}/programme"] if (trees[name] / PACKAGE / "programme").is_dir() else []
    rooms = [PACKAGE] if name in ENDS else [*rooms, "-k", "not SeedTests"]
    for package in deployables(trees[name]):
        of_it = rooms if package == PACKAGE else [package]
        done = subprocess.run(
            [sys.executable, "-m", "pytest", *QUIET, f"--rootdir={trees[name]}", *of_it],
            env=environment(trees[name], str(tmp_path), package),
            cwd=trees[name],
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout[-3000:]


def test_at_the_end_factories_import_models_of_their_own_app_alone(trees):
    found = borders(str(trees[LINTER] / PACKAGE)).imports
    assert [
        each for each in found if each.module.endswith(".factories") and each.imported.endswith(".models")
    ] == []
    looked = [each for each in found if each.kind == "test" and each.imported.endswith(".models")]
    assert len(looked) == 8  # as road.yml says of the step `factories`
    assert not (trees[LINTER] / PACKAGE / "tests" / "factories.py").exists()


@pytest.mark.parametrize("name", ALONE)
def test_every_page_mail_figure_and_seeded_row_is_the_monolith_s(trees, name):
    ours, monolith = trees.look(name), trees.look(START)
    assert ours["seeded"] == monolith["seeded"]
    assert ours["mails"] == monolith["mails"] and len(ours["mails"]) == 3
    for page, text in monolith["pages"].items():
        assert ours["pages"][page] == text, page


@pytest.mark.parametrize("name", ALONE)
def test_no_purchase_takes_more_queries_than_the_monolith_s_and_one(trees, name):
    ours, monolith = trees.look(name)["queries"], trees.look(START)["queries"]
    assert sum(ours[page] for page in PURCHASE) <= sum(monolith[page] for page in PURCHASE) + 1


def test_at_the_end_the_purchase_costs_no_more_queries_and_a_list_far_fewer(trees):
    ours, monolith = trees.look(LINTER)["queries"], trees.look(START)["queries"]
    assert sum(ours[page] for page in PURCHASE) <= sum(monolith[page] for page in PURCHASE)
    for page in LISTS:
        assert ours[page] < monolith[page] / 2
    assert (ours["csv"], monolith["csv"]) == (4, 3)  # with session and user: the report itself takes 2 and 1


def test_the_tree_starts_as_the_monolith(trees):
    def same(compared: filecmp.dircmp) -> bool:
        told = compared.left_only + compared.right_only + compared.diff_files + compared.funny_files
        return not told and all(same(each) for each in compared.subdirs.values())

    ignored = ["__pycache__", ".pytest_cache", ".ruff_cache", "curtaincall.sqlite3"]
    assert same(filecmp.dircmp(CODE / PACKAGE, trees[START] / PACKAGE, ignore=ignored))


def test_the_couplings_are_all_on_the_plan_and_go_where_it_says():
    told = plan().couplings
    assert [each.number for each in told] == list(range(1, 10))
    by_step = {number: step.name for step in plan().steps for number in step.couplings}
    assert {each.number: each.step for each in told if each.step} == by_step
    assert {each.number: each.chapter for each in told if each.chapter} == {1: "04", 2: "10", 8: "07"}


@pytest.mark.parametrize("coupling", plan().couplings, ids=lambda each: str(each.number))
def test_what_replaces_a_coupling_exists_in_the_box_office(coupling):
    assert coupling.replaced_by
    for name in coupling.replaced_by:
        stem = CODE.joinpath(*name.split("."))
        assert stem.with_suffix(".py").exists() or (stem / "__init__.py").exists(), name


def test_every_patch_belongs_to_a_step():
    assert sorted(path.name for path in ROAD.glob("*.patch")) == [step.patch for step in plan().steps]


def test_a_monolith_that_changed_is_told_by_the_first_step_that_no_longer_applies(tmp_path, monkeypatch):
    def changed(folder: Path, code: Path = CODE) -> None:
        original(folder, code)
        file = folder / PACKAGE / "inventory" / "stock.py"
        file.write_text(file.read_text().replace("return dict(allotments", "return {}  # dict(allotments"))

    original = history.first_files
    monkeypatch.setattr(history, "first_files", changed)
    repository = Repository(tmp_path)
    repository.run("init", "--quiet", "--template=")
    with pytest.raises(
        history.DoesNotApply, match=r"the step circle \(code/road/02_circle.patch\) does not apply any more"
    ):
        history.build(repository)
    assert repository.resolve(history.ref("doors")) and not repository.resolve(history.ref("circle"))


# the linter


def lint(tree: Path) -> subprocess.CompletedProcess:
    program = Path(sys.executable).parent / "lint-imports"
    env = {**os.environ, "PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([str(program), "--no-cache"], cwd=tree, env=env, capture_output=True, text=True)


@pytest.fixture
def last_tree(trees, tmp_path):
    packed = tmp_path / "end.tar"
    trees.repository.run("archive", "--format=tar", f"--output={packed}", trees.commits[LINTER])
    subprocess.run(["tar", "xf", str(packed), "-C", str(tmp_path)], check=True)
    return tmp_path


@pytest.mark.parametrize(
    ("file", "line", "sentence"),
    [
        ("orders/views.py", "from monolith.catalog.models import Event", "catalog is met at its facade"),
        (
            "orders/views.py",
            "def late():\n    from monolith.catalog import models",
            "catalog is met at its facade",
        ),
        ("catalog/views.py", "import monolith.orders.checkout", "orders is met at its facade"),
        ("reporting/views.py", "from monolith.payments import client", "payments is met at its facade"),
        ("catalog/contracts.py", "from django.db import models", "contracts know neither Django"),
        ("money.py", "from monolith.catalog import facade", "what is shared imports no app"),
    ],
)
def test_a_violation_turns_the_linter_red(last_tree, file, line, sentence):
    path = last_tree / PACKAGE / file
    path.write_text(f"{path.read_text()}\n\n{line}\n")
    done = lint(last_tree)
    assert done.returncode == 1
    broken = [told for told in done.stdout.splitlines() if " BROKEN" in told]
    assert len(broken) == 1 and broken[0].startswith(sentence), done.stdout


def test_the_tree_itself_and_the_honest_way_keep_the_linter_green(last_tree):
    path = last_tree / PACKAGE / "reporting" / "views.py"
    path.write_text(f"{path.read_text()}\n\nfrom monolith.catalog import contracts, facade\n")
    done = lint(last_tree)
    assert done.returncode == 0 and "0 broken" in done.stdout, done.stdout


@pytest.mark.parametrize("name", [step.name for step in plan().chapter("06")])
def test_the_linter_stays_green_while_the_catalogue_moves_out(trees, name):
    done = lint(trees[name])
    assert done.returncode == 0 and "0 broken" in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("monolith/orders/views.py", "def late():\n    from catalog_service import models"),
        ("catalog_service/api/views.py", "from monolith.inventory import facade"),
    ],
)
def test_at_the_end_neither_deployable_imports_the_other(trees, tmp_path, file, line):
    packed = tmp_path / "end.tar"
    trees.repository.run("archive", "--format=tar", f"--output={packed}", trees.commits[STEPS[-1]])
    subprocess.run(["tar", "xf", str(packed), "-C", str(tmp_path)], check=True)
    path = tmp_path / file
    path.write_text(f"{path.read_text()}\n\n{line}\n")
    done = lint(tmp_path)
    assert done.returncode == 1
    assert "the monolith and the catalogue's service import nothing of each other BROKEN" in done.stdout


# behaviour


@pytest.mark.parametrize("name", [name for name in STEPS if name not in ENDS])
def test_a_quick_part_of_the_behavioural_suite_is_green(trees, name):
    """On PostgreSQL, in a stack that runs the tree: seats, money, the staff's report."""
    from driver import FAST_LOGINS, PASSWORD, BoxOffice, Provider

    env = {**FAST_LOGINS, "PAYMENTS_TIMEOUT": "1"}
    with Stack("monolith", env=env, name=f"road-{name}", code=trees[name]) as stack:
        where = stack.inside("monolith", "import monolith; place = monolith.__file__", ["place"])
        assert Path(where.values["place"]).is_relative_to(trees[name])
        provider = Provider(stack.url("provider"))
        with BoxOffice(stack.url("monolith")) as admin, BoxOffice(stack.url("monolith")) as buyer:
            admin.admin_login()
            slug = admin.create_event("A Quick Look", admin.create_venue("Hall"), [("Stalls", "20.00", 5)])
            band = admin.event(slug).bands[0].id
            buyer.login("buyer001@example.org", PASSWORD)
            provider.fault("declined", times=1)
            checkout = buyer.hold(slug, band, 2)
            assert buyer.pay(checkout).messages
            buyer.pay(checkout)
            order = buyer.buy(slug, band, 3)
            assert [found.sold_out for found in admin.events("A Quick Look")] == [True]
            assert buyer.try_hold(slug, band, 1).errors
            buyer.cancel(order.number).expect(200)
            assert admin.event(slug).seats_left == 3
            assert admin.report()[slug] == {"orders": 1, "tickets": 2, "revenue": 40, "refunded": 60}
            assert [charge["status"] for charge in provider.ledger()] == ["captured", "refunded"]


@pytest.mark.parametrize("name", ENDS)
def test_at_the_end_of_a_chapter_the_whole_behavioural_suite_is_green(trees, name):
    argv = ["-q", "-n", "2", "--dist", "loadfile", "tests/behaviour", "--code", str(trees[name])]
    done = subprocess.run([sys.executable, "-m", "pytest", *argv], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]


# the tool


def test_the_patches_are_what_their_own_history_exports(trees, tmp_path):
    for step in plan().steps:
        made = tmp_path / step.patch
        before = trees.commits[plan().before(step.name)]
        history.write_patch(trees.repository, before, trees.commits[step.name], made)
        assert made.read_bytes() == step.patch_file().read_bytes(), step.name


def test_the_tool_builds_a_history_in_a_folder_named_from_here(tmp_path):
    tool = [sys.executable, str(ROOT / "tools" / "road.py"), "build", "history"]
    done = subprocess.run(tool, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert f"{len(STEPS)} of {len(STEPS)} steps; the last is {STEPS[-1]}" in done.stdout
    again = subprocess.run(tool, cwd=tmp_path, capture_output=True, text=True)
    assert again.returncode == 1 and again.stderr.endswith("is not empty: name another, or remove it\n")
