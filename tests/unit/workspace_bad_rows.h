/* file, its text, and all that is said about it: included into a table. */
{CONFIG, COMPANY "prodct \"x\" {}\n",
 "billhook.lua:2: unknown name \"prodct\"; did you mean \"product\"?\n"
 "pricebook.lua:6: product \"m365-bp\": count.gauge.from: unknown connector \"rmm\"; none is declared"},
{CONFIG, COMPANY "tax \"t\" { rate = \"5\"\n",
 "billhook.lua:3: '}' expected (to close '{' at line 2) near <eof>"},
{CONFIG, COMPANY "local x = nil\nx.y = 1\n",
 "billhook.lua:3: attempt to index a nil value (local 'x')"},
{CONFIG, COMPANY "local f = io.open\n",
 "billhook.lua:2: unknown name \"io\"\n"
 "pricebook.lua:6: product \"m365-bp\": count.gauge.from: unknown connector \"rmm\"; none is declared"},
{CONFIG, COMPANY "while true do end\n",
 "billhook.lua:2: this file runs without end: stopped after 400 million instructions"},
{CONFIG, COMPANY "local s = (\"x\"):rep(1 << 40)\n",
 "billhook.lua:2: resulting string too large"},
{CONFIG, COMPANY "error { 1 }\n",
 "billhook.lua:2: an error that is a table"},
{CONFIG, COMPANY "product \"x\" {}\nclient \"y\" {}\n",
 "billhook.lua:3: client \"y\": stands in the wrong file; expected in clients/\n"
 "billhook.lua:2: product \"x\": model: missing; known: flat, per_unit, tiered, hybrid\n"
 "pricebook.lua:6: product \"m365-bp\": count.gauge.from: unknown connector \"rmm\"; none is declared"},
{CONFIG, COMPANY "tax \"t\"\n",
 "billhook.lua:2: tax \"t\": unfinished; expected a table { … } behind the name\n"
 "pricebook.lua:6: product \"m365-bp\": count.gauge.from: unknown connector \"rmm\"; none is declared"},
{CONFIG, "company { name = \"N\" }\n",
 "billhook.lua:1: company: currency: missing; expected an ISO 4217 currency like \"USD\"\n"
 "pricebook.lua:6: product \"m365-bp\": count.gauge.from: unknown connector \"rmm\"; none is declared"},
{CONFIG, "company { name = \"N\", currency = \"DOLLARS\", timezone = \"Mars/Olympus\", adress = {} }\n",
 "billhook.lua:1: company: adress: unknown key; did you mean \"address\"?\n"
 "billhook.lua:1: company: currency: \"DOLLARS\"; expected an ISO 4217 currency like \"USD\"\n"
 "billhook.lua:1: company: timezone: unknown timezone \"Mars/Olympus\": expected an IANA name such as \"America/New_York\"\n"
 "pricebook.lua:6: product \"m365-bp\": count.gauge.from: unknown connector \"rmm\"; none is declared"},
{CONFIG, COMPANY "company { name = \"M\", currency = \"EUR\" }\n",
 "billhook.lua:2: company: it is there again; the first stands at billhook.lua:1\n"
 "pricebook.lua:6: product \"m365-bp\": count.gauge.from: unknown connector \"rmm\"; none is declared"},
{CONFIG, COMPANY "invoicing { aproval = \"auto\", terms = \"whenever\", rounding = \"up\", number = \"X\", stale_days = -1 }\n",
 "billhook.lua:2: invoicing: aproval: unknown key; did you mean \"approval\"?\n"
 "billhook.lua:2: invoicing: terms: \"whenever\" is no payment term: expected \"net 30\", \"due on receipt\", \"end of month\", \"net 30 end of month\", \"end of month + 10\", \"day 20\" or \"day 20 of next month\"\n"
 "billhook.lua:2: invoicing: number: \"X\"; expected one like \"INV-{year}-{seq:6}\"\n"
 "billhook.lua:2: invoicing: rounding: \"up\"; expected \"half-up\" or \"half-even\"\n"
 "billhook.lua:2: invoicing: stale_days: the number -1; expected a whole number from 0 to 36500\n"
 "pricebook.lua:6: product \"m365-bp\": count.gauge.from: unknown connector \"rmm\"; none is declared"},
{CONFIG, COMPANY "connector \"rmm\" { plugin = \"cvs\" }\n",
 "billhook.lua:2: connector \"rmm\": plugin: unknown plugin \"cvs\"; did you mean \"csv\"?"},
{CONFIG, COMPANY "connector \"rmm\" { plugin = \"csv\", token = \"plain\", pth = \"x\" }\n",
 "billhook.lua:2: connector \"rmm\": pth: unknown key; did you mean \"path\"?\n"
 "billhook.lua:2: connector \"rmm\": token: a secret written out; expected secret \"env:NAME\", \"file:PATH\" or \"cmd:PROGRAM ARGS\"\n"
 "billhook.lua:2: connector \"rmm\": path: missing; the plugin \"csv\" needs it"},
{CONFIG, COMPANY "connector \"rmm\" { plugin = \"csv\", path = \"x\", token = secret \"hush\" }\n",
 "billhook.lua:2: connector \"rmm\": token: a secret is a reference; expected secret \"env:NAME\", \"file:PATH\" or \"cmd:PROGRAM ARGS\""},
{CONFIG, COMPANY "connector \"rmm\" { plugin = \"csv\", path = \"x\" }\nsink \"mail\" { plugin = \"email\" }\ntax \"a\" { rate = 8.5, on = { \"b\" } }\nidentity { kind = \"device\", by = { \"serial\" }, prefer = { \"rm\" } }\n",
 "advice: billhook.lua:3: sink \"mail\": plugin: the plugin \"email\" is not installed\n"
 "billhook.lua:4: tax \"a\": rate: 8.5 is a float, which is not exact; write it as a string: \"8.5\"\n"
 "billhook.lua:5: identity: prefer[1]: unknown connector \"rm\"; did you mean \"rmm\"?\n"
 "billhook.lua:4: tax \"a\": on[1]: unknown tax \"b\"; known: a"},
{CONFIG, COMPANY "connector \"rmm\" { plugin = \"csv\", path = \"x\" } tax \"a\" { rate = \"5\", on = { \"b\" } }\ntax \"b\" { rate = \"5\", on = { \"c\" } }\ntax \"c\" { rate = \"5\", on = { \"a\" } }\ntax \"d\" { rate = \"5\", on = { \"a\" } }\n",
 "billhook.lua:2: tax \"a\": on[1]: \"b\" comes back to this tax\n"
 "billhook.lua:3: tax \"b\": on[1]: \"c\" comes back to this tax\n"
 "billhook.lua:4: tax \"c\": on[1]: \"a\" comes back to this tax"},
{BOOK, "product \"a\" { modle = \"flat\" }\n",
 "pricebook.lua:1: product \"a\": model: missing; known: flat, per_unit, tiered, hybrid"},
{BOOK, "product \"a\" { model = \"flatt\", price = \"1\" }\n",
 "pricebook.lua:1: product \"a\": model: unknown model \"flatt\"; did you mean \"flat\"?"},
{BOOK, "product \"a\" { model = \"flat\", prce = \"1\" }\n",
 "pricebook.lua:1: product \"a\": prce: unknown key; did you mean \"price\"?"},
{BOOK, "product \"a\" { model = \"flat\", price = 4.5 }\n",
 "pricebook.lua:1: product \"a\": price: 4.5 is a float, which is not exact; write it as a string: \"4.5\""},
{BOOK, "product \"a\" { model = \"flat\", price = \"4,50\" }\n",
 "pricebook.lua:1: product \"a\": price: \"4,50\"; expected an amount like \"12.50\""},
{BOOK, "product \"a\" { model = \"flat\", price = \"-4.50\" }\n",
 "pricebook.lua:1: product \"a\": price: -4.50 is negative; expected an amount of zero or more (only a once line's price may be negative)"},
{BOOK, "product \"a\" { model = \"flat\", price = \"1.0123456789\" }\n",
 "pricebook.lua:1: product \"a\": price: \"1.0123456789\" has too many decimals; expected at most 9"},
{BOOK, "product \"a\" { model = \"flat\", price = \"1\", prices = { EURO = \"1\" } }\n",
 "pricebook.lua:1: product \"a\": prices.EURO: not a currency; expected ISO 4217 codes like EUR"},
{BOOK, "product \"a\" { model = \"flat\", price = { [\"2027-01-01\"] = \"1\" } }\n",
 "pricebook.lua:1: product \"a\": price: no value before the first date; expected { start = …, … }"},
{BOOK, "product \"a\" { model = \"flat\", prices_from = { [\"2027-01-32\"] = \"1\" } }\n",
 "pricebook.lua:1: product \"a\": prices_from[\"2027-01-32\"]: expected a date like [\"2027-01-01\"]\n"
 "pricebook.lua:1: product \"a\": prices_from: no value before the first date; expected price beside it"},
{BOOK, "product \"a\" { model = \"tiered\", mode = \"gradual\", tiers = { { up_to = 5, price = \"1\" }, { up_to = 3, price = \"1\" } } }\n",
 "pricebook.lua:1: product \"a\": mode: \"gradual\"; expected \"graduated\", \"volume\" or \"stairstep\""},
{BOOK, "product \"a\" { model = \"tiered\", tiers = { { up_to = 5, price = \"1\" }, { up_to = 3, price = \"1\" } } }\n",
 "pricebook.lua:1: product \"a\": tiers[2].up_to: 3 on the last tier; expected it open, without up_to\n"
 "pricebook.lua:1: product \"a\": tiers[2].up_to: 3 after 5; expected tiers in rising order"},
{BOOK, "product \"a\" { model = \"tiered\", tiers = {} }\n",
 "pricebook.lua:1: product \"a\": tiers: an empty list; expected at least one entry"},
{BOOK, "product \"a\" { model = \"tiered\", tiers = { { price = \"1\" }, { prise = \"2\" } } }\n",
 "pricebook.lua:1: product \"a\": tiers[2].prise: unknown key; did you mean \"price\"?"},
{BOOK, "product \"a\" { model = \"tiered\", mode = \"volume\", tiers = { { up_to = 10, price = \"4.00\" }, { price = \"3.20\" } } }\n",
 "advice: pricebook.lua:1: product \"a\": tiers[2]: just above 10 costs less than 10 itself: with volume prices more can cost less"},
{BOOK, "product \"a\" { model = \"flat\", price = \"1\", count = gauge { metrc = \"x\" } }\n",
 "pricebook.lua:1: product \"a\": count.gauge.metrc: unknown key; did you mean \"metric\"?"},
{BOOK, "product \"a\" { model = \"flat\", price = \"1\", count = devices { from = \"rrm\", except = { { name = \"x\" } } } }\n",
 "pricebook.lua:1: product \"a\": count.devices.except[1].reason: missing; what is left out needs a reason, which stands in the evidence\n"
 "pricebook.lua:1: product \"a\": count.devices.from: unknown connector \"rrm\"; did you mean \"rmm\"?"},
{BOOK, "product \"a\" { model = \"flat\", price = \"1\", includes = { \"b\" } }\npricelist \"p\" { b = \"1\" }\n",
 "pricebook.lua:1: product \"a\": includes[1]: unknown product \"b\"; known: a\n"
 "pricebook.lua:2: pricelist \"p\": b: unknown product \"b\"; known: a"},
{BOOK, "product \"a\" { model = \"flat\", price = \"1\" }\nproduct \"a\" { model = \"flat\", price = \"2\" }\ntemplate \"t\" { starts = \"2026-01-01\", lines = { { \"a\", from = \"2026-01-01\" }, { \"b\" } } }\n",
 "pricebook.lua:2: product \"a\": the name is taken again; the first stands at pricebook.lua:1\n"
 "pricebook.lua:3: template \"t\": starts: never inherited; expected it on the contract\n"
 "pricebook.lua:3: template \"t\": lines[1].from: never inherited; expected it on the contract's own line\n"
 "pricebook.lua:3: template \"t\": lines[2].product: unknown product \"b\"; known: a, a"},
{XLUA, "client \"x\" { nmae = \"X\", currency = \"usd\", tax = { \"ny-sale\" }, terms = \"soon\", ids = { rrm = \"1\" }, parent = \"y\" }\n",
 "clients/x.lua:1: client \"x\": parent: unknown client \"y\"; expected one of clients/\n"
 "clients/x.lua:1: client \"x\": nmae: unknown key; did you mean \"name\"?\n"
 "clients/x.lua:1: client \"x\": currency: \"usd\"; expected an ISO 4217 currency like \"USD\"\n"
 "clients/x.lua:1: client \"x\": ids.rrm: unknown connector, sink or gateway \"rrm\"; did you mean \"rmm\"?\n"
 "clients/x.lua:1: client \"x\": tax[1]: unknown tax \"ny-sale\"; did you mean \"ny-sales\"?\n"
 "clients/x.lua:1: client \"x\": terms: \"soon\" is no payment term: expected \"net 30\", \"due on receipt\", \"end of month\", \"net 30 end of month\", \"end of month + 10\", \"day 20\" or \"day 20 of next month\""},
{XLUA, "client \"x\" { tax_exempt = true, split = { \"pox\" }, ends = \"2026-13-01\", except = { { reason = \"r\" } }, pricelist = \"nonprofits\" }\n",
 "clients/x.lua:1: client \"x\": ends: \"2026-13-01\"; expected a date like \"2026-12-01\"\n"
 "clients/x.lua:1: client \"x\": tax_exempt: true; expected a table like { reason = \"…\" }\n"
 "clients/x.lua:1: client \"x\": except[1]: names nothing; expected a name, class, id or attribute to match\n"
 "clients/x.lua:1: client \"x\": split[1]: \"pox\"; expected \"po\" or \"site\"\n"
 "clients/x.lua:1: client \"x\": pricelist: unknown price list \"nonprofits\"; did you mean \"nonprofit\"?"},
{XLUA, "client \"x\" {}\ncontract \"k\" {\n  client = \"x\", starts = \"2026-01-01\", lines = { { \"care\", price = 4.5 } } }\n",
 "clients/x.lua:2: contract \"k\": lines[1].price: 4.5 is a float, which is not exact; write it as a string: \"4.5\""},
{XLUA, LINES("{ \"care\" }, { \"car\" }"),
 "clients/x.lua:2: contract \"k\": lines[2].product: unknown product \"car\"; did you mean \"care\"?"},
{XLUA, LINES("{ \"care\", prise = \"1\" }"),
 "clients/x.lua:2: contract \"k\": lines[1].prise: unknown key; did you mean \"price\"?"},
{XLUA, LINES("{ \"care\", quantity = -1 }"),
 "clients/x.lua:2: contract \"k\": lines[1].quantity: -1 is negative; expected a quantity of zero or more"},
{XLUA, LINES("{ \"care\", quantity = 1.5 }"),
 "clients/x.lua:2: contract \"k\": lines[1].quantity: 1.5 is a float, which is not exact; write it as a string: \"1.5\""},
{XLUA, LINES("{ \"care\", quantity = \"1.1234567\" }"),
 "clients/x.lua:2: contract \"k\": lines[1].quantity: \"1.1234567\" has too many decimals; expected at most 6"},
{XLUA, LINES("{ \"care\", price = \"-1\" }"),
 "clients/x.lua:2: contract \"k\": lines[1].price: -1 is negative; expected an amount of zero or more (only a once line's price may be negative)"},
{XLUA, LINES("{ \"care\", from = \"2026-05-01\", ends = \"2026-04-30\" }"),
 "clients/x.lua:2: contract \"k\": lines[1].ends: before its from; expected a last day on or after it"},
{XLUA, LINES("{ \"care\", ends = \"2025-04-30\" }"),
 "clients/x.lua:2: contract \"k\": lines[1].ends: before the contract starts; expected a last day on or after it"},
{XLUA, LINES("{ \"m365-bp\", quantity = 1, changes = { { \"2026-02-01\", 2 }, { \"2026-02-01\", 3 } } }"),
 "clients/x.lua:2: contract \"k\": lines[1].changes[2]: a second change on 2026-02-01; expected one a day"},
{XLUA, LINES("{ \"m365-bp\", changes = { { \"2026-02-01\", 2 } } }"),
 "clients/x.lua:2: contract \"k\": lines[1].changes: changes of a counted quantity; expected a quantity beside them"},
{XLUA, LINES("{ \"m365-bp\", quantity = 1, decrease = \"now\", term = 12 }"),
 "clients/x.lua:2: contract \"k\": lines[1].term: goes with a renewal; expected decrease = \"renewal\" beside it"},
{XLUA, LINES("{ \"managed-workstation\", at = \"peak\" }"),
 "clients/x.lua:2: contract \"k\": lines[1].at: \"peak\" reads days to come on a line billed in advance; expected timing = \"arrears\" or true_up = \"all\""},
{XLUA, LINES("{ \"managed-workstation\", at = \"sum\" }, { \"backup\", at = \"end\" }"),
 "clients/x.lua:2: contract \"k\": lines[1].at: \"sum\" of a count; expected \"issue\", \"start\", \"end\", \"peak\", \"average\" or \"daily\"\n"
 "clients/x.lua:2: contract \"k\": lines[2].at: \"end\" of usage; expected \"sum\""},
{XLUA, LINES("{ \"onsite-day\", once = \"2025-11-20\" }"),
 "advice: clients/x.lua:2: contract \"k\": lines[1].once: outside the contract's life: it is not owed"},
{XLUA, LINES("{ \"onsite-day\", once = \"2026-11-20\", from = \"2026-01-01\" }"),
 "clients/x.lua:2: contract \"k\": lines[1].from: a once line has its one date; expected no from and ends"},
{XLUA, LINES("{ \"care\" }, { \"care\" }"),
 "advice: clients/x.lua:2: contract \"k\": lines[2]: a second line of the product \"care\"; give each an id, so that they keep their identities"},
{XLUA, LINES("{ \"care\", id = \"a\" }, { \"care\", id = \"a\" }"),
 "clients/x.lua:2: contract \"k\": lines[2].id: \"a\" again; expected an id once in a contract"},
{XLUA, LINES("{ \"care\", price = \"1.00\", prices_from = { [\"2027-01-01\"] = \"2\", [\"2027-1-1\"] = \"2\" } }"),
 "clients/x.lua:2: contract \"k\": lines[1].prices_from[\"2027-1-1\"]: \"2027-1-1\"; expected a date like \"2026-12-01\", or \"+3 months\" from the start"},
{XLUA, LINES("{ \"backup\", tiers = { { up_to = 10, price = \"1\" } } }"),
 "clients/x.lua:2: contract \"k\": lines[1].tiers[1].up_to: 10 on the last tier; expected it open, without up_to"},
{XLUA, LINES("{ \"voice\", price = \"1\" }"),
 "clients/x.lua:2: contract \"k\": lines[1].price: a hybrid's parts have the prices; expected none on its line"},
{XLUA, LINES("{ quantity = 1 }, \"care\""),
 "clients/x.lua:2: contract \"k\": lines[1]: no product; expected { \"PRODUCT\", … }\n"
 "clients/x.lua:2: contract \"k\": lines[2]: \"care\"; expected a table like { \"PRODUCT\", … }"},
{XLUA, LINES("{ \"care\", discount = { percent = \"101\" } }, { \"backup\", discount = { percent = \"5\", amount = \"5\" } }"),
 "clients/x.lua:2: contract \"k\": lines[1].discount.percent: more than 100 percent\n"
 "clients/x.lua:2: contract \"k\": lines[2].discount: both a percent and an amount; expected either percent = \"5\" or amount = \"50.00\""},
{XLUA, LINES("{ \"care\", included = { 2, per = \"cart\" } }"),
 "clients/x.lua:2: contract \"k\": lines[1].included.per: unknown product \"cart\"; did you mean \"care\"?"},
{XLUA, KEYS("currency = \"EUR\""),
 "clients/x.lua:2: contract \"k\": lines[1].price: product \"care\" has no price in EUR; expected prices = { EUR = … } on the product, or one on the line"},
{XLUA, KEYS("currency = \"XXQ\""),
 "clients/x.lua:2: contract \"k\": currency: \"XXQ\"; expected an ISO 4217 currency like \"USD\""},
{XLUA, KEYS("ends = \"2025-12-31\""),
 "clients/x.lua:2: contract \"k\": ends: before the contract starts; expected a last day on or after it"},
{XLUA, KEYS("bill = { every = 5, unit = \"month\" }"),
 "clients/x.lua:2: contract \"k\": bill: 5 months do not divide a year: `on` must name a month and day to count from, \"MM-DD\""},
{XLUA, KEYS("bill = { unit = \"fortnight\", evry = 1 }"),
 "clients/x.lua:2: contract \"k\": bill.evry: unknown key; did you mean \"every\"?\n"
 "clients/x.lua:2: contract \"k\": bill.unit: \"fortnight\"; expected \"day\", \"week\", \"month\", \"quarter\" or \"year\""},
{XLUA, KEYS("bill = { unit = \"week\", on = 1 }, prorate = \"30/360\""),
 "clients/x.lua:2: contract \"k\": lines[1].prorate: \"30/360\" on a schedule of weeks; expected months, quarters or years"},
{XLUA, KEYS("uplift = { percent = \"0.001\", from = \"2027-01-01\" }"),
 "advice: clients/x.lua:2: contract \"k\": lines[1].uplift: the step changes nothing: it is less than the price's last decimal"},
{XLUA, KEYS("rule = \"volume\""),
 "clients/x.lua:2: contract \"k\": rule: no rules/volume.lua"},
{XLUA, KEYS("based_on = \"gold\", opening = {}, minimum = { \"5\" }"),
 "clients/x.lua:2: contract \"k\": based_on: unknown template \"gold\"; known: gold-care\n"
 "clients/x.lua:2: contract \"k\": minimum: a list; expected an amount like \"12.50\", or { start = …, [\"2027-01-01\"] = … }\n"
 "clients/x.lua:2: contract \"k\": opening: what is left is one line's; expected it on the line"},
{XLUA, CLIENT "contract \"k\" { client = \"x\", lines = {} }\n",
 "clients/x.lua:2: contract \"k\": starts: missing; expected a date like \"2026-01-15\""},
{XLUA, CLIENT "contract \"k\" { client = \"y\", starts = \"2026-01-01\", lines = {} }\n",
 "clients/x.lua:2: contract \"k\": client: unknown client \"y\"; expected one of clients/"},
{XLUA, CLIENT "contract \"k\" { starts = \"2026-01-01\", lines = {} }\n",
 "clients/x.lua:2: contract \"k\": client: missing; expected the id of a client"},
{XLUA, CLIENT "client \"x\" {}\ncontract \"k\" { client = \"x\", starts = \"2026-01-01\", lines = {} }\ncontract \"k\" { client = \"x\", starts = \"2026-01-01\", lines = {} }\n",
 "clients/x.lua:2: client \"x\": the id is taken; the first stands at clients/x.lua:1\n"
 "clients/x.lua:4: contract \"k\": the id is taken; the first stands at clients/x.lua:3"},
{XLUA, CLIENT "rule \"k\" (function(bill) end)\nrule \"l\" { }\nproduct \"p\" {}\n",
 "clients/x.lua:3: rule \"l\": expected a function: rule \"CONTRACT\" (function(bill) … end)\n"
 "clients/x.lua:4: product \"p\": stands in the wrong file; expected in pricebook.lua\n"
 "clients/x.lua:2: rule \"k\": unknown contract \"k\"; expected one of clients/"},
{XLUA, CLIENT "client \"z\" { note = function() end }\n",
 "clients/x.lua:2: client \"z\": a function where a value is expected; a rule is written rule \"CONTRACT\" (function(bill) … end)"},
{XLUA, CLIENT "contract \"k\" { client = \"x\", starts = \"2026-01-01\", lines = { { \"care\", quantity = 1 / 0 } } }\n",
 "clients/x.lua:2: contract \"k\": a number that is not finite"},
{XJSON, "{\"type\":\"client\",\"id\":\"x\"}\n{\"type\":\"client\",\"id\":\"y\",}\n",
 "clients/x.jsonl:2: column 27: invalid object key (must be a string)"},
{XJSON, "{\"type\":\"client\",\"id\":\"x\",\"ends\":tru}\n",
 "clients/x.jsonl:1: column 37: invalid string in json text"},
{XJSON, "{\"id\":\"x\"}\n{\"type\":\"clint\",\"id\":\"x\"}\n{\"type\":\"client\"}\n[1]\n{\"type\":\"client\",\"id\":5}\n",
 "clients/x.jsonl:1: type: missing; expected \"client\", \"contract\", \"charge\" or \"ids\"\n"
 "clients/x.jsonl:2: type: unknown type \"clint\"; did you mean \"client\"?\n"
 "clients/x.jsonl:3: id: missing; every object has a \"type\" and an \"id\"\n"
 "clients/x.jsonl:4: expected a JSON object with \"type\" and \"id\"\n"
 "clients/x.jsonl:5: id: expected a name, up to 200 characters without quotes"},
{XJSON, "{\"type\":\"client\",\"id\":\"x\"}\n{\"type\":\"client\",\"id\":\"x\"}\n",
 "clients/x.jsonl:2: client \"x\": the id is taken; the first stands at clients/x.jsonl:1"},
{XJSON, "{\"type\":\"client\",\"id\":\"acme\"}\n{\"type\":\"contract\",\"id\":\"k\",\"client\":\"acmee\"}\n{\"type\":\"contract\",\"id\":\"l\"}\n",
 "clients/x.jsonl:3: contract \"l\": client: missing; expected the id of a client\n"
 "clients/x.jsonl:2: contract \"k\": client: unknown client \"acmee\"; did you mean \"acme\"?"},
{XJSON, "{\"type\":\"client\",\"id\":\"x\"}\n{\"type\":\"contract\",\"id\":\"k\",\"client\":\"x\",\"starts\":\"2026-01-01\",\"lines\":[{\"product\":\"care\",\"price\":42.5}]}\n",
 "clients/x.jsonl:2: contract \"k\": lines[1].price: 42.5 is a float, which is not exact; write it as a string: \"42.5\""},
{XJSON, "{\"type\":\"client\",\"id\":\"x\"}\n{\"type\":\"charge\",\"id\":\"c\",\"client\":\"x\"}\n{\"type\":\"charge\",\"id\":\"d\",\"client\":\"x\",\"contract\":\"q\",\"date\":\"2026-01-01\",\"product\":\"care\"}\n",
 "clients/x.jsonl:2: charge \"c\": date: missing; expected a date like \"2026-12-01\"\n"
 "clients/x.jsonl:2: charge \"c\": neither a product nor a text; expected one of them\n"
 "clients/x.jsonl:2: charge \"c\": price: missing; a charge with a text and no product needs its price\n"
 "clients/x.jsonl:3: charge \"d\": contract: \"q\" is no contract of this client"},
{BOOK, "product \"a\" { model = \"per_units\", price = \"15.00\" }\nproduct \"b\" { model = \"plann\", price = \"1\" }\nproduct \"c\" { model = \"hybrid\", parts = { { model = \"hybrid\" } } }\n",
 "pricebook.lua:1: product \"a\": model: unknown model \"per_units\"; did you mean \"per_unit\"?\n"
 "pricebook.lua:2: product \"b\": model: unknown model \"plann\"; known: flat, per_unit, tiered, hybrid\n"
 "pricebook.lua:3: product \"c\": parts[1].model: a hybrid inside a hybrid"},
{BOOK, "product \"a\" { model = \"flat\", price = \"1\", quantity = 2 }\nproduct \"b\" { model = \"flat\", price = \"1\", quantity = 1 }\ntemplate \"t\" { lines = { { \"b\", quantity = 2 } } }\n",
 "pricebook.lua:1: product \"a\": quantity: a flat product has no quantity; expected model = \"per_unit\" on the product, or no quantity here\n"
 "pricebook.lua:3: template \"t\": lines[1].quantity: a flat product has no quantity; expected model = \"per_unit\" on the product, or no quantity here"},
{XLUA, LINES("{ \"care\", prices = { EUR = \"x\" } }, { \"care\", id = \"b\", prices = { EURO = \"1\", USD = \"2\" } }, { \"care\", id = \"c\", prices = \"3\" }, { \"care\", id = \"d\", price = \"3\", prices_from = { [\"2027-01-01\"] = { EUR = 1.5, USD = \"4\" } } }"),
 "clients/x.lua:2: contract \"k\": lines[1].prices.EUR: \"x\"; expected an amount like \"12.50\"\n"
 "clients/x.lua:2: contract \"k\": lines[1].price: product \"care\" has no price in USD; expected one on the product, or on the line\n"
 "clients/x.lua:2: contract \"k\": lines[2].prices.EURO: not a currency; expected ISO 4217 codes like EUR\n"
 "clients/x.lua:2: contract \"k\": lines[3].prices: \"3\"; expected a table like { EUR = \"42.00\" }\n"
 "clients/x.lua:2: contract \"k\": lines[3].price: product \"care\" has no price in USD; expected one on the product, or on the line\n"
 "clients/x.lua:2: contract \"k\": lines[4].prices_from[\"2027-01-01\"].EUR: 1.5 is a float, which is not exact; write it as a string: \"1.5\""},
{XLUA, LINES("{ \"backup\", tiers = { { up_to = 5, prices = { EUR = \"1\" } }, { price = \"1\" } } }"),
 "clients/x.lua:2: contract \"k\": lines[1].tiers[1].price: product \"backup\" has no tiers[1].price in USD; expected one on the product, or on the line"},
{XLUA, LINES("{ \"care\", omit = true }, { \"care\" }"),
 "clients/x.lua:2: contract \"k\": lines[1].omit: there is no line of a template to leave out"},
{XLUA, LINES("{ \"care\", discount = { percent = \"5\", contracts = \"all\" } }"),
 "clients/x.lua:2: contract \"k\": lines[1].discount: contracts = \"all\" on a line; expected it on a contract's discount"},
{XLUA, KEYS("minimum = { amount = \"5\", of = { taxes = \"service\" } }"),
 "clients/x.lua:2: contract \"k\": minimum.of.taxes: unknown key; did you mean \"tax\"?"},
{XLUA, KEYS("minimum = { of = \"all\" }"),
 "clients/x.lua:2: contract \"k\": minimum.amount: missing; expected money like \"500.00\""},
{XLUA, KEYS("discount = { percent = \"5\", of = { product = { \"care\", \"cart\" } } }"),
 "clients/x.lua:2: contract \"k\": discount.of.product[2]: unknown product \"cart\"; did you mean \"care\"?"},
{XLUA, KEYS("discount = { percent = \"5\", of = { section = {} } }"),
 "clients/x.lua:2: contract \"k\": discount.of.section: an empty list; expected a text, or several"},
{XLUA, "client \"x\" { split = { \"po\", \"city\" } }\n",
 "clients/x.lua:1: client \"x\": split[2]: \"city\"; expected \"po\" or \"site\""},
{XLUA, LINES("{ \"care\", quantity = 2 }, { \"care\", id = \"b\", quantity = \"1.0\", price = \"5\" }, { \"care\", id = \"c\", quantity = 1, changes = { { \"2026-02-01\", 2 } } }, { \"care\", once = \"2026-02-01\", quantity = 3, price = \"5\" }, { \"care\", once = \"2026-02-02\", quantity = 3 }"),
 "clients/x.lua:2: contract \"k\": lines[1].quantity: a flat product has no quantity; expected model = \"per_unit\" on the product, or no quantity here\n"
 "clients/x.lua:2: contract \"k\": lines[3].changes: a flat product has no quantity; expected model = \"per_unit\" on the product, or no changes here"},
{CONFIG, COMPANY "connector \"rmm\" { plugin = \"csv\", path = \"x\" }\nstore { url = \"postgresql://db/billhook\" }\n",
 "billhook.lua:3: store: url: PostgreSQL is not supported by this version yet; expected a SQLite file like \"billhook.db\""},
{BOOK, "product \"a\" { model = \"flat\", price = \"9999999999999999999.5\" }\nproduct \"care\" { model = \"flat\", price = \"1.2.3\" }\n",
 "pricebook.lua:1: product \"a\": price: \"9999999999999999999.5\" is too large\n"
 "pricebook.lua:2: product \"care\": price: \"1.2.3\"; expected an amount like \"12.50\""},
