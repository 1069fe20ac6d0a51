"""NinjaOne: OAuth2 client credentials, bare arrays with pages after an id."""
from platforms.server import Answer, Platform

PATHS = {"/v2/organizations": "organizations", "/v2/locations": "locations", "/v2/devices-detailed": "devices"}


class NinjaOne(Platform):
    connector = "ninjaone"
    options = {"client_id": "app-1", "client_secret": ("secret", "ninja-secret-1")}

    def __init__(self):
        super().__init__()
        self.page_rows_max = 1000

    def answer(self, request):
        if request.path == "/ws/oauth/token":
            good = {"grant_type": "client_credentials", "client_id": "app-1", "client_secret": "ninja-secret-1", "scope": "monitoring"}
            if request.method != "POST" or request.form != good:
                return Answer(400, {"error": "invalid_client"})
            return Answer(200, {"access_token": self.give_token(), "expires_in": 3600, "token_type": "Bearer", "scope": "monitoring"})
        if not self.bearer_ok(request):
            return Answer(401, {"resultCode": "FAILURE", "errorMessage": "unauthorized"})
        if request.path not in PATHS:
            return Answer(404, {"resultCode": "FAILURE", "errorMessage": "not found"})
        rows = self.lists[PATHS[request.path]]
        if "after" in request.query:
            at = [str(r.get("id")) for r in rows].index(request.query["after"])
            rows = rows[at + 1:]
        return Answer(200, rows[:min(request.number("pageSize", 1000), self.page_rows_max)])
