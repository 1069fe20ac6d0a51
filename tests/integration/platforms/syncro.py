"""Syncro: bearer token, page=1.. with pages of the platform's own size, meta on some lists only."""
import re

from platforms.server import Answer, Platform

BASE = "/api/v1"
LISTS = {"customers": "customers", "customer_assets": "assets", "contacts": "contacts", "products": "products", "schedules": "schedules", "ticket_timers": "ticket_timers",
         "tickets": "tickets"}
WITH_META = {"customers": True, "contacts": True, "tickets": False, "ticket_timers": False}  # total_entries as well, or total_pages alone


class Syncro(Platform):
    connector = "syncro"
    options = {"token": ("secret", "syncro-token-1")}

    def __init__(self):
        super().__init__()
        self.page_rows, self.hidden = 25, 0

    def fill(self):
        for key in LISTS.values():
            self.lists[key] = self.lists[key][key]

    def __enter__(self):
        super().__enter__()
        self.url += BASE
        return self

    def answer(self, request):
        if request.headers.get("Authorization") != "Bearer syncro-token-1":
            return Answer(401, {"error": "Not authorized."})
        path = request.path[len(BASE) + 1:]
        if path == "me":
            return Answer(200, {"user_id": 1})
        one = re.fullmatch(r"tickets/(\d+)", path)
        if one:
            found = [t for t in self.lists["tickets"] if t["id"] == int(one.group(1))]
            return Answer(200, {"ticket": found[0]}) if found else Answer(404, {"error": "Not found"})
        if path not in LISTS:
            return Answer(404, {"error": "Not found"})
        rows = self.lists[LISTS[path]]
        if path == "customers" and request.query.get("include_disabled") != "true":
            rows = [r for r in rows if not r["disabled"]]
        if "created_at_gt" in request.query:
            rows = [r for r in rows if r["created_at"] > request.query["created_at_gt"]]
        if "since_updated_at" in request.query:
            rows = [r for r in rows if r["updated_at"] > request.query["since_updated_at"]]
        total = len({r["id"] for r in rows})
        rows = rows[:len(rows) - self.hidden] if self.hidden and path == "customers" else rows
        n = request.number("page", 1)
        answer = {LISTS[path]: rows[(n - 1) * self.page_rows:n * self.page_rows]}
        if path in WITH_META:
            answer["meta"] = {"total_pages": max(1, -(-len(rows) // self.page_rows)), "page": n}
            if WITH_META[path]:
                answer["meta"].update(total_entries=total, per_page=self.page_rows)
        return Answer(200, answer)
