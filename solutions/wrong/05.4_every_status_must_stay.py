# fault: takes a success that no longer comes for one that nobody knows
# breaks: R4
# should say: no longer given
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


def is_breaking(old, new):
    """Whether callers of the operation `old` may stumble when it becomes `new`."""
    was, now = successes(old), successes(new)
    return (
        old["operationId"] != new["operationId"]
        or was.keys() != now.keys()
        or beyond(schema_of(old.get("requestBody")), schema_of(new.get("requestBody")), "request")
        or any(beyond(schema_of(was[s]), schema_of(now[s]), "response") for s in was)
    )


def successes(operation):
    return {status: one for status, one in operation["responses"].items() if status.startswith("2")}


def schema_of(part):
    return (part or {}).get("content", {}).get("application/json", {}).get("schema", {})


def beyond(old, new, side):
    """Whether one side's schema allows what the other side does not take; walks down both at once."""
    # what may travel, and what whoever receives it takes
    sent, taken = (old, new) if side == "request" else (new, old)
    if "type" in taken and sent.get("type") != taken["type"]:
        return True
    if "enum" in taken and not ("enum" in sent and set(sent["enum"]) <= set(taken["enum"])):
        return True
    if "maximum" in taken and sent.get("maximum", float("inf")) > taken["maximum"]:
        return True
    if "minimum" in taken and sent.get("minimum", float("-inf")) < taken["minimum"]:
        return True
    if set(taken.get("required", ())) - set(sent.get("required", ())):
        return True
    was, now = old.get("properties", {}), new.get("properties", {})
    if set(was) - set(now) and (side == "response" or new.get("additionalProperties") is False):
        return True
    if "items" in old and "items" in new and beyond(old["items"], new["items"], side):
        return True
    return any(beyond(was[name], now[name], side) for name in set(was) & set(now))
