"""The graph of what chapters teach and need: nobody meets a concept that no earlier page has taught.

A chapter's metadata, under `split_decisions`, holds `chapter`, `teaches`, `needs` (concepts of earlier chapters) and
`deepened`: concepts that a primer introduces here, each with the number of the chapter that will deepen it.
"""

import re
from pathlib import Path

import chapter as chapter_tool
import pytest
import refresh
import yaml
from reading import code_cells, text_of

from lab.home import ROOT

CHAPTERS = sorted((ROOT / "book").glob("[0-9][0-9]_*.ipynb"))
FIELDS = {"chapter", "title", "minutes", "claims", "runs", "needs", "teaches", "deepened", "uses", "rests_on"}


def told(path: Path) -> dict:
    return refresh.read(path)["metadata"]["split_decisions"]


def problems(chapters: list[dict]) -> list[str]:
    """What is wrong with the graph, chapter by chapter in order."""
    found, taught = [], {}
    there = {chapter["chapter"] for chapter in chapters}
    for chapter in chapters:
        number = chapter["chapter"]
        for concept in chapter["needs"]:
            if concept not in taught and concept not in chapter["deepened"]:
                found.append(f"{number} needs {concept!r}, which no earlier chapter teaches")
        for concept, later in chapter["deepened"].items():
            if later == number or (later < number and later in there):
                found.append(f"{number} says that {later} deepens {concept!r}, which is not later")
        for concept in chapter["teaches"]:
            if concept in taught:
                found.append(f"{number} teaches {concept!r}, which {taught[concept]} has taught")
            taught[concept] = number
    return found


def chapter(number: str, teaches=(), needs=(), deepened=None) -> dict:
    return {"chapter": number, "teaches": teaches, "needs": needs, "deepened": deepened or {}}


@pytest.mark.parametrize(
    ("chapters", "problem"),
    [
        ([chapter("01", needs=["saga"])], "01 needs 'saga'"),
        ([chapter("01", needs=["saga"]), chapter("02", teaches=["saga"])], "01 needs 'saga'"),
        ([chapter("02", deepened={"saga": "02"})], "not later"),
        (
            [chapter("01", teaches=["hold"]), chapter("02", teaches=["hold"])],
            "02 teaches 'hold', which 01 has",
        ),
    ],
)
def test_a_broken_graph_is_noticed(chapters, problem):
    assert problem in problems(chapters)[0]


def test_a_primer_stands_in_for_a_chapter_to_come():
    """One with a smaller number, too, as long as it is not there: the book is not written from the front to the back."""
    assert problems([chapter("01", needs=["saga"], deepened={"saga": "10"})]) == []
    primer = chapter("05", needs=["batching"], deepened={"batching": "03"})
    assert problems([primer]) == []
    assert "not later" in problems([chapter("03", teaches=["batching"]), primer])[0]


