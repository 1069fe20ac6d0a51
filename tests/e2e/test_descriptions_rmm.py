"""What the RMM connectors ask, held against the platforms' published descriptions.

Run by ctest as e2e/descriptions_rmm, or:  BILLHOOK_BIN=build/dev/bin/billhook /usr/bin/python3 -m pytest tests/e2e/test_descriptions_rmm.py
"""
import os
import sys

import pytest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "integration"))
from platforms.bench import Bench  # noqa: E402
from platforms.datto import Datto  # noqa: E402
from platforms.ninjaone import NinjaOne  # noqa: E402
from prism import Prism, Unavailable, skip_all  # noqa: E402

if not os.access(os.environ.get("BILLHOOK_BIN", ""), os.X_OK):
    pytest.exit("BILLHOOK_BIN is not set, or not a program", returncode=2)

PLATFORMS = {
    "datto-rmm": (Datto, dict(description="datto-rmm.json", prefix="/api", without=["/auth/oauth/"]), [dict(page_size=2), dict(include_inactive=True)],
                  {"GET /api/v2/account/sites", "GET /api/v2/account/devices"}),
    "ninjaone": (NinjaOne, dict(description="ninjaone.yaml", without=["/ws/oauth/"]),
                 [dict(page_size=4), dict(clients="location"), dict(include_inactive=True)],
                 {"GET /v2/organizations", "GET /v2/locations", "GET /v2/devices-detailed"}),
}


@pytest.fixture(scope="module", params=sorted(PLATFORMS))
def case(request):
    platform, settings, variants, paths = PLATFORMS[request.param]
    try:
        prism = Prism(**settings)
    except Unavailable as e:
        skip_all("descriptions_rmm", e)
    with prism:
        yield request.param, platform, prism, variants, paths


def test_every_request_is_as_described(case, tmp_path):
    name, platform_class, prism, variants, paths = case
    for i, options in enumerate([{}] + variants):
        with platform_class() as platform:
            platform.watchers.append(prism.watch)
            bench = Bench(tmp_path / str(i), name, platform, [], **dict(platform.options, **options))
            bench.pull(code=1)  # nobody claims the platform's clients here
    assert prism.complaints == []
    assert set(prism.checked) == paths


def test_the_check_can_fail(case):
    """A wrong name, a wrong type and a path that there is not are told: else the test above would say nothing."""
    name, _, prism, _, paths = case
    path = sorted(paths)[0].partition(" ")[2]
    number = {"datto-rmm": "max", "ninjaone": "pageSize"}[name]
    headers = {"Authorization": "Bearer token", "Accept": "application/json"}
    assert prism.check("GET", f"{path}?{number}=5", headers) == []
    assert any("integer" in w for w in prism.check("GET", f"{path}?{number}=many", headers))
    assert any("not described" in w for w in prism.check("GET", f"{path}?{number.lower()}s=5", headers))
    assert any("not described" in w for w in prism.check("GET", prism.prefix + "/v2/nowhere", headers))
