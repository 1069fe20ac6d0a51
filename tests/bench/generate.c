/* Writes a workspace of N clients for the benchmark: what a large MSP's generated client files and device lists look like.
 *
 *   generate DIR N [--seed S] [--edit PERMILLE] [--clients-only]
 *
 * Client i is the same for every N and depends on the seed and i alone. --edit changes the prices of so many contracts in a
 * thousand, as after a year of billing: half of them from 2027-01-01 on, half for all time. --clients-only leaves the rest as it is.
 * The shape is fixed, yardstick.c relies on it: one contract a client, three lines, one tax, one rule. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { CLIENTS_PER_FILE = 20000, PATH_BYTES = 4096 };

static const char billhook_lua[] =
  "company {\n"
  "  name = \"Northwind IT\", currency = \"USD\", timezone = \"America/New_York\", locale = \"en_US\",\n"
  "  address = { street = \"1 Main St\", city = \"Albany\", postcode = \"12207\", region = \"NY\", country = \"US\" },\n"
  "  tax_id = \"12-3456789\", email = \"billing@northwind.example\",\n"
  "}\n\n"
  "connector \"sheet\" { plugin = \"csv\", path = \"counts/\" }\n\n"
  "tax \"ny-sales\" { name = \"NY sales tax\", rate = \"8.875\", applies = { \"software\" } }\n";

static const char pricebook_lua[] =
  "product \"workstation\" {\n"
  "  name = \"Managed workstation\", model = \"per_unit\", unit = \"device\", tax = \"service\",\n"
  "  count = devices { class = \"workstation\" }, price = \"45.00\",\n"
  "}\n"
  "product \"m365\" { name = \"Microsoft 365 Business Premium\", model = \"per_unit\", unit = \"user\", tax = \"software\", count = users {}, price = \"26.40\" }\n"
  "product \"antivirus\" {\n"
  "  name = \"Antivirus\", model = \"tiered\", mode = \"volume\", unit = \"device\", tax = \"software\", count = devices {},\n"
  "  tiers = { { up_to = 10, price = \"4.00\" }, { price = \"3.60\" } },\n"
  "}\n"
  "product \"monitoring\" { name = \"Network monitoring\", model = \"flat\", tax = \"service\", price = \"120.00\" }\n";

static const char rule_lua[] =
  "-- A percentage off the contract's billing, by the number of workstations.\n"
  "local steps = { { from = 12, percent = \"6\" }, { from = 8, percent = \"4\" } }\n\n"
  "return function(bill)\n"
  "  local seats = bill:quantity \"workstation\"\n"
  "  for _, step in ipairs(steps) do\n"
  "    if seats >= step.from then\n"
  "      bill:discount { percent = step.percent, reason = (\"%s workstations, %s or more\"):format(seats, step.from) }\n"
  "      return\n"
  "    end\n"
  "  end\n"
  "end\n";

static const char *const first[] = {"Acme", "Albany", "Birch", "Bright", "Cedar", "Clinton", "Delta", "Eastside", "Evergreen", "Fairview", "Franklin", "Garden",
                                    "Hudson", "Ivy", "Juniper", "Keystone", "Lakeside", "Liberty", "Maple", "Mohawk", "North", "Oak", "Pioneer", "Quarry",
                                    "River", "Saratoga", "Summit", "Troy", "Union", "Valley", "Washington", "York"};
static const char *const second[] = {"Accounting", "Animal Clinic", "Architects", "Auto", "Bakery", "Books & Paper", "Builders", "Charter School", "Church", "Dental",
                                     "Electric", "Engineering", "Estates", "Farms", "Freight", "Furniture", "Insurance", "Law", "Logistics", "Machine Works",
                                     "Medical", "Optics", "Orthopedics", "Pharmacy", "Plumbing", "Printing", "Realty", "Roofing", "Supply", "Theatre", "Title", "Wines"};
static const char *const streets[] = {"Elm St", "Main St", "State St", "Broadway", "Central Ave", "Madison Ave", "Park Ave", "Washington Ave"};
static const char *const cities[] = {"Albany", "Troy", "Schenectady", "Saratoga Springs", "Colonie", "Cohoes", "Glens Falls", "Kingston"};
static const char *const systems[] = {"Windows 11 Pro", "Windows 10 Pro", "macOS 15", "Ubuntu 24.04"};

/* splitmix64: one stream a client */
static uint64_t state;
static uint64_t next(void) {
  uint64_t z = (state += 0x9E3779B97F4A7C15u);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}
