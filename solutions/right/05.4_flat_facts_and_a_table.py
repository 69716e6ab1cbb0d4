# idea: write down what each document says, place by place, and judge each difference by a table of rules
# shown beside the book's own answer
VERDICTS = {
    "request: an optional field added": False,
    "request: a required field added": True,
    "request: a field removed, the server refuses unknown fields": True,
    "request: a field removed, the server passes over unknown fields": False,
    "request: a value added to an enumeration": False,
    "request: a maximum lowered": True,
    "response: a field added": False,
    "response: a field removed": True,
    "response: a value added to an enumeration": True,
    "response: a maximum lowered": False,
    "the operationId renamed": True,
    "the success status changed from 201 to 200": True,
}
ANYTHING = None

# whether the new value of a fact allows less than the old one
LESS = {
    "type": lambda old, new: new is not ANYTHING and old != new,
    "enum": lambda old, new: new is not ANYTHING and (old is ANYTHING or not set(old) <= set(new)),
    "maximum": lambda old, new: new is not ANYTHING and (old is ANYTHING or old > new),
    "minimum": lambda old, new: new is not ANYTHING and (old is ANYTHING or old < new),
}


def is_breaking(old, new):
    """Whether callers of the operation `old` may stumble when it becomes `new`."""
    if old["operationId"] != new["operationId"] or not good(new) <= good(old):
        return True
    was, now = facts(body(old)), facts(body(new))
    for place in was.keys() & now.keys():
        if any(LESS[rule](was[place][rule], now[place][rule]) for rule in LESS):
            return True
        if now[place]["required"] - was[place]["required"]:
            return True
    for place in was.keys() - now.keys():
        parent = place[:-1]
        if parent in now and now[parent]["closed"]:
            return True
    for status in good(new):
        was, now = facts(body(old["responses"][status])), facts(body(new["responses"][status]))
        if was.keys() - now.keys():
            return True
        for place in was.keys() & now.keys():
            if any(LESS[rule](now[place][rule], was[place][rule]) for rule in LESS):
                return True
            if was[place]["required"] - now[place]["required"]:
                return True
    return False


def good(operation):
    return {status for status in operation["responses"] if status.startswith("2")}


def body(part):
    part = part.get("requestBody", part)
    return part.get("content", {}).get("application/json", {}).get("schema", {})


def facts(schema, place=()):
    """{place: what the schema says there}, a place being the names on the way to it."""
    found = {
        place: {rule: schema.get(rule, ANYTHING) for rule in LESS}
        | {"required": set(schema.get("required", ())), "closed": schema.get("additionalProperties") is False}
    }
    for name, inner in schema.get("properties", {}).items():
        found |= facts(inner, (*place, name))
    if "items" in schema:
        found |= facts(schema["items"], (*place, "[]"))
    return found
