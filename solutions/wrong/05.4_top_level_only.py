# fault: looks at the fields of the two bodies, and not into them
# breaks: R5
# should say: depth | in a list
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
    if old["operationId"] != new["operationId"] or s0 != s1 or worse(q0, q1, q0, q1):
        return True
    if set(r0.get("required", [])) - set(r1.get("required", [])):
        return True
    if set(r0.get("properties", {})) - set(r1.get("properties", {})):
        return True
    before, after = r0.get("properties", {}), r1.get("properties", {})
    return narrower(r1, r0) or any(narrower(after[name], before[name]) for name in before)


def schemas(operation):
    request = (
        operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    )
    good = {s: r for s, r in operation["responses"].items() if s.startswith("2")}
    response = next(iter(good.values())).get("content", {}).get("application/json", {}).get("schema", {})
    return request, response, set(good)


def worse(old, new, q0, q1):
    if set(new.get("required", [])) - set(old.get("required", [])):
        return True
    before, after = old.get("properties", {}), new.get("properties", {})
    if new.get("additionalProperties") is False and set(before) - set(after):
        return True
    return narrower(old, new) or any(narrower(before[name], after[name]) for name in before if name in after)


def narrower(sent, taken):
    if "type" in taken and sent.get("type") != taken["type"]:
        return True
    if "enum" in taken and ("enum" not in sent or set(sent["enum"]) - set(taken["enum"])):
        return True
    if "maximum" in taken and ("maximum" not in sent or sent["maximum"] > taken["maximum"]):
        return True
    return "minimum" in taken and ("minimum" not in sent or sent["minimum"] < taken["minimum"])