static unsigned below(unsigned n) { return (unsigned)((next() >> 32) * n >> 32); }

static _Noreturn void die(const char *what) {
  fprintf(stderr, "generate: %s: %s\n", what, strerror(errno));
  exit(1);
}

static FILE *create(const char *dir, const char *name) {
  char path[PATH_BYTES];
  snprintf(path, sizeof path, "%s/%s", dir, name);
  FILE *f = fopen(path, "we");
  if (!f) die(path);
  setvbuf(f, NULL, _IOFBF, 1 << 20);
  return f;
}

static void finish(FILE *f) {
  bool bad = ferror(f) != 0;
  if (fclose(f) != 0 || bad) die("writing");
}

static void text_file(const char *dir, const char *name, const char *text) {
  FILE *f = create(dir, name);
  fputs(text, f);
  finish(f);
}

static void folder(const char *dir, const char *name) {
  char path[PATH_BYTES];
  snprintf(path, sizeof path, "%s%s%s", dir, *name ? "/" : "", name);
  if (mkdir(path, 0777) != 0 && errno != EEXIST) die(path);
}

typedef struct client {
  unsigned i, workstations, servers, users;
  int more_month, fewer_month; /* a workstation comes, or goes, on the 15th of that month of 2026; 0: none */
  unsigned name1, name2, street, city, house, override, start_year, start_month;
} client;

static client make(uint64_t seed, unsigned i) {
  state = seed * 0x2545F4914F6CDD1Du + (uint64_t)i * 0xD1342543DE82EF95u;
  client c = {.i = i};
  unsigned devices = 3 + below(18);
  c.servers = below(devices / 4 + 1);
  if (devices - c.servers < 3) c.servers = devices - 3;
  c.workstations = devices - c.servers;
  c.users = 2 + below(14);
  if (below(10) == 0) c.more_month = 1 + (int)below(12);
  else if (c.workstations > 3 && below(20) == 0) c.fewer_month = 1 + (int)below(12);
  c.name1 = below(32), c.name2 = below(32), c.street = below(8), c.city = below(8), c.house = 1 + below(900);
  c.override = below(3);
  c.start_year = 2022 + below(4), c.start_month = 1 + below(12);
  return c;
}

static void write_client(FILE *f, const client *c, bool edited, bool dated) {
  const char *n1 = first[c->name1], *n2 = second[c->name2];
  fprintf(f, "{\"type\":\"client\",\"id\":\"c%07u\",\"name\":\"%s %s %u\",\"email\":[\"ap%u@client.example\"],\"country\":\"US\",\"ids\":{\"sheet\":\"org-%u\"},"
             "\"address\":{\"street\":\"%u %s\",\"city\":\"%s\",\"postcode\":\"12%03u\",\"region\":\"NY\",\"country\":\"US\"},\"tax\":[\"ny-sales\"]}\n",
          c->i, n1, n2, c->i, c->i, c->i, c->house, streets[c->street], cities[c->city], c->house);
  fprintf(f, "{\"type\":\"contract\",\"id\":\"c%07u-care\",\"client\":\"c%07u\",\"starts\":\"%u-%02u-01\",\"billed_through\":\"2025-12-31\",", c->i, c->i,
          c->start_year, c->start_month);
  if (c->i % 4 == 0) fputs("\"rule\":\"volume_discount\",", f);
  fputs("\"lines\":[{\"product\":\"workstation\"", f);
  const char *price = c->override == 0 ? "42.00" : "45.00";
  if (edited && dated) fprintf(f, ",\"price\":{\"start\":\"%s\",\"2027-01-01\":\"44.50\"}", price);
  else if (edited) fputs(",\"price\":\"44.50\"", f);
  else if (c->override == 0) fprintf(f, ",\"price\":\"%s\"", price);
  fprintf(f, "},{\"product\":\"m365\"},{\"product\":\"%s\"}]}\n", c->i % 2 ? "antivirus" : "monitoring");
}

