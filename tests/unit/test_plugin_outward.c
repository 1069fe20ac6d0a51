/* What sinks and gateways say: what is refused, on both sides of the channel, and how it travels. And what kit.h has for them. */
#include <billhook/kit.h> /* first: cmocka has a macro fail() */
#include "plugin/outward.h"
#include "plugin/outward_wire.h"
#include "plugin/fact_wire.h"
#include "plugin_test.h"

/* ---- keys ---- */

static void test_keys(void **state)
{
  assert_true(bh_key_ok(BH_S("a")));
  assert_true(bh_key_ok(BH_S("acme-7_A0")));
  assert_true(bh_key_ok(BH_S("0123456789012345678901234567890123456789")));
  assert_false(bh_key_ok(BH_S("01234567890123456789012345678901234567890")));
  assert_false(bh_key_ok(BH_S("")));
  assert_false(bh_key_ok(BH_S("a b")));
  assert_false(bh_key_ok(BH_S("a.b")));
  assert_false(bh_key_ok(BH_S("\xc3\xa9")));
}

/* ---- what is refused ---- */

static const bh_sent good_sent = {.struct_size = sizeof good_sent, .state = BH_SENT_OPEN, .ref = {"9001", 4}};
static const bh_outcome good_outcome = {.struct_size = sizeof good_outcome, .state = BH_DEBIT_PAID, .key = {"k-1", 3}, .ref = {"p", 1}, .currency = {"USD", 3},
  .amount = {1250, 2, 0}};

#define SENT_WRONG(words, ...) \
  do { \
    bh_sent x = good_sent; \
    __VA_ARGS__; \
    const char *why = bh_sent_wrong(&x); \
    assert_non_null(why); \
    assert_non_null(strstr(why, words)); \
  } while (0)

static void test_sent(void **state)
{
  assert_null(bh_sent_wrong(&good_sent));
  SENT_WRONG("too short", x.struct_size = sizeof x - 8);
  SENT_WRONG("state that is none", x.state = 0);
  SENT_WRONG("state that is none", x.state = 6);
  SENT_WRONG("an amount that this version does not know", x.has = 4);
  SENT_WRONG("no ref", x.ref.len = 0);
  SENT_WRONG("not UTF-8", x.url = BH_S("\xff"));
  SENT_WRONG("total or balance", x.balance.scale = 10);
}

#define OUTCOME_WRONG(words, ...) \
  do { \
    bh_outcome x = good_outcome; \
    __VA_ARGS__; \
    const char *why = bh_outcome_wrong(&x); \
    assert_non_null(why); \
    assert_non_null(strstr(why, words)); \
  } while (0)

static void test_outcome(void **state)
{
  bh_outcome failed = {.struct_size = sizeof failed, .state = BH_DEBIT_FAILED, .key = BH_S("k"), .flags = BH_DEBIT_RETRY | BH_DEBIT_ASK};
  assert_null(bh_outcome_wrong(&good_outcome));
  assert_null(bh_outcome_wrong(&failed)); /* a refusal may have no id */
  OUTCOME_WRONG("too short", x.struct_size = 100);
  OUTCOME_WRONG("state is none", x.state = 6);
  OUTCOME_WRONG("one of a failure and is none", x.flags = BH_DEBIT_RETRY);
  OUTCOME_WRONG("does not know", x.flags = 4);
  OUTCOME_WRONG("date is none", x.date = (bh_date){2026, 2, 30});
  OUTCOME_WRONG("key, ref, payment or reason", x.key = BH_S("a b"));
  OUTCOME_WRONG("has no ref", x.ref.len = 0);
  OUTCOME_WRONG("neither a key nor a ref", x.state = BH_DEBIT_FAILED; x.ref.len = x.key.len = 0);
  OUTCOME_WRONG("below 0", x.amount.coef = -1);
  OUTCOME_WRONG("below 0", x.fee.coef = -1);
  OUTCOME_WRONG("three capital letters", x.currency = BH_S("usd"));
  OUTCOME_WRONG("three capital letters", x.currency.len = 0);
}

static void test_received_and_taxes(void **state)
{
  const bh_received good = {.struct_size = sizeof good, .date = {2026, 12, 1}, .id = BH_S("5"), .currency = BH_S("EUR"), .amount = {-1, 2, 0}};
  bh_received x = good;
  assert_null(bh_received_wrong(&good)); /* given back */
  x.date.year = 0;
  assert_string_equal(bh_received_wrong(&x), "a payment's date is none");
  x = good;
  x.id.len = 0;
  assert_string_equal(bh_received_wrong(&x), "a payment's id must be 1 to 500 bytes of UTF-8");
  x = good;
  x.currency = BH_S("EU");
  assert_string_equal(bh_received_wrong(&x), "a payment's currency must be three capital letters");
  bh_tax_code tax = {.struct_size = sizeof tax, .id = BH_S("T1"), .has = BH_TAX_RATE, .rate = {8875, 3, 0}};
  assert_null(bh_tax_code_wrong(&tax));
  tax.has = 2;
  assert_string_equal(bh_tax_code_wrong(&tax), "a tax has something that this version does not know");
}

