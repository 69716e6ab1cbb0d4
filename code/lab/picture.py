"""A picture of an arrangement: which process holds which contexts, where their rows lie, who calls whom."""

from html import escape

from lab.arrangements import FRONT, Part
from lab.calls import VISITORS
from lab.plot import LOOKS, Chart

WIDTH = 760
BOX, GAP = 98, 10  # a context alone
CHIP = 20  # the height of a context inside a process
PROVIDER = "provider"
# from left to right: those who call most in the middle, so that the arcs are short
ROW = ("accounts", "catalog", "reporting", "orders", "inventory", "payments", "notifications")


def draw(parts: list[Part], calls: dict[tuple[str, str], int]) -> Chart:
    """The picture. `calls` are counts by (caller, callee); those of visitors go to the front."""
    front = next(part for part in parts if part.name == FRONT)
    apart = sorted((part for part in parts if part is not front), key=lambda part: ROW.index(part.name))
    drawing = _Drawing(front, apart, calls)
    return Chart(drawing.svg(), _words(parts, calls))


def _words(parts: list[Part], calls: dict[tuple[str, str], int]) -> str:
    lines = []
    for part in parts:
        holds = ", ".join(part.contexts) or "pages alone"
        stores = ", ".join(part.databases.values()) or "no database"
        lines.append(f"process {part.name}: {holds if holds != part.name else 'itself'}; rows in {stores}")
    for (caller, callee), number in calls.items():
        lines.append(f"{caller} → {callee}: {number}")
    return "\n".join(lines)


