# fault: asks of the response what it asks of the request: a value more is welcome, a field less is nothing
# breaks: R2, R4, R5
# should say: response
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
    return old["operationId"] != new["operationId"] or s0 != s1 or worse(q0, q1) or worse(r0, r1)


def schemas(operation):
    request = (
        operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
    )
    good = {s: r for s, r in operation["responses"].items() if s.startswith("2")}
    response = next(iter(good.values())).get("content", {}).get("application/json", {}).get("schema", {})
    return request, response, set(good)


def worse(old, new):
    if "type" in new and old.get("type") != new["type"]:
        return True
    if "enum" in new and ("enum" not in old or set(old["enum"]) - set(new["enum"])):
        return True
    if "maximum" in new and ("maximum" not in old or old["maximum"] > new["maximum"]):
        return True
    if "minimum" in new and ("minimum" not in old or old["minimum"] < new["minimum"]):
        return True
    if set(new.get("required", [])) - set(old.get("required", [])):
        return True
    before, after = old.get("properties", {}), new.get("properties", {})
    if new.get("additionalProperties") is False and set(before) - set(after):
        return True
    if "items" in old and "items" in new and worse(old["items"], new["items"]):
        return True
    return any(worse(before[name], after[name]) for name in before if name in after)
