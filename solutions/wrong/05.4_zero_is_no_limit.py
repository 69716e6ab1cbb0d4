# fault: a limit of 0 is taken for none, and a limit that appears or goes is not seen
# breaks: R3, R4
# should say: maximum | minimum
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
    (q0, r0, s0), (q1, r1, s1) = schemas(old), schemas(new)
    return old["operationId"] != new["operationId"] or s0 != s1 or worse(q0, q1, True) or worse(r0, r1, False)


def schemas(operation):
    request = (
        operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    )
    good = {s: r for s, r in operation["responses"].items() if s.startswith("2")}
    response = next(iter(good.values())).get("content", {}).get("application/json", {}).get("schema", {})
    return request, response, set(good)


def worse(old, new, request):
    sent, taken = (old, new) if request else (new, old)
    if sent.get("type") != taken.get("type"):
        return True
    if "enum" in taken and ("enum" not in sent or set(sent["enum"]) - set(taken["enum"])):
        return True
    if sent.get("maximum") and taken.get("maximum") and sent["maximum"] > taken["maximum"]:
        return True
    if sent.get("minimum") and taken.get("minimum") and sent["minimum"] < taken["minimum"]:
        return True
    if set(taken.get("required", [])) - set(sent.get("required", [])):
        return True
    before, after = old.get("properties", {}), new.get("properties", {})
    if set(before) - set(after) and (not request or new.get("additionalProperties") is False):
        return True
    if "items" in old and "items" in new and worse(old["items"], new["items"], request):
        return True
    return any(worse(before[name], after[name], request) for name in before if name in after)
