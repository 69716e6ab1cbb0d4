"""Judge an answer in a child process of its own, within limits, and say what came of it.

An answer is the source of a cell (`judge`), or a tree, of which a copy is judged (`judge_tree`).
"""

import ast
import contextlib
import hashlib
import json
import os
import secrets
import selectors
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from lab.checks.child import MEMORY
from lab.checks.exercise import Exercise
from lab.errors import ServiceFailed
from lab.home import CODE, ROOT, cache

FLOOD = 100_000  # bytes that an answer may print
MIGRATING = 60  # seconds that a tree's migrations may take
LEFT_BEHIND = shutil.ignore_patterns(".git", "__pycache__", "*.pyc", "*.sqlite3*", ".ipynb_checkpoints")
PATIENCE = 3  # times its limit: how long an answer may take that hardly uses the processor
START = 20  # seconds that Python and Django may take to start, on a very busy machine


@dataclass
class Verdict:
    """What became of one requirement; `met` is None when the check did not get that far."""

    key: str
    met: bool | None = None
    message: str = ""


@dataclass
class Report:
    """`state` is "not started", "passed", "rejected" or "cannot run"; `message` explains the first or the last."""

    exercise: Exercise
    state: str
    verdicts: list[Verdict] = field(default_factory=list)
    message: str = ""
    printed: str = ""

    @property
    def passed(self) -> bool:
        return self.state == "passed"

    @property
    def failed(self) -> list[str]:
        return [verdict.key for verdict in self.verdicts if not verdict.met]


def same_code(one: str, other: str) -> bool:
    """Whether two sources are the same but for comments and layout."""
    try:
        return ast.dump(ast.parse(one)) == ast.dump(ast.parse(other))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return one.strip() == other.strip()


def environment(database: str, tree: Path | None = None) -> dict[str, str]:
    """What an answer's process sees: the settings on a SQLite file, and nothing of the kernel's.

    With `tree`, the monolith in that folder is found before the book's.
    """
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": os.environ.get("HOME", ""),
        "PYTHONPATH": os.pathsep.join([str(tree), str(CODE)]) if tree else str(CODE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "DJANGO_SETTINGS_MODULE": "monolith.settings",
        "DJANGO_ALLOW_ASYNC_UNSAFE": "1",
        "DATABASE_URL": f"sqlite:///{database}",
        "SECRET_KEY": "an answer is judged alone, and signs nothing that lasts",
        "LAB": "1",
        "PASSWORD_HASHER": "md5",
    }


def prepared_database(tree: Path | None = None) -> Path:
    """An empty, migrated database for answers to start from; made once for each state of the models.

    With `tree`, for the monolith in that folder: made once for each state of its migrations, and not at all if
    they are the book's. Raises ServiceFailed when they cannot be applied.
    """
    if tree is None or _digest(tree, "migrations/*.py") == _digest(CODE, "migrations/*.py"):
        tree, kind, digest = None, "answers", _digest(CODE, "*.py")
    else:
        kind, digest = "tree", _digest(tree, "migrations/*.py")
    ready = cache() / f"{kind}-{digest[:16]}.sqlite3"
    if not _whole(ready):
        with tempfile.TemporaryDirectory(dir=cache()) as folder:
            making = Path(folder) / "making.sqlite3"
            _migrate(making, folder, tree)
            making.chmod(0o444)  # an answer that looks for files to write to had better not find this one
            making.replace(ready)
        for stale in cache().glob(f"{kind}-*.sqlite3"):
            if stale != ready:
                stale.unlink(missing_ok=True)
    return ready


def _digest(code: Path, pattern: str) -> str:
    """Changes with the files of the monolith in `code` that fit the pattern, and with their names."""
    package, digest = code / "monolith", hashlib.sha256()
    for path in sorted(package.rglob(pattern)):
        digest.update(str(path.relative_to(package)).encode() + path.read_bytes())
    return digest.hexdigest()


