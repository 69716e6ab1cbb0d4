"""The OpenAPI document of a context's API, made from its operations (chassis.api) and its contracts.

It is made at a developer's desk and committed (`python tools/openapi.py`), so no service imports this module,
nor drf-spectacular and pydantic with it. A test makes it anew and compares.
"""

import inspect
import re
from collections import defaultdict
from importlib import import_module
from typing import get_args, get_origin

from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.settings import patched_settings
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from drf_spectacular.validation import validate_schema
from pydantic import TypeAdapter
from rest_framework import serializers, status

from boxoffice.chassis import fields
from boxoffice.chassis.api import BY_STATUS, Operations
from boxoffice.chassis.callers import Anybody, People
from boxoffice.chassis.client import PROBLEM

PROBLEM_TYPE = "application/problem+json"
# what is refused before a handler runs, whoever wrote it
ALWAYS = (401, 406)
WITH_A_BODY = (400, 413, 415)
WITHOUT_NUL = r"^[^\u0000]*$"  # no PostgreSQL text holds one
IN_A_PATH = {
    "int": {"type": "integer", "minimum": 0, "maximum": fields.LARGEST},
    "slug": {"type": "string", "pattern": "^[-a-zA-Z0-9_]+$", "maxLength": 160},
    "uuid": {"type": "string", "format": "uuid"},
}
MEANINGS = {
    400: "What was sent makes no sense",
    401: "A token is missing, or does not hold",
    402: "The payment was declined",
    403: "Not allowed",
    404: "There is no such thing",
    406: "Only JSON is given",
    409: "Cannot be done: see the type",
    413: "Too large",
    415: "Only JSON is read",
    422: "Well written, and makes no sense: see the type",
    429: "Too often; Retry-After says when to ask again",
    503: "Nothing was done: asking again may help",
    504: "Nobody knows whether it was done",
}


