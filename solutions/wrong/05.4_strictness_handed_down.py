# fault: takes what an outer object says of unknown fields for the inner ones, too
# breaks: R5
# should say: passes over unknown
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
    if old["operationId"] != new["operationId"]:
        return True
    so, sn = good(old), good(new)
    if set(so) != set(sn):
        return True
    if cmp(sch(old.get("requestBody", {})), sch(new.get("requestBody", {})), True):
        return True
    return any(cmp(sch(so[s]), sch(sn[s]), False) for s in so)


def good(o):
    return {s: r for s, r in o["responses"].items() if s[0] == "2"}


def sch(p):
    return p.get("content", {}).get("application/json", {}).get("schema", {})


def cmp(old, new, req, shut=False):
    shut = shut or new.get("additionalProperties") is False
    snt, tkn = (old, new) if req else (new, old)
    if "type" in tkn and snt.get("type") != tkn["type"]:
        return True
    if "enum" in tkn and ("enum" not in snt or not set(snt["enum"]) <= set(tkn["enum"])):
        return True
    if "maximum" in tkn and ("maximum" not in snt or snt["maximum"] > tkn["maximum"]):
        return True
    if "minimum" in tkn and ("minimum" not in snt or snt["minimum"] < tkn["minimum"]):
        return True
    if set(tkn.get("required", [])) - set(snt.get("required", [])):
        return True
    po, pn = old.get("properties", {}), new.get("properties", {})
    gone = set(po) - set(pn)
    if gone and (not req or shut):
        return True
    for n in set(po) & set(pn):
        if cmp(po[n], pn[n], req, shut):
            return True
    if "items" in old and "items" in new:
        return cmp(old["items"], new["items"], req)
    return False