/* ---- on the way ---- */

typedef struct got { bh_sent sent; bh_outcome outcome; bh_received received; bh_tax_code tax; int n; } got;
static bh_status on_sent(void *ctx, const bh_sent *x, bh_error *err) { ((got *)ctx)->sent = *x; ((got *)ctx)->n++; return BH_OK; }
static bh_status on_outcome(void *ctx, const bh_outcome *x, bh_error *err) { ((got *)ctx)->outcome = *x; ((got *)ctx)->n++; return BH_OK; }
static bh_status on_received(void *ctx, const bh_received *x, bh_error *err) { ((got *)ctx)->received = *x; ((got *)ctx)->n++; return BH_OK; }
static bh_status on_tax(void *ctx, const bh_tax_code *x, bh_error *err) { ((got *)ctx)->tax = *x; ((got *)ctx)->n++; return BH_OK; }
static const bh_pull_sink sink = {.sent = on_sent, .outcome = on_outcome, .received = on_received, .tax_code = on_tax};

static void test_round_trip(void **state)
{
  bh_buf b;
  bh_error err = {0};
  got g = {0};
  bh_sent s = good_sent;
  s.has = BH_SENT_TOTAL | BH_SENT_BALANCE;
  s.total = (bh_dec){182453, 2, 0};
  s.balance = (bh_dec){-5, 1, 0};
  const bh_received r = {.struct_size = sizeof r, .date = {2026, 12, 10}, .id = BH_S("5"), .currency = BH_S("USD"), .note = BH_S("wire"), .amount = {100, 0, 0}};
  const bh_tax_code t = {.struct_size = sizeof t, .id = BH_S("T1"), .name = BH_S("Tax"), .has = BH_TAX_RATE, .rate = {8875, 3, 0}};
  bh_outcome o = good_outcome;
  o.payment = BH_S("p-0");
  o.fee = (bh_dec){37, 2, 0};
  bh_buf_init(&b, 65536);
  bh_sent_put(&b, &s);
  bh_received_put(&b, &r);
  bh_tax_code_put(&b, &t);
  bh_outcome_put(&b, &o);
  assert_int_equal(bh_facts_unpack(bh_buf_str(&b), &sink, &g, &err), BH_OK);
  assert_int_equal(g.n, 4);
  assert_int_equal(g.sent.state, BH_SENT_OPEN);
  assert_int_equal(g.sent.total.coef, 182453);
  assert_int_equal(g.sent.balance.coef, -5);
  assert_true(bh_str_eqz(g.received.note, "wire") && g.received.date.day == 10);
  assert_true(bh_str_eqz(g.tax.name, "Tax") && g.tax.rate.scale == 3);
  assert_true(bh_str_eqz(g.outcome.key, "k-1") && bh_str_eqz(g.outcome.payment, "p-0") && g.outcome.fee.coef == 37);
  for (size_t n = 1; n < b.len; n++) { /* cut anywhere it is garbage, or fewer */
    g.n = 0;
    bh_status rc = bh_facts_unpack((bh_str){b.ptr, n}, &sink, &g, &err);
    assert_true(rc == BH_E_WORKER || (rc == BH_OK && g.n < 4));
  }
  bh_buf_clear(&b);
  o.state = 9; /* a worker is not believed */
  bh_outcome_put(&b, &o);
  assert_int_equal(bh_facts_unpack(bh_buf_str(&b), &sink, &g, &err), BH_E_WORKER);
  assert_non_null(strstr(err.message, "an outcome's state is none"));
  bh_buf_dispose(&b);
}

static void test_what_a_call_is_about(void **state)
{
  bh_str headers[] = {BH_S("X"), BH_S("1")};
  const bh_outward x = {.key = BH_S("k"), .ref = BH_S("r"), .document = {.id = BH_S("acme-7"), .json = BH_S("{}")},
    .debit = {.due = {2026, 12, 16}, .customer = BH_S("c"), .amount = {1250, 2, 0}, .ref = BH_S("p")}, .body = BH_S("b"), .headers = headers, .header_count = 2, .now_s = -1};
  bh_outward out;
  bh_arena a;
  bh_buf b;
  bh_arena_init(&a);
  bh_buf_init(&b, 65536);
  bh_outward_put(&b, &x);
  bh_get g = bh_get_init(bh_buf_str(&b));
  bh_outward_get(&out, &a, &g);
  assert_true(bh_get_done(&g));
  assert_true(bh_str_eqz(out.key, "k") && bh_str_eqz(out.document.id, "acme-7") && bh_str_eqz(out.debit.customer, "c") && bh_str_eqz(out.debit.ref, "p"));
  assert_true(out.debit.due.day == 16 && out.debit.amount.coef == 1250 && out.now_s == -1 && out.header_count == 2 && bh_str_eqz(out.headers[1], "1"));
  assert_int_equal(out.document.struct_size, sizeof(bh_document));
  assert_int_equal(out.debit.struct_size, sizeof(bh_debit));
  bh_buf_dispose(&b);
  bh_arena_dispose(&a);
}

