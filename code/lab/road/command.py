"""`lab road`: what it prints."""

from lab.errors import UnknownExercise
from lab.home import relative
from lab.road import review
from lab.road import tree as trees
from lab.road.plan import START, Step, plan
from lab.road.review import counts
from lab.road.tree import CannotMove, Moved, Tree


def start(args) -> int:
    """Make your own tree, work/curtaincall: a git repository with a copy of the monolith."""
    place = trees.start()
    print(f"{relative(place)}: your tree, a git repository of its own. README.md in it says how to walk.")
    _say_next(Tree())
    return 0


def status(args) -> int:
    """Which step is next, what you changed since the last one, and what the coupling counter says."""
    tree = Tree()
    name, _ = tree.last()
    print(f"last step: {name} ({'the monolith' if name == START else plan().step(name).title})")
    _say_next(tree)
    for problem in review.unreadable(tree):
        print(f"✗ {problem}: nothing in it is counted")
    changed = tree.changed_files()
    print(
        f"changed since {name}: {', '.join(changed[:8]) if changed else 'nothing'}"
        + (" …" if len(changed) > 8 else "")
    )
    coming, then = tree.next_step(), plan().counts_after(name)
    print(
        f"{'':42}{'now':>6}{'after ' + name if name != START else 'start':>18}"
        + (f"{'after ' + coming.name:>18}" if coming else "")
    )
    for what, number in counts(tree.place).items():
        row = f"{what:42}{number:>6}{then[what]:>18}" + (f"{coming.counts[what]:>18}" if coming else "")
        print(row)
    return 0


def diff(args) -> int:
    """The author's patch of a step; without a step, what you changed since the last one."""
    if args.step:
        print(plan().step(args.step).patch_file().read_text(), end="")
    else:
        print(Tree().changes(), end="")
    return 0


def next_step(args) -> int:
    """Let the road make the next step. What you have not committed is kept on a branch, and left out.

    At the end of a chapter, say which one goes on: `lab road next 06`.
    """
    tree = Tree()
    _say_moved(tree.next(args.chapter or ""))
    _say_next(tree)
    return 0


def goto(args) -> int:
    """The author's tree at the point where a step, or an exercise (02.2), comes next; `end` is the chapter's end,
    `06 end` that of another chapter.
    """
    tree = Tree()
    _say_moved(tree.goto(" ".join(filter(None, [args.step, args.end]))))
    _say_next(tree)
    return 0


def back(args) -> int:
    """Undo the last step; what you did since is kept on a branch."""
    tree = Tree()
    _say_moved(tree.back())
    _say_next(tree)
    return 0


def check(args) -> int:
    """Is the tree where a step wants it to be? Exit status 1 when something is missing.

    Without a step: the next one if you changed anything since the last, else the last.
    """
    tree = Tree()
    return 0 if _checked(tree, _meant(tree, args.step), args.full) else 1


def done(args) -> int:
    """Check your own version of the next step, and commit it as that step."""
    tree = Tree()
    step = tree.next_step() or tree.goes_on()
    if step and not _checked(tree, step, full=False):
        print(
            "Mend that, and say `lab road done` again; or `lab road next` makes the step in the author's way, and "
            "keeps yours on a branch."
        )
        return 1
    _say_moved(tree.done())
    _say_next(tree)
    return 0


def _meant(tree: Tree, named: str | None) -> Step:
    if named:
        return tree.plan.step(named)
    last, coming = tree.last()[0], tree.next_step() or tree.goes_on()
    if coming and (tree.changed_files() or last == START):
        return coming
    if last == START:
        raise CannotMove("this is the start of the road: there is nothing to check yet")
    return tree.plan.step(last)


def _checked(tree: Tree, step: Step, full: bool) -> bool:
    print(f"{step.name}: {_told(step)}")
    print(
        "(borders, migrations, every page, the tests: half a minute"
        + (", and some more" if full else "")
        + ")",
        flush=True,
    )
    missing = 0
    for sentence in review.findings(tree, step, full):
        missing += 1
        print(f"✗ {sentence}", flush=True)
    if not missing:
        print(f"✓ your tree is where {step.name} wants it" + (", and behaves as before" if full else ""))
    return not missing


def _say_moved(moved: Moved) -> None:
    here = f"git -C {relative(trees.folder())}"
    for branch in moved.kept:
        print(f"kept: what was yours is on the branch {branch}")
        print(f"      `{here} show {branch}` shows it, `{here} checkout {branch} -- FILE` brings a file back")
    print(f"now after: {moved.step}")


def _say_next(tree: Tree) -> None:
    step = tree.next_step()
    if step is None and (further := tree.goes_on()):
        print(f"next: nothing, this is the end of chapter {tree.plan.chapter_of(tree.last()[0])}")
        print(
            f"Chapter {further.chapter} goes on from here, with {further.name}: `lab road next {further.chapter}` makes "
            f"that step, `lab road goto {further.chapter} end` all of them."
        )
        return
    if step is None:
        print("next: nothing, this is the end of the road")
        return
    print(f"next: {step.name}. {step.title}: {_told(step)}")


def _told(step: Step) -> str:
    """What the step does; of an exercise, only where it is told: how is the learner's to find out."""
    if not step.exercise:
        return step.sentence
    return (
        f"exercise {step.exercise}, yours to make. {_who_judges(step)}, "
        f"`lab road diff {step.name}` shows the author's way."
    )


def _who_judges(step: Step) -> str:
    """By what requirements the exercise is judged: its own, of the tree or of a cell, or the road's."""
    from lab.checks import desk

    try:
        asked = desk.exercise(step.exercise)
    except UnknownExercise:
        return "`lab road check` judges it"
    if asked.tree:
        return f"`lab check {step.exercise}` judges it"
    return f"Its heart is a cell of the exercises, which `lab check {step.exercise}` judges; `lab road check` judges the step"


def add_to(commands) -> None:
    """Add `road` and its commands to the lab's parser."""
    road = commands.add_parser(
        "road",
        help="Walk your own tree: from the monolith to a modular monolith, and on until its catalogue moves out.",
        description=__doc__,
    )
    steps = road.add_subparsers(dest="road_command", required=True, metavar="WHAT")

    def command(name, act):
        made = steps.add_parser(name, help=act.__doc__.splitlines()[0], description=act.__doc__)
        made.set_defaults(act=act)
        return made

    command("start", start)
    command("status", status)
    command("diff", diff).add_argument("step", nargs="?", help="such as circle, or 02.2")
    command("next", next_step).add_argument("chapter", nargs="?", help="at the end of another: such as 06")
    command("goto", goto).add_argument(
        "step", help="such as circle, 02.2, or 06; `start` and `end` are the ends"
    )
    steps.choices["goto"].add_argument("end", nargs="?", choices=["end"], help="of a chapter: its end")
    command("back", back)
    checking = command("check", check)
    checking.add_argument("step", nargs="?", help="such as circle, or 02.2")
    checking.add_argument(
        "--full", action="store_true", help="also run the whole behavioural suite against it"
    )
    command("done", done)
