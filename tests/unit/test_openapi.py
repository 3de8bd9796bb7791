"""The API's description: valid, complete, with an example for everything; no Keycloak is needed for that."""

import json
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from fastapi.openapi.models import OpenAPI

from keycloak_user_metadata.app import create_app
from keycloak_user_metadata.settings import Settings
from tests.integration.problems import MEDIA_TYPE, PROMISES, TYPE

Json = dict[str, Any]

DOCUMENT, ENTRY = "/api/user/{userId}/metadata", "/api/user/{userId}/metadata/{key}"
OPERATIONS = {
    ("get", DOCUMENT): {200, 304, 400, 401, 403, 404, 409, 502, 503, 504},
    ("put", DOCUMENT): {200, 400, 401, 403, 404, 409, 412, 413, 415, 422, 502, 503, 504},
    ("patch", DOCUMENT): {200, 400, 401, 403, 404, 409, 412, 413, 415, 422, 502, 503, 504},
    ("get", ENTRY): {200, 304, 400, 401, 403, 404, 409, 502, 503, 504},
    ("put", ENTRY): {200, 201, 400, 401, 403, 404, 409, 412, 413, 415, 422, 502, 503, 504},
    ("delete", ENTRY): {200, 204, 400, 401, 403, 404, 409, 412, 413, 502, 503, 504},
    ("get", "/api/user/{userId}/claims"): {200, 400, 401, 403, 404, 409, 502, 503, 504},
    ("get", "/api/me/metadata"): {200, 304, 400, 401, 403, 409, 502, 503, 504},
    ("get", "/health/live"): {200},
    ("get", "/health/ready"): {200, 503},
}


@pytest.fixture(scope="module")
def description() -> Json:
    """What /openapi.json says."""
    settings = Settings.load(keycloak_url="http://localhost:8080", realm="demo")
    return create_app(settings).openapi()


def test_the_description_is_openapi(description: Json) -> None:
    """It is an OpenAPI 3.1 document, and every name it refers to is there."""
    document = OpenAPI.model_validate(description)

    assert document.openapi.startswith("3.1.")
    for reference in re.findall(r"'\$ref': '(.*?)'", str(description)):
        target = description
        for step in reference.removeprefix("#/").split("/"):
            target = target[step]


def test_every_route_is_described_with_every_status(description: Json) -> None:
    """The routes of the design and no others, each with all that it may answer."""
    described = {
        (method, path): {int(status) for status in operation["responses"]}
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    }

    assert described == OPERATIONS


def test_every_operation_has_a_name_and_a_sentence(description: Json) -> None:
    """Generated clients get a name of their own for each operation, and what it does."""
    operations = [operation for path in description["paths"].values() for operation in path.values()]

    assert len({operation["operationId"] for operation in operations}) == len(OPERATIONS)
    assert all(operation["description"].endswith(".") for operation in operations)


def test_every_body_is_shown_by_an_example(description: Json) -> None:
    """Whatever is sent or answered as JSON has a schema and an example of it."""
    contents = [
        content
        for method, path in OPERATIONS
        if path.startswith("/api/")
        for content in _contents(description["paths"][path][method])
    ]

    assert len(contents) > len(OPERATIONS)
    for content in contents:
        schemas = content["schema"].get("anyOf", [content["schema"]])
        assert all("$ref" in schema for schema in schemas)
        assert "example" in content or len(content["examples"]) >= len(schemas)


def test_every_problem_is_described_where_it_may_come(description: Json) -> None:
    """The problems of a status are described with all its codes, under their own media type."""
    for method, path in OPERATIONS:
        for status, answer in description["paths"][path][method]["responses"].items():
            if int(status) < HTTPStatus.BAD_REQUEST:
                continue
            codes = {code for code, promise in PROMISES.items() if promise.status == int(status)}
            content = answer["content"][MEDIA_TYPE]
            assert content["examples"].keys() == codes, (method, path)
            for code, example in content["examples"].items():
                assert example["value"]["type"] == TYPE + code
                assert example["value"]["title"] == PROMISES[code].title
                assert example["value"]["status"] == int(status)


def test_names_tags_and_tokens_are_described(description: Json) -> None:
    """The parameters of a path, the conditions, the entity tag and the bearer token are there by name."""
    put = description["paths"][ENTRY]["put"]
    parameters = {(each["in"], each["name"].lower()) for each in put["parameters"]}
    scheme = next(iter(put["security"][0]))

    assert parameters == {
        ("path", "userid"),
        ("path", "key"),
        ("query", "dryrun"),
        ("header", "if-match"),
        ("header", "if-none-match"),
        ("header", "x-request-id"),
    }
    assert put["responses"]["201"]["headers"].keys() == {"ETag", "X-Request-Id"}
    assert put["responses"]["401"]["headers"].keys() == {"X-Request-Id"}
    assert description["components"]["securitySchemes"][scheme]["scheme"] == "bearer"
    assert "security" not in description["paths"]["/health/live"]["get"]


def test_the_description_names_the_address_it_is_served_at() -> None:
    """Under a root path, the description's server is that path."""
    settings = Settings.load(keycloak_url="http://localhost:8080", realm="demo", root_path="/meta")

    assert create_app(settings).openapi()["servers"] == [{"url": "/meta"}]


def _contents(operation: Json) -> Iterator[Json]:
    for part in [operation.get("requestBody", {}), *operation["responses"].values()]:
        yield from part.get("content", {}).values()


def test_the_rule_of_keys_is_described(description: Json) -> None:
    """The description allows just the keys that can be stored, wherever a key is sent."""
    schemas, put = description["components"]["schemas"], description["paths"][ENTRY]["put"]
    in_path = next(each["schema"] for each in put["parameters"] if each["name"] == "key")
    rules = [
        in_path,
        schemas["KeyedEntryBody"]["properties"]["key"],
        schemas["PatchBody"]["propertyNames"],
    ]
    vectors: list[Json] = json.loads((Path(__file__).parents[1] / "vectors" / "keys.json").read_text())

    assert len({rule["pattern"] for rule in rules}) == 1
    for vector in vectors:
        key, error = vector["key"], vector.get("error")
        allowed = bool(re.search(in_path["pattern"], key)) and len(key) >= in_path["minLength"]
        # How long a key may be is the realm's to say, and half of a surrogate pair no pattern can.
        if error != "limit_exceeded" and not re.search("[\ud800-\udfff]", key):
            assert allowed == (error is None), vector


def test_a_created_entry_leads_on(description: Json) -> None:
    """The description links the answer to what reads and what deletes the entry that was created."""
    links = description["paths"][ENTRY]["put"]["responses"]["201"]["links"]
    operations = {path[method]["operationId"] for path in [description["paths"][ENTRY]] for method in path}

    assert links.keys() == {"get_entry", "delete_entry"}
    assert links.keys() <= operations
