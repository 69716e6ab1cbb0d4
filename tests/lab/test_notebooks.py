"""The learner's copies of the notebooks: brought up to date, and nothing of the learner's lost."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from lab import notebooks
from lab.errors import LabError, NoAnswer, UnknownExercise
from lab.home import CODE, ROOT, home

STUB = "def answer():\n    ...\n"
OTHER_STUB = "def other():\n    ...\n"


def text(cell_id: str, source: str) -> dict:
    return {"cell_type": "markdown", "id": cell_id, "metadata": {}, "source": source}


def code(cell_id: str, source: str, **metadata) -> dict:
    return {
        "cell_type": "code",
        "id": cell_id,
        "metadata": metadata,
        "source": source,
        "outputs": [],
        "execution_count": None,
    }


def notebook(*cells: dict, **metadata) -> dict:
    return {"cells": list(cells), "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}


def first_edition() -> dict:
    return notebook(
        text("title", "# One\n"),
        code("import", "from lab import check"),
        text("task-1", "Do it.\n"),
        code("answer-1", f"%%answer 01.1\n{STUB}"),
        code("check-1", 'check("01.1")'),
        code("answer-2", f"%%answer 01.2\n{OTHER_STUB}"),
        text("end", "That was all.\n"),
    )


@pytest.fixture
def root(tmp_path, monkeypatch):
    """A small tree of notebooks that takes the place of the clone's."""
    tree = tmp_path / "clone"
    for room in ("book", "exercises", "solutions/right"):
        (tree / room).mkdir(parents=True)
    monkeypatch.setattr(notebooks, "ROOT", tree)
    put(tree / "exercises" / "01_one.ipynb", first_edition())
    put(tree / "book" / "01_one.ipynb", notebook(text("title", "# One, to read\n")))
    return tree


def put(path: Path, content: dict) -> None:
    path.write_text(json.dumps(content))


def edition(root: Path, change) -> None:
    """A new edition of the exercises: `change` gets the cells by id, and may change them in place."""
    path = root / "exercises" / "01_one.ipynb"
    new = json.loads(path.read_text())
    change({cell["id"]: cell for cell in new["cells"]}, new["cells"])
    put(path, new)


@pytest.fixture
def mine(root):
    """The learner's copy of the exercises, just handed out."""
    notebooks.update()
    return home() / "exercises" / "01_one.ipynb"


def change(copy: Path, **sources: str) -> None:
    """What the learner types into cells, by id."""
    content = json.loads(copy.read_text())
    for cell in content["cells"]:
        if cell["id"] in sources:
            cell["source"] = sources[cell["id"]]
    put(copy, content)


def cells(copy: Path) -> list[tuple[str, str]]:
    """(id, source) of every cell, in order."""
    return [(cell["id"], notebooks.source(cell)) for cell in json.loads(copy.read_text())["cells"]]


def ids(copy: Path) -> list[str]:
    return [cell_id for cell_id, _ in cells(copy)]


# handing out


def test_a_first_update_hands_out_copies_of_book_and_exercises_and_says_so(root):
    assert notebooks.update() == ["book/01_one.ipynb: new", "exercises/01_one.ipynb: new"]
    for room in ("book", "exercises"):
        there = json.loads((root / room / "01_one.ipynb").read_text())
        assert json.loads((home() / room / "01_one.ipynb").read_text()) == there
        assert notebooks.copies(room) == home() / room
        assert notebooks.base(room) == home() / ".base" / room
    assert not (home() / "solutions").exists()


def test_a_copy_shows_nothing_that_the_reader_is_asked_to_guess(root):
    ran = code("measure", "measure()")
    ran |= {
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "It is 23."}],
        "execution_count": 7,
    }
    put(root / "book" / "01_one.ipynb", notebook(text("title", "# One"), ran, kept=True))
    notebooks.update()
    handed_out = json.loads((home() / "book" / "01_one.ipynb").read_text())
    assert "23" not in json.dumps(handed_out) and handed_out["metadata"] == {"kept": True}
    assert [cell.get("outputs") for cell in handed_out["cells"]] == [None, []]
    assert notebooks.update() == []


