"""A cell run inside a service: what it prints, gives, hands out and raises, and how it is stopped."""

import time

import pytest

from lab import Stack, inside
from lab.errors import UnknownService

pytestmark = pytest.mark.usefixtures("small_services")


@pytest.fixture
def small(traces):
    with Stack("small", "tiny", database="sqlite", seed=False, env={"COLOUR": "green"}) as started:
        yield started


# what came of it


def test_what_it_prints_comes_in_order_and_its_last_expression_as_data():
    ran = inside.run("print('one')\nfor n in range(2): print(n, end=' ', flush=True)\nprint('two')\n40 + 2")
    assert ran == {"stdout": "one\n0 1 two\n", "data": {"text/plain": "42"}, "values": {}, "error": None}


@pytest.mark.parametrize("source", ["", "# nothing but this", "x = 1", "None", "print('said')", "1\nx = 2"])
def test_without_a_value_at_its_end_there_is_no_data(source):
    assert inside.run(source)["data"] is None


SHOWN = """
class Shown:
    def __repr__(self): return 'plain'
    def _repr_html_(self): return '<b>rich</b>'
    def _repr_markdown_(self): return '**rich**'
    def _repr_svg_(self): return None
"""


def test_data_is_what_jupyter_would_show():
    assert inside.run(SHOWN + "Shown()")["data"] == {
        "text/plain": "plain",
        "text/html": "<b>rich</b>",
        "text/markdown": "**rich**",
    }
    assert inside.run(SHOWN + "Shown")["data"] == {"text/plain": "<class '__main__.Shown'>"}
    drawn = SHOWN.replace("return None", "return '<svg/>'") + "Shown()"
    assert inside.run(drawn)["data"]["image/svg+xml"] == "<svg/>"


def test_what_says_yes_to_every_name_is_shown_plain():
    ran = inside.run("from unittest.mock import Mock\nMock(name='any')")
    assert list(ran["data"]) == ["text/plain"] and ran["error"] is None


def test_names_are_handed_out_as_json_has_them():
    source = "seats, price, held = 3, 48.5, ('A1', 'A2')\nby_band = {1: None, 'on': True}"
    ran = inside.run(source, ["seats", "price", "held", "by_band"])
    assert ran["values"] == {
        "seats": 3,
        "price": 48.5,
        "held": ["A1", "A2"],
        "by_band": {"1": None, "on": True},
    }
    assert inside.run("seats = 3", [])["values"] == {}


def test_a_name_is_handed_out_after_the_last_expression():
    assert inside.run("seats = [1]\nseats.append(2)", ["seats"])["values"] == {"seats": [1, 2]}


def test_a_namespace_that_is_given_is_the_cells():
    namespace = {"given": 20}
    assert inside.run("taken = given * 2\ntaken + 2", namespace=namespace)["data"] == {"text/plain": "42"}
    assert namespace["taken"] == 40
    assert "NameError: name 'given' is not defined" in inside.run("given")["error"]
    assert inside.run("__name__")["data"] == {"text/plain": "'__main__'"}


# what went wrong


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("seats = object()", "Object of type object is not JSON serializable"),
        ("seats = {(1, 2): 3}", "keys must be str, int"),
        ("seats = []\nseats.append(seats)", "Circular reference"),
    ],
)
def test_a_value_that_is_not_json_is_said_by_name_with_what_can_be(source, reason):
    ran = inside.run(source, ["seats"])
    assert ran["error"].startswith(f"TypeError: `-o seats` cannot be handed over: {reason}")
    assert ran["error"].endswith("Numbers, text, lists, dicts can.")
    assert ran["values"] == {}


def test_a_name_that_was_not_set_is_said_and_the_cells_output_is_kept():
    ran = inside.run("print('said')\n1 + 1", ["seats"])
    assert ran["error"] == "NameError: `-o seats` asks for a name that the cell did not set"
    assert ran["stdout"] == "said\n" and ran["data"] == {"text/plain": "2"}


def test_an_exception_shows_the_cells_own_lines_from_the_outermost_in():
    ran = inside.run("print('before')\ndef half(n):\n    return n / 0\n\nhalf(\n    4)\nprint('after')")
    assert ran["error"] == (
        "  line 5, in <module>\n    half(\n  line 3, in half\n    return n / 0\nZeroDivisionError: division by zero"
    )
    assert ran["stdout"] == "before\n" and ran["data"] is None


def test_an_exception_in_a_library_shows_the_cells_line_that_called_it():
    ran = inside.run("import json\njson.loads('{')")
    assert ran["error"].startswith("  line 2, in <module>\n    json.loads('{')\nJSONDecodeError: Expecting")
    assert ran["error"].count("\n") == 2


def test_an_exception_while_a_value_is_shown_points_into_the_cell():
    ran = inside.run("class Odd:\n    def __repr__(self):\n        return 1 / 0\nOdd()")
    assert ran["error"] == "  line 3, in __repr__\n    return 1 / 0\nZeroDivisionError: division by zero"


def test_a_syntax_error_shows_its_line_and_runs_nothing():
    ran = inside.run("print('said')\nif seats\n    pass")
    assert ran["error"] == "  line 2\n    if seats\nSyntaxError: expected ':' (<cell>, line 2)"
    assert ran["stdout"] == ""
    outside = inside.run("x = 1\n  \nreturn x")
    assert (
        outside["error"] == "  line 3\n    return x\nSyntaxError: 'return' outside function (<cell>, line 3)"
    )
    assert "null bytes" in inside.run("a\0b")["error"]


