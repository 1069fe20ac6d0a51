/* Workspaces that are right, and what becomes of them. */
#include "workspace_fixture.h"
#include <stdlib.h>
#include <sys/stat.h>

static const char acme[] =
    "client \"acme\" {\n"
    "  name = \"Acme Dental\", email = { \"ap@acme.example\" }, country = \"US\", currency = \"USD\", po = \"PO-7781\",\n"
    "  ids = { rmm = \"mesh//Acme\", psa = 17 }, tax = { \"ny-sales\" }, tags = { \"dental\" }, terms = \"net 30\",\n"
    "  except = { { name = \"LAPTOP-9\", from = \"2026-09-01\", reason = \"stolen\" } },\n"
    "}\n"
    "\n"
    "contract \"acme-managed\" {\n"
    "  client = \"acme\", starts = \"2026-01-15\", billed_through = \"2026-10-31\",\n"
    "  bill = { every = 1, unit = \"month\", on = 1, align = \"calendar\", timing = \"advance\", lead_days = 0 },\n"
    "  lines = {\n"
    "    { \"managed-workstation\", price = \"42.00\", minimum = 10, included = 5, at = \"issue\" },\n"
    "    { \"m365-bp\", quantity = 10, changes = { { \"2026-11-15\", 12 } } },\n"
    "    { \"backup\" },\n"
    "    { \"onsite-day\", once = \"2026-11-20\", quantity = 1, price = \"-950.00\" },\n"
    "    { \"care\", from = \"2026-03-01\", ends = \"2026-12-31\", discount = { amount = \"5.00\" } },\n"
    "  },\n"
    "  discount = { percent = \"5\", reason = \"3-year term\", ends = \"2028-12-31\" },\n"
    "  minimum = \"500.00\",\n"
    "  uplift = { percent = \"3.5\", every = 12, from = \"2027-01-01\" },\n"
    "}\n"
    "rule \"acme-managed\" (function(bill)\n"
    "  local seats = bill:quantity \"managed-workstation\"\n"
    "end)\n";

static bh_day day(const char *z) {
  bh_day d;
  assert_true(bh_day_parse(&d, bh_str_c(z)));
  return d;
}

static void the_manuals_contract(void **state) {
  fx f;
  fx_open(&f, (fx_file[]){{"clients/acme.lua", acme}, {NULL, NULL}});
  assert_string_equal(f.text, "");
  assert_int_equal(f.count, 1);
  const bh_client_terms *c = f.clients[0];
  assert_str(c->name, "Acme Dental");
  assert_str(c->terms, "net 30");
  assert_int_equal(c->id_count, 2);
  assert_int_equal(c->except_count, 1);
  assert_str(c->card, "{\"country\":\"US\",\"email\":[\"ap@acme.example\"],\"id\":\"acme\",\"name\":\"Acme Dental\",\"po\":\"PO-7781\"}");
  const bh_contract_terms *k = fx_contract(&f, "acme-managed");
  assert_int_equal(k->line_count, 5);
  assert_int_equal(k->line, 7);
  assert_int_equal(k->billed_through, day("2026-10-31"));
  assert_true(k->has_minimum);
  assert_int_equal(k->discount_count, 1);
  assert_str(k->rule_name, "acme-managed");
  assert_true(k->rule_bundle.len > 0);
  const bh_line_terms *l = fx_line(&f, "acme-managed", "managed-workstation#1");
  assert_string_equal(fx_price(l, day("2027-06-01")), "42.00");
  assert_true(l->price_override && l->counted);
  assert_int_equal(l->at, BH_AT_ISSUE);
  assert_int_equal(l->count.seen_within, 30);
  assert_string_equal(fx_number(&l->minimum.value, 0), "10");
  assert_str(l->path, "lines[1]");
  assert_str(l->category, "service");
  assert_str(l->po, "PO-7781");
  assert_true(l->uplift.on);
  l = fx_line(&f, "acme-managed", "m365-bp#1");
  assert_false(l->counted);
  assert_int_equal(l->at, BH_AT_DAILY);
  assert_string_equal(fx_number(&l->quantity, day("2026-11-14")), "10");
  assert_string_equal(fx_number(&l->quantity, day("2026-11-15")), "12");
  assert_string_equal(fx_number(&l->cost.value, 0), "22.00");
  l = fx_line(&f, "acme-managed", "backup#1");
  assert_int_equal(l->bill.timing, BH_ARREARS);
  assert_int_equal(l->at, BH_AT_SUM);
  assert_int_equal(l->param_count, 2);
  assert_int_equal(l->params[1].record_count, 3);
  l = fx_line(&f, "acme-managed", "onsite-day@2026-11-20#1");
  assert_true(l->once);
  assert_string_equal(fx_price(l, 0), "-950.00");
  l = fx_line(&f, "acme-managed", "care#1");
  assert_int_equal(l->discount_count, 1);
  assert_int_equal(l->ends, day("2026-12-31"));
  fx_close(&f);
}

