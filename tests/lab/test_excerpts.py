"""Code shown by name: what a chapter quotes is what stands in the tree."""

import textwrap

import pytest

from lab import excerpts, show
from lab.errors import UnknownName
from lab.home import CODE, ROOT, relative

SAMPLE = '''\
"""A module of the tests."""

import functools

LIMIT: int = 3
RATES = {
    "full": 1,
    "half": 0.5,
}
first = second = None


@functools.cache
@functools.wraps(print)
def decorated(x):
    return x


async def later():
    pass


class Box:
    """Holds things."""

    size = 4

    @property
    def content(self):
        # begin
        a = 1
        b = 2
        # end
        return a + b

    class Lid:
        def open(self):
            return "```"
'''


@pytest.fixture
def clone(tmp_path, monkeypatch):
    """A small tree that takes the place of the clone."""
    package = tmp_path / "clone" / "code" / "sample"
    (package / "inner").mkdir(parents=True)
    (package / "__init__.py").write_text('"""The package itself."""\n')
    (package / "boxes.py").write_text(SAMPLE)
    (package / "inner" / "__init__.py").write_text("")
    (package / "page.html").write_text("<p>{{ x }}</p>\n")
    (tmp_path / "secret.py").write_text("password = 1\n")
    monkeypatch.setattr(excerpts, "CODE", tmp_path / "clone" / "code")
    monkeypatch.setattr(excerpts, "ROOT", tmp_path / "clone")
    monkeypatch.setattr("lab.home.ROOT", tmp_path / "clone")
    return tmp_path / "clone"


def lines(first: int, last: int) -> str:
    """Those lines of the sample, as they should be shown."""
    return textwrap.dedent("\n".join(SAMPLE.splitlines()[first - 1 : last]))


@pytest.mark.parametrize(
    ("name", "first", "last"),
    [
        ("sample.boxes", 1, 38),
        ("sample.boxes.LIMIT", 5, 5),
        ("sample.boxes.RATES", 6, 9),
        ("sample.boxes.second", 10, 10),
        ("sample.boxes.decorated", 13, 16),
        ("sample.boxes.later", 19, 20),
        ("sample.boxes.Box", 23, 38),
        ("sample.boxes.Box.size", 26, 26),
        ("sample.boxes.Box.content", 28, 34),
        ("sample.boxes.Box.Lid.open", 37, 38),
    ],
)
def test_a_name_shows_its_lines_and_says_which(clone, name, first, last):
    shown = show(name)
    assert shown.text == lines(first, last)
    assert shown.caption == f"code/sample/boxes.py, lines {first}–{last}"
    assert repr(shown) == f"{shown.caption}\n\n{shown.text}"


def test_a_package_shows_its_init(clone):
    shown = show("sample")
    assert (shown.text, shown.caption) == (
        '"""The package itself."""',
        "code/sample/__init__.py, lines 1–1",
    )


def test_a_file_is_shown_by_its_path_in_the_clone(clone):
    assert show("code/sample/boxes.py").text == SAMPLE.rstrip("\n")
    assert show("code/sample/page.html").caption == "code/sample/page.html, lines 1–1"


def test_a_notebook_gets_markdown_in_the_files_language(clone):
    assert show("sample.boxes.LIMIT")._repr_markdown_() == (
        "*code/sample/boxes.py, lines 5–5*\n\n```python\nLIMIT: int = 3\n```"
    )
    assert "\n```html+django\n<p>" in show("code/sample/page.html")._repr_markdown_()
    (clone / "Makefile.x").write_text("all:\n")
    assert "\n```text\nall:\n```" in show("./Makefile.x")._repr_markdown_()


