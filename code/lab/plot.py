"""Small charts as SVG: right in light and dark, sharp in print, and no compiled library to load.

(matplotlib has no wheel that the published pages could load, and draws for one colour scheme.)
"""

from html import escape

from lab.measure import Sample, short

ROW, LEFT, WIDTH = 34, 170, 640
# A page that draws it in place says its own colours (the site does); as a picture, in JupyterLab, it brings its paper.
LOOKS = "color:var(--ink,#23292c);background:var(--plot-paper,#fdfcfa);font-family:var(--sans,system-ui,sans-serif)"


class Chart:
    """An SVG that a notebook shows. `text` says the same in words, for screen readers and terminals."""

    def __init__(self, svg: str, text: str) -> None:
        self.svg, self.text = svg, text

    def _repr_svg_(self) -> str:
        return self.svg

    def __repr__(self) -> str:
        return self.text


def bars(samples: dict[str, Sample | float], unit: str = "", title: str = "") -> Chart:
    """One horizontal bar a condition: its median, with a line from the smallest to the largest repeat."""
    rows = {k: v if isinstance(v, Sample) else Sample((float(v),), unit) for k, v in samples.items()}
    unit = unit or next(iter(rows.values())).unit
    most = max(sample.spread[1] for sample in rows.values()) or 1
    scale = (WIDTH - LEFT - 110) / most
    text = "; ".join(f"{name}: {short(sample.median)} {unit}" for name, sample in rows.items())
    text = f"{title}: {text}" if title else text
    height = ROW * len(rows) + (30 if title else 8)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="100%" '
        f'style="max-width:{WIDTH}px;{LOOKS}" role="img" font-size="14">',
        f"<title>{escape(text)}</title>",
    ]
    if title:
        parts.append(f'<text x="0" y="16" fill="currentColor" font-weight="600">{escape(title)}</text>')
    for number, (name, sample) in enumerate(rows.items()):
        y = (26 if title else 4) + number * ROW
        low, high = (LEFT + value * scale for value in sample.spread)
        end = LEFT + sample.median * scale
        parts += [
            f'<text x="{LEFT - 10}" y="{y + 19}" text-anchor="end" fill="currentColor">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{y + 5}" width="{max(end - LEFT, 1):.1f}" height="20" rx="3" fill="#2f7f86"/>',
            f'<path d="M{low:.1f} {y + 15}H{high:.1f}" stroke="currentColor" stroke-width="1.5"/>',
            f'<text x="{max(high, end) + 8:.1f}" y="{y + 19}" fill="currentColor">{short(sample.median)} {escape(unit)}</text>',
        ]
    return Chart("".join([*parts, "</svg>"]), text)