/* ---- after a call ---- */

static bh_status came_to(int32_t call, size_t said, bh_status bad, bh_status rc)
{
  bh_connector_run r = {.fd = -1, .said = said, .bad = bad, .why = "no ref"};
  bh_error err = {0};
  bh_emit_init(&r);
  bh_status out = bh_outward_said(&r, call, rc, &err);
  bh_emit_dispose(&r);
  return out;
}

static void test_what_was_not_said_is_unknown(void **state)
{
  assert_int_equal(came_to(BH_CALL_DELIVER, 1, BH_OK, BH_OK), BH_OK);
  assert_int_equal(came_to(BH_CALL_DELIVER, 0, BH_OK, BH_OK), BH_E_UNKNOWN);
  assert_int_equal(came_to(BH_CALL_CHARGE, 0, BH_OK, BH_OK), BH_E_UNKNOWN);
  assert_int_equal(came_to(BH_CALL_REFUND, 0, BH_OK, BH_OK), BH_E_UNKNOWN);
  assert_int_equal(came_to(BH_CALL_DELIVER, 0, BH_E_INVALID, BH_E_INVALID), BH_E_UNKNOWN); /* sent() was not taken: the document may be there */
  assert_int_equal(came_to(BH_CALL_LOOKUP, 0, BH_E_INVALID, BH_OK), BH_E_INVALID);
  assert_int_equal(came_to(BH_CALL_LOOKUP, 0, BH_OK, BH_OK), BH_OK);
  assert_int_equal(came_to(BH_CALL_EVENT, 0, BH_OK, BH_OK), BH_OK);
  assert_int_equal(came_to(BH_CALL_STATUS, 0, BH_OK, BH_OK), BH_E_INVALID);
  assert_int_equal(came_to(BH_CALL_DELIVER, 0, BH_OK, BH_E_AUTH), BH_E_AUTH);
}

/* ---- kit.h ---- */

static void test_decimals(void **state)
{
  static const struct { bh_dec d; const char *text; } rows[] = {{{1250, 2, 0}, "12.50"}, {{-5, 2, 0}, "-0.05"}, {{0, 2, 0}, "0.00"}, {{7, 0, 0}, "7"}, {{-7, 0, 0}, "-7"},
    {{1, 9, 0}, "0.000000001"}, {{INT64_MAX, 9, 0}, "9223372036.854775807"}, {{INT64_MIN, 0, 0}, "-9223372036854775808"}, {{INT64_MIN, 2, 0}, "-92233720368547758.08"}};
  bhk_buf b = {0};
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    bhk_clear(&b);
    bhk_put_dec(&b, rows[i].d);
    assert_true(bhk_is(bhk_text(&b), rows[i].text));
  }
  bhk_dispose(&b);
}

static void test_signatures_and_headers(void **state)
{
  const bh_str headers[] = {BH_S("Content-Type"), BH_S("x"), BH_S("WEBHOOK-signature"), BH_S("s")};
  assert_true(bhk_is(bhk_header_of(headers, 4, "Webhook-Signature"), "s"));
  assert_int_equal(bhk_header_of(headers, 4, "Webhook").len, 0);
  assert_int_equal(bhk_header_of(headers, 4, "Webhook-Signature-2").len, 0);
  assert_int_equal(bhk_header_of(headers, 3, "Webhook-Signature").len, 0);
  assert_true(bhk_same_secret(BH_S("abc"), BH_S("abc")));
  assert_false(bhk_same_secret(BH_S("abc"), BH_S("abd")));
  assert_false(bhk_same_secret(BH_S("abc"), BH_S("ab")));
  assert_false(bhk_same_secret(BH_S(""), BH_S(""))); /* no secret is nobody's */
}

int main(void)
{
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_keys), cmocka_unit_test(test_sent), cmocka_unit_test(test_outcome), cmocka_unit_test(test_received_and_taxes),
    cmocka_unit_test(test_round_trip), cmocka_unit_test(test_what_a_call_is_about), cmocka_unit_test(test_what_was_not_said_is_unknown), cmocka_unit_test(test_decimals),
    cmocka_unit_test(test_signatures_and_headers)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
