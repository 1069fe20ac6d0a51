/* What a new workspace holds: enough to be checked, every statement explained by an example in a comment. */
#include "report/init.h"

static const char config[] =
  "-- The company, its defaults, and what it is connected to.\n"
  "-- `billhook check` names every mistake; `billhook init --example DIR` shows a workspace that bills at once.\n"
  "\n"
  "company {\n"
  "  name = \"My company\", currency = \"USD\", timezone = \"America/New_York\", locale = \"en_US\",\n"
  "  -- address = { street = \"1 Main St\", city = \"Albany\", postcode = \"12207\", region = \"NY\", country = \"US\" },\n"
  "  -- tax_id = \"12-3456789\", email = \"billing@example.com\",\n"
  "}\n"
  "\n"
  "invoicing {\n"
  "  terms = \"net 15\",\n"
  "  -- number = \"INV-{year}-{seq:6}\",\n"
  "  -- approval = \"auto\",          -- approve in the same run what nothing holds\n"
  "}\n"
  "\n"
  "-- Where counts come from. The csv connector reads counts/assets.csv, gauges.csv, usage.csv and charges.csv.\n"
  "connector \"sheet\" { plugin = \"csv\", path = \"counts/\" }\n"
  "\n"
  "-- tax \"ny-sales\" { name = \"NY sales tax\", rate = \"8.875\", applies = { \"hardware\", \"software\" } }\n";

static const char pricebook[] =
  "-- Products and list prices. Prices are strings: never floats.\n"
  "\n"
  "-- product \"managed-workstation\" {\n"
  "--   name = \"Managed workstation\", model = \"per_unit\", unit = \"device\",\n"
  "--   count = devices { class = \"workstation\" }, price = \"45.00\",\n"
  "-- }\n";

static const char client[] =
  "-- Clients and their contracts: any number in a file, any number of files. (Files that end in .lua are read; this one is not.)\n"
  "\n"
  "client \"acme\" {\n"
  "  name = \"Acme Dental\", email = { \"ap@acme.example\" }, country = \"US\",\n"
  "  ids = { sheet = \"acme\" },                -- how each connector names this client\n"
  "}\n"
  "\n"
  "contract \"acme-managed\" {\n"
  "  client = \"acme\", starts = \"2026-01-01\",\n"
  "  bill = { every = 1, unit = \"month\", on = 1, timing = \"advance\" },\n"
  "  lines = {\n"
  "    { \"managed-workstation\", price = \"42.00\", minimum = 10 },\n"
  "  },\n"
  "}\n";

static const char counts[] =
  "The csv connector reads these files here (UTF-8, with a header line); what you do not use may go, but one of them stays:\n"
  "\n"
  "assets.csv   client,kind,class,id,name,from,to     (to empty: still there)\n"
  "gauges.csv   date,client,metric,value\n"
  "usage.csv    date,client,metric,quantity,id,description\n"
  "charges.csv  date,client,id,product,description,quantity,unit_price,cost,po,contract\n";

static const char assets[] = "client,kind,class,id,name,from,to\n";
static const char gauges[] = "date,client,metric,value\n";
static const char usage[] = "date,client,metric,quantity,id,description\n";
static const char charges[] = "date,client,id,product,description,quantity,unit_price,cost,po,contract\n";

static const char rules[] =
  "-- Shared pricing rules: `rule = \"volume_discount\"` on a contract runs rules/volume_discount.lua.\n"
  "-- Rename this file to volume_discount.lua to use it.\n"
  "\n"
  "return function(bill)\n"
  "  local seats = bill:quantity \"managed-workstation\"\n"
  "  if seats > 50 then\n"
  "    bill:discount { percent = \"3\", reason = (\"%s workstations\"):format(seats) }\n"
  "  end\n"
  "end\n";

static const char ignore[] = "billhook.db*\n*.pass\n.env\n/out/\n";

static const char tests[] =
  "-- Tests of your contracts and rules: `billhook test` runs every tests/*_test.lua. A test makes facts up, bills a contract on a date, and says what it expects:\n"
  "--\n"
  "--   describe(\"acme\", function()\n"
  "--     it(\"bills at least 10 workstations\", function()\n"
  "--       local inv = bill(\"acme-managed\", \"2026-12-01\", { devices = { workstation = 3 } })\n"
  "--       expect(inv:line(\"managed-workstation\").amount):equals(\"420.00\")\n"
  "--     end)\n"
  "--   end)\n"
  "\n"
  "describe(\"money\", function()\n"
  "  it(\"is exact\", function()\n"
  "    expect(dec \"0.10\" + dec \"0.20\"):equals(\"0.30\")\n"
  "  end)\n"
  "end)\n";

const bh_init_file bh_init_files[] = {
  {"clients", NULL}, {"rules", NULL}, {"tests", NULL}, {"counts", NULL},
  {"billhook.lua", config},
  {"pricebook.lua", pricebook},
  {"clients/acme.lua.example", client},
  {"rules/volume_discount.lua.example", rules},
  {"counts/README.txt", counts},
  {"counts/assets.csv", assets},
  {"counts/gauges.csv", gauges},
  {"counts/usage.csv", usage},
  {"counts/charges.csv", charges},
  {".gitignore", ignore},
  {"tests/first_test.lua", tests},
};
const size_t bh_init_file_count = sizeof bh_init_files / sizeof bh_init_files[0];
