/* The bill object: what a rule reads, adds, changes and takes away. */
#include "rules_test.h"

static void reads(void **state)
{
  static const char *const cases[][2] = {
    {"bill:quantity 'managed-workstation'", "55"}, {"bill:count 'managed-workstation'", "60"}, {"bill:quantity 'nothing'", "0"},
    {"bill:quantity 'backup'", "3.677419355"}, {"bill:quantity 'managed-workstation' > 50", "true"},
    {"('%s workstations'):format(bill:quantity 'managed-workstation')", "55 workstations"}, {"bill.client.id", "acme"}, {"bill.client.name", "Acme Dental"},
    {"#bill.client.tags", "2"}, {"bill.client.tags[2]", "3-year"}, {"bill.client.phone", "nil"}, {"bill.contract", "acme-managed"},
    {"bill.period.from", "2026-12-01"}, {"bill.period.to", "2026-12-31"}, {"bill.issue_date", "2026-12-01"}, {"bill.currency", "USD"},
    {"bill.client == bill.client", "true"}, {"bill", "bill"}, {"bill.add", "function"}, {"bill:lines()().amount", "2310.00"},
    {"bill:lines 'server' ().price", "120.00"}, {"bill:lines { tax = 'hardware' } ().cost", "100.00"}, {"bill:lines { tax = 'hardware' } ().id", "switch#1"},
    {"bill:lines 'server' ().cost", "nil"}, {"bill:lines 'backup' ().quantity", "3.677419355"}, {"bill:lines 'server' ().tax", "service"},
    {"bill:lines 'server' ().kind", "charge"}, {"bill:lines 'server' ().to", "2026-12-31"}, {"bill:lines 'nothing' ()", "nil"},
    {"bill:lines { product = { 'server', 'switch' }, tax = 'hardware' } ().product", "switch"}, {"bill:lines 'server' ()", "line"},
    {"bill:lines 'server' () == bill:lines 'server' ()", "true"}, {"bill:lines 'server' () == bill:lines 'switch' ()", "false"},
  };
  rig r;
  rig_init(&r);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
    rig_says(&r, cases[i][0], cases[i][1]);
  rig_dispose(&r);
}

static void changes(void **state)
{
  rig r;
  rig_init(&r);
  rig_ok(&r, "for line in bill:lines { tax = \"hardware\" } do line.price = line.cost * dec \"1.25\" end");
  assert_int_equal(r.rated.lines[2].amount, 25000);
  assert_text(r.rated.lines[2].rule_note, "price 110.00 → 125.0000");
  assert_text(r.rated.rule_trace, "[\"line switch#1: price 110.00 → 125.0000\"]");
  assert_int_equal(r.rated.lines[0].amount, 231000);
  rig_ok(&r, "local l = bill:lines 'server' ()\nl.quantity = 5\nl.price = '99.50'\nl.description = 'Server, large'\nl.price = dec '99.5'");
  assert_int_equal(r.rated.lines[1].amount, 49750);
  assert_text(r.rated.lines[1].description, "Server, large");
  assert_text(r.rated.lines[1].rule_note, "quantity 3 → 5; price 120.00 → 99.50; description \"server\" → \"Server, large\"");
  rig_ok(&r, "for l in bill:lines() do if l.product == 'backup' then l:remove() l:remove() end end");
  assert_true(r.rated.lines[3].removed);
  assert_int_equal(r.rated.lines[3].amount, 0);
  rig_says(&r, "(function() for l in bill:lines 'server' do l:remove() end return bill:lines 'server' () end)()", "nil");
  rig_ok(&r, "local l = bill:lines() () l.price = l.price l.quantity = l.quantity l.description = l.description");
  assert_int_equal(r.rated.rule_trace.len, 0);
  rig_dispose(&r);
}

