# fault: reads requestBody and content as if every operation had them
# breaks: R2
# should say: keyerror | requestbody
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
    if old["operationId"] != new["operationId"] or old["responses"].keys() != new["responses"].keys():
        return True
    status = next(iter(old["responses"]))

    def pick(part):
        return part["content"]["application/json"]["schema"]

    was, now = pick(old["requestBody"]), pick(new["requestBody"])
    return worse(was, now, True) or worse(
        pick(old["responses"][status]), pick(new["responses"][status]), False
    )


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
    if set(before) - set(after) and (not request or new.get("additionalProperties") is False):
        return True
    if "items" in old and "items" in new and worse(old["items"], new["items"], request):
        return True
    return any(worse(before[name], after[name], request) for name in before if name in after)
