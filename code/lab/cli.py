"""The `lab` command: answers, hints, progress, the learner's copies, the road, stacks, and borders, from a shell."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

from lab import notebooks, progress
from lab.errors import LabError, NoAnswer
from lab.home import ROOT, home, relative
from lab.road import command as road


def check(args) -> int:
    """Judge one exercise (01.2), or all of a chapter (01). Exit status 1 unless all that is core passes."""
    from lab.checks import desk
    from lab.checks.feedback import Feedback
    from lab.checks.judge import Report

    one = "." in args.number
    passed = []
    for number in [args.number] if one else desk.numbers(args.number):
        asked = desk.exercise(number)
        try:
            report, place = desk.hand_in_saved(number)
        except NoAnswer:
            if one:
                raise
            report, place = Report(asked, "not started"), "no answer yet"
        feedback = Feedback(report)
        print(
            f"[{place}]" if one else "", feedback if one else "\n".join(feedback.lines()), sep="\n", end="\n"
        )
        passed.append(feedback.report.passed or (not asked.core and not one))
    return 0 if all(passed) else 1


def hint(args) -> int:
    """The next hint for an exercise's requirement (the first that failed, unless named)."""
    from lab.checks import desk

    print(desk.next_hint(args.number, args.requirement))
    return 0


def show_progress(args) -> int:
    """What is done, chapter by chapter; a chapter is done when its core exercises are."""
    from lab.checks import desk

    state = progress.read()["exercises"]
    for chapter in notebooks.chapters():
        asked = [desk.exercise(number) for number in desk.numbers(chapter)]
        core = [e for e in asked if e.core]
        done = sum(state.get(e.number, {}).get("passed", False) for e in core)
        print(
            f"chapter {chapter}: {done} of {len(core)} core exercises"
            + (", done" if done == len(core) else "")
        )
        for e in asked:
            mine = state.get(e.number, {})
            word = "passed" if mine.get("passed") else ("tried" if mine.get("attempts") else "not started")
            kind = "core" if e.core else "stretch"
            changed = (
                " (changed since)"
                if mine.get("fingerprint") not in (None, desk.fingerprint(e.number))
                else ""
            )
            print(f"  {e.number} {e.title}: {word}{changed} [{kind}, {e.minutes} min]")
    return 0


def reset(args) -> int:
    """Put an exercise's stub back; the answer that stood there is kept beside.

    Where the tree is the answer, it goes to where the exercise begins; what was yours is kept on a branch.
    """
    from lab.checks import desk

    if args.number in notebooks.stubs(args.number) and desk.exercise(args.number).tree:
        road.goto(argparse.Namespace(step=args.number, end=None))
        return 0
    kept = notebooks.reset(args.number)
    print(f"{args.number}: the stub is back, your answer is kept in {kept}")
    print("If the notebook is open in JupyterLab: File, Reload Notebook from Disk.")
    return 0


def carry(args) -> int:
    """Write the changes of your tree into the notebook's answer cell, for a teacher who collects notebooks."""
    from lab.checks import desk, trees

    if not desk.exercise(args.number).tree:
        raise LabError(
            f"the answer to {args.number} stands in the notebook already: there is nothing to carry"
        )
    print(f"{args.number}: the changes of your tree stand in {relative(trees.carry(args.number))}")
    print("If the notebook is open in JupyterLab: File, Reload Notebook from Disk.")
    return 0


def update(args) -> int:
    """Refresh the text of your copies in work/; answers are kept."""
    told = notebooks.update()
    print("\n".join(told) if told else "your copies are up to date")
    return 0


def rescue(args) -> int:
    """Say what runs and what is stale, and mend it. Answers are never touched."""
    for copy in [p for room in notebooks.ROOMS for p in sorted(notebooks.copies(room).glob("*.ipynb"))]:
        try:
            notebooks.read(copy)
        except LabError:
            aside = notebooks.free_name(copy.with_suffix(".damaged"))
            copy.rename(aside)
            print(f"{copy.name} could not be read: set aside as {aside.name}; a fresh copy is made")
    for line in notebooks.update():
        print(line)
    stale = home() / ".cache"
    if stale.exists():
        shutil.rmtree(stale)
        print("prepared databases: removed, made again when needed")
    found = supervisors()
    for process, ours in found:
        print(f"a stack runs: supervisor {process.pid}, {ours} processes" + (", ended" if args.stop else ""))
        if args.stop:
            process.terminate()
    if found and not args.stop:
        print("They end with their notebook's kernel. `lab rescue --stop` ends them now.")
    if not found:
        print("no stack is running")
    return 0