static const char jsonl[] =
    "{\"type\":\"contract\",\"id\":\"b-1\",\"client\":\"b\",\"currency\":\"EUR\",\"starts\":\"2026-01-01\",\"lines\":[{\"product\":\"managed-workstation\"},"
    "{\"product\":\"care\",\"price\":{\"start\":\"80.00\",\"2027-01-01\":\"85.00\"}}]}\n"
    "\n"
    "{\"type\":\"client\",\"id\":\"b\",\"name\":\"B\\u00e9\"}\r\n"
    "{\"type\":\"client\",\"id\":\"a\",\"ends\":\"2026-06-30\"}\n"
    "{ \"id\" : \"a-1\" , \"type\" : \"contract\" , \"client\" : \"a\", \"starts\":\"2026-01-01\", \"lines\":[{\"product\":\"managed-workstation\",\"count\":{\"users\":{\"site\":\"Albany\"}}}] }\n"
    "{\"type\":\"charge\",\"id\":\"c1\",\"client\":\"a\",\"date\":\"2026-03-03\",\"text\":\"Cable\",\"price\":\"4.50\",\"quantity\":\"2\"}\n"
    "{\"type\":\"charge\",\"id\":\"c2\",\"client\":\"a\",\"contract\":\"a-1\",\"date\":\"2026-03-04\",\"product\":\"onsite-day\",\"cost\":\"100.00\"}";

static void json_lines_in_any_order(void **state) {
  fx f;
  fx_open(&f, (fx_file[]){{"clients/all.jsonl", jsonl}, {NULL, NULL}});
  assert_string_equal(f.text, "");
  assert_int_equal(f.count, 2);
  assert_str(f.raws[0].id, "a");
  assert_int_equal(f.raws[0].contract_count, 2);
  assert_str(f.clients[1]->name, "B\xc3\xa9");
  assert_str(f.clients[0]->contracts[1].id, "a/charges");
  assert_int_equal(fx_contract(&f, "a-1")->ends, day("2026-06-30"));
  const bh_line_terms *l = fx_line(&f, "a-1", "managed-workstation#1");
  assert_str(l->count.asset_kind, "user");
  assert_string_equal(fx_price(l, day("2026-12-31")), "45.00");
  assert_string_equal(fx_price(l, day("2027-01-01")), "48.00");
  l = fx_line(&f, "b-1", "managed-workstation#1"); /* in EUR, where no later price is known */
  assert_string_equal(fx_price(l, day("2027-01-01")), "42.00");
  assert_string_equal(fx_price(fx_line(&f, "b-1", "care#1"), day("2027-01-01")), "85.00");
  l = fx_line(&f, "a/charges", "c1");
  assert_str(l->name, "Cable");
  assert_str(l->model, "per_unit");
  assert_string_equal(fx_price(l, 0), "4.50");
  l = fx_line(&f, "a-1", "c2"); /* cost and markup, over the list price */
  assert_string_equal(fx_price(l, 0), "115");
  assert_str(l->price_origin, "markup");
  fx_close(&f);
}

static void price_lists_and_templates(void **state) {
  static const char text[] =
      "client \"x\" { pricelist = \"nonprofit\" }\n"
      "contract \"x1\" { client = \"x\", starts = \"2026-01-01\", lines = { { \"managed-workstation\" }, { \"care\" } }, pricelist = { care = \"80.00\" } }\n"
      "contract \"x2\" { client = \"x\", starts = \"2026-02-01\", based_on = \"gold-care\", lines = { { \"care\", quantity = 1 }, { \"backup\", omit = true } },\n"
      "  discount = { percent = \"100\", ends = \"+1 month\" } }\n"
      "contract \"x3\" { client = \"x\", starts = \"2026-02-01\", based_on = \"gold-care\" }\n";
  fx f;
  fx_open(&f, (fx_file[]){{"clients/x.lua", text}, {NULL, NULL}});
  assert_string_equal(f.text, "");
  const bh_line_terms *l = fx_line(&f, "x1", "managed-workstation#1");
  assert_string_equal(fx_price(l, 0), "38.00");
  assert_str(l->price_origin, "pricelist");
  assert_true(l->counted);
  assert_string_equal(fx_price(fx_line(&f, "x1", "care#1"), 0), "80.00");
  const bh_contract_terms *k = fx_contract(&f, "x2");
  assert_int_equal(k->line_count, 1);
  assert_int_equal(k->bill.unit, BH_UNIT_QUARTER);
  assert_int_equal(k->discounts[0].ends, day("2026-02-28"));
  l = &k->lines[0];
  assert_int_equal(l->prorate, BH_PRORATE_NONE);
  assert_int_equal(l->bill.unit, BH_UNIT_QUARTER);
  assert_string_equal(fx_price(l, 0), "90.00");
  k = fx_contract(&f, "x3");
  assert_int_equal(k->line_count, 2);
  assert_str(k->lines[1].path, "based_on.lines[2]");
  fx_close(&f);
}

