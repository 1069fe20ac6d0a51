"""N-central: a user's token is changed for an access token, pages by number from 1 with the number of all."""
from platforms.server import Answer, Platform

PATHS = {"/api/customers": "customers", "/api/sites": "sites", "/api/devices": "devices"}


class NCentral(Platform):
    connector = "ncentral"
    options = {"token": ("secret", "ncentral-jwt-1")}
    small = {"page_size": 4}
    refs = ["200", "210", "220"]
    # The last digits of recorded/devices.json: 321; 322, 323, 324; 325, 326; 401; 402; 403
    counted = {"200": {"server": 1, "workstation": 3, "network": 2}, "210": {"server": 1, "mobile": 1, "other": 1}}
    devices_path, clients_path = "/api/devices", "/api/customers"
    clients_list, client_name, device_name, device_id = "customers", "customerName", "longName", "deviceId"
    login_path = "/api/auth/authenticate"

    def __init__(self):
        super().__init__()
        self.page_rows_max, self.cut = 1000, 0

    def fill(self):
        self.lists = {name: given["data"] for name, given in self.lists.items()}

    def later_page(self, request):
        return request.path == self.devices_path and request.query["pageNumber"] != "1"

    def answer(self, request):
        if request.path == self.login_path:
            if request.method != "POST" or request.body or request.headers.get("Authorization") != "Bearer ncentral-jwt-1":
                return Answer(401, {"status": 401, "message": "Authentication Failure."})
            return Answer(200, {"tokens": {"access": {"token": self.give_token(), "type": "Bearer", "expirySeconds": 3600},
                                           "refresh": {"token": "refresh-1", "type": "Body", "expirySeconds": 90000}}})
        if not self.bearer_ok(request):
            return Answer(401, {"status": 401, "message": "Authentication Failure."})
        if request.path not in PATHS:
            return Answer(404, {"status": 404, "message": "Not found."})
        rows, size, page = self.lists[PATHS[request.path]], min(request.number("pageSize", 50), self.page_rows_max), request.number("pageNumber", 1)
        shown = rows[(page - 1) * size:page * size]
        if self.cut and self.later_page(request):
            shown = shown[:-self.cut]
        out = {"data": shown, "totalItems": len(rows) - self.repeated}
        if request.path == self.devices_path:  # the other lists tell no more than that
            out.update(pageNumber=page, pageSize=size, itemCount=len(shown), totalPages=-(-len(rows) // size), _links={})
        return Answer(200, out)
