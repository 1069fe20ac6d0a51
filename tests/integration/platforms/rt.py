"""Request Tracker 5's REST2: token or Basic, pages of at most 100, a search for transactions by POST, tickets by TicketSQL."""
import re

from platforms.server import Answer, Platform, basic

BASE = "/REST/2.0"


class RT(Platform):
    connector = "rt"
    options = {"token": ("secret", "1-14-0123456789abcdef"), "queues": "Clients/*"}

    def __init__(self):
        super().__init__()
        self.page_rows_max, self.hidden = 100, 0

    def fill(self):
        for name in ("queues", "tickets", "transactions"):
            self.lists[name] = self.lists[name]["items"]

    def page(self, request, rows):
        size = min(request.number("per_page", 20), 100)
        at = (request.number("page", 1) - 1) * size
        items = rows[at:at + min(size, self.page_rows_max)]
        return Answer(200, {"page": request.number("page", 1), "per_page": size, "total": len({r["id"] for r in rows}), "count": len(items), "items": items})

    def search(self, row, term):
        have, want = row[term["field"]], term["value"]
        if term["field"] == "TimeTaken":
            return int(have) != int(want)
        if term["field"] == "Created":
            return have.replace("T", " ") >= want
        assert term.get("operator", "=") == "="
        return have == want

    def answer(self, request):
        if request.headers.get("Authorization") not in ("token 1-14-0123456789abcdef", basic("billing", "pass-1")):
            return Answer(401, {"message": "Unauthorized"})
        path = request.path[len(BASE):]
        if path == "/queues/all":
            return self.page(request, self.lists["queues"])
        if path == "/transactions" and request.method == "POST":
            rows = [r for r in self.lists["transactions"] if all(self.search(r, t) for t in request.json)]
            return self.page(request, rows[:len(rows) - self.hidden])
        if path == "/tickets":
            ids = set(re.findall(r"id=(\d+)", request.query["query"]))
            rows = [t for t in self.lists["tickets"] if t["id"] in ids and str(t["EffectiveId"]) == t["id"] and t["Status"] != "deleted"]
            if "AND (" in request.query["query"]:
                assert request.query["query"].endswith("AND ('CF.{Billable}' = 'yes')")
                rows = [t for t in rows if t["billable"]]
            return self.page(request, rows)
        one = re.fullmatch(r"/ticket/(\d+)", path)
        found = [t for t in self.lists["tickets"] if one and t["id"] == one.group(1)]
        if found:
            return Answer(200, next(t for t in self.lists["tickets"] if t["id"] == str(found[0]["EffectiveId"])))
        return Answer(404, {"message": "Not Found"})