def test_the_pages_and_pictures_that_notebooks_link_to_come_with_them(root):
    (root / "book" / "figures").mkdir()
    (root / "book" / "figures" / "one.svg").write_text("<svg/>")
    (root / "book" / "lab.md").write_text("# The lab")
    notebooks.update()
    (root / "book" / "lab.md").write_text("# The lab, revised")
    assert notebooks.update() == []
    assert (home() / "book" / "figures" / "one.svg").read_text() == "<svg/>"
    assert (home() / "book" / "lab.md").read_text() == "# The lab, revised"


def test_a_second_update_has_nothing_to_say_and_writes_nothing(mine):
    change(mine, **{"answer-1": "%%answer 01.1\nmine = 1\n"})
    before = {path: path.stat().st_mtime_ns for path in home().rglob("*") if path.is_file()}
    assert notebooks.update() == []
    assert {path: path.stat().st_mtime_ns for path in home().rglob("*") if path.is_file()} == before


def test_notebooks_are_written_as_jupyter_writes_them_and_in_one_step(root, tmp_path):
    path = tmp_path / "written.ipynb"
    notebooks.write(path, notebook(text("a", "naïve — “quoted”")))
    assert path.read_text() == json.dumps(json.loads(path.read_text()), indent=1, ensure_ascii=False) + "\n"
    assert "naïve — “quoted”" in path.read_text()
    assert [p.name for p in tmp_path.iterdir() if "written" in p.name] == ["written.ipynb"]


def test_a_copy_that_the_learner_removed_is_handed_out_anew(mine):
    mine.unlink()
    assert notebooks.update() == ["exercises/01_one.ipynb: new"]
    assert ids(mine)[0] == "title"


# bringing up to date


def test_an_untouched_copy_becomes_what_the_book_has_now(root, mine):
    def new(by_id, all_cells):
        by_id["title"]["source"] = ["# One, ", "revised\n"]
        all_cells.remove(by_id["check-1"])
        all_cells.insert(1, text("added", "Read this first.\n"))

    edition(root, new)
    assert notebooks.update() == ["exercises/01_one.ipynb: brought up to date"]
    assert json.loads(mine.read_text()) == json.loads((root / "exercises" / "01_one.ipynb").read_text())
    assert notebooks.update() == []


def test_what_the_learner_changed_is_kept_and_the_rest_becomes_new(root, mine):
    change(mine, **{"answer-1": "%%answer 01.1\nmine = 1\n", "title": "# My title\n"})
    edition(root, lambda by_id, _: by_id["end"].update(source="That was all, at last.\n"))
    assert notebooks.update() == ["exercises/01_one.ipynb: brought up to date"]
    now = dict(cells(mine))
    assert now["answer-1"] == "%%answer 01.1\nmine = 1\n"
    assert now["title"] == "# My title\n"
    assert now["end"] == "That was all, at last.\n"
    assert now["answer-2"] == f"%%answer 01.2\n{OTHER_STUB}"
    assert ids(mine) == [cell["id"] for cell in first_edition()["cells"]]


def test_a_changed_cell_keeps_its_outputs_and_gets_the_books_metadata(root, mine):
    content = json.loads(mine.read_text())
    content["cells"][1] |= {
        "source": "mine",
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "seen"}],
        "metadata": {"collapsed": True},
    }
    put(mine, content)
    edition(root, lambda by_id, _: by_id["import"].update(metadata={"tags": ["new"]}))
    notebooks.update()
    kept = json.loads(mine.read_text())["cells"][1]
    assert kept["outputs"][0]["text"] == "seen"
    assert kept["metadata"] == {"tags": ["new"]} and kept["source"] == "mine"


def test_what_a_cell_showed_stays_with_it_while_its_source_is_the_same(root, mine):
    shown = [{"output_type": "stream", "name": "stdout", "text": "mine"}]
    content = json.loads(mine.read_text())
    for place in (1, 4):
        content["cells"][place] |= {"outputs": shown, "execution_count": 3}
    put(mine, content)

    def new(by_id, _):
        by_id["title"]["source"] = "# Revised\n"
        by_id["check-1"]["source"] = 'check("01.1")  # revised'

    edition(root, new)
    assert notebooks.update() == ["exercises/01_one.ipynb: brought up to date"]
    now = {cell["id"]: cell for cell in json.loads(mine.read_text())["cells"]}
    assert now["import"]["outputs"] == shown and now["check-1"]["outputs"] == []