static void additions(void **state)
{
  rig r;
  rig_init(&r);
  rig_ok(&r, "local l = bill:add { id = 'care', text = 'Care plan', quantity = 2, price = '10.25', tax = 'service' }\n"
             "bill:add { text = 'Visit', price = dec '5' }\nbill:add { text = 'Visit', price = 6, quantity = dec '0.5' }\n"
             "bill:add { product = 'server', price = 7 }\nl.quantity = 3");
  assert_int_equal(r.rated.line_count, 8);
  const bh_owed_line *l = &r.rated.lines[4];
  assert_text(l->key, "rule:care");
  assert_int_equal(l->kind, BH_OWED_RULE);
  assert_int_equal(l->line_index, UINT32_MAX);
  assert_int_equal(l->amount, 3075);
  assert_text(l->category, "service");
  assert_int_equal(l->whole_from, r.b.period_from);
  assert_int_equal(l->whole_until, r.b.period_until);
  assert_text(l[1].key, "rule:Visit#1");
  assert_text(l[2].key, "rule:Visit#2");
  assert_int_equal(l[2].amount, 300);
  assert_text(l[3].key, "rule:server#1");
  assert_text(l[3].description, "server");
  assert_holds_text(r.rated.rule_trace, "\"added Care plan: 2 × 10.25\"");
  /* what is added while the lines are gone through is not among them */
  rig_ok(&r, "for l in bill:lines() do bill:add { text = 'Copy', price = l.price } end");
  assert_int_equal(r.rated.line_count, 8);
  rig_ok(&r, "bill:add { id = 'a#2', text = 'A', price = 1 } bill:add { text = 'a', price = 1 } bill:add { text = 'a', price = 1 }");
  assert_text(r.rated.lines[6].key, "rule:a#3");
  rig_dispose(&r);
}

static void discounts(void **state)
{
  rig r;
  rig_init(&r);
  rig_ok(&r, "if bill:quantity 'managed-workstation' > 50 then\n"
             "bill:discount { percent = \"3\", reason = (\"%s workstations\"):format(bill:quantity 'managed-workstation') }\nend");
  /* 2310.00 + 360.00 + 220.00 + 0.37 = 2890.37 */
  assert_int_equal(r.rated.discount_count, 1);
  const bh_owed_discount *d = r.rated.discounts;
  assert_text(d->key, "discount:rule:55 workstations#1");
  assert_text(d->description, "55 workstations");
  assert_true(d->is_percent);
  assert_int_equal(d->amount, -8671);
  int64_t sum = 0;
  for (size_t i = 0; i < r.rated.line_count; i++)
    sum += d->shares[i];
  assert_int_equal(sum, d->amount);
  assert_int_equal(d->whole_until, r.b.period_until);
  assert_text(r.rated.rule_trace, "[\"discount 3%, 55 workstations: -86.71\"]");
  /* one after the other, of what is left; a fixed one is cut to it; of what the rule has made of the lines */
  rig_ok(&r, "bill:discount { percent = '50%', reason = 'half', of = 'server' }\nbill:discount { percent = 50, reason = 'half', of = { 'server' } }\n"
             "bill:discount { amount = '1000', reason = 'all of it', of = { tax = 'hardware' }, id = 'hw' }\n"
             "for l in bill:lines 'server' do l.price = 100 end");
  d = r.rated.discounts;
  assert_int_equal(r.rated.discount_count, 3);
  assert_int_equal(d[0].amount, -15000);
  assert_int_equal(d[1].amount, -7500);
  assert_text(d[1].key, "discount:rule:half#2");
  assert_int_equal(d[2].amount, -22000);
  assert_text(d[2].key, "discount:rule:hw#1");
  assert_int_equal(d[2].shares[2], -22000);
  rig_ok(&r, "bill:discount { percent = 10, of = 'nothing' }");
  assert_int_equal(r.rated.discount_count, 0);
  assert_text(r.rated.rule_trace, "[\"discount 10%, Discount: 0.00\"]");
  rig_dispose(&r);
}

static void memos_and_holds(void **state)
{
  rig r;
  rig_init(&r);
  rig_rule(&r, "bill:memo 'Thank you'\nbill:memo(\"Grüße\")\nbill:hold 'ask Jo'\nbill:hold 'and Kim'\nbill:add { text = 'x', price = 1 }");
  rig_run(&r);
  assert_text(r.rated.hold_reason, "rule-hold");
  assert_text(r.rated.hold_message, "ask Jo; and Kim");
  assert_int_equal(r.rated.status, BH_OK);
  assert_int_equal(r.rated.memo_count, 2);
  assert_text(r.rated.memos[1], "Grüße");
  assert_int_equal(r.rated.line_count, 5);
  assert_text(r.rated.rule_trace, "[\"memo: Thank you\",\"memo: Grüße\",\"hold: ask Jo\",\"hold: and Kim\",\"added x: 1 × 1\"]");
  rig_dispose(&r);
}

