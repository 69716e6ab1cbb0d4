"""What breaks a caller is named; what does not is let through. Planted in a real document: inventory's."""

import copy

import pytest
import yaml

from lab.home import CODE
from lab.openapi import breaking

INVENTORY = yaml.safe_load((CODE / "boxoffice/contexts/inventory/api/openapi.yaml").read_text())
SCHEMAS = INVENTORY["components"]["schemas"]


def schema(document: dict, name: str) -> dict:
    return document["components"]["schemas"][name]


def holds(document: dict) -> dict:
    return document["paths"]["/api/v1/holds"]["post"]


def change(document, what):
    """Apply `what`, a function, to a copy of the document."""
    changed = copy.deepcopy(document)
    what(changed)
    assert changed != document, "the plant changed nothing"
    return changed


def kinds(plant, before=lambda document: None) -> set[str]:
    old = copy.deepcopy(INVENTORY)
    before(old)
    return {found.kind for found in breaking(old, change(old, plant))}


def new_request_field(required: bool):
    def plant(document):
        schema(document, "NewHold")["properties"]["channel"] = {"type": "string"}
        if required:
            schema(document, "NewHold")["required"].append("channel")

    return plant


def gone_from_the_request(document):
    del schema(document, "Return")["properties"]["keep_hold"]


def gone_from_the_answer(document):
    del schema(document, "HoldContract")["properties"]["expires_at"]
    schema(document, "HoldContract")["required"].remove("expires_at")


def may_be_missing(document):
    schema(document, "HoldContract")["required"].remove("expires_at")


def another_word_for_a_state(document):
    schema(document, "HoldContract")["properties"]["state"]["enum"].append("queued")


def known_states(document):
    schema(document, "HoldContract")["properties"]["state"]["enum"] = ["active", "consumed", "released"]


def another_problem(document):
    name = "Problem_hold_not_found_or_not_found"
    schema(document, name)["allOf"][1]["properties"]["type"]["enum"].append("urn:boxoffice:hold-asleep")


def set_to(*steps, value):
    def plant(document):
        node = document
        for step in steps[:-1]:
            node = node[step]
        node[steps[-1]] = value

    return plant


def at(name: str, field: str, keyword: str, value):
    return set_to("components", "schemas", name, "properties", field, keyword, value=value)


def another_status(document):
    holds(document)["responses"]["200"] = holds(document)["responses"].pop("201")


def a_token_is_needed(document):
    document["paths"]["/api/v1/seats"]["get"]["security"] = [{"person": []}]


def without_an_address(document):
    del document["paths"]["/api/v1/holds/{reference}/release"]


def a_parameter(required: bool):
    def plant(document):
        new = {"in": "query", "name": "channel", "required": required, "schema": {"type": "string"}}
        document["paths"]["/api/v1/seats"]["get"]["parameters"].append(new)

    return plant


BREAKING = {
    "operation removed": without_an_address,
    "operation renamed": lambda document: holds(document).update(operationId="place_hold"),
    "field required": new_request_field(required=True),
    "field removed": gone_from_the_answer,
    "field optional": may_be_missing,
    "enumeration widened": another_problem,
    "range changed": at("NewHold", "quantity", "maximum", 6),
    "status changed": another_status,
    "type changed": at("HoldContract", "quantity", "type", "string"),
    "null added": at("HoldContract", "quantity", "type", ["integer", "null"]),
    "parameter required": a_parameter(required=True),
    "security tightened": a_token_is_needed,
}


@pytest.mark.parametrize("kind", BREAKING)
def test_each_kind_of_breaking_change_is_named(kind):
    assert kinds(BREAKING[kind]) == {kind}


def test_a_field_that_the_server_no_longer_knows_is_refused_where_it_was_taken():
    assert kinds(gone_from_the_request) == {"field removed"}

    def tolerant(document):
        schema(document, "Return").pop("additionalProperties")

    assert kinds(gone_from_the_request, before=tolerant) == set()


def test_a_word_more_is_breaking_in_an_answer_and_not_in_a_request():
    assert kinds(another_word_for_a_state, before=known_states) == {"enumeration widened"}
    fewer = at("NewHold", "band_id", "enum", [1])
    assert kinds(fewer, before=at("NewHold", "band_id", "enum", [1, 2])) == {"enumeration narrowed"}
    more = at("NewHold", "band_id", "enum", [1, 2, 3])
    assert kinds(more, before=at("NewHold", "band_id", "enum", [1, 2])) == set()


def test_a_range_may_grow_in_a_request_and_shrink_in_an_answer():
    assert kinds(at("NewHold", "quantity", "maximum", 20)) == set()
    assert kinds(at("HoldContract", "quantity", "maximum", 10)) == set()
    assert kinds(
        at("HoldContract", "quantity", "maximum", 20), before=at("HoldContract", "quantity", "maximum", 10)
    ) == {"range changed"}


HARMLESS = {
    "a field that need not be sent": new_request_field(required=False),
    "a field more in the answer": set_to(
        "components", "schemas", "HoldContract", "properties", "seconds_left", value={"type": "integer"}
    ),
    "a parameter that need not be sent": a_parameter(required=False),
    "an operation more": lambda document: document["paths"].update(
        {"/api/v1/news": {"get": {"responses": {}}}}
    ),
    "another text": lambda document: holds(document).update(summary="Something else."),
    "no token any more": lambda document: holds(document).update(security=[{}]),
    "null that is no longer given": at("HoldContract", "buyer_id", "anyOf", [{"type": "integer"}]),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_harms_nobody_is_let_through(name):
    assert kinds(HARMLESS[name]) == set()


def test_of_two_success_statuses_one_may_go_and_the_last_may_not():
    def two_successes(document):
        responses = holds(document)["responses"]
        responses["200"] = responses["201"]

    assert kinds(lambda document: holds(document)["responses"].pop("200"), before=two_successes) == set()
    assert kinds(lambda document: holds(document)["responses"].pop("201")) == {"status changed"}

    def another_in_its_place(document):
        holds(document)["responses"]["202"] = holds(document)["responses"].pop("200")

    assert kinds(another_in_its_place, before=two_successes) == {"status changed"}


def test_a_document_breaks_nothing_of_itself():
    assert breaking(INVENTORY, copy.deepcopy(INVENTORY)) == []


def test_each_change_says_where_and_what():
    told = [str(one) for one in breaking(INVENTORY, change(INVENTORY, new_request_field(required=True)))]
    assert told == ["POST /api/v1/holds, request body, channel: is needed now"]


def test_a_schema_that_holds_itself_is_compared_once():
    tree = {
        "type": "object",
        "properties": {"left": {"$ref": "#/components/schemas/Tree"}},
        "required": ["left"],
    }
    document = {
        "paths": {"/t": {"get": {"responses": {"200": {"content": {"application/json": {"schema": tree}}}}}}},
        "components": {"schemas": {"Tree": tree}},
    }
    assert breaking(document, copy.deepcopy(document)) == []


def test_a_reference_that_leads_nowhere_is_an_error():
    broken = change(INVENTORY, lambda document: document["components"]["schemas"].pop("HoldContract"))
    with pytest.raises(KeyError, match="HoldContract"):
        breaking(INVENTORY, broken)
