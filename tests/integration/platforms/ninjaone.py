"""NinjaOne: OAuth2 client credentials, bare arrays with pages after an id."""
from platforms.server import Answer, Platform

PATHS = {"/v2/organizations": "organizations", "/v2/locations": "locations", "/v2/devices-detailed": "devices"}


class NinjaOne(Platform):
    connector = "ninjaone"
    options = {"client_id": "app-1", "client_secret": ("secret", "ninja-secret-1")}
    small = {"page_size": 4}
    refs = ["2", "5", "9"]
    # Of recorded/devices.json: 104 waits for approval, 504 is decommissioned. 101 107, 102 103, 105, 106; 501, 502, 503
    counted = {"2": {"server": 2, "workstation": 2, "network": 1, "virtual": 1}, "5": {"server": 1, "mobile": 1, "other": 1}}
    devices_path, clients_path = "/v2/devices-detailed", "/v2/organizations"
    clients_list, client_name, device_name, device_id = "organizations", "name", "displayName", "id"
    login_path = "/ws/oauth/token"

    def __init__(self):
        super().__init__()
        self.page_rows_max, self.cut = 1000, 0

    def later_page(self, request):
        return request.path == self.devices_path and "after" in request.query

    def answer(self, request):
        if request.path == self.login_path:
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
        return Answer(200, rows[:min(request.number("pageSize", 1000), self.page_rows_max) - (self.cut if self.later_page(request) else 0)])