def _migrate(making: Path, folder: str, tree: Path | None) -> None:
    whose = "for answers" if tree is None else "of your tree"
    try:
        done = subprocess.run(
            [sys.executable, "-m", "django", "migrate", "--verbosity=0"],
            env=environment(str(making), tree),
            cwd=folder,
            capture_output=True,
            text=True,
            timeout=MIGRATING,
        )
    except subprocess.TimeoutExpired:
        raise ServiceFailed(f"the database {whose} was not made within {MIGRATING} s") from None
    if done.returncode:
        last = " ".join(done.stderr.strip().splitlines()[-1:])
        raise ServiceFailed(f"the database {whose} could not be made: {last}")


def _whole(database: Path) -> bool:
    """Whether the file is there and nobody has emptied it or written something else over it."""
    if not database.exists():
        return False
    with database.open("rb") as file:
        return file.read(16) == b"SQLite format 3\0"


def judge(exercise: Exercise, source: str, stub: str | None = None, known=()) -> Report:
    """Judge `source`. `stub` is what the learner began with; `known` the names other cells define.

    Never raises for what an answer does: endless loops, floods, memory, forks and broken databases
    come back as a report.
    """
    if not source.strip() or (stub is not None and same_code(source, stub)):
        return Report(exercise, "not started")
    with tempfile.TemporaryDirectory(prefix="split-decisions-answer-") as folder:
        job = {"source": source, "known": sorted(known), "database": str(prepared_database())}
        return _judged(exercise, job, folder)


def judge_tree(exercise: Exercise, place: Path) -> Report:
    """Judge a copy of the tree in the folder `place`, which is only read. Never raises, as `judge`."""
    with tempfile.TemporaryDirectory(prefix="split-decisions-answer-") as folder:
        copy = Path(folder).resolve() / "tree"
        shutil.copytree(place, copy, symlinks=True, ignore=LEFT_BEHIND)
        if problem := _unreadable(copy):
            return Report(exercise, "cannot run", message=problem)
        try:
            database = prepared_database(copy)
        except ServiceFailed as problem:
            return Report(exercise, "cannot run", message=str(problem))
        return _judged(exercise, {"tree": str(copy), "database": str(database)}, folder, copy)


def _unreadable(tree: Path) -> str:
    """The first file of the tree that is no Python, and where; empty if all are."""
    if not (tree / "monolith" / "settings.py").is_file():
        return "your tree has no monolith/settings.py: `lab road diff` shows what you changed"
    for path in sorted((tree / "monolith").rglob("*.py")):
        name = path.relative_to(tree)
        try:
            ast.parse(path.read_bytes())
        except SyntaxError as problem:
            text = (problem.text or "").rstrip()
            where = f"{name}, line {problem.lineno}: {problem.msg}\n  {text}"
            return f"your tree does not parse: {where.rstrip()}"
        except (ValueError, RecursionError, MemoryError, OSError) as problem:
            return f"your tree does not parse: {name}: {problem or 'it is too large'}"
    return ""


def _judged(exercise: Exercise, job: dict, folder: str, tree: Path | None = None) -> Report:
    """What the child makes of the job, as a report."""
    events, printed, ended = _run(exercise, job, folder, tree)
    report = Report(exercise, "rejected", [Verdict(r.key) for r in exercise.requirements], printed=printed)
    by_key = {verdict.key: verdict for verdict in report.verdicts}
    reached = None
    for event in events:
        if "error" in event:
            report.state, report.message, report.verdicts = "cannot run", event["error"], []
            return report
        if "begin" in event:
            reached = by_key[event["begin"]]
        else:
            reached.met, reached.message = event["met"], event["message"]
    if not ended and any(verdict.met is None for verdict in report.verdicts):
        ended = "your answer ended its own process before it was judged: is there an exit in it?"
    if ended:
        if reached is None or all(verdict.met is not None for verdict in report.verdicts):
            report.state, report.message, report.verdicts = "cannot run", ended, []
        else:
            stuck = reached if reached.met is None else next(v for v in report.verdicts if v.met is None)
            stuck.met, stuck.message = False, ended
    elif all(verdict.met for verdict in report.verdicts):
        report.state = "passed"
    return report


