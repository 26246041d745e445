"""Requests made from the OpenAPI document against a real server: no failure, and no answer outside of the document.

FUZZ_EXAMPLES=n asks n times on each route; FUZZ_RANDOM=1 takes other examples in each run.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)
from tests.crash.server import Nursery, ServerProcess
from tests.crash.town import Person, Town

from hongyan.app import openapi_document

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "25"))
RANDOM = os.environ.get("FUZZ_RANDOM") == "1"
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
    unsupported_method,
    ignored_auth,
]

schemathesis.serializer.alias("application/offset+octet-stream", "application/octet-stream")
schema = schemathesis.openapi.from_dict(json.loads(openapi_document()))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    nursery = Nursery()
    server = ServerProcess(tmp_path_factory.mktemp("fuzz") / "data", nursery)
    server.start_and_wait()
    town = Town(server.url)
    town.populate(server.owner_token(), 1)
    yield town
    town.close()
    server.stop()
    log = server.output()
    nursery.close()
    assert "unhandled" not in log and "Traceback" not in log, log[-4000:]


@pytest.fixture
def person(town: Town) -> Person:
    """Whose token the requests bear: not the owner."""
    return town.pairs[0][0]


@schema.parametrize()
@settings(
    max_examples=EXAMPLES,
    derandomize=not RANDOM,
    deadline=None,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_every_route(case: schemathesis.Case[Any], town: Town, person: Person) -> None:
    case.call_and_validate(base_url=town.url, headers=person.headers, checks=CHECKS, timeout=20)
