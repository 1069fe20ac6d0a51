"""A workspace around one connector: a pull, and what is counted per client and class."""
import json

from conftest import COMPANY, Workspace

CLASSES = ("workstation", "server", "network", "mobile", "virtual", "other")
DAY = "2026-12-01"


class Bench(Workspace):
    """`refs`: clients as the connector names them; `options`: as billhook.lua has them, secrets as ("secret", value). Billed in advance: what
    counts is the first of December, the default of every date here."""

    def __init__(self, folder, plugin, platform, refs, **options):
        super().__init__(folder)
        self.plugin, self.platform, self.secrets = plugin, platform, {}
        self.connect(**options)
        self.book("".join('product "%s" { name = "%s", model = "per_unit", count = devices { class = "%s" }, price = "1.00" }\n' % (c, c, c) for c in CLASSES))
        entries = []
        for ref in refs:
            entries += [{"id": "c-" + ref, "name": ref, "ids": {"rmm": ref}},
                        {"id": "k-" + ref, "client": "c-" + ref, "starts": "2026-11-01", "lines": [{"product": c} for c in CLASSES]}]
        self.clients(*entries)

    def connect(self, **options):
        words = ["plugin = " + json.dumps(self.plugin), "url = " + json.dumps(self.platform.url)]
        for name, value in options.items():
            if isinstance(value, tuple):
                self.secrets["SECRET_" + name.upper()] = value[1]
                words.append('%s = secret "env:SECRET_%s"' % (name, name.upper()))
            elif isinstance(value, str) and value.startswith("{"):
                words.append("%s = %s" % (name, value))
            else:
                words.append("%s = %s" % (name, json.dumps(value)))
        self.config('connector "rmm" { %s }\n' % ", ".join(words), company=COMPANY)

    def command(self, *args, env=None, **kw):
        done = super().command(*args, env=dict(self.secrets, BILLHOOK_HTTP_HASTE="50", **(env or {})), **kw)  # waits before repeats: a fiftieth
        for value in self.secrets.values():
            assert value not in done.out + done.err, done
        return done

    def pull(self, date=DAY, code=0):
        (row,) = self.command("pull", "--json", "--date", date, code=code).json["connectors"]
        assert row["ok"] is (code != 5), row
        return row

    def counts(self, date=DAY):
        """{client as the connector names it: {class: how many}}, as a bill counts them."""
        self.command("run", "--date", date, "--no-pull", "--json", code=(0, 1))
        out = {}
        for doc in self.drafts():
            found = {x["product"]: int(x["quantity"]) for x in doc["lines"] if x["quantity"] != "0"}
            if found:
                out[doc["client"]["id"][2:]] = found
        return out

    def devices(self, client, date=DAY):
        """{id: {"name", …}} of what a client's bill counts."""
        self.command("run", "--date", date, "--no-pull", "--json", code=(0, 1))
        doc = self.draft("c-" + client)
        return {a["id"]: a for x in self.explain(doc["id"])["lines"] for a in x.get("assets", [])}
