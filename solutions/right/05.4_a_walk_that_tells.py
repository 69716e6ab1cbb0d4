# idea: a walk with a direction that gives a sentence for each thing that breaks; a list that is empty is no break
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
    return list(problems(old, new))


def problems(old, new):
    if old.get("operationId") != new.get("operationId"):
        yield "the operation has another name"
    before = {code: r for code, r in old["responses"].items() if 200 <= int(code) < 300}
    after = {code: r for code, r in new["responses"].items() if 200 <= int(code) < 300}
    if set(after) - set(before):
        yield "another success status"
    yield from narrower(
        json_of(old.get("requestBody", {})), json_of(new.get("requestBody", {})), True, "request"
    )
    for code in set(before) & set(after):
        yield from narrower(json_of(after[code]), json_of(before[code]), False, "response")


def json_of(part):
    return part.get("content", {}).get("application/json", {}).get("schema") or {}


def narrower(writer, reader, request, where):
    """What the writer of a message may write, and its reader does not expect."""
    if "type" in reader and reader["type"] != writer.get("type"):
        yield f"{where}: another type"
    if "enum" in reader:
        for value in writer.get("enum", ["anything"]):
            if value not in reader["enum"]:
                yield f"{where}: {value} is not expected"
    for limit, sign in (("maximum", 1), ("minimum", -1)):
        if limit in reader and (limit not in writer or sign * writer[limit] > sign * reader[limit]):
            yield f"{where}: {limit} passed"
    for name in reader.get("required", []):
        if name not in writer.get("required", []):
            yield f"{where}: {name} may be missing"
    writes, reads = writer.get("properties", {}), reader.get("properties", {})
    for name in writes:
        if name in reads:
            yield from narrower(writes[name], reads[name], request, f"{where}.{name}")
        elif request and reader.get("additionalProperties", True) is False:
            yield f"{where}: {name} is refused"
    if not request:  # an optional field that nobody will ever see again
        for name in reads:
            if name not in writes:
                yield f"{where}: {name} is gone"
    if "items" in writer and "items" in reader:
        yield from narrower(writer["items"], reader["items"], request, f"{where}[]")
