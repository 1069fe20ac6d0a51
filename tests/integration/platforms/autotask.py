"""Autotask PSA: three headers, GET …/query?search={…}, nextPageUrl, counts."""
import json

from platforms.server import Answer, Platform

BASE = "/ATServicesRest"
LISTS = {"Companies": "companies", "ConfigurationItemTypes": "configuration_item_types", "ConfigurationItems": "configuration_items", "Contacts": "contacts", "Services": "services",
         "ServiceBundles": "service_bundles", "Contracts": "contracts", "ContractServices": "contract_services", "ContractServiceUnits": "contract_service_units",
         "ContractServiceBundles": "contract_service_bundles", "ContractServiceBundleUnits": "contract_service_bundle_units", "TimeEntries": "time_entries", "Tickets": "tickets",
         "Tasks": "tasks", "Projects": "projects", "BillingCodes": "billing_codes", "Roles": "roles", "ContractCharges": "contract_charges", "TicketCharges": "ticket_charges",
         "ProjectCharges": "project_charges"}


def fits(row, term):
    have, want = row.get(term["field"]), term["value"]
    if term["op"] == "in":
        return have in want
    if term["op"] == "eq":
        return type(have) is type(want) and have == want
    assert term["op"] == "gte", term
    return have is not None and have >= want


class Autotask(Platform):
    connector = "autotask"
    options = {"user": "api@northwind.example", "secret": ("secret", "at-secret-1"), "integration_code": "CODE1"}

    def __init__(self):
        super().__init__()
        self.page_rows_max, self.hidden, self.zone = 500, 0, None

    def fill(self):
        for name in LISTS.values():
            self.lists[name] = self.lists[name]["items"]

    def __enter__(self):
        super().__enter__()
        self.url += BASE
        return self

    def answer(self, request):
        have = {name: request.headers.get(name) for name in ("ApiIntegrationCode", "UserName", "Secret")}
        if have != {"ApiIntegrationCode": "CODE1", "UserName": "api@northwind.example", "Secret": "at-secret-1"}:
            return Answer(401, {"errors": ["The logged in Resource does not have the adequate permissions or is not set up."]})
        path = request.path[len(BASE + "/V1.0/"):]
        if path == "zoneInformation":
            return Answer(200, {"zoneName": "America East", "url": self.zone or self.url + "/", "webUrl": "https://ww5.autotask.net/", "ci": 5})
        if path == "Contracts/entityInformation/fields":
            return Answer(200, self.lists["contract_fields"])
        entity, _, call = path.partition("/")
        if entity not in LISTS or call not in ("query", "query/count", "query/next"):
            return Answer(404, {"errors": ["not found"]})
        search = json.loads(request.query["search"])
        rows = [r for r in self.lists[LISTS[entity]] if all(fits(r, t) for t in search["filter"])]
        if call == "query/count":
            return Answer(200, {"queryCount": len({r["id"] for r in rows})})
        if self.hidden and entity == "ConfigurationItems":
            rows = rows[:-self.hidden]
        size, at = min(search["maxRecords"], self.page_rows_max), request.number("at", 0)
        following = None
        if at + size < len(rows):
            following = self.url + "/V1.0/%s/query/next?search=%s&at=%d" % (entity, request.target.partition("search=")[2].partition("&")[0], at + size)
        keep = [{k: v for k, v in r.items() if k in search["includeFields"]} for r in rows[at:at + size]]
        return Answer(200, {"items": keep, "pageDetails": {"count": len(keep), "requestCount": size, "prevPageUrl": None, "nextPageUrl": following}})