def test_an_exercise_that_changed_meanwhile_is_said_and_the_learners_answer_kept(root, mine):
    change(mine, **{"answer-1": "%%answer 01.1\nmine = 1\n", "end": "My notes."})

    def new(by_id, _):
        by_id["answer-1"]["source"] = "%%answer 01.1\ndef answer(x):\n    ...\n"
        by_id["answer-2"]["source"] = "%%answer 01.2\ndef other(x):\n    ...\n"
        by_id["end"]["source"] = "The end."

    edition(root, new)
    assert notebooks.update() == [
        "exercises/01_one.ipynb: 01.1 is new in the book; your own text was kept",
        "exercises/01_one.ipynb: the cell end, which you changed, is new in the book; your own text was kept",
        "exercises/01_one.ipynb: brought up to date",
    ]
    now = dict(cells(mine))
    assert now["answer-1"] == "%%answer 01.1\nmine = 1\n" and now["end"] == "My notes."
    assert now["answer-2"] == "%%answer 01.2\ndef other(x):\n    ...\n"
    assert notebooks.update() == []


def test_an_answer_is_kept_over_several_editions(root, mine):
    change(mine, **{"answer-1": "%%answer 01.1\nmine = 1\n"})
    for number in range(3):
        edition(root, lambda by_id, _, n=number: by_id["title"].update(source=f"# Edition {n}\n"))
        notebooks.update()
        assert dict(cells(mine))["answer-1"] == "%%answer 01.1\nmine = 1\n"
        assert dict(cells(mine))["title"] == f"# Edition {number}\n"


def test_the_learners_own_cells_stay_after_the_cell_that_they_followed(root, mine):
    content = json.loads(mine.read_text())
    for place, cell_id in ((7, "own-last"), (4, "own-b"), (4, "own-a"), (0, "own-first")):
        content["cells"].insert(place, code(cell_id, f"# {cell_id}"))
    put(mine, content)

    def new(by_id, all_cells):
        all_cells.insert(0, text("preface", "Before all.\n"))
        all_cells.insert(all_cells.index(by_id["answer-1"]), text("added", "A word more.\n"))

    edition(root, new)
    notebooks.update()
    assert ids(mine) == [
        *("own-first", "preface", "title", "import", "task-1", "added", "answer-1", "own-a", "own-b"),
        *("check-1", "answer-2", "end", "own-last"),
    ]


def test_an_own_cell_whose_neighbour_left_the_book_is_not_lost(root, mine):
    content = json.loads(mine.read_text())
    content["cells"].insert(5, code("own", "# own"))
    put(mine, content)
    edition(root, lambda by_id, all_cells: all_cells.remove(by_id["check-1"]))
    notebooks.update()
    assert ids(mine) == ["title", "import", "task-1", "answer-1", "own", "answer-2", "end"]


def test_an_answer_to_an_exercise_that_left_the_book_is_kept_where_it_stood(root, mine):
    change(mine, **{"answer-1": "%%answer 01.1\nmine = 1\n"})

    def new(by_id, all_cells):
        for gone in ("task-1", "answer-1", "check-1"):
            all_cells.remove(by_id[gone])

    edition(root, new)
    notebooks.update()
    assert ids(mine) == ["title", "import", "answer-1", "answer-2", "end"]
    assert dict(cells(mine))["answer-1"] == "%%answer 01.1\nmine = 1\n"
    edition(root, lambda by_id, _: by_id["title"].update(source="# Again\n"))
    notebooks.update()
    assert dict(cells(mine))["answer-1"] == "%%answer 01.1\nmine = 1\n"


def test_when_nobody_knows_any_more_what_was_handed_out_everything_different_counts_as_the_learners(
    root, mine
):
    change(mine, **{"answer-1": "%%answer 01.1\nmine = 1\n"})
    shutil.rmtree(home() / ".base")
    edition(root, lambda by_id, _: by_id["title"].update(source="# Revised\n"))
    assert notebooks.update()[-1] == "exercises/01_one.ipynb: brought up to date"
    now = dict(cells(mine))
    assert now["answer-1"] == "%%answer 01.1\nmine = 1\n"
    assert len(now) == 7
    edition(root, lambda by_id, _: by_id["end"].update(source="The end.\n"))
    notebooks.update()
    assert dict(cells(mine))["end"] == "The end.\n"
    assert dict(cells(mine))["answer-1"] == "%%answer 01.1\nmine = 1\n"


