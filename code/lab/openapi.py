"""What a new OpenAPI document breaks for callers of the old one. Pure Python: it also runs in a browser.

Two questions, asked of each operation that there was:

* request: is everything that could be sent still taken? What the old schema allows must lie within the new one.
* response: is everything that may come back something that callers know? What the new schema allows must lie
  within the old one. A field more is fine: a reader passes over what it does not know. A value more in an
  enumeration is not: a strict reader has no branch for it.

So both are one question with the sides exchanged (`_beyond`), and adding or taking away is neither safe nor
dangerous by itself. What is compared: operations, their names, parameters, bodies, statuses, media types, security;
of schemas types, enumerations, ranges, lengths, patterns, formats, required and known fields, items and values.
Alternatives (anyOf, oneOf) are compared one by one: each must lie within one of the other side's.
"""

from collections.abc import Iterator
from dataclasses import dataclass

METHODS = ("get", "put", "post", "patch", "delete")
# (the upper or lower bound, whether larger values of it allow more)
BOUNDS = {
    "maximum": True,
    "exclusiveMaximum": True,
    "maxLength": True,
    "maxItems": True,
    "minimum": False,
    "exclusiveMinimum": False,
    "minLength": False,
    "minItems": False,
}
REQUEST, RESPONSE = "request", "response"


@dataclass(frozen=True)
class Change:
    """One way in which a caller of the old document may fail. `kind` is a stable name, `what` a sentence."""

    where: str
    kind: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def breaking(old: dict, new: dict) -> list[Change]:
    """All that callers of the OpenAPI document `old` may stumble over, were it replaced by `new`.

    Both are parsed documents (3.0 or 3.1). References lead into the document itself, "#/…"; KeyError where one
    leads nowhere.
    """
    found = []
    for path, method, was in _operations(old):
        where = f"{method.upper()} {path}"
        now = new.get("paths", {}).get(path, {}).get(method)
        if now is None:
            found.append(Change(where, "operation removed", "is gone"))
        else:
            found += _Comparison(old, new, where).changes(was, now)
    return found


def _operations(document: dict) -> Iterator[tuple[str, str, dict]]:
    for path, methods in document.get("paths", {}).items():
        for method in METHODS:
            if method in methods:
                yield path, method, methods[method]