def test_a_syntax_error_in_what_the_cell_evaluates_points_to_the_cells_line():
    ran = inside.run("x = 1\n\neval('1 +')")
    assert (
        ran["error"]
        == "  line 3, in <module>\n    eval('1 +')\nSyntaxError: invalid syntax (<string>, line 1)"
    )


@pytest.mark.parametrize(
    ("source", "error"),
    [
        ("import sys\nsys.exit(3)", "  line 2, in <module>\n    sys.exit(3)\nSystemExit: 3"),
        (
            "raise KeyboardInterrupt",
            "  line 1, in <module>\n    raise KeyboardInterrupt\nKeyboardInterrupt: ",
        ),
    ],
)
def test_an_exit_is_shown_and_ends_nothing(source, error):
    assert inside.run(source)["error"] == error


def test_the_next_cell_shows_its_own_lines():
    assert "1 / 0" in inside.run("1 / 0")["error"]
    assert "2 / 0" in inside.run("2 / 0")["error"]


# in a service


def test_it_runs_where_the_services_orm_and_settings_are(small):
    ran = small.inside(
        "small",
        "from django.conf import settings\n"
        "from django.contrib.contenttypes.models import ContentType\n"
        "kinds = list(ContentType.objects.values_list('model', flat=True))\n"
        "root = settings.ROOT_URLCONF\n"
        "print('asked', root)\n"
        "ContentType.objects.count()",
        ["kinds", "root"],
    )
    assert ran.error is None
    assert ran.stdout == "asked small\n"
    assert ran.data == {"text/plain": "1"}
    assert ran.values == {"kinds": ["contenttype"], "root": "small"}


def test_what_it_writes_stays_and_the_service_sees_it(small):
    make = "from django.contrib.contenttypes.models import ContentType as Kind\n"
    assert small.inside("small", make + "Kind.objects.create(app_label='a', model='b')").error is None
    assert small.inside("small", make + "Kind.objects.count()").data == {"text/plain": "2"}


def test_variables_are_changed_for_one_run_alone(small):
    source = "import os\nos.environ['COLOUR'], os.environ['LAB'], 'SIZE' in os.environ"
    changed = small.inside("small", source, env={"COLOUR": "red", "SIZE": "9"})
    assert changed.data == {"text/plain": "('red', '1', True)"}
    assert small.inside("small", source).data == {"text/plain": "('green', '1', False)"}


def test_complaints_and_what_other_programs_print_are_kept_with_its_output(small):
    ran = small.inside(
        "small",
        "import logging, subprocess, warnings\n"
        "warnings.warn('the planted warning')\n"
        "logging.error('the planted complaint')\n"
        "print(subprocess.run(['echo', 'the planted echo']).returncode)\n"
        "input()",
    )
    for said in ("UserWarning: the planted warning", "the planted complaint", "the planted echo\n", "0\n"):
        assert said in ran.stdout
    assert ran.error.endswith("EOFError: EOF when reading a line")  # nobody waits for an answer


def test_an_exception_there_has_no_line_of_the_labs_or_djangos(small):
    ran = small.inside("small", "\nfrom django.urls import reverse\nreverse('nowhere')")
    assert ran.error.startswith("  line 3, in <module>\n    reverse('nowhere')\nNoReverseMatch: ")
    assert ran.error.count("\n") == 2
    assert (
        small.inside("small", "1 +").error
        == "  line 1\n    1 +\nSyntaxError: invalid syntax (<cell>, line 1)"
    )
    assert small.inside("small", "1", ["seats"]).error.startswith("NameError: `-o seats`")


def test_an_endless_loop_is_stopped_and_nothing_of_it_is_left(small, traces):
    before = len(traces.processes())
    began = time.monotonic()
    ran = small.inside("small", "while True: pass", seconds=1.5)
    assert 1.5 <= time.monotonic() - began < 6
    assert ran.error == "still running after 1.5 s, so it was stopped"
    assert len(traces.processes()) == before
    assert not list(small.backend.folder.glob("run-*")) and small.alive("small")


def test_a_cell_that_ends_its_process_is_said_with_its_status(small, traces):
    before = len(traces.processes())
    left = small.inside("small", "import os\nos.write(1, b'said')\nos._exit(3)", ["seats"])
    assert left.error == "the cell ended its process (exit status 3)"
    assert left.stdout == "said" and left.values == {}
    shot = small.inside("small", "import os\nos.kill(os.getpid(), 9)")
    assert shot.error == "the cell ended its process (exit status -9)"
    asked = small.inside("small", "import sys\nprint('said')\nsys.exit(3)")
    assert asked.stdout == "said\n" and asked.error.endswith("SystemExit: 3")
    assert len(traces.processes()) == before and small.alive("small")


def test_what_a_cell_leaves_running_is_ended_with_it(small, traces):
    before = len(traces.processes())
    ran = small.inside(
        "small",
        "import subprocess, threading, time\n"
        "threading.Thread(target=time.sleep, args=[600]).start()\n"
        "subprocess.Popen(['sleep', '600'])\n"
        "'done'",
        seconds=30,
    )
    assert ran.data == {"text/plain": "'done'"}
    time.sleep(0.2)
    assert len(traces.processes()) == before


def test_a_service_whose_settings_cannot_be_read_says_why(small):
    ran = small.inside("small", "1", env={"DJANGO_SETTINGS_MODULE": "no_such_settings"})
    assert "exit status 1" in ran.error and "No module named 'no_such_settings'" in ran.stdout


def test_a_service_that_does_not_run_here_is_told_from_one_that_nobody_knows(small):
    with pytest.raises(UnknownService, match="this stack has no 'leaning'. It runs: small, tiny"):
        small.inside("leaning", "1")
    with pytest.raises(UnknownService, match="The lab knows"):
        small.inside("smal", "1")
