"""The lab's cell magics, and the few calls that a notebook makes about its own cells.

%%inside SERVICE [-o NAME …] [-s STACK] [-t SECONDS]
                                            run the cell where a service's ORM and settings are
%%answer NN.n                               hand in the cell as the answer to an exercise
%%work PATH                                 write the cell to a file of the learner's own tree
"""

import argparse
import shlex

from IPython.core.magic import Magics, cell_magic, magics_class
from IPython.display import display

from lab import notebooks, progress, stack
from lab.checks import desk
from lab.errors import LabError
from lab.home import home
from lab.road.plan import PACKAGE

_answers: dict[str, str] = {}


class _Parser(argparse.ArgumentParser):
    def error(self, message):
        raise LabError(f"{self.prog}: {message}. Use: {self.format_usage().removeprefix('usage: ').strip()}")


class InsideFailed(LabError):
    """The cell raised inside the service."""


@magics_class
class LabMagics(Magics):
    @cell_magic
    def inside(self, line: str, cell: str) -> None:
        """Run the cell in the environment of a running service, in a fresh process of its own."""
        parser = _Parser(prog="%%inside", add_help=False)
        parser.add_argument("service")
        parser.add_argument("-o", nargs="+", default=[], metavar="NAME")
        parser.add_argument("-s", metavar="STACK")
        parser.add_argument("-t", type=float, default=60, metavar="SECONDS")
        try:
            wanted = parser.parse_args(shlex.split(line))
        except ValueError as problem:  # a quotation mark without its fellow
            parser.error(str(problem))
        ran = stack.running_with(wanted.service, wanted.s).inside(wanted.service, cell, wanted.o, wanted.t)
        print(ran.stdout, end="")
        if ran.error:
            raise InsideFailed(f"inside {wanted.service}:\n{ran.error}")
        self.shell.user_ns.update(ran.values)
        if ran.data:
            display(ran.data, raw=True)

    @cell_magic
    def answer(self, line: str, cell: str) -> None:
        """Hand in the cell; nothing in it runs until `check` judges it."""
        number = line.strip()
        if not number:
            raise LabError("%%answer wants the number of an exercise behind it, such as %%answer 01.1")
        asked = desk.exercise(number)
        _answers[number] = cell
        if progress.counts():
            notebooks.register(number, cell)
        done = "your tree is the answer" if asked.tree else "handed in"
        print(f'{number} {asked.title}: {done}. Judge it with check("{number}").')

    @cell_magic
    def work(self, line: str, cell: str) -> None:
        """Write the cell to a file below the learner's tree, work/curtaincall."""
        tree = home() / "curtaincall"
        path = (tree / line.strip()).resolve()
        if not line.strip() or not path.is_relative_to(tree) or path.is_dir() or path == tree:
            raise LabError(f"%%work wants the path of a file inside {tree.name}/, not {line.strip()!r}")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            before = path.read_text() if path.exists() else None
            path.write_text(cell)
        except (OSError, ValueError) as problem:  # a file where a folder should be, a file that is no text
            raise LabError(f"%%work cannot write {line.strip()}: {problem}") from None
        done = "written" if before is None else ("unchanged" if before == cell else "replaced")
        print(f"{line.strip()}: {done}, {len(cell.splitlines())} lines")
        app = path.relative_to(tree).parts[0]
        if app != PACKAGE and (tree / PACKAGE / app).is_dir():
            print(
                f"(Did you mean {PACKAGE}/{line.strip()}? The package is {PACKAGE}/, and nothing in it reads {app}/.)"
            )


def check(number: str):
    """Judge the answer handed in by `%%answer NN.n` in this notebook."""
    from IPython import get_ipython

    number = str(number)

    shell = get_ipython()
    known = [name for name in (shell.user_ns if shell else {}) if not name.startswith("_")]
    return desk.check_in_notebook(number, _answers.get(number), known)


def hint(number: str, key: str | None = None) -> None:
    """Print the next hint for a requirement: the one named, or the first that failed last time."""
    print(desk.next_hint(str(number), key))


def register(shell) -> None:
    """Make the magics known to an IPython shell."""
    shell.register_magics(LabMagics)
