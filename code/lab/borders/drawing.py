"""The graph of a project's apps as SVG: the same bytes for the same borders, right in light and dark.

The apps stand on an oval, each in a row of its own, with its name outside: so no name ever meets another,
or an arrow. Who imports more than is imported stands on the left, so most arrows lead to the right. Nothing in
it has an id, so there may be any number in a page.
"""

import math
from dataclasses import dataclass
from html import escape

from lab.borders.cycles import closing, graph_of
from lab.plot import LOOKS

MOST = 30  # apps that can be told apart
LETTER, NAME, SMALL = 8.6, 14, 12  # px: a letter's width (of a wide font), the sizes of names and of numbers
LONGEST = 26  # letters of a name
DOT = 7
ACCENT, INK, PAPER = "var(--accent,#186570)", "currentColor", "var(--plot-paper,var(--paper,#fdfcfa))"


@dataclass(frozen=True)
class Arrow:
    """A bent line from one point to another: a quadratic Bézier curve."""

    start: tuple[float, float]
    bend: tuple[float, float]
    end: tuple[float, float]

    def at(self, t: float) -> tuple[float, float]:
        a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
        return tuple(a * p + b * q + c * r for p, q, r in zip(self.start, self.bend, self.end, strict=True))

    @property
    def path(self) -> str:
        (x, y), (bx, by), (ex, ey) = self.start, self.bend, self.end
        return f"M{x:.1f} {y:.1f}Q{bx:.1f} {by:.1f} {ex:.1f} {ey:.1f}"

    def head(self, size: float) -> str:
        """A triangle at its end."""
        dx, dy = self.end[0] - self.bend[0], self.end[1] - self.bend[1]
        length = math.hypot(dx, dy) or 1
        ux, uy = dx / length, dy / length
        x, y = self.end
        left = (x - ux * size - uy * size * 0.45, y - uy * size + ux * size * 0.45)
        right = (x - ux * size + uy * size * 0.45, y - uy * size - ux * size * 0.45)
        return f"M{x:.1f} {y:.1f}L{left[0]:.1f} {left[1]:.1f}L{right[0]:.1f} {right[1]:.1f}Z"


class Drawing(str):
    """SVG that a notebook shows; in a shell it is the same in words."""

    words: str

    def _repr_svg_(self) -> str:
        return str(self)

    def __repr__(self) -> str:
        return self.words


def drawn(borders, foreign_keys: bool = True) -> Drawing:
    """The apps as dots, the imports between them as arrows, as wide as they are many.

    Dashed, in the accent's colour: arrows that close a cycle (few, and without them there is none). Dotted, if
    `foreign_keys`: foreign keys. Beyond 30 apps the busiest 30 are drawn, and a sentence says so.
    """
    graph = graph_of(borders.imports, tests=borders.tests)
    keys: dict[tuple[str, str], int] = {}
    if foreign_keys:
        for each in borders.relations:
            keys[each.app, each.to_app] = keys.get((each.app, each.to_app), 0) + 1
    names, sentence = _chosen(borders, graph, keys)
    back = closing(graph)
    arrows = {
        (app, other): number
        for app, below in graph.items()
        for other, number in below.items()
        if {app, other} <= set(names)
    }
    keys = {pair: number for pair, number in sorted(keys.items()) if set(pair) <= set(names)}
    return _Canvas(borders.name, names, arrows, keys, back, sentence).svg()


def _chosen(borders, graph, keys) -> tuple[list[str], str]:
    names = sorted({app.label for app in borders.apps})
    if len(names) <= MOST:
        return names, ""
    weight = dict.fromkeys(names, 0)
    for app, below in graph.items():
        for other, number in below.items():
            weight[app] += number
            weight[other] += number
    for (app, other), number in keys.items():
        weight[app] += number
        weight[other] += number
    busiest = sorted(names, key=lambda name: (-weight[name], name))[:MOST]
    return sorted(busiest), f"The busiest {MOST} of {len(names)} apps."


