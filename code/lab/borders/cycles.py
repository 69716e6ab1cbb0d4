"""Apps that import each other in a circle."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass

from lab.borders.imports import LIVE, Import


@dataclass(frozen=True)
class Cycle:
    """Apps none of which can be had without the others (a strongly connected component).

    `paths`: the shortest way around, first; then one for each app that is on none yet. `imports` make the first.
    """

    apps: tuple[str, ...]
    paths: tuple[tuple[str, ...], ...]
    imports: tuple[Import, ...]

    @property
    def brief(self) -> str:
        """The first two ways around, and how many more there are."""
        ways = "; ".join(" → ".join(path) for path in self.paths[:2])
        return ways + (f"; and {len(self.paths) - 2} more" if len(self.paths) > 2 else "")

    def __str__(self) -> str:
        return "; ".join(" → ".join(path) for path in self.paths)


def graph_of(imports: Iterable[Import], tests: bool = False) -> dict[str, dict[str, int]]:
    """{app: {other app: number of imports}}; those of tests and migrations only if `tests`."""
    graph: dict[str, dict[str, int]] = {}
    for each in imports:
        if tests or each.kind in LIVE:
            below = graph.setdefault(each.app, {})
            below[each.to_app] = below.get(each.to_app, 0) + 1
            graph.setdefault(each.to_app, {})
    return {app: dict(sorted(graph[app].items())) for app in sorted(graph)}


def cycles(imports: Iterable[Import]) -> tuple[Cycle, ...]:
    """The circles in the graph of apps, without what tests and migrations import; the largest first."""
    imports = [each for each in imports if each.kind in LIVE]
    graph = graph_of(imports)
    found = []
    for component in components(graph):
        if len(component) < 2:
            continue
        ways = sorted((_shortest(graph, start) for start in component), key=lambda w: (len(w), w))
        paths, seen = [], set()
        for way in ways:
            if not paths or not set(way) <= seen:
                paths.append(way)
                seen.update(way)
        steps = set(zip(paths[0], paths[0][1:], strict=False))
        making = tuple(each for each in imports if (each.app, each.to_app) in steps)
        found.append(Cycle(tuple(component), tuple(paths), making))
    return tuple(sorted(found, key=lambda cycle: (-len(cycle.apps), cycle.apps)))


def _shortest(graph: dict[str, dict[str, int]], start: str) -> tuple[str, ...]:
    """A shortest way from an app back to itself, begun at its first app by name."""
    came_from = {}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        for following in graph[here]:
            if following == start:
                way = [here]
                while way[-1] != start:
                    way.append(came_from[way[-1]])
                way.reverse()
                first = way.index(min(way))
                way = way[first:] + way[:first]
                return (*way, way[0])
            if following not in came_from:
                came_from[following] = here
                waiting.append(following)
    raise AssertionError(f"{start} is on no cycle")


def components(graph: dict[str, dict[str, int]]) -> list[list[str]]:
    """The strongly connected components, each sorted (Tarjan's algorithm, without recursion)."""
    number, low, on_stack, stack, found = {}, {}, set(), [], []
    for start in graph:
        if start in number:
            continue
        work = [(start, iter(graph[start]))]
        number[start] = low[start] = len(number)
        stack.append(start)
        on_stack.add(start)
        while work:
            here, rest = work[-1]
            following = next(rest, None)
            if following is None:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[here])
                if low[here] == number[here]:
                    component = []
                    while not component or component[-1] != here:
                        component.append(stack.pop())
                        on_stack.discard(component[-1])
                    found.append(sorted(component))
            elif following not in number:
                number[following] = low[following] = len(number)
                stack.append(following)
                on_stack.add(following)
                work.append((following, iter(graph[following])))
            elif following in on_stack:
                low[here] = min(low[here], number[following])
    return sorted(found)


def closing(graph: dict[str, dict[str, int]]) -> set[tuple[str, str]]:
    """Arrows that close a circle: without them there is none, and they carry few imports.

    (In each component the apps are lined up, whoever imports most and is imported least first; the arrows
    that lead back are the ones. That is near the fewest, not always the fewest.)
    """
    back = set()
    for component in components(graph):
        left, front, rear = set(component), [], []

        def weights(app, left=left):
            out = sum(n for other, n in graph[app].items() if other in left and other != app)
            into = sum(graph[other].get(app, 0) for other in left if other != app)
            return out, into

        while left:
            sinks = [app for app in sorted(left) if weights(app)[0] == 0]
            sources = [app for app in sorted(left) if weights(app)[1] == 0]
            if sinks:
                rear.append(sinks[0])
                left.discard(sinks[0])
            elif sources:
                front.append(sources[0])
                left.discard(sources[0])
            else:
                chosen = min(sorted(left), key=lambda app: weights(app)[1] - weights(app)[0])
                front.append(chosen)
                left.discard(chosen)
        order = {app: n for n, app in enumerate([*front, *reversed(rear)])}
        back |= {(a, b) for a in component for b in graph[a] if b in order and order[b] < order[a]}
    return back