def test_a_notebook_without_cell_ids_can_be_read(tmp_path):
    old = notebook(text("a", "one"), code("b", "two"))
    for cell in old["cells"]:
        del cell["id"]
    put(tmp_path / "old.ipynb", old)
    assert [cell["id"] for cell in notebooks.read(tmp_path / "old.ipynb")["cells"]] == ["cell-0", "cell-1"]


# damaged copies


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b'{"cells": [',
        b"[]",
        b"{}",
        b'{"cells": 5}',
        b'{"cells": [{}]}',
        b'{"cells": ["text"]}',
        b'{"cells": [{"cell_type": "code", "source": 5}]}',
        b"\xff\xfe",
        b"<<<<<<< HEAD\n{}\n",
    ],
)
def test_a_damaged_copy_is_a_clear_error_and_stays_as_it_is(mine, content):
    mine.write_bytes(content)
    with pytest.raises(LabError, match=r"01_one.ipynb is no readable notebook: `lab rescue` sets it aside"):
        notebooks.update()
    assert mine.read_bytes() == content
    with pytest.raises(LabError, match="no readable notebook"):
        notebooks.current_answer("01.1")


def test_a_damaged_record_of_what_was_handed_out_costs_no_answer(root, mine):
    change(mine, **{"answer-1": "%%answer 01.1\nmine = 1\n"})
    (home() / ".base" / "exercises" / "01_one.ipynb").write_text("{")
    notebooks.update()
    assert dict(cells(mine))["answer-1"] == "%%answer 01.1\nmine = 1\n"
    assert notebooks.update() == []


def test_a_notebook_that_is_not_there_is_said_to_be_missing(root):
    with pytest.raises(LabError, match="there is no 02_two.ipynb in exercises/"):
        notebooks.read(root / "exercises" / "02_two.ipynb")


# answers and stubs


def test_a_cell_is_an_answer_when_its_first_line_says_so():
    assert notebooks.answer_of(code("a", "%%answer 01.2\nx = 1")) == ("01.2", "x = 1")
    assert notebooks.answer_of(code("a", ["%%answer 12.10 \t\n", "x = 1\n", "y = 2"])) == (
        "12.10",
        "x = 1\ny = 2",
    )
    assert notebooks.answer_of(code("a", "%%answer 01.2\n")) == ("01.2", "")
    for source in ("x = 1", "\n%%answer 01.2\nx", "%%answer 1.2\nx", "%%answer\nx", "# %%answer 01.2\nx"):
        assert notebooks.answer_of(code("a", source)) is None
    assert notebooks.answer_of(text("a", "%%answer 01.2\nx = 1")) is None


def test_the_stubs_and_chapters_are_those_of_the_exercises(root):
    put(root / "exercises" / "12_twelve.ipynb", notebook(code("a", "%%answer 12.1\nx = 1")))
    (root / "exercises" / "notes.ipynb").write_text("{}")
    assert notebooks.chapters() == ["01", "12"]
    assert notebooks.stubs("01") == {"01.1": STUB, "01.2": OTHER_STUB}
    assert notebooks.stubs("12.7") == {"12.1": "x = 1"}
    assert notebooks.chapter_file("01.2", "book") == root / "book" / "01_one.ipynb"


def test_an_unknown_chapter_is_refused_with_those_there_are(root):
    with pytest.raises(UnknownExercise, match=r"no chapter '02' in exercises/. There are: 01$"):
        notebooks.stubs("02.1")
    with pytest.raises(UnknownExercise, match="no chapter '01' in solutions/"):
        notebooks.solution("01.1")
    (root / "exercises" / "01_one.ipynb").unlink()
    with pytest.raises(UnknownExercise, match="There are: none"):
        notebooks.stubs("01")


def test_the_books_answer_comes_without_the_markers_around_it(root):
    source = (
        "%%answer 01.1\nimport x\n\n### BEGIN SOLUTION\ndef answer():\n    ### BEGIN SOLUTION\n    return 5\n"
    )
    put(
        root / "solutions" / "01_one.ipynb",
        notebook(code("a", source + "    ### END SOLUTION\t\n### END SOLUTION")),
    )
    assert notebooks.solution("01.1") == "import x\n\ndef answer():\n    return 5\n"
    assert notebooks.without_markers("x = '### BEGIN SOLUTION'\n") == "x = '### BEGIN SOLUTION'\n"