class _Canvas:
    def __init__(self, name, names, arrows, keys, back, sentence) -> None:
        self.name, self.names, self.arrows, self.keys = name, names, arrows, keys
        self.back, self.sentence = back & set(arrows), sentence
        rows = max(2, math.ceil(len(names) / 2))
        self.step = 92 if rows <= 4 else 64 if rows <= 6 else 46 if rows <= 9 else 38
        self.ry = self.step * rows / 2 + 12
        self.rx = max(190.0, min(330.0, self.ry * 1.2))
        longest = max([min(len(name), LONGEST) for name in names], default=0)
        self.margin = longest * LETTER + DOT + 22
        self.width = 2 * (self.rx + self.margin)
        self.top = 44
        self.cx, self.cy = self.width / 2, self.top + self.ry
        self.places = self._places()
        self.taken: list[tuple[float, float, float, float]] = []
        self.unnumbered = 0

    def _columns(self) -> tuple[list[str], list[str]]:
        """The apps on the left and on the right, ordered so that few arrows cross."""
        lines = {**{pair: 1 for pair in self.keys}, **self.arrows}
        out, into = dict.fromkeys(self.names, 0), dict.fromkeys(self.names, 0)
        for (app, other), number in self.arrows.items():
            out[app] += number
            into[other] += number

        def lean(name: str) -> float:
            return (into[name] - out[name]) / (into[name] + out[name] or 1)

        ranked = sorted(self.names, key=lambda name: (lean(name), name))
        half = len(ranked) // 2
        left, right = sorted(ranked[:half]), sorted(ranked[half:])
        near: dict[str, set[str]] = {name: set() for name in self.names}
        for app, other in lines:
            near[app].add(other)
            near[other].add(app)
        for column, opposite in ((left, right), (right, left)) * 3:
            row = {name: n / max(1, len(opposite) - 1) for n, name in enumerate(opposite)}
            middle = {}
            for n, name in enumerate(column):
                rows = [row[other] for other in sorted(near[name]) if other in row]
                middle[name] = sum(rows) / len(rows) if rows else n / max(1, len(column) - 1)
            column.sort(key=lambda name: (middle[name], name))
        return left, right

    def _places(self) -> dict[str, tuple[float, float]]:
        left, right = self._columns()
        places = {}
        for side, column in ((1, right), (-1, left)):
            above = self.cy - self.step * (len(column) - 1) / 2
            for n, name in enumerate(column):
                y = above + n * self.step
                x = self.cx + side * self.rx * math.sqrt(max(0.0, 1 - ((y - self.cy) / self.ry) ** 2))
                places[name] = (x, y)
        return places

    def svg(self) -> Drawing:
        lines = [*self._keys(), *self._arrows()]
        dots = [part for name in self.names for part in self._dot(name)]
        legend, below = self._legend(self.cy + self.ry + 30)
        height = below + 6
        title = f"Imports between the {len(self.names)} apps of {self.name}"
        words = self._words()
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:.0f} {height:.0f}" width="100%" '
            f'style="max-width:{self.width:.0f}px;{LOOKS}" role="img" font-size="{NAME}" '
            f'aria-label="{escape(title)}">'
        )
        heading = f'<text x="8" y="20" fill="{INK}" font-weight="600">{escape(_short(title, 60))}</text>'
        if self.sentence:
            heading += f'<text x="8" y="38" fill="{INK}" font-size="{SMALL}">{escape(self.sentence)}</text>'
        svg = Drawing(
            "".join(
                [
                    head,
                    f"<title>{escape(title)}</title><desc>{escape(words)}</desc>",
                    heading,
                    *lines,
                    *dots,
                    *legend,
                    "</svg>",
                ]
            )
        )
        svg.words = f"{title}: {words}"
        return svg

    def _dot(self, name: str) -> list[str]:
        x, y = self.places[name]
        right = x >= self.cx
        at, anchor = (x + DOT + 7, "start") if right else (x - DOT - 7, "end")
        return [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{DOT}" fill="{INK}"/>',
            f'<text x="{at:.1f}" y="{y + 5:.1f}" text-anchor="{anchor}" fill="{INK}">'
            f"{escape(_short(name, LONGEST))}</text>",
        ]

    def _arrow(self, app: str, other: str, bulge: float) -> Arrow:
        """From dot to dot, bent towards the middle, and to one side, so that there and back are two."""
        (x, y), (ex, ey) = self.places[app], self.places[other]
        mx, my = (x + ex) / 2, (y + ey) / 2
        dx, dy = ex - x, ey - y
        length = math.hypot(dx, dy) or 1
        pull = 0.25 + 0.35 * max(0.0, 1 - length / (2 * self.rx))
        bx = mx + (self.cx - mx) * pull - dy / length * bulge
        by = my + (self.cy - my) * pull + dx / length * bulge
        bend = (bx, by)
        return Arrow(_towards((x, y), bend, DOT + 2), bend, _towards((ex, ey), bend, DOT + 3))

    def _arrows(self) -> list[str]:
        most = max(self.arrows.values(), default=1)
        dense = len(self.arrows) > 60
        lines, numbers = [], []
        order = sorted(self.arrows.items(), key=lambda item: (item[0] in self.back, item[1], item[0]))
        for (app, other), number in order:
            arrow = self._arrow(app, other, 14)
            width = (0.8 if dense else 1.1) + (3.4 if dense else 4.4) * math.sqrt(number / most)
            closes = (app, other) in self.back
            colour, dashes = (ACCENT, ' stroke-dasharray="7 5"') if closes else (INK, "")
            opacity = 0.95 if closes else 0.3 if dense else 0.5
            told = f"{app} → {other}: {number} import{'' if number == 1 else 's'}"
            told += ", closes a cycle" if closes else ""
            lines.append(
                f'<g fill="none" stroke="{colour}" opacity="{opacity}"><title>{escape(told)}</title>'
                f'<path d="{arrow.path}" stroke-width="{width:.1f}"{dashes}/>'
                f'<path d="{arrow.head(7 + 1.3 * width)}" fill="{colour}" stroke="none"/></g>'
            )
        for (app, other), number in reversed(order):  # where room is short, the most get their number
            numbers.append(self._number(self._arrow(app, other, 14), number, (app, other) in self.back))
        return [*lines, *reversed(numbers)]

    def _number(self, arrow: Arrow, number: int, closes: bool) -> str:
        """The number of imports on its arrow, where it covers no other; nothing if there is no such place."""
        text = str(number)
        half = len(text) * 3.6 + 3
        for t in (0.5, 0.42, 0.58, 0.35, 0.65, 0.28, 0.72, 0.22, 0.78, 0.16, 0.84):
            x, y = arrow.at(t)
            box = (x - half, y - 9, x + half, y + 9)
            if not any(_meet(box, other) for other in (*self.taken, *self._dots())):
                self.taken.append(box)
                colour = ACCENT if closes else INK
                return (
                    f'<text x="{x:.1f}" y="{y + 4:.1f}" text-anchor="middle" font-size="{SMALL}" '
                    f'font-weight="600" fill="{colour}" stroke="{PAPER}" stroke-width="4" paint-order="stroke">'
                    f"{text}</text>"
                )
        self.unnumbered += 1
        return ""

    def _dots(self) -> list[tuple[float, float, float, float]]:
        return [(x - DOT - 1, y - DOT - 1, x + DOT + 1, y + DOT + 1) for x, y in self.places.values()]

    def _keys(self) -> list[str]:
        lines = []
        for (app, other), number in self.keys.items():
            arrow = self._arrow(app, other, 36)
            told = f"{app} → {other}: {number} foreign key{'' if number == 1 else 's'}"
            lines.append(
                f'<g fill="none" stroke="{INK}" opacity="0.6"><title>{escape(told)}</title>'
                f'<path d="{arrow.path}" stroke-width="1.6" stroke-dasharray="0.1 5" stroke-linecap="round"/>'
                f'<path d="{arrow.head(8)}" stroke-width="1.2"/></g>'
            )
        return lines

    def _legend(self, y: float) -> tuple[list[str], float]:
        entries = []
        if self.arrows:
            entries.append(("imports, and how many", INK, "", 2.2, 0.6))
        if self.back:
            entries.append(("closes a cycle", ACCENT, ' stroke-dasharray="7 5"', 2.2, 1))
        if self.keys:
            entries.append(
                ("foreign keys", INK, ' stroke-dasharray="0.1 5" stroke-linecap="round"', 1.8, 0.8)
            )
        parts, x = [], 8.0
        for text, colour, dashes, width, opacity in entries:
            if x > 8 and x + 42 + len(text) * LETTER > self.width:
                x, y = 8.0, y + 20
            parts.append(
                f'<path d="M{x:.0f} {y - 4:.0f}h32" stroke="{colour}" stroke-width="{width}" '
                f'opacity="{opacity}"{dashes}/><text x="{x + 40:.0f}" y="{y:.0f}" font-size="{SMALL}" '
                f'fill="{INK}">{text}</text>'
            )
            x += 40 + len(text) * 6.6 + 22
        if self.unnumbered:
            y += 20
            word = "arrow has" if self.unnumbered == 1 else "arrows have"
            parts.append(
                f'<text x="8" y="{y:.0f}" font-size="{SMALL}" fill="{INK}">'
                f"{self.unnumbered} {word} no room for a number.</text>"
            )
        return parts, y

    def _words(self) -> str:
        """The same as a text: every arrow, the busiest first."""
        told = [
            f"{app} imports {other} ({number})"
            for (app, other), number in sorted(self.arrows.items(), key=lambda item: (-item[1], item[0]))
        ]
        words = "; ".join(told) or "no imports cross a border"
        if self.back:
            closing_ = ", ".join(f"{app} → {other}" for app, other in sorted(self.back))
            words += f". Closing a cycle: {closing_}"
        if self.keys:
            leads = "; ".join(f"{app} → {other} ({number})" for (app, other), number in self.keys.items())
            words += f". Foreign keys: {leads}"
        return f"{words}. {self.sentence}".strip()


def _towards(point, other, far: float) -> tuple[float, float]:
    dx, dy = other[0] - point[0], other[1] - point[1]
    length = math.hypot(dx, dy) or 1
    return point[0] + dx / length * far, point[1] + dy / length * far


def _meet(a, b) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"
