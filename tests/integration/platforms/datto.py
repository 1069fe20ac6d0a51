"""Datto RMM: a password grant of the public client, pages by number from 0 with the number of all."""
from platforms.server import Answer, Platform, basic

A, B, C = ("b1f2c3d4-0000-4000-8000-00000000000" + x for x in "abc")
PATHS = {"/api/v2/account/sites": "sites", "/api/v2/account/devices": "devices"}


class Datto(Platform):
    connector = "datto-rmm"
    options = {"api_key": ("secret", "datto-key-1"), "api_secret": ("secret", "datto-secret-1")}
    small = {"page_size": 4}
    refs = [A, B, C]
    # Of recorded/devices.json: 4 is suspended, 5 deleted.
    counted = {A: {"server": 2, "workstation": 2, "network": 1}, B: {"network": 1, "server": 1, "mobile": 1, "other": 1}}  # 1 6, 2 3, 7; 8, 9, 10, 11
    devices_path, clients_path = "/api/v2/account/devices", "/api/v2/account/sites"
    clients_list, client_name, device_name, device_id = "sites", "name", "hostname", "uid"
    login_path = "/auth/oauth/token"

    def __init__(self):
        super().__init__()
        self.page_rows_max, self.cut = 250, 0

    def fill(self):
        for name in ("sites", "devices"):
            self.lists[name] = self.lists[name][name]

    def later_page(self, request):
        return request.path == self.devices_path and request.query["page"] != "0"

    def answer(self, request):
        if request.path == self.login_path:
            good = {"grant_type": "password", "username": "datto-key-1", "password": "datto-secret-1"}
            if request.method != "POST" or request.form != good or request.headers.get("Authorization") != basic("public-client", "public"):
                return Answer(401, {"error": "invalid_grant"})
            return Answer(200, {"access_token": self.give_token(), "token_type": "bearer", "expires_in": 360000, "scope": "read"})
        if not self.bearer_ok(request):
            return Answer(401, {"error": "invalid_token"})
        if request.path == "/api/v2/account":
            return Answer(200, {"id": 1, "uid": "acc0", "name": "Northwind IT"})
        if request.path not in PATHS:
            return Answer(404, {"error": "not found"})
        name = PATHS[request.path]
        rows, size, page = self.lists[name], min(request.number("max", 250), self.page_rows_max), request.number("page", 0)
        shown = rows[page * size:(page + 1) * size]
        if self.cut and self.later_page(request):
            shown = shown[:-self.cut]
        last = (page + 1) * size >= len(rows)
        following = None if last else "https://merlot-api.centrastage.net%s?max=%d&page=%d" % (request.path, size, page + 1)
        return Answer(200, {"pageDetails": {"count": len(shown), "totalCount": len(rows) - self.repeated, "prevPageUrl": None, "nextPageUrl": following}, name: shown})