static void hybrid_parts(void **state) {
  fx f;
  fx_open(&f, (fx_file[]){{"clients/x.lua", "client \"x\" {}\ncontract \"x1\" { client = \"x\", starts = \"2026-01-01\", lines = { { \"voice\" } } }\n"}, {NULL, NULL}});
  assert_string_equal(f.text, "");
  const bh_line_terms *a = fx_line(&f, "x1", "voice#1:1"), *b = fx_line(&f, "x1", "voice#1:2");
  assert_str(a->model, "flat");
  assert_int_equal(a->bill.timing, BH_ADVANCE);
  assert_int_equal(b->bill.timing, BH_ARREARS);
  assert_string_equal(fx_number(&b->included.value, 0), "100");
  assert_str(b->name, "Telephony");
  bh_line_terms again;
  assert_int_equal(bh_line_rebook(&again, f.ws, &f.a, f.clients[0], &f.clients[0]->contracts[0], 1, b->book, &f.err), BH_OK);
  assert_str(again.key, "voice#1:2");
  assert_string_equal(fx_price(&again, 0), "0.015");
  fx_close(&f);
}

static void a_generated_contract_is_overlaid(void **state) {
  static const char generated[] =
      "{\"type\":\"client\",\"id\":\"x\"}\n"
      "{\"type\":\"contract\",\"id\":\"x1\",\"client\":\"x\",\"starts\":\"2026-01-01\",\"lines\":[{\"product\":\"onsite-day\",\"quantity\":\"3\"},{\"product\":\"m365-bp\",\"quantity\":\"7\"}]}\n";
  fx f;
  fx_open(&f, (fx_file[]){{"clients/psa.jsonl", generated},
                          {"clients/x.lua", "\ncontract \"x1\" { client = \"x\", lines = { { \"onsite-day\", price = \"70.00\" } }, prorate = \"none\" }\n"}, {NULL, NULL}});
  assert_string_equal(f.text, "");
  const bh_contract_terms *k = fx_contract(&f, "x1");
  assert_int_equal(k->line_count, 2);
  assert_string_equal(fx_price(&k->lines[0], 0), "70.00");
  assert_string_equal(fx_number(&k->lines[0].quantity, 0), "3");
  assert_int_equal(k->lines[1].prorate, BH_PRORATE_NONE);
  assert_str(k->file, "clients/x.lua");
  fx_close(&f);
}

static void raw_hashes_tell_what_changed(void **state) {
  static const char two[] = "{\"type\":\"client\",\"id\":\"a\"}\n{\"type\":\"client\",\"id\":\"b\"%s}\n";
  char text[200], more[200];
  fx f, g, h;
  snprintf(text, sizeof text, two, "");
  snprintf(more, sizeof more, two, ",\"note\":\"x\"");
  fx_open(&f, (fx_file[]){{"clients/c.jsonl", text}, {NULL, NULL}});
  fx_open(&g, (fx_file[]){{"clients/c.jsonl", more}, {NULL, NULL}});
  fx_open(&h, (fx_file[]){{"clients/c.jsonl", text}, {"rules/r.lua", "return function(bill) end"}, {NULL, NULL}});
  assert_memory_equal(&f.raws[0].raw_hash, &g.raws[0].raw_hash, 32);
  assert_memory_not_equal(&f.raws[1].raw_hash, &g.raws[1].raw_hash, 32);
  assert_memory_not_equal(&f.raws[0].raw_hash, &h.raws[0].raw_hash, 32);
  fx_close(&f);
  fx_close(&g);
  fx_close(&h);
}

static void a_charged_period_keeps_its_book(void **state) {
  static const char text[] = "client \"x\" {}\ncontract \"x1\" { client = \"x\", starts = \"2026-01-01\", lines = { { \"care\", included = 0 }, { \"onsite-day\", quantity = 1, price = \"9.00\" } } }\n";
  fx f;
  fx_open(&f, (fx_file[]){{"clients/x.lua", text}, {NULL, NULL}});
  assert_string_equal(f.text, "");
  const bh_contract_terms *k = fx_contract(&f, "x1");
  bh_line_terms l;
  assert_str(k->lines[0].book, "{\"currency\":\"USD\",\"model\":\"flat\",\"name\":\"Care\",\"origin\":\"product\",\"price\":\"100.00\",\"product\":\"care\"}");
  bh_str old = BH_S("{\"currency\":\"USD\",\"model\":\"flat\",\"name\":\"Old care\",\"origin\":\"product\",\"price\":\"80.00\",\"product\":\"care\",\"tax\":\"t\"}");
  assert_int_equal(bh_line_rebook(&l, f.ws, &f.a, f.clients[0], k, 0, old, &f.err), BH_OK);
  assert_string_equal(fx_price(&l, 0), "80.00");
  assert_str(l.name, "Old care");
  assert_str(l.key, "care#1");
  assert_str(l.book, old.ptr);
  assert_int_equal(bh_line_rebook(&l, f.ws, &f.a, f.clients[0], k, 1, k->lines[1].book, &f.err), BH_OK);
  assert_string_equal(fx_price(&l, 0), "9.00");
  assert_memory_equal(&l.book_hash, &k->lines[1].book_hash, 32);
  fx_close(&f);
}

