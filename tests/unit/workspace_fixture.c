#include "workspace_fixture.h"
#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

const char fx_config[] =
    "company { name = \"Northwind IT\", currency = \"USD\", timezone = \"America/New_York\", locale = \"en_US\" }\n"
    "connector \"rmm\" { plugin = \"csv\", path = \"counts/\" }\n"
    "connector \"psa\" { plugin = \"csv\", path = \"psa/\", contracts = true }\n"
    "tax \"ny-sales\" { name = \"NY sales tax\", rate = \"8.875\", applies = { \"hardware\", \"software\" } }\n";
const char fx_book[] =
    "product \"managed-workstation\" {\n"
    "  name = \"Managed workstation\", model = \"per_unit\", unit = \"device\", tax = \"service\",\n"
    "  count = devices { class = \"workstation\", seen_within = 30, except = { { name = \"KIOSK*\", reason = \"lobby\" } } },\n"
    "  price = \"45.00\", prices = { EUR = \"42.00\" }, prices_from = { [\"2027-01-01\"] = \"48.00\" },\n"
    "}\n"
    "product \"m365-bp\" { name = \"Microsoft 365\", model = \"per_unit\", unit = \"user\", tax = \"software\",\n"
    "  count = gauge { metric = \"m365.SPB\", from = \"rmm\" }, price = \"26.40\", cost = \"22.00\" }\n"
    "product \"backup\" { name = \"Cloud backup\", unit = \"GB\", model = \"tiered\", mode = \"graduated\", timing = \"arrears\",\n"
    "  count = usage { metric = \"backup_gb\" },\n"
    "  tiers = { { up_to = 500, price = \"0.10\" }, { up_to = 2000, price = \"0.08\" }, { price = \"0.05\" } } }\n"
    "product \"onsite-day\" { name = \"Engineer on site\", model = \"per_unit\", price = \"950.00\", unit = \"day\", markup = \"15%\" }\n"
    "product \"care\" { name = \"Care\", model = \"flat\", price = \"100.00\" }\n"
    "product \"voice\" { name = \"Telephony\", model = \"hybrid\", parts = { { model = \"flat\", price = \"20.00\", timing = \"advance\" },\n"
    "  { model = \"per_unit\", count = usage { metric = \"minutes\" }, included = 100, price = \"0.015\", timing = \"arrears\" } } }\n"
    "pricelist \"nonprofit\" { [\"managed-workstation\"] = \"38.00\", [\"care\"] = { price = \"90.00\" } }\n"
    "template \"gold-care\" { bill = { every = 1, unit = \"quarter\", on = 1 }, prorate = \"none\", lines = { { \"care\" }, { \"backup\" } } }\n";

static bh_str choices[] = {{"graduated", 9}, {"volume", 6}, {"stairstep", 9}};

bh_plugin_specs fx_specs(void) {
  static bh_option_spec price[1], tier[3], tiered[2], csv[3];
  static bh_plugin_spec specs[4];
  price[0] = (bh_option_spec){.key = BH_S("price"), .type = BH_S("money"), .required = true};
  tier[0] = (bh_option_spec){.key = BH_S("up_to"), .type = BH_S("quantity")};
  tier[1] = (bh_option_spec){.key = BH_S("price"), .type = BH_S("money")};
  tier[2] = (bh_option_spec){.key = BH_S("flat"), .type = BH_S("money")};
  tiered[0] = (bh_option_spec){.key = BH_S("mode"), .type = BH_S("choice"), .choices = choices, .choice_count = 3};
  tiered[1] = (bh_option_spec){.key = BH_S("tiers"), .type = BH_S("records"), .required = true, .records = tier, .record_count = 3};
  csv[0] = (bh_option_spec){.key = BH_S("path"), .type = BH_S("text"), .required = true};
  csv[1] = (bh_option_spec){.key = BH_S("token"), .type = BH_S("text"), .secret = true};
  csv[2] = (bh_option_spec){.key = BH_S("pages"), .type = BH_S("integer")};
  specs[0] = (bh_plugin_spec){.id = BH_S("flat"), .version = BH_S("1.0"), .kind = BH_KIND_MODEL, .options = price, .option_count = 1};
  specs[1] = (bh_plugin_spec){.id = BH_S("per_unit"), .version = BH_S("1.0"), .kind = BH_KIND_MODEL, .options = price, .option_count = 1};
  specs[2] = (bh_plugin_spec){.id = BH_S("tiered"), .version = BH_S("1.0"), .kind = BH_KIND_MODEL, .options = tiered, .option_count = 2};
  specs[3] = (bh_plugin_spec){.id = BH_S("csv"), .version = BH_S("1.0"), .kind = BH_KIND_CONNECTOR, .options = csv, .option_count = 3};
  return (bh_plugin_specs){specs, 4};
}