class Schema(AutoSchema):
    """One operation, as it says itself."""

    @property
    def operation(self):
        return self._handler.operation

    @property
    def _handler(self):
        return getattr(self.view, getattr(self.view, "action", None) or self.method.lower())

    def get_operation_id(self):
        """As `holds_consume`, or `seats_get` where the view is no viewset."""
        return f"{re.sub(r'(?<=[a-z])(?=[A-Z])', '_', type(self.view).__name__).lower()}_{self._handler.__name__}"

    def get_summary(self):
        return inspect.getdoc(self._handler).partition("\n")[0]

    def get_description(self):
        return ""

    def get_tags(self):
        return [type(self.view).__module__.split(".")[-3]]

    def _is_list_view(self, serializer=None):
        return False  # a contract says itself what it is a list of

    def _resolve_path_parameters(self, variables):
        found = super()._resolve_path_parameters(variables)
        for parameter in found:
            parameter["schema"] = IN_A_PATH[self._converter(parameter["name"])]
            parameter.pop("description", None)
        return found

    def _converter(self, name: str) -> str:
        return re.search(rf"<(\w+):{name}>", self.path_regex)[1]

    def get_auth(self):
        if Anybody in self.view.permission_classes:
            return [{}]
        return [{"person" if People in self.view.permission_classes else "service": []}]

    def get_request_serializer(self):
        return None if self.method == "GET" else self.operation.reads

    def map_parsers(self):
        return ["application/json"]

    def get_override_parameters(self):
        found = []
        if self.method == "GET" and self.operation.reads:
            found = [_parameter(name, field, self) for name, field in self.operation.reads().fields.items()]
        if self.operation.keyed:
            found.append(
                OpenApiParameter(
                    "Idempotency-Key",
                    {"type": "string", "pattern": f"^{Operations.KEY.pattern}$"},
                    OpenApiParameter.HEADER,
                    description="The same key with the same request is done once, and answered alike.",
                )
            )
        return found

    def get_response_serializers(self):
        said = self.operation
        good = status.HTTP_204_NO_CONTENT if said.answers is None else said.status
        found = {good: OpenApiResponse(self._contract(said.answers), description="Done")}
        for code, kinds in sorted(self._problems().items()):
            found[code, PROBLEM_TYPE] = OpenApiResponse(
                self._problem(sorted(kinds)), description=MEANINGS[code]
            )
        if self.method == "GET" and said.reads:
            found[414] = OpenApiResponse(
                None, description="The address is too long: said by the server in front"
            )
        return found

    def _problems(self) -> dict[int, set[str]]:
        """The types of the problems that this operation may answer with, by status."""
        codes = {*ALWAYS}
        if self.operation.reads:
            codes |= {400} if self.method == "GET" else {*WITH_A_BODY}
        if self.operation.keyed:
            codes.add(400)
        if Anybody not in self.view.permission_classes:
            codes.add(403)
        if "{" in self.path:
            codes.add(404)
        if self.view.get_throttles():
            codes.add(429)
        found = defaultdict(set)
        for code in codes:
            found[code].add(PROBLEM + BY_STATUS[code])
        for refusal in self.operation.refuses:
            found[refusal.status].add(PROBLEM + refusal.problem)
        return found

    def _contract(self, kind):
        if kind is None:
            return None
        described = TypeAdapter(kind).json_schema(
            mode="serialization", ref_template="#/components/schemas/{model}"
        )
        for name, schema in described.pop("$defs", {}).items():
            self._component(name, _plain(schema))
        if "properties" in described:  # a contract; else a list or a dict of some
            parts = (get_origin(kind) or kind, *get_args(kind))  # PageContract[OrderContract] is two
            return self._component("_".join(part.__name__ for part in parts), _plain(described))
        return _plain(described)

    def _problem(self, kinds: list[str]) -> dict:
        name = "_or_".join(kind.removeprefix(PROBLEM).replace("-", "_") for kind in kinds)
        narrower = {"type": "object", "properties": {"type": {"type": "string", "enum": kinds}}}
        return self._component(f"Problem_{name}", {"allOf": [self._any_problem(), narrower]})

    def _any_problem(self) -> dict:
        said = {
            "type": {"type": "string", "description": "what is wrong: stable, for programs"},
            "status": {"type": "integer"},
            "detail": {"type": "string", "description": "what is wrong: for people, may change"},
        }
        return self._component("Problem", {"type": "object", "properties": said, "required": [*said]})

    def _component(self, name: str, schema: dict) -> dict:
        component = ResolvedComponent(name, ResolvedComponent.SCHEMA, schema, name)
        self.registry.register_on_missing(component)
        return component.ref

    def _map_serializer_field(self, field, direction, bypass_extensions=False):
        if isinstance(field, fields.PageNumber):
            return {"type": ["string", "null"]}
        return _sharper(field, super()._map_serializer_field(field, direction, bypass_extensions))

    def _map_serializer(self, serializer, direction, bypass_extensions=False):
        schema = super()._map_serializer(serializer, direction, bypass_extensions)
        if isinstance(serializer, fields.Input):
            schema["additionalProperties"] = False
            if "__doc__" not in vars(type(serializer)) or not type(serializer).__doc__:
                schema.pop("description", None)  # it is the base's
        return schema


def _sharper(field, schema: dict) -> dict:
    """What drf-spectacular cannot know of this project's own fields."""
    if isinstance(field, fields.Numbers):
        number = {"type": "integer", "minimum": 0, "maximum": fields.LARGEST}
        return {"type": "array", "items": number, "minItems": 1, "maxItems": field.MOST}
    if isinstance(field, fields.Amount):
        return {"type": "string", "pattern": f"^{field.DIGITS.pattern}$"}
    if isinstance(field, fields.Whole):
        schema.pop("format", None)
    schema.pop("x-spec-enum-id", None)
    if isinstance(field, fields.Text):
        schema |= {"pattern": WITHOUT_NUL} | ({} if field.allow_blank else {"minLength": 1})
    return schema


