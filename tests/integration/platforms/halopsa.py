"""HaloPSA: OAuth2 client credentials, pageinate/page_no/page_size, record_count."""
from platforms.server import Answer, Platform

LISTS = {"/api/Client": ("clients", "clients"), "/api/Asset": ("assets", "assets"), "/api/Users": ("users", "users"), "/api/Item": ("items", "items"),
         "/api/ClientContract": ("contracts", "contracts"), "/api/RecurringInvoice": ("recurring_invoices", "invoices")}


class Halo(Platform):
    connector = "halopsa"
    options = {"client_id": "app-1", "client_secret": ("secret", "halo-secret-1"), "tenant": "north wind", "cycles": [{"match": "3", "unit": "month"}, {"match": "5", "every": 3, "unit": "month"}]}

    def __init__(self):
        super().__init__()
        self.page_rows_max = 100

    def fill(self):
        for name, key in LISTS.values():
            self.lists[name] = self.lists[name][key]

    def __enter__(self):
        super().__enter__()
        self.url += "/api"
        return self

    def answer(self, request):
        if request.path == "/auth/token":
            good = {"grant_type": "client_credentials", "client_id": "app-1", "client_secret": "halo-secret-1", "scope": "all"}
            if request.method != "POST" or request.form != good or request.query != {"tenant": "north wind"}:
                return Answer(400, {"error": "invalid_client"})
            return Answer(200, {"access_token": self.give_token(), "expires_in": 3600, "token_type": "Bearer"})
        if not self.bearer_ok(request):
            return Answer(401, {"error": "unauthorized"})
        if request.path == "/api/TimesheetEvent":
            start, end = request.query["start_date"], request.query["end_date"]
            return Answer(200, [e for e in self.lists["timesheet_events"] if start <= e["start_date"] < end])
        if request.path not in LISTS:
            return Answer(404, {"ClassName": "NotFound", "Message": "not found"})
        name, key = LISTS[request.path]
        assert request.query.get("pageinate") == "true"
        rows = self.lists[name]
        if request.query.get("includeinactive") != "true":
            rows = [r for r in rows if r.get("inactive") is not True]  # 1 slips through, as some instances have it
        if request.query.get("includelines") != "true" and name == "recurring_invoices":
            rows = [{k: v for k, v in r.items() if k != "lines"} for r in rows]
        total = len({r["id"] for r in rows})
        size = min(request.number("page_size", 50), self.page_rows_max)
        at = (request.number("page_no", 1) - 1) * request.number("page_size", 50)
        return Answer(200, {"record_count": total, key: rows[at:at + size]})
