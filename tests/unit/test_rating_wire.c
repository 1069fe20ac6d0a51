/* bh_billing and bh_rated over the wire: everything arrives, and no damaged frame is taken for a good one or read past. */
#include "billing_test.h"
#include <stdlib.h>

static bh_arena arena;
static int setup(void **state) { return bh_arena_init(&arena), 0; }
static int teardown(void **state) { return bh_arena_dispose(&arena), 0; }

static bh_billing a_billing(void) {
  static bh_str products[] = {{"av", 2}, {"", 0}};
  static bh_str service[] = {{"service", 7}};
  static bh_of_test tests[] = {{BH_OF_PRODUCT, products, 2}, {BH_OF_TAX, service, 1}};
  static bh_discount discounts[2];
  static bh_bound tier[2], tiers_last[1], params[4];
  static bh_bound_record records[2];
  static bh_qty_run runs[2], days[1];
  static bh_rate_line lines[2];
  discounts[0] = (bh_discount){.is_percent = true, .value = dec("5.25"), .reason = BH_S("3-year term"), .from = BH_DAY_MIN, .ends = BH_DAY_MAX,
                               .of = {tests, 2}, .all_contracts = true, .ordinal = 3};
  discounts[1] = (bh_discount){.value = dec("10.00"), .from = 20000, .ends = 20100, .of = {tests + 1, 1}};
  tier[0] = (bh_bound){.key = BH_S("up_to"), .type = BH_PARAM_QUANTITY, .set = true, .number = dec("500")};
  tier[1] = (bh_bound){.key = BH_S("price"), .type = BH_PARAM_MONEY, .set = true, .number = dec("0.000000001")};
  tiers_last[0] = (bh_bound){.key = BH_S("up_to"), .type = BH_PARAM_QUANTITY};
  records[0] = (bh_bound_record){tier, 2};
  records[1] = (bh_bound_record){tiers_last, 1};
  params[0] = (bh_bound){.key = BH_S("tiers"), .type = BH_PARAM_RECORDS, .set = true, .records = records, .record_count = 2};
  params[1] = (bh_bound){.key = BH_S("mode"), .type = BH_PARAM_CHOICE, .set = true, .text = BH_S("graduated")};
  params[2] = (bh_bound){.key = BH_S("size"), .type = BH_PARAM_INTEGER, .set = true, .number = {INT64_MIN, 0, 0}};
  params[3] = (bh_bound){.key = BH_S("family"), .type = BH_PARAM_TEXT};
  runs[0] = (bh_qty_run){20000, 20010, {114, 31}, {10, 31}};
  days[0] = (bh_qty_run){20003, 20004, {5, 2}, {1, 1}};
  runs[1] = (bh_qty_run){20010, 20031, {7, 1}, {21, 31}};
  lines[0] = (bh_rate_line){.index = 3, .key = BH_S("backup#1"), .product = BH_S("backup"), .description = BH_S("Cloud backup — Größe"), .unit = BH_S("GB"),
                            .category = BH_S("service"), .model = BH_S("tiered"), .section = BH_S("Managed"), .po = BH_S("PO-1"),
                            .recurring = true, .whole_from = 20000, .whole_until = 20031, .from = 20000, .until = 20031, .fraction = {1, 1},
                            .runs = runs, .run_count = 2, .bare = {120, 31}, .params = params, .param_count = 4, .has_cost = true,
                            .cost = dec("0.05"), .has_min_amount = true, .min_amount = dec("5.00"), .has_max_amount = true,
                            .max_amount = dec("99.99"), .discounts = discounts, .discount_count = 2, .carry = {"\0\1\xff", 3}, .carries = true,
                            .carry_from = 19969, .by_day = true, .days = days, .day_count = 1};
  lines[1] = (bh_rate_line){.once = true, .fraction = {1, 1}, .bare = {0, 1}, .until = BH_DAY_MAX + 1, .from = BH_DAY_MIN};
  bh_billing b = {.contract = BH_S("acme-managed"), .client = BH_S("acme"), .currency = BH_S("KWD"), .decimals = 3, .rounding = BH_HALF_EVEN,
                  .issue = 20000, .period_from = 19999, .period_until = 20031, .lines = lines, .line_count = 2, .discounts = discounts,
                  .discount_count = 1, .client_discounts = discounts + 1, .client_discount_count = 1, .has_minimum = true, .minimum_of = {tests + 1, 1},
                  .minimum_minor = -5, .rule_bundle = BH_S("{}"), .rule_name = BH_S("two_per_user"), .client_json = BH_S("{\"id\":\"acme\"}"), .tags_json = BH_S("[\"t\"]"), .starts = 20000};
  for (size_t i = 0; i < sizeof b.rule_hash.b; i++) b.rule_hash.b[i] = (uint8_t)(i * 9);
  return b;
}