def test_another_right_answer_is_found_by_its_number_or_is_none(root):
    right = root / "solutions" / "right"
    (right / "01.1_another.py").write_text("z = 3\n")
    assert notebooks.other_right("01.1") is None  # none of them is marked to be shown
    (right / "01.1_by_hand.py").write_text(f"# idea: x\n{notebooks.SHOWN}\nx = 1\n\n")
    (right / "01.10_other.py").write_text(f"{notebooks.SHOWN}\ny = 2\n")
    assert notebooks.other_right("01.1") == "# idea: x\nx = 1\n"
    assert notebooks.other_right("01.2") is None


def test_exercises_are_derived_with_stubs_for_answers_and_nothing_of_the_solution(root):
    """tools/derive.py rests on `answer_of`: run for real, on the small tree."""
    for folder, name in (("tools", "derive.py"), ("code/lab", "")):
        (root / folder).mkdir(parents=True)
        if name:
            shutil.copy(ROOT / folder / name, root / folder / name)
    for module in ("__init__", "notebooks", "errors", "home"):
        shutil.copy(CODE / "lab" / f"{module}.py", root / "code" / "lab")
    solved = first_edition()
    solved["metadata"] = {"kernelspec": {}, "language_info": {}, "secret": 1}
    for cell in solved["cells"]:
        if found := notebooks.answer_of(cell):
            cell["source"] = f"%%answer {found[0]}\n### BEGIN SOLUTION\nsolved = 1\n### END SOLUTION"
            cell["metadata"] = {"stub": found[1].splitlines(), "nbgrader": {"solution": True}}
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "solved"}]
    put(root / "solutions" / "01_one.ipynb", solved)

    def derive(*options):
        argv = [sys.executable, str(root / "tools" / "derive.py"), *options]
        env = {**os.environ, "PYTHONPATH": "", "PYTHONDONTWRITEBYTECODE": "1"}
        return subprocess.run(argv, env=env, capture_output=True, text=True)

    assert (derive("--check").returncode, derive().returncode, derive("--check").returncode) == (1, 0, 0)
    written = (root / "exercises" / "01_one.ipynb").read_text()
    assert "solved" not in written and "SOLUTION" not in written and "secret" not in written
    assert notebooks.stubs("01") == {"01.1": STUB.rstrip("\n"), "01.2": OTHER_STUB.rstrip("\n")}


# the answer to judge


def at(path: Path, seconds: float) -> None:
    os.utime(path, (seconds, seconds))


def test_without_a_copy_and_without_a_run_there_is_no_answer(root):
    with pytest.raises(NoAnswer, match="there is no answer to 01.1 yet: .*`lab update` copies them"):
        notebooks.current_answer("01.1")


def test_the_saved_notebook_is_the_answer_when_no_cell_was_run(mine):
    assert notebooks.current_answer("01.1") == (STUB, "01_one.ipynb, as saved")
    assert notebooks.current_answer("01.2")[0] == OTHER_STUB


def test_the_cell_as_last_run_is_the_answer_when_there_is_no_notebook(root):
    notebooks.register("01.1", "ran = 1\n")
    notebooks.register("01.1", "ran = 2\n")
    assert notebooks.current_answer("01.1") == ("ran = 2\n", "the cell as it was last run")
    assert notebooks.registered("01.1") == home() / "answers" / "01.1.py"


def test_the_newer_of_the_two_counts_and_that_they_differ_is_said(mine):
    change(mine, **{"answer-1": "%%answer 01.1\nsaved = 1\n"})
    notebooks.register("01.1", "ran = 1\n")
    at(mine, 1000), at(notebooks.registered("01.1"), 2000)
    saved, ran = "01_one.ipynb, as saved", "the cell as it was last run"
    assert notebooks.current_answer("01.1") == ("ran = 1\n", f"{ran}; newer than {saved}, which differs")
    at(mine, 3000)
    assert notebooks.current_answer("01.1") == ("saved = 1\n", f"{saved}; newer than {ran}, which differs")


