# fault: whatever was only added to is safe: a required field of the request is not
# breaks: R2, R3
# should say: required field | send
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
    return lost(old, new)


def lost(old, new):
    if isinstance(old, dict) and isinstance(new, dict):
        return any(key not in new or lost(old[key], new[key]) for key in old)
    if isinstance(old, list) and isinstance(new, list):
        return not all(item in new for item in old)
    return old != new
