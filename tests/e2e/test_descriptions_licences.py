"""What the connectors to distributors ask, held against the platforms' published descriptions.

Run by ctest as e2e/descriptions_licences, or:  BILLHOOK_BIN=build/int/bin/billhook /usr/bin/python3 -m pytest tests/e2e/test_descriptions_licences.py
"""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "integration"))
from platforms.bench import Bench  # noqa: E402
from platforms.pax8 import Pax8  # noqa: E402
from prism import Prism, Unavailable, skip_all  # noqa: E402

if not os.access(os.environ.get("BILLHOOK_BIN", ""), os.X_OK):
    pytest.exit("BILLHOOK_BIN is not set, or not a program", returncode=2)


@pytest.fixture(scope="module")
def prism():
    try:
        prism = Prism("pax8-partner.json", prefix="/v1", without=["/v1/token"])  # tokens stand in a description of their own
    except Unavailable as e:
        skip_all("descriptions_licences", e)
    with prism:
        yield prism


def test_every_request_is_as_described(prism, tmp_path):
    for i, options in enumerate([{}, {"assets": True, "include_trials": True}]):
        with Pax8() as platform:
            platform.watchers.append(prism.watch)
            platform.rows_max = 3
            platform.url += "/v1"
            bench = Bench(tmp_path / str(i), "pax8", platform, [], token_url=platform.url + "/token", audience="https://pax8.example", client_id="app-1",
                          client_secret=("secret", "pax8-secret-1"), **options)
            bench.pull(code=1)  # nobody claims the platform's clients here
    assert prism.complaints == []
    assert {p for p in prism.checked if not p.endswith("/items")} == {"GET /v1/companies", "GET /v1/subscriptions", "GET /v1/invoices"}
    assert len({p for p in prism.checked if p.endswith("/items")}) == 2


def test_the_check_can_fail(prism):
    """A wrong name, a wrong value and a path that there is not are told: else the test above would say nothing."""
    headers = {"Authorization": "Bearer token", "Accept": "application/json"}
    assert prism.check("GET", "/v1/companies?size=5&page=0", headers) == []
    assert any("number" in w for w in prism.check("GET", "/v1/companies?size=many", headers))
    assert any("not described" in w for w in prism.check("GET", "/v1/companies?pagesize=5", headers))
    assert any("not described" in w for w in prism.check("GET", "/v1/nowhere", headers))