static void asset(FILE *f, unsigned i, const char *kind, const char *class, const char *prefix, unsigned n, const char *from, const char *to, const char *os) {
  fprintf(f, "org-%u,%s,%s,%s-%u-%u,%s%u,%s,%s,%s\n", i, kind, class, prefix, i, n, class, n, from, to, os);
}

static void write_facts(FILE *f, const client *c) {
  char from[16], day[16];
  snprintf(from, sizeof from, "%u-%02u-01", c->start_year, c->start_month);
  unsigned n = 0;
  for (unsigned k = 0; k < c->workstations; k++, n++) {
    bool goes = k == 0 && c->fewer_month;
    snprintf(day, sizeof day, "2026-%02d-15", c->fewer_month);
    asset(f, c->i, "device", "workstation", "d", n, from, goes ? day : "", systems[(c->i + k) % 4]);
  }
  if (c->more_month) {
    snprintf(day, sizeof day, "2026-%02d-15", c->more_month);
    asset(f, c->i, "device", "workstation", "d", n++, day, "", systems[c->i % 4]);
  }
  for (unsigned k = 0; k < c->servers; k++, n++) asset(f, c->i, "device", "server", "d", n, from, "", "Windows Server 2022");
  for (unsigned k = 0; k < c->users; k++) asset(f, c->i, "user", "staff", "u", k, from, "", "");
}

int main(int argc, char **argv) {
  uint64_t seed = 1;
  unsigned edit = 0;
  bool clients_only = false, usage = argc < 3;
  for (int i = 3; i < argc && !usage; i++) {
    if (strcmp(argv[i], "--clients-only") == 0) clients_only = true;
    else if (strcmp(argv[i], "--seed") == 0 && i + 1 < argc) seed = strtoull(argv[++i], NULL, 10);
    else if (strcmp(argv[i], "--edit") == 0 && i + 1 < argc) edit = (unsigned)strtoul(argv[++i], NULL, 10);
    else usage = true;
  }
  unsigned n = usage ? 0 : (unsigned)strtoul(argv[2], NULL, 10);
  if (usage || n == 0 || n > 9999999) {
    fputs("usage: generate DIR N [--seed S] [--edit PERMILLE] [--clients-only]\n", stderr);
    return 2;
  }
  const char *dir = argv[1];
  folder(dir, "");
  folder(dir, "clients");
  FILE *facts = NULL, *clients = NULL;
  if (!clients_only) {
    folder(dir, "rules");
    folder(dir, "counts");
    text_file(dir, "billhook.lua", billhook_lua);
    text_file(dir, "pricebook.lua", pricebook_lua);
    text_file(dir, "rules/volume_discount.lua", rule_lua);
    facts = create(dir, "counts/assets.csv");
    fputs("client,kind,class,id,name,from,to,os\n", facts);
  }
  for (unsigned i = 0; i < n; i++) {
    if (i % CLIENTS_PER_FILE == 0) {
      char name[64];
      if (clients) finish(clients);
      snprintf(name, sizeof name, "clients/bulk-%03u.jsonl", i / CLIENTS_PER_FILE);
      clients = create(dir, name);
    }
    client c = make(seed, i);
    unsigned pick = below(1000);
    write_client(clients, &c, pick < edit, pick % 2);
    if (facts) write_facts(facts, &c);
  }
  finish(clients);
  if (facts) finish(facts);
  return 0;
}
