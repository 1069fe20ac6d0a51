"""ConnectWise PSA: Basic with company+key, clientId, conditions, pages by Link, counts."""
import re

from platforms.server import Answer, Platform, basic

BASE = "/v4_6_release/apis/3.0"
LISTS = {"/company/companies/statuses": "company_statuses", "/company/companies": "companies", "/company/configurations/statuses": "configuration_statuses",
         "/company/configurations": "configurations", "/company/contacts": "contacts", "/finance/agreements": "agreements", "/procurement/catalog": "catalog",
         "/time/entries": "time_entries", "/procurement/products": "product_items"}


def get(row, path):
    for part in path.split("/"):
        row = row.get(part) if isinstance(row, dict) else None
    return row


def fits(row, conditions):
    for term in conditions.replace("(", "").replace(")", "").split(" and ") if conditions else []:
        name, sign, value = re.fullmatch(r"([\w/]+)(>=|=)(.+)", term.strip()).groups()
        have = get(row, name)
        if sign == ">=":
            if not have or have < value.strip("[]"):
                return False
        elif str(have).lower() != value.strip('"').lower():
            return False
    return True


class ConnectWise(Platform):
    connector = "connectwise"
    options = {"company": "northwind", "public_key": "pub-1", "private_key": ("secret", "private-1"), "client_id": "0b1f8f1e-0000-4000-8000-000000000001"}

    def __init__(self):
        super().__init__()
        self.page_rows_max = 1000
        self.hidden = 0  # rows that a list leaves out and the count has

    def __enter__(self):
        super().__enter__()
        self.url += BASE
        return self

    def answer(self, request):
        if request.headers.get("Authorization") != basic("northwind+pub-1", "private-1") or request.headers.get("clientId") != self.options["client_id"]:
            return Answer(401, {"code": "Unauthorized", "message": "Please provide a valid Authorization and clientId."})
        path = request.path[len(BASE):]
        if path == "/system/info":
            return Answer(200, {"version": "v2026.4", "isCloud": True})
        count = path.endswith("/count")
        path = path[:-6] if count else path
        additions = re.fullmatch(r"/finance/agreements/(\d+)/additions", path)
        if additions:
            rows = self.lists["additions"].get(additions.group(1), [])
        elif path in LISTS:
            rows = self.lists[LISTS[path]]
        else:
            return Answer(404, {"code": "NotFound", "message": "not found"})
        rows = [r for r in rows if fits(r, request.query.get("conditions"))]
        if count:
            return Answer(200, {"count": len({r["id"] for r in rows})})
        rows = rows[:len(rows) - self.hidden] if self.hidden and path == "/company/configurations" else rows
        size = min(request.number("pageSize", 25), self.page_rows_max)
        at = request.number("pageId", 0)
        headers = {}
        if at + size < len(rows):
            target = request.target if "pageId=" in request.target else request.target + "&pageId=0"
            host = self.url[:-len(BASE)]
            headers["Link"] = '<%s%s>; rel="next"' % (host, re.sub(r"pageId=\d+", "pageId=%d" % (at + size), target))
        return Answer(200, rows[at:at + size], headers)