def test_of_another_tree_what_is_called_so_in_there(clone, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    other = tmp_path / "curtaincall"
    (other / "sample").mkdir(parents=True)
    (other / "sample" / "boxes.py").write_text("def decorated():\n    return 2\n")
    (other / ".importlinter").write_text("[importlinter]\nroot_package = sample\n")
    shown = show("sample.boxes.decorated", code=other)
    assert shown.text == "def decorated():\n    return 2"
    assert shown.caption == "curtaincall/sample/boxes.py, lines 1–2"
    rules = show("./.importlinter", code=str(other))
    assert rules.caption == "curtaincall/.importlinter, lines 1–2"
    assert "```ini\n[importlinter]" in rules._repr_markdown_()
    assert show("sample", code="code").caption == "code/sample/__init__.py, lines 1–1"  # from the clone
    with pytest.raises(UnknownName, match=f"no module 'sample.inner' under {other}$"):
        show("sample.inner", code=other)
    with pytest.raises(UnknownName, match=f"no file ../secret.py in {other}$"):
        show("../secret.py", code=other)


def test_nothing_is_imported_to_be_shown(clone):
    (clone / "code" / "sample" / "bomb.py").write_text("def wire(): pass\n1 / 0\n")
    assert show("sample.bomb.wire").text == "def wire(): pass"


def test_between_cuts_to_what_stands_between_two_lines_and_says_which(clone):
    shown = show("sample.boxes.Box.content", between=("# begin", "# end"))
    assert (shown.text, shown.first, shown.last) == ("a = 1\nb = 2", 31, 32)
    shown = show("code/sample/boxes.py", between=("RATES", "}"))
    assert (shown.text, shown.caption) == (
        '"full": 1,\n"half": 0.5,',
        "code/sample/boxes.py, lines 7–8",
    )


def test_between_looks_inside_the_named_definition_alone(clone):
    with pytest.raises(UnknownName, match="code/sample/boxes.py has no line with '# begin'$"):
        show("sample.boxes.decorated", between=("# begin", "# end"))
    with pytest.raises(UnknownName, match="has no line with 'class Lid' after line 30"):
        show("sample.boxes.Box.content", between=("# begin", "class Lid"))


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("smaple.boxes", r"there is no module 'smaple.boxes' under code/"),
        (
            "sample.boxes.Bax",
            r"sample.boxes has no 'Bax'. It has: Box, LIMIT, RATES, decorated, first, later, second$",
        ),
        ("sample.boxes.Box.lid", r"sample.boxes.Box has no 'lid'. It has: Lid, content, size$"),
        ("sample.boxes.LIMIT.x", r"sample.boxes.LIMIT has no 'x'. It has: nothing"),
        ("sample.inner.x", r"sample.inner has no 'x'. It has: nothing"),
        ("", r"there is no module '' under code/"),
        ("code/sample/none.py", r"there is no file code/sample/none.py in the clone"),
        ("code/sample", r"there is no file code/sample in the clone"),
    ],
)
def test_a_name_that_is_not_there_says_what_is(clone, name, sentence):
    with pytest.raises(UnknownName, match=sentence):
        show(name)


@pytest.mark.parametrize(
    "path", ["../secret.py", "code/../../secret.py", "{outside}/secret.py", "link/secret.py"]
)
def test_a_path_that_leads_out_of_the_clone_is_refused(clone, path):
    (clone / "link").symlink_to(clone.parent)
    assert (clone.parent / "secret.py").is_file()
    with pytest.raises(UnknownName, match="there is no file .*secret.py in the clone"):
        show(path.format(outside=clone.parent))


def test_the_real_tree_is_shown_with_the_lines_that_an_editor_shows():
    shown = show("lab.excerpts.show")
    assert shown.caption.startswith("code/lab/excerpts.py, lines ")
    there = (CODE / "lab" / "excerpts.py").read_text().splitlines()
    assert there[shown.first - 1].startswith("def show(")
    assert there[shown.first - 1 : shown.last] == shown.text.splitlines()
    assert there[shown.last] == ""


def test_a_file_outside_the_clone_is_called_by_its_whole_path(tmp_path):
    assert relative(ROOT / "code" / "lab" / "home.py") == "code/lab/home.py"
    assert relative(tmp_path / "x.py") == str((tmp_path / "x.py").resolve())
