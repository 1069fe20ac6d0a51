"""Pax8: a token by JSON with an audience, pages from 0 with a total, items by invoice."""
from platforms.server import Answer, Platform

LISTS = {"/v1/companies": "companies", "/v1/subscriptions": "subscriptions", "/v1/invoices": "invoices"}


class Pax8(Platform):
    connector = "pax8"

    @property
    def options(self):
        return {"url": self.url + "/v1", "token_url": self.url + "/v1/token", "audience": "https://pax8.example", "client_id": "app-1",
                "client_secret": ("secret", "pax8-secret-1"), "at_once": 1, "assets": True}

    def fill(self):
        for name in LISTS.values():
            self.lists[name] = self.lists[name]["content"]
        self.rows_max = 200  # what the platform really puts on a page

    def answer(self, request):
        if request.path == "/v1/token":
            want = {"client_id": "app-1", "client_secret": "pax8-secret-1", "audience": "https://pax8.example", "grant_type": "client_credentials"}
            if request.method != "POST" or request.json != want:
                return Answer(401, {"status": 401})
            return Answer(200, {"access_token": self.give_token(), "expires_in": 86400, "token_type": "Bearer"})
        if not self.bearer_ok(request):
            return Answer(401, {"status": 401, "message": "Unauthorized"})
        rows = self.lists[LISTS[request.path]] if request.path in LISTS else None
        if request.path == "/v1/invoices":
            rows = [r for r in rows if r["invoiceDate"] >= request.query.get("invoiceDateRangeStart", "")]
        parts = request.path.split("/")
        if rows is None and len(parts) == 5 and parts[2] == "invoices" and parts[4] == "items":
            rows = self.lists["items"].get(parts[3])
        if rows is None:
            return Answer(404, {"status": 404, "message": "not found"})
        page, size = request.number("page", 0), min(request.number("size", 10), self.rows_max)
        return Answer(200, {"content": rows[page * size:(page + 1) * size],
                            "page": {"size": size, "totalElements": len(rows), "totalPages": -(-len(rows) // size), "number": page}})
