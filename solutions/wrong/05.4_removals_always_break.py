# fault: a field taken away always breaks, also one of a request that the server passes over
# breaks: R2, R3
# should say: field removed | old caller
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
    if "type" in taken and sent.get("type") != taken["type"]:
        return True
    if "enum" in taken and ("enum" not in sent or set(sent["enum"]) - set(taken["enum"])):
        return True
    if "maximum" in taken and ("maximum" not in sent or sent["maximum"] > taken["maximum"]):
        return True
    if "minimum" in taken and ("minimum" not in sent or sent["minimum"] < taken["minimum"]):
        return True
    if set(taken.get("required", [])) - set(sent.get("required", [])):
        return True
    before, after = old.get("properties", {}), new.get("properties", {})
    if set(before) - set(after):
        return True
    if "items" in old and "items" in new and worse(old["items"], new["items"], request):
        return True
    return any(worse(before[name], after[name], request) for name in before if name in after)