def supervisors() -> list:
    """(process, number of its descendants) of each supervisor of this clone."""
    import psutil

    found = []
    for process in psutil.process_iter(["cmdline"]):
        if process.info["cmdline"] and process.info["cmdline"][-2:] == ["-m", "lab.supervisor"]:
            try:
                if Path(process.environ().get("PYTHONPATH", "")).parent == ROOT:
                    found.append((process, len(process.children(recursive=True))))
            except psutil.Error:
                continue
    return found


def up(args) -> int:
    """Start services with what they need, say where they are, and run until Ctrl-C."""
    from lab.stack import Stack

    if bool(args.services) == bool(args.arrangement):
        raise LabError("say what to start: `lab up monolith`, or `lab up --arrangement split`")
    asked = {
        "arrangement": args.arrangement,
        "database": args.database,
        "code": args.code,
        "events": args.events,
    }
    with Stack(*args.services, **asked) as stack:
        for name in stack.names:
            print(f"{name}: {stack.address(name) or 'runs'}")
        done = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: done.set())
        print("Ctrl-C ends it all.", flush=True)
        done.wait()
    return 0


def open_notebooks(args) -> int:
    """Copy the notebooks into work/, and open JupyterLab there."""
    update(args)
    programs = Path(sys.executable).parent
    argv = [str(programs / "jupyter-lab"), f"--notebook-dir={home()}"]
    if os.geteuid() == 0:  # a container, most likely; Jupyter wants to be told that it is meant
        argv.append("--allow-root")
    path = f"{programs}{os.pathsep}{os.environ.get('PATH', '')}"  # so that its terminals know `lab`
    return subprocess.call(
        [*argv, *args.options], env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT / "code")}
    )


def borders(args) -> int:
    """Draw the imports and foreign keys between a Django project's apps, and name its cheapest seam.

    Any project: its code is read, and neither imported nor executed nor changed.
    """
    from lab.borders import command
    from lab.borders.report import borders as look

    found = look(args.path, settings=args.settings, tests=args.tests)
    print(command.as_json(found) if args.json else command.as_text(found))
    if args.svg:
        command.write_svg(found, args.svg)
        print(f"The drawing is in {args.svg}.", file=sys.stderr if args.json else sys.stdout)
    return 0


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="lab", description=__doc__)
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name, act):
        made = commands.add_parser(name, help=act.__doc__.splitlines()[0], description=act.__doc__)
        made.set_defaults(act=act)
        return made

    command("check", check).add_argument("number", help="an exercise (01.2) or a chapter (01)")
    asking = command("hint", hint)
    asking.add_argument("number", help="an exercise, such as 01.2")
    asking.add_argument("requirement", nargs="?", help="such as R1")
    command("progress", show_progress)
    command("reset", reset).add_argument("number", help="an exercise, such as 01.2")
    command("carry", carry).add_argument("number", help="an exercise whose answer is your tree, such as 02.2")
    command("update", update)
    command("rescue", rescue).add_argument("--stop", action="store_true", help="also end stacks that run")
    starting = command("up", up)
    starting.add_argument("services", nargs="*", help="such as monolith")
    starting.add_argument(
        "--arrangement", help="the box office instead: monolith, databases, split, apart:inventory, …"
    )
    starting.add_argument(
        "--events",
        action="store_true",
        help="with an arrangement: messages through Redis, and pages that are told what happens",
    )
    starting.add_argument("--code", metavar="FOLDER", help="the monolith of another folder: work/curtaincall")
    starting.add_argument("--database", choices=["postgres", "sqlite"], default="postgres")
    road.add_to(commands)
    opening = command("notebooks", open_notebooks)
    opening.add_argument("options", nargs="*", help="handed on to JupyterLab (after --)")
    counting = command("borders", borders)
    counting.add_argument("path", metavar="PATH", help="the project's folder, such as code/monolith")
    counting.add_argument("--svg", metavar="FILE", help="write the drawing there")
    counting.add_argument(
        "--settings", metavar="MODULE", help="the settings that say AUTH_USER_MODEL, if there are several"
    )
    counting.add_argument("--tests", action="store_true", help="count and draw what stands in tests, too")
    counting.add_argument("--json", action="store_true", help="print all that was found as JSON")
    return top


def main(argv: list[str] | None = None) -> int:
    args = parser().parse_args(argv)
    try:
        return args.act(args)
    except LabError as problem:
        print(f"lab: {problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `lab borders … | head`: who listened has gone, and the rest has no place to go
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
