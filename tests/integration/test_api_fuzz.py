"""The REST interface of a real service under schemathesis: nothing breaks it, and it answers as it is described."""

from __future__ import annotations

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from console.route import Route
from console.routes import ROUTES
from tests.rest_fixture import Client, County, county

__all__ = ["county"]
CHECKS = (
    not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance,
    response_headers_conformance, negative_data_rejection,
)


def numbers(county: County) -> list[str]:
    """Tickets in several states, so that the moves meet one that they fit."""
    made = [county.draft(subject=f"停水{place}", phone=f"1380000001{place}") for place in range(5)]
    for place, number in enumerate(made):
        steps: list[tuple[str, str, dict[str, Any]]] = [
            ("agent", "accept", {}), ("office", "dispatch", {"unit": "swj"}), ("water", "sign", {}),
            ("water", "contact", {}),
        ]
        for who, action, needs in steps[:place]:
            county.do(who, number, action, **needs)
    return made


@pytest.fixture(scope="module")
def described(county: County) -> Any:
    """The description as the service gives it, with real ticket numbers for those of the paths."""
    description = Client(county.base, "").get("/openapi.json").body
    known = {"type": "string", "enum": numbers(county)}
    for operations in description["paths"].values():
        for operation in operations.values():
            for parameter in operation.get("parameters", ()):
                if parameter["name"] == "number":
                    parameter["schema"] = known
    return schemathesis.openapi.from_dict(description)


def bounded(examples: int) -> Any:
    """The same few examples in every run: CI is no place to find something new."""
    return settings(
        max_examples=examples, deadline=None, database=None, derandomize=True,
        phases=[Phase.explicit, Phase.generate], suppress_health_check=list(HealthCheck),
    )


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: str(route.name))
@pytest.mark.parametrize("mode", list(GenerationMode), ids=lambda mode: str(mode.value))
def test_nothing_sent_breaks_it(county: County, described: Any, route: Route, mode: GenerationMode) -> None:
    """No 5xx; every answer has a described status, media type and shape; what is wrong is refused."""
    headers = {"Authorization": f"Bearer {county.tokens['everybody']}"}
    operation = described[route.path][route.method]
    if mode is GenerationMode.NEGATIVE and not (route.query or route.body or "{" in route.path):
        mode = GenerationMode.POSITIVE  # there is nothing that could be wrong

    @bounded(5)
    @given(case=operation.as_strategy(generation_mode=mode))
    def fuzz(case: Any) -> None:
        case.validate_response(case.call(base_url=county.base, headers=headers), checks=CHECKS)

    fuzz()


def test_the_description_is_complete(county: County) -> None:
    description = Client(county.base, "").get("/openapi.json")
    assert description.status == 200 and json.loads(description.data)["openapi"] == "3.1.0"
    paths = description.body["paths"]
    assert {"/tickets", "/tickets/{number}/dispatch", "/deadline", "/calls", "/accounts/me"} <= set(paths)
