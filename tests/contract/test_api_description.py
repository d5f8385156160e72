"""The API does what its own description says, and the description is a right one."""

import json
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)

from pingpilot.api.openapi import document
from tests.contract.shop import Shop, open_shop
from tests.servers.service import Service

CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
PATHS = document()["paths"]


@pytest.fixture(scope="module")
def store(shared_service: Service) -> Shop:
    """A workspace that anything may be done to."""
    return open_shop(shared_service, "described")


@pytest.fixture(scope="module")
def schema(store: Shop) -> Any:
    """The description, as the service gives it."""
    return schemathesis.openapi.from_url(f"{store.service.url}/openapi.json")


@pytest.mark.parametrize(("path", "method"), [(path, method) for path, calls in PATHS.items() for method in calls])
def test_every_call_does_what_is_described(store: Shop, schema: Any, path: str, method: str):
    @settings(max_examples=8, phases=[Phase.generate], deadline=None, suppress_health_check=list(HealthCheck))
    @given(case=schema[path][method.upper()].as_strategy())
    def check(case: Any) -> None:
        authorization = {"Authorization": f"Bearer {store.key}"}
        case.call_and_validate(base_url=store.service.url, headers=authorization, checks=CHECKS, timeout=20)

    check()


def test_the_description_holds_every_door(store: Shop):
    answer = store.service.request("GET", "/openapi.json")
    content = json.loads(answer.body)
    assert (answer.status, content["openapi"]) == (200, "3.1.0")
    assert set(content["paths"]["/api/v1/events"]) == {"get", "post"}
    assert {"200", "400", "401", "403", "404", "413", "422", "429", "500", "503"} == set(
        content["paths"]["/api/v1/event"]["post"]["responses"]
    )
    assert "207" in content["paths"]["/api/v1/events"]["post"]["responses"]


def test_the_reference_page_needs_nobody_else(store: Shop):
    answer = store.service.request("GET", "/docs/api")
    page = answer.body.decode()
    assert answer.status == 200
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert "style=" not in page
    assert all(
        path in page for path in ("/api/v1/event<", "/api/v1/deliveries/replay", "/api/v1/keys/{key_id}/regenerate")
    )
