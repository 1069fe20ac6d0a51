"""Zabbix's JSON-RPC, as far as the connector asks: lists with filters, counts, and a session. The end-to-end test has the real one."""
from platforms.server import Answer, Platform


class Zabbix(Platform):
    connector = "zabbix"
    options = {"user": "reader", "password": ("secret", "let me in"), "users": "groups",
               "templates": '{ { template = "Windows*", class = "workstation" } }'}
    refs = ["Acme Dental", "Birch Legal", "Birch Legal/Annex"]
    session = "0123456789abcdef0123456789abcdef"

    def answer(self, request):
        call = request.json
        method, params = call["method"], call["params"]
        out = {"jsonrpc": "2.0", "id": call["id"]}
        if method == "apiinfo.version":
            out["result"] = "7.0.5"
        elif method == "user.login":
            out["result"] = self.session
        elif request.headers.get("Authorization") != "Bearer " + self.session:
            out["error"] = {"code": -32602, "message": "Invalid params.", "data": "Not authorised."}
        elif method == "user.logout":
            out["result"] = True
        else:
            out["result"] = self.found(method.partition(".")[0], params)
        return Answer(body=out)

    def found(self, what, params):
        rows = self.lists[what]
        if "search" in params:
            rows = [r for r in rows if r["name"].startswith(params["search"]["name"])]
        for key, of in (("groupids", "hostgroups"), ("usrgrpids", "usrgrps")):
            if key in params:
                wanted = {str(x) for x in params[key]}
                rows = [r for r in rows if wanted & {g[key[:-1]] for g in r[of]}]
        for key in ("hostids", "userids"):
            if key in params:
                wanted = {str(x) for x in params[key]}
                rows = [r for r in rows if r[key[:-1]] in wanted]
        for key, value in params.get("filter", {}).items():
            rows = [r for r in rows if r[key] == str(value)]
        if params.get("countOutput"):
            return str(len(rows))
        keep = set(params["output"]) | {"hostgroups", "tags", "parentTemplates", "inventory", "usrgrps", "users_status"}
        full = "hostids" in params or "userids" in params
        return [{k: v for k, v in r.items() if k in (keep if full else params["output"])} for r in rows]
