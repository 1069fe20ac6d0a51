"""Microsoft Graph: a token per tenant, lists with @odata.nextLink."""
import copy

from platforms.server import Answer, Platform


class Graph(Platform):
    connector = "msgraph"
    tenants = {"acme.onmicrosoft.example": "acme", "t-2": "beta"}

    @property
    def options(self):
        """One tenant: a recorded session cannot tell the answers of several apart."""
        return {"url": self.url + "/v1.0", "token_url": self.url + "/{tenant}/oauth2/v2.0/token", "scope": "https://graph.example/.default",
                "client_id": "app-1", "client_secret": ("secret", "graph-secret-1"), "tenants": '{ { tenant = "acme.onmicrosoft.example", client = "acme" } }',
                "classes": '{ { match = "SPB", class = "premium" } }'}

    def fill(self):
        acme = {"skus": self.lists["subscribedSkus"]["value"], "users": self.lists["users"]["value"]}
        # The second tenant: one licence, two users.
        beta = copy.deepcopy(acme)
        beta["skus"], beta["users"] = beta["skus"][:1], [beta["users"][i] for i in (0, 1)]
        beta["skus"][0]["consumedUnits"] = 2
        self.lists = {"acme.onmicrosoft.example": acme, "t-2": beta}
        self.page, self.refused = 3, set()
        self.of = {}  # token → tenant

    def answer(self, request):
        parts = request.path.split("/")
        if parts[-2:] == ["v2.0", "token"]:
            want = {"grant_type": "client_credentials", "client_id": "app-1", "client_secret": "graph-secret-1", "scope": "https://graph.example/.default"}
            if request.form != want or parts[1] not in self.lists or parts[1] in self.refused:
                return Answer(400, {"error": "unauthorized_client", "error_description": "AADSTS700016"})
            token = self.give_token()
            self.of[token] = parts[1]
            return Answer(200, {"access_token": token, "expires_in": 3599, "token_type": "Bearer"})
        if not self.bearer_ok(request):
            return Answer(401, {"error": {"code": "InvalidAuthenticationToken", "message": "no"}})
        tenant = self.lists[self.of[request.headers["Authorization"].partition(" ")[2]]]
        if request.path == "/v1.0/subscribedSkus":
            return Answer(200, {"value": tenant["skus"]})
        if request.path != "/v1.0/users":
            return Answer(404, {"error": {"code": "Request_ResourceNotFound"}})
        at = request.number("$skiptoken", 0)
        body = {"value": [{k: u.get(k) for k in request.query["$select"].split(",")} for u in tenant["users"][at:at + self.page]]}
        if at + self.page < len(tenant["users"]):
            body["@odata.nextLink"] = "%s/v1.0/users?$select=%s&$top=999&$skiptoken=%d" % (self.url, request.query["$select"], at + self.page)
        return Answer(200, body)