def test_two_that_say_the_same_are_no_news(mine):
    notebooks.register("01.1", STUB + "\n")
    at(mine, 1000), at(notebooks.registered("01.1"), 2000)
    assert notebooks.current_answer("01.1") == (STUB + "\n", "the cell as it was last run")


def test_an_answer_cell_that_the_learner_deleted_leaves_the_last_run(mine):
    content = json.loads(mine.read_text())
    content["cells"] = [cell for cell in content["cells"] if cell["id"] != "answer-1"]
    put(mine, content)
    with pytest.raises(
        NoAnswer, match="no cell of your 01_one.ipynb begins with %%answer 01.1: was its first"
    ):
        notebooks.current_answer("01.1")
    with pytest.raises(NoAnswer, match="there is no answer to 01.7 yet"):
        notebooks.current_answer("01.7")
    notebooks.register("01.1", "ran = 1\n")
    at(notebooks.registered("01.1"), 1000)
    assert notebooks.current_answer("01.1") == ("ran = 1\n", "the cell as it was last run")


# back to the stub


def test_reset_puts_the_stub_back_and_keeps_the_answer_beside(mine):
    content = json.loads(mine.read_text())
    content["cells"][3] |= {"source": ["%%answer 01.1\n", "mine = 1\n"], "outputs": [5], "execution_count": 7}
    put(mine, content)
    notebooks.register("01.1", "ran = 1\n")
    kept = notebooks.reset("01.1")
    assert kept == home() / "answers" / "01.1-before-reset.py"
    assert kept.read_text() == "mine = 1\n"
    cell = json.loads(mine.read_text())["cells"][3]
    assert (cell["source"], cell["outputs"], cell["execution_count"]) == (f"%%answer 01.1\n{STUB}", [], None)
    assert notebooks.current_answer("01.1") == (STUB, "01_one.ipynb, as saved")
    assert [pair for pair in cells(mine) if pair[0] != "answer-1"] == [
        (c["id"], c["source"]) for c in first_edition()["cells"] if c["id"] != "answer-1"
    ]


def test_a_second_reset_overwrites_nothing(mine):
    for number in (1, 2, 3):
        change(mine, **{"answer-1": f"%%answer 01.1\nmine = {number}\n"})
        notebooks.reset("01.1")
    kept = {path.name: path.read_text() for path in (home() / "answers").iterdir()}
    assert kept == {
        "01.1-before-reset.py": "mine = 1\n",
        "01.1-before-reset-2.py": "mine = 2\n",
        "01.1-before-reset-3.py": "mine = 3\n",
    }


def test_reset_gives_the_stub_of_the_edition_that_the_book_has_now(root, mine):
    change(mine, **{"answer-1": "%%answer 01.1\nmine = 1\n"})
    edition(root, lambda by_id, _: by_id["answer-1"].update(source="%%answer 01.1\nnewer = 1\n"))
    notebooks.reset("01.1")
    assert notebooks.current_answer("01.1")[0] == "newer = 1\n"


@pytest.mark.parametrize(
    ("number", "problem", "sentence"),
    [
        ("01.9", UnknownExercise, "there is no exercise 01.9"),
        ("02.1", UnknownExercise, "there is no chapter '02'"),
        ("01.1", LabError, "your copy of 01_one.ipynb has no cell that begins with %%answer 01.1"),
    ],
)
def test_what_cannot_be_reset_is_said_and_nothing_is_changed(mine, number, problem, sentence):
    change(mine, **{"answer-1": "mine, without its first line"})
    before = mine.read_bytes()
    with pytest.raises(problem, match=sentence):
        notebooks.reset(number)
    assert mine.read_bytes() == before
    assert not (home() / "answers").exists()


def test_reset_without_a_copy_says_that_it_is_missing(root):
    with pytest.raises(LabError, match="there is no 01_one.ipynb in exercises/"):
        notebooks.reset("01.1")


def test_the_repositorys_own_notebooks_can_all_be_read():
    for room in ("book", "exercises", "solutions"):
        for path in (ROOT / room).glob("*.ipynb"):
            assert notebooks.read(path)["cells"]
    assert list(notebooks.stubs("01")) == ["01.1", "01.2", "01.3", "01.4", "01.5"]
    assert all(notebooks.solution(number) for number in notebooks.stubs("01"))