static void mistakes(void **state)
{
  static const char *const cases[][2] = {
    {"bill.quantity 'server'", "write bill:quantity, with a colon"}, {"return bill.quantiti", "bill has no \"quantiti\""}, {"bill.x = 1", "bill.x cannot be set"},
    {"bill:quantity(5)", "the id of a product was expected, not number"}, {"bill:count(5)", "a selector such as devices"},
    {"bill:count(devices {})", "there are no facts to ask here"}, {"bill:lines { prodct = 'x' }", "there is no \"prodct\"; did you mean \"product\"?"},
    {"bill:lines { tax = 5 }", "a text or a list of texts was expected, not number"}, {"local l = bill:lines() ()\nl.prise = 1", "line.prise cannot be set"},
    {"local l = bill:lines() ()\nreturn l.prise", "a line has no \"prise\"; did you mean \"price\"?"}, {"local l = bill:lines() ()\nl.amount = 1", "line.amount cannot be set"},
    {"local l = bill:lines() ()\nl.price = 'x'", "line.price: \"x\" is no decimal"}, {"local l = bill:lines() ()\nl.quantity = dec '1' / 3", "at most 6 decimals"},
    {"local l = bill:lines() ()\nl.price = nil", "line.price: a decimal or an integer was expected, not nil"},
    {"local l = bill:lines() ()\nl:remove()\nl.price = 1", "was removed"}, {"local l = bill:lines() ()\nl.description = ''", "the text is empty"},
    {"local l = bill:lines() ()\nl.description = '\\xff'", "not UTF-8"}, {"bill:memo 'a\\nb'", "control character"}, {"bill:memo(('x'):rep(3000))", "longer than 2000 bytes"},
    {"local l = bill:lines() ()\nl.quantity = -1", "line.quantity: a quantity is not below zero"},
    {"bill:add { text = 'x', quantity = dec '-0.5', price = 1 }", "bill:add: quantity: a quantity is not below zero"},
    {"bill:add { price = 1 }", "a text or a product was expected"}, {"bill:add { text = 'x' }", "a price was expected"}, {"bill:add 'x'", "table expected"},
    {"bill:add { text = 'x', price = 1, prices = 2 }", "did you mean \"price\"?"}, {"bill:add { 'x' }", "only named fields"},
    {"for i = 1, 2 do bill:add { id = 'x', text = 'x', price = 1 } end", "there is a line with the id \"x\" already"},
    {"bill:discount { percent = 101 }", "0 to 100 was expected"}, {"bill:discount { percent = -1 }", "0 to 100"}, {"bill:discount { amount = -1 }", "as a positive number"},
    {"bill:discount {}", "either percent or amount"}, {"bill:discount { percent = 1, amount = 1 }", "either percent or amount"},
    {"bill:hold()", "a text was expected, not no value"}, {"bill:previous(0)", "from 1 on"}, {"local l = bill:lines() ()\nl.price = dec '9223372036854775807'", "does not fit a number"},
    {"return bill:lines() ().cost * dec '1.25'", "a decimal or an integer was expected, not nil"},
  };
  rig r;
  rig_init(&r);
  for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
    rig_fails(&r, cases[i][0], cases[i][1]);
    assert_holds_text(r.rated.hold_message, "clients/acme.lua:");
  }
  rig_dispose(&r);
}

/* A rule that fails has changed nothing. */
static void undone(void **state)
{
  rig r;
  rig_init(&r);
  rig_fails(&r, "bill:memo 'x'\nfor l in bill:lines() do l.price = 1 l:remove() end\nfor i = 1, 20 do bill:add { text = 'x', price = 1 } end\n"
                "bill:discount { percent = 5 }\nbill:hold 'x'\nerror 'no'", "clients/acme.lua:7: no");
  assert_int_equal(r.rated.line_count, 4);
  assert_int_equal(r.rated.discount_count, 0);
  assert_int_equal(r.rated.memo_count, 0);
  assert_int_equal(r.rated.rule_trace.len, 0);
  assert_int_equal(r.rated.lines[0].amount, 231000);
  assert_false(r.rated.lines[0].removed);
  assert_int_equal(r.rated.lines[0].rule_note.len, 0);
  rig_dispose(&r);
}