def _parameter(name: str, field: serializers.Field, schema: Schema) -> OpenApiParameter:
    described = schema._map_serializer_field(field, "request")
    schema._insert_field_validators(field, described)
    for said_elsewhere in ("default", "description"):
        described.pop(said_elsewhere, None)
    if "null" in described.get("type", ()):
        described["type"] = "string"  # an address has no null
    is_list = described.get("type") == "array"
    return OpenApiParameter(
        name,
        described,
        OpenApiParameter.QUERY,
        required=field.required,
        description=str(field.help_text or ""),
        style="form" if is_list else None,
        explode=False if is_list else None,
    )


def _plain(schema):
    """pydantic's titles say what the names say already."""
    if isinstance(schema, dict):
        return {
            name: _plain(value)
            for name, value in schema.items()
            if name != "title" or not isinstance(value, str)
        }
    return [_plain(one) for one in schema] if isinstance(schema, list) else schema


class Generator(SchemaGenerator):
    def create_view(self, callback, method, request=None):
        view = super().create_view(callback, method, request)
        view.schema = Schema()
        return view


def document(context: str) -> bytes:
    """The OpenAPI 3.1 document of the context's API as YAML. Django must be loaded, with the context in it."""
    urls = import_module(f"boxoffice.contexts.{context}.api.urls")
    wanted = {
        "TITLE": f"Curtain Call: {context}",
        "DESCRIPTION": _first_sentence(import_module(f"boxoffice.contexts.{context}.facade")),
        "VERSION": "1",
        "OAS_VERSION": "3.1.0",
        "SCHEMA_PATH_PREFIX": "/api/v1",
        "COMPONENT_SPLIT_REQUEST": False,
        "APPEND_COMPONENTS": {"securitySchemes": SECURITY},
        "POSTPROCESSING_HOOKS": [],
        "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    }
    with patched_settings(wanted):
        from django.urls import include, path

        generator = Generator(patterns=[path("api/v1/", include(urls))])
        made = linked(generator.get_schema(request=None, public=True))
        validate_schema(made)
        return OpenApiYamlRenderer().render(made)


def _first_sentence(module) -> str:
    """What a facade's docstring begins with; what follows is about exceptions, and an API has none."""
    return re.split(r"(?<=\.)\s", inspect.getdoc(module))[0]


def linked(document: dict) -> dict:
    """The document, in which each answer that names a thing links to the operations on that one thing.

    A hold that was placed has a `reference`, and `/holds/{reference}` takes one: a client, and whoever tests the
    API, can go on from there.
    """
    for path, operations in document["paths"].items():
        for operation in operations.values():
            for code, response in operation["responses"].items():
                if code.startswith("2") and (links := _links(document, path, response)):
                    response["links"] = links
    return document


def _links(document: dict, path: str, response: dict) -> dict:
    answered = response.get("content", {}).get("application/json", {}).get("schema", {})
    found = {}
    for other, operations in document["paths"].items():
        detail = re.match(re.escape(path) + r"/{(\w+)}", other)
        pointer = detail and _pointer(document, answered, detail[1])
        for operation in operations.values() if pointer else ():
            found[operation["operationId"]] = {
                "operationId": operation["operationId"],
                "parameters": {detail[1]: f"$response.body#/{pointer}"},
            }
    return found


def _pointer(document: dict, schema: dict, name: str) -> str | None:
    """Where in such an answer the thing is named: `reference`, or `items/0/id` in a list."""
    fields = _fields(document, schema)
    for known in (name, name.rpartition("_")[2]):
        if known in fields:
            return known
    if "items" in fields and (inner := _pointer(document, fields["items"]["items"], name)):
        return f"items/0/{inner}"
    return None


def _fields(document: dict, schema: dict) -> dict:
    if "$ref" in schema:
        schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    return schema.get("properties", {})


SECURITY = {
    "person": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "A person's access token, from POST /api/v1/tokens of accounts.",
    },
    "service": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "JWT",
        "description": "The token of a service that runs one of the contexts that may call here.",
    },
}