static bh_rated a_rated(void) {
  static bh_str memos[] = {{"thank you", 9}, {"", 0}};
  bh_rated r = {.contract = BH_S("acme-managed"), .issue = 20000, .memos = memos, .memo_count = 2, .status = BH_E_OVERFLOW,
                .hold_reason = BH_S("rule-hold"), .hold_message = BH_S("look at it"), .rule_trace = BH_S("[\"x\"]")};
  bh_owed_line l = {.line_index = 1, .kind = BH_OWED_CHARGE, .key = BH_S("backup#1"), .whole_from = 20000, .whole_until = 20031,
                    .product = BH_S("backup"), .description = BH_S("Cloud backup"), .unit = BH_S("GB"), .category = BH_S("service"), .from = 20001,
                    .until = 20030, .quantity = {114, 31}, .unit_price = dec("0.05"), .fraction = {16, 31}, .amount = INT64_MIN,
                    .has_cost = true, .cost = dec("0.01"), .section = BH_S("S"), .po = BH_S("P"), .rule_note = BH_S("price")};
  bh_rated_add_line(&r, &arena, &l);
  l = (bh_owed_line){.line_index = UINT32_MAX, .kind = BH_OWED_RULE, .removed = true, .amount = INT64_MAX, .quantity = {1, 1}, .fraction = {1, 1}};
  bh_rated_add_line(&r, &arena, &l);
  static int64_t shares[] = {-7, 0};
  bh_owed_discount d = {.key = BH_S("discount:line:backup#1:1"), .on_line = true, .line_key = BH_S("backup#1"), .of_client = true,
                        .description = BH_S("5 % discount"), .is_percent = true, .percent = dec("5"), .amount = -7, .whole_from = 20000,
                        .whole_until = 20031, .shares = shares};
  bh_rated_add_discount(&r, &arena, &d);
  bh_rated_add_more(&r, &arena, &(bh_rated_more){1, {"\1\0", 2}, BH_S("one\ntwo")});
  bh_rated_add_more(&r, &arena, &(bh_rated_more){0, BH_S(""), BH_S("x")});
  d.shares = NULL;
  d.is_percent = false;
  bh_rated_add_discount(&r, &arena, &d);
  return r;
}

static bh_buf billing_frame(const bh_billing *x) {
  bh_buf b;
  bh_buf_init(&b, 1 << 20);
  bh_billing_put(&b, x);
  assert_false(b.failed);
  return b;
}

static bh_buf rated_frame(const bh_rated *x) {
  bh_buf b;
  bh_buf_init(&b, 1 << 20);
  bh_rated_put(&b, x);
  assert_false(b.failed);
  return b;
}

static void same(bh_buf *a, bh_buf *b) {
  assert_int_equal(a->len, b->len);
  assert_memory_equal(a->ptr, b->ptr, a->len);
}

static void a_billing_arrives(void **state) {
  bh_billing x = a_billing(), y;
  bh_buf sent = billing_frame(&x);
  bh_get g = bh_get_init(bh_buf_str(&sent));
  assert_true(bh_billing_get(&y, &arena, &g));
  assert_true(bh_get_done(&g));
  bh_buf again = billing_frame(&y);
  same(&sent, &again);
  assert_int_equal(y.decimals, 3);
  assert_memory_equal(&y.rule_hash, &x.rule_hash, sizeof x.rule_hash);
  const bh_rate_line *l = &y.lines[0];
  same_str(l->description, "Cloud backup — Größe");
  same_ratio(l->runs[0].quantity, 114, 31);
  assert_int_equal(l->params[0].records[0].items[1].number.coef, 1);
  assert_int_equal(l->params[2].number.coef, INT64_MIN);
  assert_false(l->params[3].set);
  assert_int_equal(l->carry.len, 3);
  assert_int_equal(l->carry_from, 19969);
  assert_int_equal(l->day_count, 1);
  same_ratio(l->days[0].quantity, 5, 2);
  assert_memory_equal(l->carry.ptr, "\0\1\xff", 3);
  same_str(l->discounts[0].of.tests[0].values[0], "av");
  assert_int_equal(l->discounts[0].of.tests[1].key, BH_OF_TAX);
  assert_int_equal(l->discounts[0].ordinal, 3);
  same_str(y.minimum_of.tests[0].values[0], "service");
  assert_int_equal(y.lines[1].until, BH_DAY_MAX + 1);
  assert_true(y.lines[1].once);
  bh_buf_dispose(&sent);
  bh_buf_dispose(&again);
}