/* ---- questions to the host ---- */
typedef struct host { int counts, assets, previous; bh_status fail; bh_str selector; } host;

static bh_status host_count(void *ctx, const bh_billing *b, bh_str selector, bh_ratio *out, bh_error *err)
{
  host *h = ctx;
  h->counts++;
  h->selector = selector;
  if (h->fail)
    return bh_fail(err, h->fail, "no such thing");
  *out = bh_ratio_int(7);
  return BH_OK;
}

static bh_status host_assets(void *ctx, const bh_billing *b, bh_str selector, bh_str *out, bh_error *err)
{
  ((host *)ctx)->assets++;
  *out = BH_S("[{\"class\":\"server\",\"id\":\"a1\",\"name\":\"SRV-1\"},{\"class\":\"server\",\"id\":\"a2\",\"name\":\"SRV-2\"}]");
  return BH_OK;
}

static bh_status host_previous(void *ctx, const bh_billing *b, int32_t n, bh_str *out, bh_error *err)
{
  ((host *)ctx)->previous++;
  *out = n == 1 ? BH_S("{\"from\":\"2026-11-01\",\"lines\":[{\"amount\":\"10.50\",\"product\":\"server\",\"quantity\":\"3\"}],\"total\":\"10.50\"}") : BH_S("null");
  return BH_OK;
}

static void asks(void **state)
{
  rig r;
  host h = {0};
  rig_init(&r);
  r.ask = (bh_rule_ask){&h, host_count, host_assets, host_previous};
  rig_says(&r, "bill:count(devices { class = 'server', site = 'Albany' }) + bill:count(devices { site = 'Albany', class = 'server' })", "14");
  assert_int_equal(h.counts, 1); /* the same question is asked once */
  assert_text(bh_arena_str(&r.arena, h.selector), "{\"devices\":{\"class\":\"server\",\"site\":\"Albany\"}}");
  rig_says(&r, "bill:count { gauge = { metric = 'm365.SPB' } }", "7");
  assert_text(bh_arena_str(&r.arena, h.selector), "{\"gauge\":{\"metric\":\"m365.SPB\"}}");
  rig_says(&r, "bill:count(users { except = { { name = 'X*', reason = 'y' } }, seen_within = 30 })", "7");
  assert_text(bh_arena_str(&r.arena, h.selector), "{\"users\":{\"except\":[{\"name\":\"X*\",\"reason\":\"y\"}],\"seen_within\":30}}");
  rig_says(&r, "(function() local s = '' for i, a in ipairs(bill:assets(devices {})) do s = s .. a.name .. ' ' end return s end)()", "SRV-1 SRV-2 ");
  rig_says(&r, "bill:previous(1).total + bill:previous().lines[1].quantity", "13.50");
  rig_says(&r, "bill:previous(2)", "nil");
  rig_fails(&r, "bill:count(devices { seen_within = 1.5 })", "1.5 is a float");
  rig_fails(&r, "local t = {} t.t = t bill:count(devices(t))", "too large");
  rig_fails(&r, "bill:count(devices { [bill] = 1 })", "a key in the selector is a userdata");
  rig_fails(&r, "for i = 1, 2000 do bill:count(devices { site = tostring(i) }) end", "more than 1000 different things");
  h.fail = BH_E_INVALID;
  rig_fails(&r, "return bill:count(devices {})", "clients/acme.lua:2: bill:count: no such thing");
  h.fail = BH_E_WORKER; /* not the rule's fault */
  rig_rule(&r, "return bill:count(devices {})");
  bh_arena_reset(&r.run);
  r.rated = (bh_rated){0};
  assert_int_equal(bh_rules_run(r.rules, &r.rated, &r.b, &r.ask, &r.run, &r.err), BH_E_WORKER);
  assert_string_equal(r.err.message, "no such thing");
  rig_dispose(&r);
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(reads), cmocka_unit_test(changes), cmocka_unit_test(additions), cmocka_unit_test(discounts), cmocka_unit_test(memos_and_holds),
    cmocka_unit_test(mistakes), cmocka_unit_test(undone), cmocka_unit_test(asks)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