def _run(exercise: Exercise, job: dict, folder: str, tree: Path | None) -> tuple[list[dict], str, str | None]:
    """Events of the child, what it printed, and why it ended early (None if it did not)."""
    mark = f"LAB_ANSWER={os.path.basename(folder)}"
    database = os.path.join(folder, "answer.sqlite3")
    # a writer of its own for verdicts, and a seal on each: what the answer writes is not taken for one
    seal = secrets.token_hex(16)
    reading, writing = os.pipe()
    child = subprocess.Popen(
        [sys.executable, "-m", "lab.checks.child", str(writing)],
        env={**environment(database, tree), **dict([mark.split("=")])},
        cwd=folder,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=[writing],
        start_new_session=True,
    )
    os.close(writing)
    job = {**job, "seal": seal, "exercise": exercise.number, "root": str(ROOT)}
    try:
        with contextlib.suppress(BrokenPipeError):
            child.stdin.write(json.dumps(job).encode() + b"\n")
            child.stdin.flush()
        told, printed, ended = _watch(child, reading, exercise.limit)
    finally:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()
        _end_strays(mark)
        with contextlib.suppress(BrokenPipeError):
            child.stdin.close()
        child.stdout.close()
        os.close(reading)
    events = []
    for line in told.decode(errors="replace").split("\n"):
        mark, _, event = line.partition(" ")
        if mark == seal:
            with contextlib.suppress(ValueError):  # cut off in the middle
                events.append(json.loads(event))
    return events, printed[-FLOOD:].decode(errors="replace"), ended


def _watch(child: subprocess.Popen, reading: int, limit: float) -> tuple[bytes, bytes, str | None]:
    """Read what the child tells and prints until it ends or breaks a limit.

    `limit` is in seconds of processor time, since a busy machine is not the answer's fault; an answer that
    only waits is stopped after PATIENCE times as long.
    """
    told, printed = b"", b""
    deadline = time.monotonic() + START
    began = False
    with selectors.DefaultSelector() as selector:
        selector.register(reading, selectors.EVENT_READ)
        selector.register(child.stdout, selectors.EVENT_READ)
        while selector.get_map() or child.poll() is None:
            for key, _ in selector.select(0.05):
                chunk = os.read(key.fd, 65536)
                if not chunk:
                    selector.unregister(key.fileobj)
                elif key.fd == reading:
                    told += chunk
                    if not began:
                        began, deadline = True, time.monotonic() + PATIENCE * limit
                        worked = _processor(child.pid)
                else:
                    printed += chunk
            if max(len(printed), len(told)) > FLOOD:
                return told, printed, f"your answer printed more than {FLOOD // 1000} KB, so it was stopped"
            if time.monotonic() > deadline or (began and _processor(child.pid) - worked > limit):
                waited = f"{limit:g} s" if began else f"{START} s, before its first line ran"
                return (
                    told,
                    printed,
                    f"still running after {waited}, so it was stopped: is there a loop without end?",
                )
            if _resident(child.pid) > MEMORY:
                return told, printed, "your answer used more than 1 GB of memory, so it was stopped"
            if child.poll() is not None and not selector.select(0):
                break
    code = child.wait()
    if code == 0:
        return told, printed, None
    if code < 0:
        return told, printed, f"your answer's process was ended by {signal.Signals(-code).name}"
    if not began:
        return told, printed, f"the check could not start: {printed.decode(errors='replace').strip()[-300:]}"
    return told, printed, f"your answer ended its own process (exit status {code})"


def _processor(pid: int) -> float:
    """Seconds of processor time that the process has used."""
    try:
        used = psutil.Process(pid).cpu_times()
        return used.user + used.system
    except psutil.Error:
        return 0


def _resident(pid: int) -> int:
    try:
        return psutil.Process(pid).memory_info().rss
    except psutil.Error:
        return 0


def _end_strays(mark: str) -> None:
    """End what the answer started in spite of everything: it still carries our mark."""
    name, value = mark.split("=")
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(name) == value:
                process.kill()