class _Drawing:
    def __init__(self, front: Part, apart: list[Part], calls: dict[tuple[str, str], int]) -> None:
        self.calls = calls
        self.shapes: list[str] = []
        self.at: dict[str, tuple[float, float, float]] = {}  # the middle, the top and the foot of each box
        self.stores = {part.name: bool(part.databases) for part in apart}
        self.height = self._front(front, beside=bool(apart))
        if apart:
            self.height = self._row(apart, self.height + 46)
        if (PROVIDER not in self.at) and "payments" in self.at:
            self.height = self._provider(self.height)
        self._arrows(front, apart)

    def svg(self) -> str:
        return "".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {self.height:.0f}" width="100%" '
                f'style="max-width:{WIDTH}px;{LOOKS}" role="img" font-size="13">',
                "<title>What runs where, and who called whom</title>",
                '<defs><marker id="lab-tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" '
                'orient="auto"><path d="M0 0L8 4L0 8z" fill="currentColor"/></marker></defs>',
                *self.shapes,
                "</svg>",
            ]
        )

    def text(self, x: float, y: float, words: str, size: int = 13, weight: int = 400, halo=False) -> None:
        paper = ' stroke="var(--plot-paper,#fdfcfa)" stroke-width="4" paint-order="stroke"' if halo else ""
        self.shapes.append(
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="middle" font-size="{size}" font-weight="{weight}" '
            f'fill="currentColor"{paper}>{escape(words)}</text>'
        )

    def box(self, x: float, y: float, width: float, height: float, *, inner=False) -> None:
        look = 'fill="#2f7f86" fill-opacity=".14"' if inner else 'fill="none" stroke="currentColor"'
        self.shapes.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}" rx="6" {look}/>'
        )

    def store(self, x: float, y: float, name: str, width: float = 84) -> None:
        """A database: a drum with its name, 30 high."""
        left, right, bow = x - width / 2, x + width / 2, 5
        self.shapes.append(
            f'<path d="M{left:.1f} {y + bow}v22a{width / 2} {bow} 0 0 0 {width} 0v-22" fill="none" stroke="#a8792a"/>'
            f'<ellipse cx="{x:.1f}" cy="{y + bow}" rx="{width / 2}" ry="{bow}" fill="none" stroke="#a8792a"/>'
        )
        self.text((left + right) / 2, y + 24, name, 12)

    def _front(self, front: Part, beside: bool) -> float:
        """The process that visitors meet, its contexts as chips; returns the foot.

        Its databases lie below it, or `beside` it where the arrows to others need the room.
        """
        columns = min(4, max(1, len(front.contexts)))
        rows = -(-len(front.contexts) // columns)
        width = max(150, columns * (BOX + GAP) + GAP)
        height = 26 + rows * (CHIP + 6)
        left, top = (WIDTH - width) / 2, 34
        self.text(WIDTH / 2, 14, VISITORS)
        self.box(left, top, width, height)
        self.text(WIDTH / 2, top + 17, "web: the pages", weight=600)
        for number, context in enumerate(front.contexts):
            x = left + GAP + (number % columns) * (BOX + GAP)
            y = top + 24 + (number // columns) * (CHIP + 6)
            self.box(x, y, BOX, CHIP, inner=True)
            self.text(x + BOX / 2, y + 14, context, 12)
        self.at[FRONT] = (WIDTH / 2, top, top + height)
        if "payments" in front.contexts:
            middle, right = top + height / 2, left + width
            self.text(WIDTH - 60, middle + 4, "payment provider")
            self.at[PROVIDER] = (right, middle, middle)
        stores = list(dict.fromkeys(front.databases.values()))
        for number, name in enumerate(stores):
            x = left - 60 if beside else WIDTH / 2 + (number - (len(stores) - 1) / 2) * 96
            y = top + height / 2 - 16 if beside else top + height + 8
            self.store(x, y, name if front.contexts else "sessions")
        return top + height + (0 if beside else 44)

    def _row(self, apart: list[Part], top: float) -> float:
        """Processes of one context, side by side, each with its database below."""
        width = len(apart) * (BOX + GAP) - GAP
        for number, part in enumerate(apart):
            left = (WIDTH - width) / 2 + number * (BOX + GAP)
            self.box(left, top, BOX, 28)
            self.text(left + BOX / 2, top + 18, part.name, weight=600)
            self.at[part.name] = (left + BOX / 2, top, top + 28)
            if part.databases:
                self.store(left + BOX / 2, top + 34, part.name)
        return top + 68

    def _provider(self, top: float) -> float:
        """The payment provider, somebody else's, below the process that calls it."""
        x, y = self.at["payments"][0], top + (70 if len(self.stores) > 1 else 30)
        self.text(x, y + 16, "payment provider")
        self.at[PROVIDER] = (x, y, y + 24)
        return y + 26

    def _arrows(self, front: Part, apart: list[Part]) -> None:
        for (caller, callee), number in self.calls.items():
            if callee == FRONT and caller == VISITORS:
                x, top, _ = self.at[FRONT]
                self.line(f"M{x} 18V{top - 2}", x + 22, 30, number)
            elif caller == FRONT and callee == PROVIDER:
                x, y, _ = self.at[PROVIDER]
                self.line(f"M{x} {y}H{WIDTH - 122}", (x + WIDTH - 122) / 2, y + 4, number)
            elif caller == FRONT and callee in self.at:
                (x, _, foot), (to, y, _) = self.at[FRONT], self.at[callee]
                start = x + (to - x) * 0.16
                self.line(
                    f"M{start:.1f} {foot}L{to} {y - 2}",
                    start + (to - start) * 0.72,
                    foot + (y - foot) * 0.72,
                    number,
                )
            elif callee == FRONT and caller in self.at:  # a context apart calls one that stayed inside
                (x, y, _), (to, _, foot) = self.at[caller], self.at[FRONT]
                self.line(f"M{x + 14} {y}L{to + 14} {foot + 2}", x + 26, (y + foot) / 2, number)
            elif callee == PROVIDER and caller in self.at:
                (x, _, foot), (_, y, _) = self.at[caller], self.at[PROVIDER]
                self.line(f"M{x} {foot + 38}V{y}", x + 16, y - 8, number)
            elif caller in self.at and callee in self.at:
                self._arc(caller, callee, number)

    def _arc(self, caller: str, callee: str, number: int) -> None:
        """Between two of the row, below their databases."""
        (x, _, foot), (to, _, _) = self.at[caller], self.at[callee]
        start, end, y = x + (10 if to > x else -10), to + (-18 if to > x else 18), foot + 40
        begin = y if self.stores[caller] else foot
        depth = 14 + abs(to - x) / 9
        self.line(
            f"M{start:.1f} {begin}V{y}C{start:.1f} {y + depth:.1f} {end:.1f} {y + depth:.1f} {end:.1f} {y}",
            (start + end) / 2,
            y + depth * 0.75 + 4,
            number,
        )

    def line(self, path: str, x: float, y: float, number: int) -> None:
        self.shapes.append(
            f'<path d="{path}" fill="none" stroke="currentColor" stroke-opacity=".7" marker-end="url(#lab-tip)"/>'
        )
        self.text(x, y, str(number), 12, 600, halo=True)
