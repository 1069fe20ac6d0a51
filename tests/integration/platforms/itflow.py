"""ITFlow: the key in the query, limit and offset, every value a text, and "success": "False" past the end with status 200."""
import json
import os

from platforms.server import ROOT, Answer, Platform

MODULES = ("clients", "assets", "contacts", "tickets", "ticket_replies")
RECORDED = os.path.join(ROOT, "..", "shared", "data", "recorded", "itflow")  # answers of a real ITFlow, where they are
PAST_END = {"success": "False", "message": "No resource (for this client and company) with the specified parameter(s)."}


class ITFlow(Platform):
    connector = "itflow"
    options = {"api_key": ("secret", "itflow key&1")}

    def __init__(self):
        super().__init__()
        self.rows_max = 5000

    def fill(self):
        for name in MODULES:
            self.lists[name] = self.lists[name]["data"]

    def real(self):
        """As recorded from a real one."""
        for name in MODULES:
            with open(os.path.join(RECORDED, name + ".json"), encoding="utf-8") as f:
                self.lists[name] = json.load(f)["data"]
        with open(os.path.join(RECORDED, "assets-past-end.json"), encoding="utf-8") as f:
            assert json.load(f) == PAST_END

    def answer(self, request):
        if request.method != "GET":
            return Answer(405, b"array(1) {")
        if request.query.get("api_key") != "itflow key&1":
            return Answer(401, {"success": "False", "message": "Authentication failed. API key is invalid or has expired."})
        parts = request.path.split("/")
        if parts[1:3] != ["api", "v1"] or parts[3] not in MODULES or parts[4] != "read.php":
            return Answer(404, b"<html>not found</html>", {"Content-Type": "text/html"})
        at = request.number("offset", 0)
        rows = self.lists[parts[3]][at:at + min(request.number("limit", 50), self.rows_max)]
        return Answer(200, {"success": "True", "count": len(rows), "data": rows} if rows else PAST_END)
