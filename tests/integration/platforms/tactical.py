"""Tactical RMM: an API key, each list in one answer, agents that name their client."""
from platforms.server import Answer, Platform


class Tactical(Platform):
    connector = "tacticalrmm"
    options = {"api_key": ("secret", "TACTICALKEY1")}
    small = None  # no pages
    refs = ["1", "2", "3"]
    counted = {"1": {"server": 1, "workstation": 3}, "2": {"server": 1, "workstation": 1}}
    devices_path, clients_path = "/agents/", "/clients/"
    clients_list, client_name, device_name, device_id = "clients", "name", "hostname", "agent_id"
    login_path = None

    def fill(self):
        self.lists["devices"] = self.lists.pop("agents")
        self.names = {c["name"]: c["id"] for c in self.lists["clients"]}

    def renamed(self):
        """Agents and sites say the client's name, too."""
        new = {c["id"]: c["name"] for c in self.lists["clients"]}
        for row in self.lists["devices"] + self.lists["sites"]:
            row["client_name"] = new.get(self.names[row["client_name"]], row["client_name"])
        self.names = {c["name"]: c["id"] for c in self.lists["clients"]}

    def answer(self, request):
        if request.headers.get("X-API-KEY") != "TACTICALKEY1":
            return Answer(401, {"detail": "Invalid token."})
        if request.path == "/clients/":
            return Answer(200, [dict(c, sites=[s for s in self.lists["sites"] if s["client"] == c["id"]]) for c in self.lists["clients"]])
        if request.path == "/clients/sites/":
            return Answer(200, self.lists["sites"])
        if request.path == "/agents/":
            return Answer(200, self.lists["devices"])
        return Answer(200, b"<!DOCTYPE html><html></html>", {"Content-Type": "text/html"})  # as the dashboard does