class _Comparison:
    """One operation of two documents."""

    def __init__(self, old: dict, new: dict, where: str) -> None:
        self.old, self.new, self.where = old, new, where
        self.seen: set[tuple[int, int, str]] = set()

    def changes(self, was: dict, now: dict) -> Iterator[Change]:
        if was.get("operationId") != now.get("operationId"):
            yield self._change(
                "operation renamed",
                f"is called {now.get('operationId')}, and was {was.get('operationId')}: generated clients name it so",
            )
        yield from self._security(was, now)
        yield from self._parameters(was, now)
        yield from self._bodies(was, now)
        yield from self._responses(was, now)

    def _change(self, kind: str, what: str, place: str = "") -> Change:
        return Change(f"{self.where}{place and ', '}{place}", kind, what)

    def _security(self, was: dict, now: dict) -> Iterator[Change]:
        def schemes(operation: dict, document: dict) -> list[frozenset[str]]:
            wanted = operation.get("security", document.get("security", []))
            return [frozenset(one) for one in wanted] or [frozenset()]

        before, after = schemes(was, self.old), schemes(now, self.new)
        if lost := [one for one in before if not any(enough <= one for enough in after)]:
            shown = " or ".join(" and ".join(sorted(one)) or "no token" for one in lost)
            yield self._change("security tightened", f"{shown} was enough to be let in, and is not any more")

    def _parameters(self, was: dict, now: dict) -> Iterator[Change]:
        before, after = self._by_name(was, self.old), self._by_name(now, self.new)
        for key, parameter in after.items():
            if parameter.get("required") and not before.get(key, {}).get("required"):
                kind = "parameter required"
                yield self._change(kind, "is needed now", f"parameter {key[1]}")
        for key, parameter in before.items():
            place = f"parameter {key[1]}"
            if key not in after:
                yield self._change("parameter removed", "is not known any more", place)
                continue
            ways = [
                {"style": one.get("style"), "explode": one.get("explode")} for one in (parameter, after[key])
            ]
            if ways[0] != ways[1]:
                yield self._change("type changed", "is written in another way", place)
            yield from self._beyond(parameter.get("schema", {}), after[key].get("schema", {}), REQUEST, place)

    def _by_name(self, operation: dict, document: dict) -> dict:
        found = (self._resolved(one, document) for one in operation.get("parameters", []))
        return {(one["in"], one["name"]): one for one in found}

    def _bodies(self, was: dict, now: dict) -> Iterator[Change]:
        before = self._resolved(was.get("requestBody", {}), self.old)
        after = self._resolved(now.get("requestBody", {}), self.new)
        if after.get("required") and not before.get("required"):
            yield self._change("field required", "is needed now", "request body")
        yield from self._contents(before, after, REQUEST, "request body")

    def _responses(self, was: dict, now: dict) -> Iterator[Change]:
        before, after = was.get("responses", {}), now.get("responses", {})
        good, given = (
            {status for status in responses if status.startswith("2")} for responses in (before, after)
        )
        missing = good - given
        if missing and (given - good or not given):  # else what is left, callers know
            told = ", ".join(sorted(given)) or "no success"
            yield self._change(
                "status changed", f"{', '.join(sorted(missing))} was success, and now it is {told}"
            )
        for status in sorted(set(after) - set(before)):
            if not (missing and status.startswith("2")):
                yield self._change("status added", f"{status} may come back now, which no caller has met")
        for status in sorted(set(before) & set(after)):
            yield from self._contents(
                self._resolved(before[status], self.old),
                self._resolved(after[status], self.new),
                RESPONSE,
                f"response {status}",
            )

    def _contents(self, was: dict, now: dict, side: str, place: str) -> Iterator[Change]:
        before, after = was.get("content", {}), now.get("content", {})
        needed, offered = (before, after) if side == REQUEST else (after, before)
        for media in sorted(set(needed) - set(offered)):
            told = "is not read any more" if side == REQUEST else "is given now, and never was"
            yield self._change("media type changed", f"{media} {told}", place)
        for media in sorted(set(before) & set(after)):
            yield from self._beyond(
                before[media].get("schema", {}), after[media].get("schema", {}), side, place
            )

    def _beyond(self, was: dict, now: dict, side: str, place: str) -> Iterator[Change]:
        """Why what one side allows does not lie within what the other takes."""
        if (id(was), id(now), side) in self.seen:
            return  # a schema that holds itself
        self.seen.add((id(was), id(now), side))
        was, now = self._flat(was, self.old), self._flat(now, self.new)
        inner, outer = (was, now) if side == REQUEST else (now, was)
        if "variants" in was or "variants" in now:
            yield from self._variants(was, now, side, place)
            return
        yield from self._values(inner, outer, side, place)
        yield from self._bounds(inner, outer, side, place)
        yield from self._fields(was, now, inner, outer, side, place)
        for part, name in (("items", "each item"), ("additionalProperties", "each value")):
            if isinstance(was.get(part), dict) and isinstance(now.get(part), dict):
                yield from self._beyond(was[part], now[part], side, f"{place}, {name}")

    def _variants(self, was: dict, now: dict, side: str, place: str) -> Iterator[Change]:
        before, after = was.get("variants", [was]), now.get("variants", [now])
        inner, outer = (before, after) if side == REQUEST else (after, before)
        for one in inner:
            fits = False
            for other in outer:
                pair = (one, other) if side == REQUEST else (other, one)
                fresh = _Comparison(self.old, self.new, self.where)
                if not list(fresh._beyond(*pair, side, place)):
                    fits = True
                    break
            if not fits:
                told = "is not taken any more" if side == REQUEST else "may come back now"
                kind = "null added" if one.get("type") == "null" else "type changed"
                yield self._change(kind, f"{_shown(one)} {told}", place)

    def _values(self, inner: dict, outer: dict, side: str, place: str) -> Iterator[Change]:
        told = "{} is not taken any more" if side == REQUEST else "{} may come back now"
        allowed, known = _types(inner), _types(outer)
        if known is not None:
            if "number" in known:
                known = known | {"integer"}
            beyond = {"anything"} if allowed is None else allowed - known
            if beyond:
                kind = "null added" if beyond == {"null"} else "type changed"
                yield self._change(kind, told.format(" or ".join(sorted(beyond))), place)
        if "enum" in outer and ("enum" in inner or allowed is None or known is None or not allowed - known):
            names = [value for value in inner.get("enum", ["any other value"]) if value not in outer["enum"]]
            if names:
                kind = "enumeration narrowed" if side == REQUEST else "enumeration widened"
                yield self._change(kind, told.format(", ".join(map(str, names))), place)

    def _bounds(self, inner: dict, outer: dict, side: str, place: str) -> Iterator[Change]:
        told = "and took more" if side == REQUEST else "and callers know less"
        for name, more in BOUNDS.items():
            if name not in outer or name in ("minLength", "minItems") and not outer[name]:
                continue
            bound, limit = inner.get(name), outer[name]
            if bound is None or (bound > limit if more else bound < limit):
                now = limit if side == REQUEST else bound
                yield self._change(
                    "range changed", f"{name} is {'none' if now is None else now} now, {told}", place
                )
        for name in ("pattern", "format"):
            if name in outer and inner.get(name) != outer[name]:
                now = outer[name] if side == REQUEST else inner.get(name, "none")
                yield self._change("range changed", f"{name} is {now} now", place)

    def _fields(self, was, now, inner, outer, side, place) -> Iterator[Change]:
        ours, theirs = inner.get("properties", {}), outer.get("properties", {})
        for name in sorted(set(outer.get("required", ())) - set(inner.get("required", ()))):
            if side == REQUEST:
                yield self._change("field required", "is needed now", f"{place}, {name}")
            else:
                gone = name not in now.get("properties", {})
                kind = "field removed" if gone else "field optional"
                yield self._change(kind, "is gone" if gone else "may be missing now", f"{place}, {name}")
        if outer.get("additionalProperties") is False:
            for name in sorted(set(ours) - set(theirs)):
                kind = "field removed" if side == REQUEST else "field added"
                told = (
                    "is refused now" if side == REQUEST else "is given now to callers who take no more fields"
                )
                yield self._change(kind, told, f"{place}, {name}")
        for name in sorted(set(ours) & set(theirs)):
            before, after = was["properties"][name], now["properties"][name]
            yield from self._beyond(before, after, side, f"{place}, {name}")
        if side == RESPONSE:
            for name in sorted(set(theirs) - set(ours) - set(outer.get("required", ()))):
                yield self._change("field removed", "is gone", f"{place}, {name}")

    def _resolved(self, node: dict, document: dict) -> dict:
        while "$ref" in node:
            found = document
            for step in node["$ref"].removeprefix("#/").split("/"):
                found = found[step.replace("~1", "/").replace("~0", "~")]
            node = found
        return node

    def _flat(self, schema: dict | bool, document: dict) -> dict:
        """The schema without references, with what its allOf says merged into it, and alternatives as `variants`."""
        if isinstance(schema, bool):
            return {} if schema else {"enum": []}
        schema = dict(self._resolved(schema, document))
        for part in schema.pop("allOf", []):
            schema = _merged(schema, self._flat(part, document))
        for name in ("anyOf", "oneOf"):
            if name in schema:
                variants = [self._flat(one, document) for one in schema.pop(name)]
                schema["variants"] = [
                    _merged({k: v for k, v in schema.items() if k != "variants"}, one) for one in variants
                ]
        if schema.pop("nullable", False):  # 3.0's way to say it
            schema["type"] = [*(_types(schema) or ()), "null"]
        if "const" in schema:
            schema["enum"] = [schema.pop("const")]
        return schema


def _types(schema: dict) -> set[str] | None:
    """The types that the schema allows; None for any."""
    if "type" not in schema:
        return None
    return {schema["type"]} if isinstance(schema["type"], str) else {*schema["type"]}


def _merged(one: dict, other: dict) -> dict:
    """What both schemas say together."""
    both = {**one, **other}
    if "properties" in one and "properties" in other:
        both["properties"] = {**one["properties"]}
        for name, schema in other["properties"].items():
            known = one["properties"].get(name)
            both["properties"][name] = {"allOf": [known, schema]} if known else schema
    if "required" in one and "required" in other:
        both["required"] = [*one["required"], *other["required"]]
    if "enum" in one and "enum" in other:
        both["enum"] = [value for value in one["enum"] if value in other["enum"]]
    return both


def _shown(schema: dict) -> str:
    if "enum" in schema:
        return ", ".join(map(str, schema["enum"]))
    return " or ".join(sorted(_types(schema) or {"anything"}))
