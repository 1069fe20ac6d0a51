"""What the PSA connectors ask, held against the platforms' published descriptions.

Run by ctest as e2e/descriptions_psa, or:  BILLHOOK_BIN=build/dev/bin/billhook /usr/bin/python3 -m pytest tests/e2e/test_descriptions_psa.py
"""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "integration"))
from platforms.bench import Bench  # noqa: E402
from platforms.connectwise import BASE as CONNECTWISE  # noqa: E402
from platforms.connectwise import ConnectWise  # noqa: E402
from platforms.syncro import BASE as SYNCRO  # noqa: E402
from platforms.syncro import Syncro  # noqa: E402
from prism import Prism, Unavailable, skip_all  # noqa: E402

if not os.access(os.environ.get("BILLHOOK_BIN", ""), os.X_OK):
    pytest.exit("BILLHOOK_BIN is not set, or not a program", returncode=2)

COUNTED = ["/company/companies", "/company/configurations", "/company/contacts", "/finance/agreements", "/procurement/catalog", "/time/entries", "/procurement/products"]
PLATFORMS = {
    "connectwise": (ConnectWise, dict(description="connectwise-core.json", prefix=CONNECTWISE), [{"include_inactive": True}, {"companies": "id=250"}],
                    {"GET " + CONNECTWISE + p for p in COUNTED + [p + "/count" for p in COUNTED] + ["/company/companies/statuses", "/company/configurations/statuses"] + [
                        "/finance/agreements/%d/additions" % i for i in (501, 502, 503, 504, 505)]}, "pageSize"),
    "syncro": (Syncro, dict(description="syncro.json", prefix=SYNCRO), [{"include_inactive": True}],
               {"GET " + SYNCRO + "/" + p for p in ("customers", "customer_assets", "contacts", "products", "schedules", "ticket_timers", "tickets", "tickets/8803")}, "page"),
}


@pytest.fixture(scope="module", params=sorted(PLATFORMS))
def case(request):
    platform, settings, variants, paths, number = PLATFORMS[request.param]
    try:
        prism = Prism(**settings)
    except Unavailable as e:
        skip_all("descriptions_psa", e)
    with prism:
        yield request.param, platform, prism, variants, paths, number


def test_every_request_is_as_described(case, tmp_path):
    name, platform_class, prism, variants, paths, _ = case
    for i, options in enumerate([{}] + variants):
        with platform_class() as platform:
            if name == "syncro":
                options = dict(options, billed_through="2026-10-31")
            platform.watchers.append(prism.watch)
            bench = Bench(tmp_path / str(i), name, platform, [], **dict(platform.options, **options))
            bench.pull(code=1)  # nobody claims the platform's clients here
    assert prism.complaints == []
    assert paths <= set(prism.checked)


def test_the_check_can_fail(case):
    """A wrong name, a wrong type and a path that there is not are told: else the test above would say nothing."""
    name, _, prism, _, paths, number = case
    path = sorted(paths)[0].partition(" ")[2]
    headers = {"Authorization": "Basic eDp5" if name == "connectwise" else "Bearer token", "Accept": "application/json", "clientId": "x"}
    assert prism.check("GET", f"{path}?{number}=5", headers) == []
    assert any(number.lower() in w.lower() for w in prism.check("GET", f"{path}?{number}=many", headers))
    assert any("not described" in w for w in prism.check("GET", f"{path}?{number.lower()}s=5", headers))
    assert any("not described" in w for w in prism.check("GET", prism.prefix + "/v2/nowhere", headers))
    if name == "connectwise":  # a header that the description demands
        assert any("clientid" in w.lower() for w in prism.check("GET", path, {k: v for k, v in headers.items() if k != "clientId"}))