def test_no_chapter_needs_what_no_earlier_one_has_taught():
    assert problems([told(path) for path in CHAPTERS]) == []


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_begins_with_the_fixed_head_and_ends_with_the_way_on(path):
    notebook, facts = refresh.read(path), told(path)
    assert set(facts) == FIELDS
    assert facts["chapter"] == path.name[:2]
    head, recall = (text_of(cell) for cell in notebook["cells"][:2])
    assert head.startswith(f"# {facts['chapter']} {facts['title']}\n")
    assert "*You will be able to*" in head
    rows = dict(re.findall(r"^\| \*\*(\w+)\*\* \| (.+) \|$", head, re.MULTILINE))
    assert list(rows) == ["Needs", "Minutes", "Teaches", "Claims", "Runs"]
    assert rows["Minutes"].startswith(str(facts["minutes"]))
    assert [part.strip() for part in rows["Teaches"].split(",")] == facts["teaches"]
    assert re.findall(r"\[(C\d\d)\]", rows["Claims"]) == facts["claims"]
    assert (
        recall.startswith("## Before you begin (90 seconds, skippable)")
        and recall.count(":::{dropdown}") == 3
    )
    text = "\n".join(text_of(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown")
    parts = re.findall(r"^## (.+)$", text, re.MULTILINE)
    assert parts[-3:] == ["What you measured", "Quiz", "The way on"]
    assert 25 <= facts["minutes"] <= 45


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_every_prediction_is_asked_before_it_is_measured_and_revealed(path):
    source = "\n".join(text_of(cell) for cell in code_cells(refresh.read(path)))
    asked = [match.start() for match in re.finditer(r"^predict\(", source, re.MULTILINE)]
    keys = re.findall(r'^predict\("(\d\d\.[a-z])"', source, re.MULTILINE)
    revealed = {
        key: place.start() for key in keys if (place := re.search(rf'^reveal\("{key}"', source, re.MULTILINE))
    }
    assert len(asked) == len(keys) == len(set(keys)) >= 2
    assert sorted(revealed) == sorted(keys)
    assert all(revealed[key] > place for key, place in zip(keys, asked, strict=True))


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_chapter_has_turns_for_the_reader_and_never_reads_long_without_one(path):
    """A turn is a code cell, a prediction or a box; ten minutes of reading are some 2000 words."""
    text = ""
    turns = 0
    for cell in refresh.read(path)["cells"]:
        source = text_of(cell)
        turns += source.count(":class: your-turn")
        text = "" if cell["cell_type"] == "code" else text + source
        assert len(text.split()) < 2000
    assert turns >= 2


@pytest.mark.parametrize("path", CHAPTERS, ids=lambda path: path.stem)
def test_a_quiz_has_one_right_choice_of_three(path):
    source = "\n".join(text_of(cell) for cell in refresh.read(path)["cells"])
    quiz = source[source.index("## Quiz") : source.index("## The way on")]
    questions = re.split(r"^\*\*\d\. ", quiz, flags=re.MULTILINE)[1:]
    assert len(questions) >= 3
    for question in questions:
        answers = re.findall(r"^:::{dropdown} .+?\n(.+?)\n:::$", question, re.DOTALL | re.MULTILINE)
        assert len(answers) == question.count(":::{dropdown}") == 3
        assert sum(answer.startswith("Yes") for answer in answers) == 1, question


# claims

CLAIMS = {
    name: claim
    for group in yaml.safe_load((ROOT / "book" / "claims.yml").read_text()).values()
    for name, claim in group.items()
}


def test_there_are_fifty_claims_and_each_has_its_chapter():
    assert list(CLAIMS) == [f"C{number:02}" for number in range(1, 51)]
    assert all("01" <= claim["chapter"] <= "19" for claim in CLAIMS.values())


def only_begun(facts: dict) -> bool:
    """Whether the chapter still teaches what the template says in place of a concept (`make chapter`)."""
    template = told(ROOT / "tools" / "template" / "book.ipynb")
    return facts["teaches"] == chapter_tool.filled(template["teaches"], {"number": facts["chapter"]})


def test_a_verdict_stands_where_its_chapter_does_and_nowhere_else():
    """A chapter that is only begun may leave its claims for later."""
    published = {path.name[:2]: told(path) for path in CHAPTERS}
    for name, claim in CLAIMS.items():
        facts = published.get(claim["chapter"])
        listed = facts is not None and name in facts["claims"]
        assert bool(claim.get("verdict")) == listed, name
        assert facts is None or listed or only_begun(facts), name


def test_a_verdict_is_the_chapters_own_and_its_evidence_is_a_cell_that_ran_and_asserts():
    for name, claim in CLAIMS.items():
        if not claim.get("verdict"):
            continue
        cells = refresh.read(next(p for p in CHAPTERS if p.name[:2] == claim["chapter"]))["cells"]
        texts = [text_of(cell) for cell in cells]
        label = next(n for n, text in enumerate(texts) if f"({claim['evidence']})=" in text)
        verdict = next(
            n for n, text in enumerate(texts) if f"Verdict on {name}: {claim['verdict']}\n" in text
        )
        evidence = [cell for cell in cells[label + 1 : verdict] if cell["cell_type"] == "code"]
        assert evidence and cells[label + 1] is evidence[0], name
        assert any("assert " in text_of(cell) for cell in evidence), name


def test_the_claims_page_shows_all_of_them_and_links_each_verdict_to_its_evidence():
    page = (ROOT / "book" / "claims.md").read_text()
    settled = [name for name, claim in CLAIMS.items() if claim.get("verdict")]
    for name, claim in CLAIMS.items():
        entry = page[page.index(f"**{name}** ") :].partition("\n(c")[0]
        assert claim["says"] in entry
        assert (f"](#{claim['evidence']})" in entry) if name in settled else ("Not tested yet" in entry)
    assert page.count("](#c") == len(settled)


# neighbouring pages


def test_the_readme_says_what_there_is():
    finished = [path for path in CHAPTERS if not only_begun(told(path))]
    numbers = [path.name[:2] for path in finished]
    answers = [
        cell
        for path in finished
        for cell in code_cells(refresh.read(ROOT / "solutions" / path.name))
        if text_of(cell).startswith("%%answer ")
    ]
    settled = sum(bool(claim.get("verdict")) for claim in CLAIMS.values())
    said = " ".join((ROOT / "README.md").read_text().split())
    assert (
        f"Chapters {', '.join(numbers[:-1])} and {numbers[-1]} of 19, with {len(answers)} exercises." in said
    )
    assert f"that the book puts to the test, {settled} have their verdict" in said


def test_the_table_of_contents_holds_every_page_once_and_chapters_in_order():
    listed = re.findall(r"file: (.+)", (ROOT / "_toc.yml").read_text())
    pages = [
        *(ROOT / "book").glob("*.ipynb"),
        *(ROOT / "book").glob("*.md"),
        *(ROOT / "exercises").glob("*.ipynb"),
    ]
    assert sorted(listed) == sorted(str(path.relative_to(ROOT).with_suffix("")) for path in pages)
    numbers = [int(re.search(r"book/(\d\d)_", name)[1]) for name in listed if re.search(r"book/\d\d_", name)]
    # in order, and each once; the book is not written from the front to the back
    assert numbers == sorted(set(numbers))
