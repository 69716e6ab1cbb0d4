"""Predictions: guess first, then see."""

import pytest

from lab import predict, progress, reveal
from lab.errors import LabError


@pytest.fixture(autouse=True)
def fresh(tmp_path, monkeypatch):
    """A folder from which progress counts, and no question asked yet."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lab.predictions._asked", {})


def kept() -> dict:
    return progress.read()["predictions"]


@pytest.mark.parametrize("nothing", [..., None])
def test_without_a_guess_the_question_is_shown_and_nothing_is_noted(nothing):
    asked = predict("01.a", "How many queries?", guess=nothing)
    assert repr(asked) == (
        "How many queries?\nNo guess yet: write a number in place of the dots, and run the cell again."
    )
    assert repr(predict("01.b", "And?")) == repr(asked).replace("How many queries?", "And?")
    assert kept() == {}


def test_a_guess_is_shown_and_noted_and_a_second_one_replaces_it():
    assert repr(predict("01.a", "How many?", 6)) == "How many?\nYour guess: 6. Now measure."
    assert kept() == {"01.a": {"guess": 6.0}}
    assert repr(predict("01.a", "How many?", guess=0.25)) == "How many?\nYour guess: 0.25. Now measure."
    predict("01.b", "And how many more?", guess=-1)
    assert kept() == {"01.a": {"guess": 0.25}, "01.b": {"guess": -1.0}}


@pytest.mark.parametrize("guess", ["6", True, [6], float("nan"), float("inf"), 6j])
def test_a_guess_that_is_no_number_is_refused_and_not_noted(guess):
    with pytest.raises(LabError, match=r"a guess is a number, not "):
        predict("01.a", "How many?", guess=guess)
    assert kept() == {}


def test_the_measurement_stands_beside_the_guess_and_both_are_kept(capsys):
    predict("01.a", "How many?", guess=6)
    reveal("01.a", 23, "queries")
    assert capsys.readouterr().out == "You said 6; it is 23 queries.\n"
    assert kept() == {"01.a": {"guess": 6.0, "measured": 23.0}}


def test_a_guess_that_is_right_is_said_to_be(capsys):
    predict("01.a", "How many?", guess=23)
    reveal("01.a", 23)
    assert capsys.readouterr().out == "You said 23, and it is 23.\n"


def test_without_a_guess_only_the_measurement_is_shown(capsys):
    predict("01.a", "How many?")
    reveal("01.a", 23.0, "queries")
    reveal("01.b", 7)
    assert capsys.readouterr().out == "It is 23 queries.\nIt is 7.\n"
    assert kept() == {"01.a": {"measured": 23.0}, "01.b": {"measured": 7.0}}


@pytest.mark.parametrize(
    ("measured", "told"),
    [
        (0, "0"),
        (0.00123456, "0.001235"),
        (12.3456, "12.35"),
        (1000, "1 000"),
        (12345, "12 345"),
        (-12345, "-12 345"),
        (1234567.8, "1 234 568"),
    ],
)
def test_figures_are_written_as_people_write_them(measured, told, capsys):
    reveal("01.a", measured)
    predict("01.b", "How many?", guess=measured)
    reveal("01.b", 5)
    assert capsys.readouterr().out == f"It is {told}.\nYou said {told}; it is 5.\n"


def test_a_revealed_guess_of_another_question_is_not_mixed_up(capsys):
    predict("01.a", "How many?", guess=6)
    predict("01.b", "How long?", guess=7)
    reveal("01.a", 1)
    assert capsys.readouterr().out == "You said 6; it is 1.\n"