static void rules_travel_with_what_they_require(void **state) {
  fx f;
  fx_open(&f, (fx_file[]){{"clients/x.lua", "local lib = require \"lib\"\nclient \"x\" {}\ncontract \"x1\" { client = \"x\", starts = \"2026-01-01\", rule = \"two\", lines = { { \"care\" } } }\n"},
                          {"rules/lib.lua", "return { n = 2 }\n"}, {"rules/two.lua", "local lib = require(\"lib\")\nreturn function(bill) end\n"}, {NULL, NULL}});
  assert_string_equal(f.text, "");
  const bh_contract_terms *k = fx_contract(&f, "x1");
  assert_str(k->rule_name, "two");
  assert_str(k->rule_bundle, "{\"file\":\"rules/two.lua\",\"modules\":{\"lib\":\"return { n = 2 }\\n\"},\"name\":\"two\",\"source\":\"local lib = require(\\\"lib\\\")\\nreturn function(bill) end\\n\"}");
  fx_close(&f);
}

static void secrets(void **state) {
  fx f;
  bh_buf b;
  bh_buf_init(&b, 1 << 20);
  fx_open(&f, (fx_file[]){{"secret", "hush\n"}, {NULL, NULL}});
  char path[200];
  snprintf(path, sizeof path, "%s/secret", f.dir);
  assert_int_equal(chmod(path, 0640), 0);
  assert_int_equal(bh_secret_read(&b, f.ws, BH_S("file:secret"), &f.err), BH_E_AUTH);
  assert_string_equal(f.err.message, "the secret file secret can be read by others; expected mode 0600");
  assert_int_equal(chmod(path, 0600), 0);
  assert_int_equal(bh_secret_read(&b, f.ws, BH_S("file:secret"), &f.err), BH_OK);
  assert_str(bh_buf_str(&b), "hush");
  bh_buf_clear(&b);
  setenv("BH_TEST_SECRET", "s3cret", 1);
  assert_int_equal(bh_secret_read(&b, f.ws, BH_S("env:BH_TEST_SECRET"), &f.err), BH_OK);
  assert_str(bh_buf_str(&b), "s3cret");
  bh_buf_clear(&b);
  assert_int_equal(bh_secret_read(&b, f.ws, BH_S("cmd:echo one; two"), &f.err), BH_OK);
  assert_str(bh_buf_str(&b), "one; two");
  assert_int_equal(bh_secret_read(&b, f.ws, BH_S("cmd:false"), &f.err), BH_E_PERMANENT);
  bh_buf_clear(&b);
  assert_int_equal(bh_secret_read(&b, f.ws, BH_S("env:BH_TEST_NOT_THERE"), &f.err), BH_E_NOTFOUND);
  assert_int_equal(bh_secret_read(&b, f.ws, BH_S("plain"), &f.err), BH_E_INVALID);
  bh_buf_dispose(&b);
  fx_close(&f);
}

static void the_nearest_folder_upward(void **state) {
  fx f;
  fx_open(&f, (fx_file[]){{NULL, NULL}});
  char path[200];
  bh_str found;
  snprintf(path, sizeof path, "%s/clients", f.dir);
  assert_int_equal(bh_workspace_find(&found, &f.a, path, &f.err), BH_OK);
  assert_str(found, f.dir);
  assert_int_equal(bh_workspace_find(&found, &f.a, "/usr", &f.err), BH_E_WORKSPACE);
  fx_close(&f);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_manuals_contract), cmocka_unit_test(json_lines_in_any_order), cmocka_unit_test(price_lists_and_templates),
      cmocka_unit_test(hybrid_parts), cmocka_unit_test(a_generated_contract_is_overlaid), cmocka_unit_test(raw_hashes_tell_what_changed),
      cmocka_unit_test(a_charged_period_keeps_its_book), cmocka_unit_test(rules_travel_with_what_they_require),
      cmocka_unit_test(secrets), cmocka_unit_test(the_nearest_folder_upward)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
