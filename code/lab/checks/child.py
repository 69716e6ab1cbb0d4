"""Judge one answer, alone: the half of a check that runs the answer.

`judge` and `judge_tree` need no process, so that a web worker can run them too. As a process
(`python -m lab.checks.child`) it reads a job from stdin, sets limits, and writes each verdict as a
JSON line to the file descriptor given as its argument, as soon as it has it. The job's seal stands
before each verdict, so that what an answer writes there is not taken for one. Both run in one
process: an answer that searches its own frames, or mends the check in memory, can still cheat.
"""

import builtins
import importlib.util
import json
import linecache
import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path

from lab.checks.exercise import Exercise, Rejected

MEMORY = 1 << 30  # bytes of address space (Linux); the parent watches resident memory everywhere
MESSAGE = 2000  # characters of a verdict's message
PROCESSOR = 120  # seconds of processor time: the end even of an answer whose parent is gone
STARTS_PROCESSES = {"os.fork", "os.forkpty", "os.exec", "os.posix_spawn", "os.system", "subprocess.Popen"}


class NoProcesses(RuntimeError):
    """The answer tried to start a process."""


class Unfinished(Exception):
    """The answer lacks something without which no requirement can be judged."""


def load(number: str, root: Path) -> Exercise:
    """The exercise called `number` ("01.2") from exercises/checks/."""
    chapter = number.partition(".")[0]
    path = root / "exercises" / "checks" / f"ch{chapter}.py"
    spec = importlib.util.spec_from_file_location(f"checks_ch{chapter}", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return next(e for e in vars(module).values() if isinstance(e, Exercise) and e.number == number)


class Answer:
    """The names an answer defines. Its functions remember how they were called when they raise.

    `afresh()` is the same answer as another process would have it, which remembers nothing.
    """

    def __init__(self, namespace: dict, names: tuple[str, ...], afresh: Callable | None = None) -> None:
        self.namespace, self.afresh = namespace, afresh
        for name in names:
            value = namespace[name]
            setattr(
                self, name, remembering(value) if callable(value) and not isinstance(value, type) else value
            )


def remembering(function: Callable) -> Callable:
    @wraps(function)
    def called(*arguments, **named):
        try:
            return function(*arguments, **named)
        except BaseException as problem:
            if not hasattr(problem, "lab_call"):
                told = [brief(a) for a in arguments] + [f"{k}={brief(v)}" for k, v in named.items()]
                problem.lab_call = f"{function.__name__}({', '.join(told)})"
            raise

    return called


def brief(value, most: int = 60) -> str:
    text = worded(value, repr)
    return text if len(text) <= most else text[: most - 1] + "…"


def clipped(message: str) -> str:
    """A message that can be shown anywhere: not endless, and without half characters."""
    text = message if len(message) <= MESSAGE else message[: MESSAGE - 1] + "…"
    return text.encode(errors="replace").decode()


def worded(value, how: Callable = str) -> str:
    """`str` or `repr` of a value that comes from the answer, whose own __str__ may raise."""
    try:
        return how(value)
    except Exception as problem:
        return f"(a {type(value).__name__} whose text cannot be had: {type(problem).__name__})"


def describe(problem: BaseException, filename: str, known: set[str]) -> str | None:
    """What an exception says to the learner; None when the answer is not to blame for it."""
    frames = [f for f in traceback.extract_tb(problem.__traceback__) if f.filename == filename]
    call = getattr(problem, "lab_call", None)
    if not frames and call is None and not isinstance(problem, SyntaxError):
        return None
    where = f"line {frames[-1].lineno}: {(frames[-1].line or '').strip()}" if frames else ""
    if isinstance(problem, NameError) and problem.name:
        if problem.name in known:
            return (
                f"your answer uses `{problem.name}`, which an earlier cell defined: an answer stands alone, so "
                f"bring it into this cell ({where})"
            )
        return f"your answer uses `{problem.name}`, which is defined nowhere in it ({where})"
    if isinstance(problem, MemoryError):
        return f"your answer asked for more memory than it may have (1 GB)\n  {where}"
    began = f"{call} raised" if call else "your answer raised"
    return f"{began} {type(problem).__name__}: {worded(problem) or '(no message)'}\n  {where}".rstrip()


def describe_in_tree(problem: BaseException, place: Path) -> str | None:
    """What an exception says to the learner; None when no line of the tree in `place` took part in it."""
    frames = traceback.extract_tb(problem.__traceback__)
    mine = [frame for frame in frames if Path(frame.filename).is_relative_to(place)]
    if isinstance(problem, SyntaxError) and problem.filename and Path(problem.filename).is_relative_to(place):
        name = Path(problem.filename).relative_to(place)
        return f"your tree does not parse: {name}, line {problem.lineno}: {problem.msg}"
    if not mine:
        return None
    last = mine[-1]
    where = f"{Path(last.filename).relative_to(place)}, line {last.lineno}: {(last.line or '').strip()}"
    return f"your tree raised {type(problem).__name__}: {worded(problem) or '(no message)'}\n  {where}"


def compiled(source: str, filename: str):
    """The answer's code; Rejected says where it does not parse."""
    linecache.cache[filename] = (len(source), None, source.splitlines(keepends=True), filename)
    try:
        return compile(source, filename, "exec")
    except SyntaxError as problem:
        where = f"line {problem.lineno}: " if problem.lineno else ""
        text = (problem.text or "").rstrip()
        raise Rejected(f"your answer does not parse: {where}{problem.msg}\n  {text}".rstrip()) from None
    except (ValueError, RecursionError, MemoryError) as problem:
        raise Rejected(f"your answer does not parse: {worded(problem) or 'it is too large'}") from None


def judge(exercise: Exercise, source: str, tell: Callable, fresh: Callable = lambda: None, known=()) -> None:
    """Judge `source` requirement by requirement, each in a fresh namespace and after `fresh()`.

    `tell` gets {"begin": key}, then {"requirement": key, "met": bool, "message": str}; or one
    {"error": message} when the answer cannot be run at all.
    """
    filename = f"<answer {exercise.number}>"
    known = set(known) - set(vars(builtins))
    try:
        code = compiled(source, filename)
    except Rejected as problem:
        return tell({"error": clipped(str(problem))})

    def answer() -> Answer:
        namespace = {"__name__": "answer"}
        exec(code, namespace)
        for name in exercise.provides:
            if name not in namespace:
                raise Unfinished(f"your answer defines no `{name}`: keep the name that the stub gave it")
        return Answer(namespace, exercise.provides, afresh=answer)

    _each(exercise, answer, lambda problem: describe(problem, filename, known), tell, fresh)


def judge_tree(exercise: Exercise, place: Path, tell: Callable, fresh: Callable = lambda: None) -> None:
    """Judge the tree in the folder `place`, which must be where this process imports `monolith` from.

    All requirements meet the same modules, but each a fresh database. `tell` gets what it gets from `judge`.
    """
    _each(exercise, lambda: place, lambda problem: describe_in_tree(problem, place), tell, fresh)


def _each(exercise: Exercise, answer: Callable, described: Callable, tell: Callable, fresh: Callable) -> None:
    """Requirement by requirement: make the answer, check it, and tell."""
    for requirement in exercise.requirements:
        tell({"begin": requirement.key})
        try:
            fresh()
            requirement.check(answer())
            nothing_pending()
            verdict = (True, "")
        except Unfinished as problem:
            return tell({"error": str(problem)})
        except Rejected as problem:
            verdict = (False, str(problem))
        except BaseException as problem:
            verdict = (False, described(problem) or in_the_aftermath(problem))
        tell({"requirement": requirement.key, "met": verdict[0], "message": clipped(verdict[1])})


def nothing_pending() -> None:
    """Rejected when a transaction is still open: what the answer wrote would be lost."""
    from django.db import connection

    if connection.connection is not None and connection.connection.in_transaction:
        raise Rejected(
            "your answer left a transaction open: nobody else sees what it wrote, and it may be lost"
        )


def in_the_aftermath(problem: BaseException) -> str:
    """An exception from neither the answer nor a Rejected: the check met something it did not expect."""
    import sqlite3

    from django.db import DatabaseError, InterfaceError

    if isinstance(problem, DatabaseError | InterfaceError | sqlite3.Error):
        return (
            f"after your answer ran, the database no longer answers: {problem}\n"
            "  does it drop or close something?"
        )
    last = traceback.extract_tb(problem.__traceback__)[-1]
    return (
        f"the check stumbled over what your answer gave: {type(problem).__name__}: {worded(problem)}\n"
        f"  (in the check itself, line {last.lineno}: {last.line})"
    )


def limits(processes: bool = False) -> None:
    """Memory, file size and processes that an answer may use; processes none, unless the check needs them."""
    import _posixsubprocess
    import resource

    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR, PROCESSOR))
    resource.setrlimit(resource.RLIMIT_FSIZE, (64 << 20, 64 << 20))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if processes:
        return

    def refuse(event, arguments):
        if event in STARTS_PROCESSES:
            raise NoProcesses("an answer may not start processes: it is judged alone")

    sys.addaudithook(refuse)
    # multiprocessing starts processes by a way that no audit event tells of
    _posixsubprocess.fork_exec = lambda *_: refuse("subprocess.Popen", ())