void fx_write(const fx *f, const char *name, const char *text) {
  char path[200];
  snprintf(path, sizeof path, "%s/%s", f->dir, name);
  FILE *out = fopen(path, "w");
  assert_non_null(out);
  fputs(text, out);
  fclose(out);
}

static void load(fx *f) {
  f->status = bh_workspace_load(&f->ws, f->dir, fx_specs(), &f->m, &f->err);
  if (f->status == BH_OK) f->status = bh_clients_open(&f->it, f->ws, &f->m, &f->err);
  while (f->status == BH_OK) {
    bool more;
    assert_true(f->count < 64);
    f->status = bh_clients_next(f->it, &f->raws[f->count], &more, &f->err);
    if (f->status != BH_OK || !more) break;
    f->raws[f->count].id = bh_arena_str(&f->a, f->raws[f->count].id);
    f->status = bh_clients_resolve(f->it, &f->clients[f->count], &f->a, &f->m, &f->err);
    f->count++;
  }
}

static void list(fx *f) {
  bh_buf b;
  bh_buf_init(&b, 1 << 22);
  for (size_t i = 0; i < f->m.count; i++) {
    if (b.len) bh_buf_putc(&b, '\n');
    if (f->m.items[i].advice) bh_buf_putz(&b, "advice: ");
    bh_mistake_format(&b, &f->m.items[i]);
  }
  f->text = strndup(b.ptr ? b.ptr : "", b.len);
  bh_buf_dispose(&b);
}

void fx_open(fx *f, const fx_file *files) {
  static const char *const folders[] = {"clients", "rules"};
  *f = (fx){.dir = "/tmp/bh-workspace-XXXXXX"};
  bh_mistakes_init(&f->m);
  bh_arena_init(&f->a);
  assert_non_null(mkdtemp(f->dir));
  for (int i = 0; i < 2; i++) {
    char path[200];
    snprintf(path, sizeof path, "%s/%s", f->dir, folders[i]);
    assert_int_equal(mkdir(path, 0700), 0);
  }
  fx_write(f, "billhook.lua", fx_config);
  fx_write(f, "pricebook.lua", fx_book);
  for (; files->name; files++) fx_write(f, files->name, files->text);
  load(f);
  list(f);
}

void fx_close(fx *f) {
  bh_clients_close(f->it);
  bh_workspace_free(f->ws);
  bh_mistakes_dispose(&f->m);
  bh_arena_dispose(&f->a);
  free(f->text);
  char command[200];
  snprintf(command, sizeof command, "rm -r %s", f->dir);
  assert_int_equal(system(command), 0);
}

const bh_contract_terms *fx_contract(const fx *f, const char *id) {
  for (size_t i = 0; i < f->count; i++)
    for (size_t j = 0; f->clients[i] && j < f->clients[i]->contract_count; j++)
      if (bh_str_eqz(f->clients[i]->contracts[j].id, id)) return &f->clients[i]->contracts[j];
  fail_msg("no contract %s; mistakes:\n%s", id, f->text);
  return NULL;
}

const bh_line_terms *fx_line(const fx *f, const char *contract, const char *key) {
  const bh_contract_terms *c = fx_contract(f, contract);
  for (size_t i = 0; i < c->line_count; i++)
    if (bh_str_eqz(c->lines[i].key, key)) return &c->lines[i];
  fail_msg("no line %s in %s", key, contract);
  return NULL;
}

const char *fx_number(const bh_dated *d, bh_day day) {
  static char text[8][32];
  static int next;
  const bh_dec *v = bh_dated_on(d, day);
  if (!v) return "";
  next = (next + 1) % 8;
  bh_dec_format(text[next], *v);
  return text[next];
}

const char *fx_price(const bh_line_terms *l, bh_day day) {
  for (size_t i = 0; i < l->param_count; i++)
    if (bh_str_eqz(l->params[i].key, "price")) return fx_number(&l->params[i].number, day);
  return "";
}
