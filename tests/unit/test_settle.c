/* What travels packed with a draft: with the spans that revenue is earned over, and as stores of schema 1 have it, without. */
#include "batch/draft_json.h"
#include "billing_test.h"

static bh_str bytes(const char *text, size_t n) { return (bh_str){text, n}; }
#define BYTES(lit) bytes(lit, sizeof lit - 1)

static void parts_of_schema_1(void **state) {
  (void)state;
  bh_arena a;
  bh_arena_init(&a);
  /* as the first version wrote a line of 40.00 of "ws" without tax */
  bh_str old = BYTES("\x01\xC0\x3E\x00\x02ws\x00");
  bh_tax_part *parts;
  size_t n;
  assert_true(bh_tax_parts_unpack(&parts, &n, &a, old));
  assert_int_equal(n, 1);
  assert_int_equal(parts[0].net, 4000);
  assert_true(bh_str_eqz(parts[0].product, "ws") && !bh_span_set(parts[0].span));
  assert_true(bh_str_eq(bh_tax_parts_pack(&a, parts, 1), old));
  bh_arena_dispose(&a);
}

static void spans_come_back(void **state) {
  (void)state;
  bh_arena a;
  bh_arena_init(&a);
  bh_tax_part parts[2] = {{.net = -5, .product = BH_S("p"), .span = {D("2026-12-01"), D("2027-01-01")}}, {.net = 7, .product = BH_S("q")}}, *back;
  size_t n;
  bh_str packed = bh_tax_parts_pack(&a, parts, 2);
  assert_true(bh_tax_parts_unpack(&back, &n, &a, packed));
  assert_int_equal(back[0].span.from, D("2026-12-01"));
  assert_int_equal(back[0].span.until, D("2027-01-01"));
  assert_false(bh_span_set(back[1].span));
  for (size_t cut = 1; cut < 6; cut++) /* a piece of the spans is no pack */
    assert_false(bh_tax_parts_unpack(&back, &n, &a, (bh_str){packed.ptr, packed.len - cut}));
  bh_post posts[2] = {{BH_S("receivable"), 5, {0, 0}}, {BH_S("deferred:p"), -5, {D("2026-12-01"), D("2027-01-01")}}}, *again;
  packed = bh_posts_pack(&a, posts, 2);
  assert_true(bh_posts_unpack(&again, &n, &a, packed));
  assert_int_equal(n, 2);
  assert_int_equal(again[1].span.until - again[1].span.from, 31);
  assert_false(bh_posts_unpack(&again, &n, &a, (bh_str){packed.ptr, packed.len - 1}));
  assert_true(bh_posts_unpack(&again, &n, &a, BYTES("\x01\x0Areceivable\x0A"))); /* schema 1 */
  assert_false(bh_span_set(again[0].span));
  bh_arena_dispose(&a);
}

static void another_date(void **state) {
  (void)state;
  bh_arena a;
  bh_arena_init(&a);
  bh_span december = {D("2026-12-01"), D("2027-01-01")};
  bh_post posts[] = {{BH_S("receivable"), 10, {0, 0}}, {BH_S("deferred:p"), -5, december}, {BH_S("revenue:p"), -2, {0, 0}}, {BH_S("tax:t"), -3, {0, 0}}};
  bh_posts_date(&a, posts, 4, D("2026-12-31"));
  assert_true(bh_str_eqz(posts[1].account, "revenue:p") && bh_str_eqz(posts[2].account, "revenue:p") && bh_str_eqz(posts[3].account, "tax:t"));
  bh_posts_date(&a, posts, 4, D("2026-12-30"));
  assert_true(bh_str_eqz(posts[1].account, "deferred:p") && bh_str_eqz(posts[2].account, "revenue:p") && bh_str_eqz(posts[0].account, "receivable"));
  bh_arena_dispose(&a);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(parts_of_schema_1), cmocka_unit_test(spans_come_back), cmocka_unit_test(another_date)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