def end_with_the_parent() -> None:
    """The parent holds our stdin open; when it is gone, so are we, and the folder that it made for us.

    The answer gets an empty stdin in its place, so that one which asks for input is not kept waiting.
    """
    import shutil

    folder, line = Path.cwd(), os.dup(0)
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)

    def wait():
        while os.read(line, 1024):
            pass
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def set_up() -> None:
    """Django, with mail into a list, and templates that tell what they rendered."""
    import django

    django.setup()
    from django.test.utils import setup_test_environment

    setup_test_environment()


def main() -> None:
    job = json.loads(sys.stdin.readline())
    end_with_the_parent()
    reports = os.fdopen(int(sys.argv[1]), "w")

    def tell(event: dict) -> None:
        try:
            reports.write(f"\n{job['seal']} {json.dumps(event)}\n")
            reports.flush()
        except OSError:  # the answer closed it: nothing more can be said
            os._exit(1)

    exercise = load(job["exercise"], Path(job["root"]))
    place = Path(job["tree"]) if "tree" in job else None
    if place:
        logging.disable(logging.ERROR)  # what a page raises is told by the verdict, and in fewer lines
        limits(exercise.starts_processes)
        try:
            set_up()
        except BaseException as problem:
            tell(
                {"error": clipped(describe_in_tree(problem, place) or f"your tree does not start: {problem}")}
            )
            os._exit(0)
    else:
        set_up()
        limits()
    from django.core import mail
    from django.core.cache import cache
    from django.db import connection

    folder = Path.cwd()
    empty = Path(job["database"]).read_bytes()

    def fresh() -> None:
        # a connection in the middle of a transaction would only pretend to close
        connection.in_atomic_block = connection.closed_in_transaction = False
        connection.close()
        os.chdir(folder)
        for left in folder.glob("answer.sqlite3*"):
            left.unlink()
        (folder / "answer.sqlite3").write_bytes(empty)
        cache.clear()
        mail.outbox.clear()

    if place:
        judge_tree(exercise, place, tell, fresh)
    else:
        judge(exercise, job["source"], tell, fresh, job["known"])
    with suppress(OSError, ValueError):  # the answer may have closed it
        sys.stdout.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