static void a_rated_arrives_and_grows_on(void **state) {
  bh_rated x = a_rated(), y;
  bh_buf sent = rated_frame(&x);
  bh_get g = bh_get_init(bh_buf_str(&sent));
  assert_true(bh_rated_get(&y, &arena, &g));
  assert_true(bh_get_done(&g));
  bh_buf again = rated_frame(&y);
  same(&sent, &again);
  assert_int_equal(y.lines[0].amount, INT64_MIN);
  assert_int_equal(y.lines[1].line_index, UINT32_MAX);
  assert_int_equal(y.discounts[0].shares[0], -7);
  assert_null(y.discounts[1].shares);
  assert_int_equal(y.more_count, 2);
  same_str(y.more[1].notes, "x");
  assert_int_equal(y.more[0].carry.len, 2);
  same_str(y.more[0].notes, "one\ntwo");
  bh_rated_add_line(&y, &arena, &y.lines[0]);
  assert_int_equal(y.line_count, 3);
  assert_int_equal(y.lines[2].amount, INT64_MIN);
  assert_int_equal(y.discounts[0].shares[2], 0);
  bh_rated_add_discount(&y, &arena, &y.discounts[0]);
  assert_int_equal(y.discount_count, 3);
  for (uint32_t i = 2; i < 20; i++) bh_rated_add_more(&y, &arena, &(bh_rated_more){.line_index = i});
  assert_int_equal(y.more_count, 20);
  assert_int_equal(y.more[19].line_index, 19);
  assert_int_equal(y.more[0].carry.len, 2);
  bh_buf_dispose(&sent);
  bh_buf_dispose(&again);
}

/* A copy of exactly n bytes on the heap, so that the sanitizer sees a read past its end. */
static char *exactly(const bh_buf *b, size_t n) {
  char *copy = malloc(n == 0 ? 1 : n);
  if (n > 0) memcpy(copy, b->ptr, n);
  return copy;
}

static void cut_at_every_byte(void **state) {
  bh_billing x = a_billing(), y;
  bh_rated u = a_rated(), v;
  bh_buf b = billing_frame(&x), r = rated_frame(&u);
  for (size_t n = 0; n < b.len; n++) {
    char *bytes = exactly(&b, n);
    bh_get g = bh_get_init((bh_str){bytes, n});
    assert_false(bh_billing_get(&y, &arena, &g));
    free(bytes);
  }
  for (size_t n = 0; n < r.len; n++) {
    char *bytes = exactly(&r, n);
    bh_get g = bh_get_init((bh_str){bytes, n});
    assert_false(bh_rated_get(&v, &arena, &g));
    free(bytes);
  }
  bh_buf_dispose(&b);
  bh_buf_dispose(&r);
}

/* Every byte in turn becomes every likely troublemaker: the frame is refused or read, and what was read can be written. */
static void damaged_at_every_byte(void **state) {
  static const unsigned char values[] = {0x00, 0x01, 0x02, 0x05, 0x0A, 0x7F, 0x80, 0xFF};
  bh_billing x = a_billing(), y;
  bh_rated u = a_rated(), v;
  bh_buf b = billing_frame(&x), r = rated_frame(&u), out;
  bh_buf_init(&out, 1 << 20);
  for (size_t n = 0; n < b.len + r.len; n++) {
    for (size_t k = 0; k < sizeof values; k++) {
      bool billing = n < b.len;
      char *bytes = billing ? exactly(&b, b.len) : exactly(&r, r.len);
      bytes[billing ? n : n - b.len] = (char)values[k];
      bh_get g = bh_get_init((bh_str){bytes, billing ? b.len : r.len});
      bh_arena_reset(&arena);
      bh_buf_clear(&out);
      if (billing && bh_billing_get(&y, &arena, &g)) bh_billing_put(&out, &y);
      else if (!billing && bh_rated_get(&v, &arena, &g)) bh_rated_put(&out, &v);
      free(bytes);
    }
  }
  bh_buf_dispose(&b);
  bh_buf_dispose(&r);
  bh_buf_dispose(&out);
}

static void a_short_frame_asks_for_no_large_array(void **state) {
  bh_rated v;
  unsigned char frame[64] = {0}; /* empty strings, issue 0, status 0, then 2^24 lines */
  size_t n = 6;
  frame[n++] = 0x80, frame[n++] = 0x80, frame[n++] = 0x80, frame[n++] = 0x08;
  bh_get g = bh_get_init((bh_str){(const char *)frame, sizeof frame});
  assert_false(bh_rated_get(&v, &arena, &g));
  assert_int_equal(v.line_count, 0);
}

static void records_too_deep(void **state) {
  bh_bound level[12] = {0};
  bh_bound_record record[12] = {0};
  for (size_t i = 0; i < 12; i++) {
    level[i] = (bh_bound){.key = BH_S("r"), .type = BH_PARAM_RECORDS, .set = i + 1 < 12, .records = &record[i], .record_count = 1};
    record[i] = (bh_bound_record){i + 1 < 12 ? &level[i + 1] : NULL, i + 1 < 12 ? 1 : 0};
  }
  bh_billing x = a_billing(), y;
  x.lines[0].params = level;
  x.lines[0].param_count = 1;
  bh_buf b = billing_frame(&x);
  bh_get g = bh_get_init(bh_buf_str(&b));
  assert_false(bh_billing_get(&y, &arena, &g));
  bh_buf_dispose(&b);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void) {
  const struct CMUnitTest tests[] = {
    T(a_billing_arrives), T(a_rated_arrives_and_grows_on), T(cut_at_every_byte), T(damaged_at_every_byte),
    T(a_short_frame_asks_for_no_large_array), T(records_too_deep),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
