"""Is the tree where a step wants it to be? Each finding is one sentence."""

import io
import os
import subprocess
import sys
import tarfile
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from lab.borders import borders
from lab.home import CODE, ROOT
from lab.moving import PACKAGE as SERVICE
from lab.road.plan import PACKAGE, Step
from lab.road.tree import Tree

TOUCHED = "tables touched from outside"
SECONDS = 300
# Importing nothing of the book's but the lab; nothing of the reader's settings; no plugin that takes seconds to load
# and is for notebooks or for APIs.
QUIET = (
    *("-q", "--no-header", "-c", os.devnull, "--import-mode=importlib"),
    *("-p", "no:cacheprovider", "-p", "no:nbval", "-p", "no:schemathesis"),
)


def environment(place: Path, scratch: str, package: str = PACKAGE) -> dict[str, str]:
    """Variables in which the tree's own `monolith` is found before the book's, with a database that is scratch.

    `package`: the deployable whose Django it is.
    """
    dropped = {"DATABASE_URL", "DJANGO_SETTINGS_MODULE", "CACHE_URL", "REDIS_URL", "PYTEST_ADDOPTS"}
    kept = {name: value for name, value in os.environ.items() if name not in dropped}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join([str(place), str(CODE)]),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DJANGO_SETTINGS_MODULE": f"{package}.settings",
        "SECRET_KEY": "only for a look",
        "DATABASE_URL": f"sqlite:///{scratch}/{'look' if package == PACKAGE else package}.sqlite3",
        "LAB": "1",
        "PASSWORD_HASHER": "md5",  # the slow ones are slow on purpose, and no password here is real
    }


def counts(place: Path) -> dict[str, int]:
    """What the counter says of the imports and keys in a tree."""
    return borders(str(place / PACKAGE)).counts()


def findings(tree: Tree, step: Step, full: bool = False) -> Iterator[str]:
    """What is missing before the tree is where the step wants it.

    What is slow to find out is asked only of a tree with which all else is well. The number of imports and the like
    may be lower than the author's, never higher.
    """
    known = [*unreadable(tree), *_higher(counts(tree.place), step, _too_many(tree, step))]
    yield from known
    with tempfile.TemporaryDirectory(prefix="split-decisions-road-") as scratch:
        envs = {package: environment(tree.place, scratch, package) for package in deployables(tree.place)}
        problems = [problem for env in envs.values() if (problem := _migrations(tree.place, env))]
        yield from problems
        if problems:
            return  # a tree that does not start has nothing more to say
        walked = list(_walked(tree, step))
        yield from walked
        if known or walked:
            return
        failed = [
            sentence
            for package, env in envs.items()
            for sentence in _own_tests(tree.place, step, env, package)
        ]
        yield from failed
    if full and not failed:
        yield from _behaviour(tree.place)


def deployables(place: Path) -> list[str]:
    """The packages of a tree that run on their own: the monolith, and later a service that moved out of it."""
    return [PACKAGE, *(SERVICE for settings in [place / SERVICE / "settings.py"] if settings.is_file())]


def unreadable(tree: Tree) -> Iterator[str]:
    for problem in borders(str(tree.place / PACKAGE)).problems:
        yield f"{problem}"


def _higher(found: dict[str, int], step: Step, examples: str = "") -> Iterator[str]:
    for what, number in found.items():
        wanted = step.counts[what]
        if number > wanted:
            more = f": {examples}" if what == "imports of internals" and examples else ""
            yield f"{what}: {number}, and after {step.name} there should be {wanted}{more}"


def _too_many(tree: Tree, step: Step) -> str:
    """The imports of internals that the author's tree has not, the first few, with their places."""
    spare = Counter(_pairs(borders(files=_sources(tree, tree.author[step.name]))))
    told = []
    for each in borders(str(tree.place / PACKAGE)).internals:
        pair = (each.module, each.imported)
        if spare[pair]:
            spare[pair] -= 1
        else:
            told.append(f"{each.path}:{each.line} imports {each.imported}")
    return ", ".join(told[:3]) + (f" and {len(told) - 3} more" if len(told) > 3 else "")


def _pairs(found) -> list[tuple[str, str]]:
    return [(each.module, each.imported) for each in found.internals]


def _sources(tree: Tree, commit: str) -> dict[str, str]:
    """{module: source} of a commit, without a work tree."""
    packed = tree.repository.run("archive", "--format=tar", commit, PACKAGE, text=False).stdout
    files = {}
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        for member in archive.getmembers():
            if member.isfile() and member.name.endswith(".py"):
                parts = member.name.removesuffix(".py").split("/")
                module = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
                files[module] = archive.extractfile(member).read().decode()
    return files


def _migrations(place: Path, env: dict[str, str]) -> str:
    argv = [sys.executable, "-m", "django", "makemigrations", "--check", "--dry-run", "--verbosity=1"]
    done = subprocess.run(argv, cwd=place, env=env, capture_output=True, text=True, timeout=SECONDS)
    if not done.returncode:
        return ""
    if done.stderr.strip():
        return f"Django does not start in your tree: {done.stderr.strip().splitlines()[-1]}"
    changes = [line.strip() for line in done.stdout.splitlines() if line.strip().startswith(("+", "-", "~"))]
    return f"the models no longer fit the migrations: {'; '.join(changes[:3]) or done.stdout.strip()}"


def _walked(tree: Tree, step: Step) -> Iterator[str]:
    """A visit to every page, in process, which counts the tables on the way; not where a part of the pages' data is in
    another process.
    """
    if TOUCHED not in step.counts:
        return
    from lab.borders.walk import WalkFailed, walk

    try:
        found = walk(str(tree.place))
    except WalkFailed as problem:
        yield f"a page does not answer as before: {problem}"
        return
    wanted = step.counts[TOUCHED]
    if found.count() > wanted:
        pairs = [f"{app} touches {table} at {found.places[app, table]}" for app, table in found.outside()]
        yield (
            f"{TOUCHED}: {found.count()}, and after {step.name} there should be {wanted}: "
            f"{', '.join(pairs[:3])} and so on"
        )


def _own_tests(place: Path, step: Step, env: dict[str, str], package: str) -> Iterator[str]:
    """The tests of a deployable: of the monolith, those of the apps that the step changes."""
    if package == PACKAGE:
        rooms = [f"{PACKAGE}/{app}" for app in step.apps if (place / PACKAGE / app).is_dir()]
        rooms += [f"{PACKAGE}/tests"] if (place / PACKAGE / "tests").is_dir() else []
    else:
        rooms = [package]
    argv = [sys.executable, "-m", "pytest", *QUIET, "-n", "2", f"--rootdir={place}", "--tb=no", *rooms]
    done = subprocess.run(argv, cwd=place, env=env, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode:
        failed = [
            line.split(" ")[1] for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))
        ]
        last = (done.stdout.strip() or done.stderr.strip()).splitlines()[-1:]
        first = f": {', '.join(failed[:3])}" if failed else ""
        yield f"the tree's own tests fail ({' '.join(last)}){first}"


def _behaviour(place: Path) -> Iterator[str]:
    """The whole behavioural suite against a stack that runs the tree."""
    argv = [
        sys.executable,
        "-m",
        "pytest",
        "-q",
        "--tb=no",
        "--maxfail=3",
        "tests/behaviour",
        "--code",
        str(place),
    ]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True)
    if done.returncode:
        failed = [
            line.split(" ")[1] for line in done.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))
        ]
        yield f"the box office does not behave as before: {', '.join(failed[:3]) or done.stdout.strip()[-200:]}"
