"""Charts: well-formed, and readable without seeing them."""

import xml.etree.ElementTree as ElementTree

import pytest

from lab.measure import Sample
from lab.plot import LEFT, WIDTH, bars

SVG = "{http://www.w3.org/2000/svg}"
TWO = {"plain": Sample((10.0, 30.0, 20.0)), "cached": Sample((4.0, 6.0, 5.0))}


def drawn(chart) -> ElementTree.Element:
    """The chart's SVG, parsed: an error here is SVG that no browser would show."""
    return ElementTree.fromstring(chart._repr_svg_())


def texts(svg) -> list[str]:
    return [element.text for element in svg.iter(f"{SVG}text")]


def widths(svg) -> list[float]:
    return [float(element.get("width")) for element in svg.iter(f"{SVG}rect")]


def test_each_condition_has_a_bar_as_long_as_its_median_and_a_line_over_its_spread():
    svg = drawn(bars(TWO))
    assert texts(svg) == ["plain", "20 ms", "cached", "5 ms"]
    plain, cached = widths(svg)
    assert plain == pytest.approx(4 * cached, abs=0.5)
    scale = plain / 20
    spread = [element.get("d").removeprefix("M") for element in svg.iter(f"{SVG}path")]
    ends = [(float(d.split()[0]), float(d.rpartition("H")[2])) for d in spread]
    assert ends == [
        pytest.approx((LEFT + low * scale, LEFT + high * scale), abs=0.2) for low, high in ((10, 30), (4, 6))
    ]
    assert LEFT + 30 * scale < WIDTH


def test_the_same_is_said_in_words_for_screen_readers_and_terminals():
    chart = bars(TWO, title="The list of events")
    assert repr(chart) == "The list of events: plain: 20 ms; cached: 5 ms"
    svg = drawn(chart)
    assert svg.get("role") == "img"
    assert svg.find(f"{SVG}title").text == repr(chart)
    assert texts(svg)[0] == "The list of events"
    assert repr(bars(TWO)) == "plain: 20 ms; cached: 5 ms"


def test_plain_numbers_are_drawn_too_in_the_unit_that_is_named():
    chart = bars({"one": 3, "two": 1.5}, unit="MiB")
    assert repr(chart) == "one: 3 MiB; two: 1.5 MiB"
    one, two = widths(drawn(chart))
    assert one == pytest.approx(2 * two, abs=0.2)


def test_the_unit_of_the_samples_is_used_and_a_named_one_counts_more():
    sample = Sample((2.0,), unit="queries")
    assert repr(bars({"a": sample})) == "a: 2 queries"
    assert repr(bars({"a": sample}, unit="per page")) == "a: 2 per page"


def test_nothing_but_zeros_is_still_drawn():
    assert widths(drawn(bars({"a": 0, "b": 0}, unit="ms"))) == [1, 1]


def test_names_titles_and_units_cannot_break_out_of_the_picture():
    nasty = "<script>\"&'</script>"
    chart = bars({nasty: 3.0, "b": 1.0}, unit="<&>", title=f"]]>{nasty}")
    svg = drawn(chart)
    assert {element.tag.removeprefix(SVG) for element in svg.iter()} == {
        "svg",
        "title",
        "text",
        "rect",
        "path",
    }
    assert texts(svg) == [f"]]>{nasty}", nasty, "3 <&>", "b", "1 <&>"]
    assert svg.find(f"{SVG}title").text == repr(chart) == f"]]>{nasty}: {nasty}: 3 <&>; b: 1 <&>"


@pytest.mark.parametrize("title", ["", "A title"])
def test_every_part_lies_inside_the_picture(title):
    svg = drawn(bars({str(n): float(n) for n in range(1, 8)}, unit="ms", title=title))
    _, _, width, height = map(float, svg.get("viewBox").split())
    assert width == WIDTH
    for rect in svg.iter(f"{SVG}rect"):
        assert float(rect.get("y")) >= 0
        assert float(rect.get("y")) + float(rect.get("height")) <= height
        assert float(rect.get("x")) + float(rect.get("width")) < width
    heights = [float(rect.get("y")) for rect in svg.iter(f"{SVG}rect")]
    assert heights == sorted(set(heights))
