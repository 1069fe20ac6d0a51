/* Taxes at the edges of what a number holds, and where the combinations are rare (BILLING 6.7). */
#include "billing_test.h"

static bh_arena arena;
static int setup(void **state) { return bh_arena_init(&arena), 0; }
static int teardown(void **state) { return bh_arena_dispose(&arena), 0; }

enum { MANY = 12 };
typedef struct doc {
  bh_tax taxes[MANY]; size_t tax_count;
  bh_tax_item items[8]; size_t item_count;
  bool exempt;
  bh_tax_row *rows; size_t row_count;
  bh_error err;
} doc;

static bh_tax *tax(doc *d, const char *id, const char *rate) {
  bh_tax_rate *r = BH_NEW(&arena, bh_tax_rate);
  *r = (bh_tax_rate){BH_DAY_MIN, dec(rate)};
  bh_tax *t = &d->taxes[d->tax_count++];
  *t = (bh_tax){.id = bh_str_c(id), .name = bh_str_c(id), .rates = r, .rate_count = 1};
  return t;
}

static bh_str *name(const char *text) {
  bh_str *s = BH_NEW(&arena, bh_str);
  *s = bh_str_c(text);
  return s;
}

static bh_tax_item *item(doc *d, const char *category, int64_t net) {
  bh_tax_item *i = &d->items[d->item_count++];
  *i = (bh_tax_item){.category = bh_str_c(category), .net = net};
  return i;
}

static bh_status computed(doc *d) {
  const bh_tax *taxes[MANY];
  for (size_t i = 0; i < d->tax_count; i++) taxes[i] = &d->taxes[i];
  return bh_tax_compute(&d->rows, &d->row_count, &arena, taxes, d->tax_count, d->items, d->item_count, D("2026-12-01"), d->exempt, BH_S("a school"),
                        false, BH_HALF_UP, &d->err);
}

static void too_large(doc *d) { assert_int_equal(computed(d), BH_E_OVERFLOW); }

static void row(const doc *d, size_t n, const char *id, int64_t base, int64_t amount) {
  assert_true(n < d->row_count);
  same_str(d->rows[n].tax, id);
  assert_int_equal(d->rows[n].base, base);
  assert_int_equal(d->rows[n].amount, amount);
}

static void many_taxes_at_once(void **state) {
  doc d = {0};
  static const char *const ids[MANY] = {"a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"};
  for (size_t i = 0; i < MANY; i++) tax(&d, ids[i], "10");
  item(&d, "", 100);
  assert_int_equal(computed(&d), BH_OK);
  assert_int_equal(d.row_count, MANY);
  row(&d, MANY - 1, "l", 100, 10);
  same_str(d.rows[0].category, "S"); /* by default */
}

/* Lines that another client is served with carry that client's taxes, and none of the document's. */
static void taxes_of_a_child(void **state) {
  doc d = {0};
  static const bh_str own[] = {{"b", 1}, {"c", 1}};
  static const bh_tax_place child = {.taxes = own, .count = 2}, nothing = {0};
  tax(&d, "a", "10");
  tax(&d, "b", "5");
  tax(&d, "c", "1");
  item(&d, "", 100)->place = &child;   /* 5.00 of b and 1.00 of c */
  item(&d, "", 1000)->place = &nothing; /* none at all */
  assert_int_equal(computed(&d), BH_OK);
  assert_int_equal(d.row_count, 2);
  row(&d, 0, "b", 100, 5);
  row(&d, 1, "c", 100, 1);
}

/* A child that is exempt, without a tax that it could be exempt from: its document says why there is none. */
static void an_exempt_child(void **state) {
  doc d = {0};
  static const bh_tax_place child = {.exempt = true, .exempt_reason = {"a church", 8}};
  tax(&d, "a", "10");
  item(&d, "", 100)->place = &child;
  assert_int_equal(computed(&d), BH_OK);
  assert_int_equal(d.row_count, 1);
  row(&d, 0, "exempt", 100, 0);
  same_str(d.rows[0].reason, "a church");
}

/* Corrections bring taxes that the client has no more: each is met again under its own name. */
static void taxes_of_before(void **state) {
  doc d = {0};
  bh_str ids[] = {BH_S("old"), BH_S("older")};
  bh_dec rates[] = {dec("10"), dec("20")}, others[] = {dec("10"), dec("0")};
  for (int i = 0; i < 4; i++) {
    bh_tax_item *x = item(&d, "", 100);
    x->fixed = i != 2;
    x->fixed_tax = ids, x->fixed_rate = i == 3 ? others : rates, x->fixed_count = i == 1 ? 1 : 2;
  }
  assert_int_equal(computed(&d), BH_OK);
  assert_int_equal(d.row_count, 3);
  row(&d, 0, "old", 300, 30);
  row(&d, 1, "older", 100, 0);
  row(&d, 2, "older", 100, 20);
  /* of an exempt client: what was charged at 0 was relieved, what was charged at a rate is corrected at it */
  d.exempt = true;
  d.items[2].fixed = true, d.items[2].fixed_tax = ids + 1, d.items[2].fixed_count = 1;
  assert_int_equal(computed(&d), BH_OK);
  same_str(d.rows[1].reason, "a school");
  assert_int_equal(d.rows[0].reason.len, 0);
}

static void neighbours_are_told_apart(void **state) {
  doc d = {0};
  tax(&d, "vat", "10")->by_service = true;
  bh_tax_rate rates[] = {{BH_DAY_MIN, dec("10")}, {D("2026-06-01"), dec("20")}};
  d.taxes[0].rates = rates, d.taxes[0].rate_count = 2;
  tax(&d, "all", "1");
  item(&d, "a", 100)->service_day = D("2026-05-01");
  item(&d, "a", 100)->service_day = D("2026-05-01");
  item(&d, "a", 100)->service_day = D("2026-07-01");
  item(&d, "b", 100)->service_day = D("2026-07-01");
  assert_int_equal(computed(&d), BH_OK);
  row(&d, 0, "vat", 200, 20);
  row(&d, 1, "vat", 200, 40);
  row(&d, 2, "all", 400, 4);
  bh_str one = BH_S("x"), two = BH_S("y");
  bh_dec r[] = {dec("1"), dec("2")};
  doc e = {0};
  const struct { bh_str *id; bh_dec *rate; size_t n; } fixed[] = {{&one, r, 1}, {&one, r, 1}, {&two, r, 1}, {&two, r + 1, 1}, {&two, r + 1, 0}};
  for (size_t i = 0; i < 5; i++) {
    bh_tax_item *x = item(&e, "", 100);
    x->fixed = true, x->fixed_tax = fixed[i].id, x->fixed_rate = fixed[i].rate, x->fixed_count = fixed[i].n;
  }
  assert_int_equal(computed(&e), BH_OK);
  row(&e, 0, "x", 200, 2);
  row(&e, 1, "y", 100, 1);
  row(&e, 2, "y", 100, 2);
}

static void a_base_of_nothing_with_a_tax_in_it(void **state) {
  /* 10.00 with 20 % in it, and 10.00 back with 20 % and 10 %: 1.6667 less 1.5385 is 0.1282 */
  doc d = {0};
  tax(&d, "a", "20")->inclusive = true;
  bh_tax *b = tax(&d, "b", "10");
  b->inclusive = true, b->applies = name("hardware"), b->applies_count = 1;
  item(&d, "", 1000), item(&d, "hardware", -1000);
  assert_int_equal(computed(&d), BH_OK);
  assert_int_equal(d.row_count, 2);
  row(&d, 0, "a", 0, 13);
  row(&d, 1, "b", -1000, -77);
}

static void more_than_can_be_numbered(void **state) {
  doc d = {.item_count = UINT32_MAX};
  too_large(&d);
  bh_tax_row *rows;
  size_t n;
  assert_int_equal(bh_tax_compute(&rows, &n, &arena, NULL, UINT32_MAX, NULL, 0, 0, false, BH_S(""), false, BH_HALF_UP, &d.err), BH_E_OVERFLOW);
}

static void exclusive_too_large(void **state) {
  doc d = {0};
  tax(&d, "a", "200");
  item(&d, "", INT64_MAX);
  too_large(&d); /* the amount */
  item(&d, "b", 1);
  too_large(&d); /* the base */
  says(&d.err, "tax \"a\"");
  /* compound: the base with the tax below it */
  doc e = {0};
  tax(&e, "a", "100");
  bh_tax *b = tax(&e, "b", "10");
  b->on = name("a"), b->on_count = 1;
  item(&e, "", INT64_MAX);
  too_large(&e);
  says(&e.err, "tax \"b\"");
}

/* Where only some of the lower tax's lines are in the upper one, their sum may be too large though all of it is not. */
static void common_lines_too_large(void **state) {
  doc d = {0};
  tax(&d, "low", "1");
  bh_tax *top = tax(&d, "top", "1");
  top->on = name("low"), top->on_count = 1;
  bh_tax *mid = tax(&d, "mid", "1");
  mid->on = name("top"), mid->on_count = 1;
  top->applies = name("a"), top->applies_count = 1;
  mid->applies = name("b"), mid->applies_count = 1;
  item(&d, "a", 1000), item(&d, "b", 1000);
  assert_int_equal(computed(&d), BH_OK); /* mid stands on top, and has no line in common with it */
  row(&d, 2, "mid", 1000, 10);
  doc e = {0};
  bh_tax *low = tax(&e, "low", "1"), *up = tax(&e, "up", "1");
  static bh_str ac[] = {{"a", 1}, {"c", 1}}, ab[] = {{"a", 1}, {"b", 1}};
  low->applies = ac, low->applies_count = 2;
  up->applies = ab, up->applies_count = 2, up->on = name("low"), up->on_count = 1;
  item(&e, "a", INT64_MAX), item(&e, "b", -INT64_MAX), item(&e, "c", -INT64_MAX), item(&e, "a", INT64_MAX);
  too_large(&e); /* each tax's own base fits, that of both does not */
}

/* a stands on b, b on c: of c only the lines that a has. */
static void three_high_on_some_lines(void **state) {
  doc d = {0};
  tax(&d, "c", "10");
  bh_tax *b = tax(&d, "b", "10"), *a = tax(&d, "a", "10");
  b->on = name("c"), b->on_count = 1;
  a->on = name("b"), a->on_count = 1, a->applies = name("x"), a->applies_count = 1;
  item(&d, "x", 1000), item(&d, "y", 1000), item(&d, "x", 1000);
  assert_int_equal(computed(&d), BH_OK);
  row(&d, 0, "c", 3000, 300);
  row(&d, 1, "b", 3300, 330);
  row(&d, 2, "a", 2220, 222); /* 2,000, and the 220 that b is on 2,200 */
}

static void inclusive_too_large(void **state) {
  doc d = {0};
  tax(&d, "a", "9000000000000000000")->inclusive = true;
  tax(&d, "b", "9000000000000000000")->inclusive = true;
  item(&d, "", 1000);
  too_large(&d); /* Σr */
  doc e = {0};
  tax(&e, "a", "-100")->inclusive = true;
  item(&e, "", 1000);
  too_large(&e); /* a price that would be nothing but tax */
  doc f = {0};
  tax(&f, "a", "9000000000.000000001")->inclusive = true;
  item(&f, "", INT64_MAX);
  too_large(&f); /* the product */
  doc g = {0};
  tax(&g, "a", "20")->inclusive = true;
  item(&g, "", INT64_MAX), item(&g, "", INT64_MAX);
  too_large(&g);
  doc h = {0};
  tax(&h, "a", "-99.9")->inclusive = true; /* 999 times the price */
  item(&h, "", INT64_MAX);
  too_large(&h);
}

/* Sums of fractions over ever other denominators: beyond 128 bits it is an error, not a wrong cent. */
static void inclusive_in_too_many_mixtures(void **state) {
  doc d = {0};
  tax(&d, "a", "19")->inclusive = true;
  static const char *const rates[] = {"1.000000007", "2.000000011", "3.000000019", "4.000000033", "5.000000047", "6.000000061"};
  static const char *const ids[] = {"p", "q", "r", "s", "t", "u"};
  for (size_t i = 0; i < 6; i++) {
    bh_tax *t = tax(&d, ids[i], rates[i]);
    t->inclusive = true, t->applies = name(ids[i]), t->applies_count = 1;
    item(&d, ids[i], 123456789);
  }
  too_large(&d);
}

/* A gross sum of one mixture that does not fit, though the whole does. */
static void a_mixture_too_large(void **state) {
  doc d = {0};
  tax(&d, "a", "10")->inclusive = true;
  bh_tax *b = tax(&d, "b", "5");
  b->inclusive = true, b->applies = name("x"), b->applies_count = 1;
  item(&d, "x", -INT64_MAX), item(&d, "", INT64_MAX), item(&d, "", INT64_MAX), item(&d, "", -INT64_MAX);
  too_large(&d);
}

int main(void) {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
  const struct CMUnitTest tests[] = {
    T(many_taxes_at_once), T(taxes_of_a_child), T(an_exempt_child), T(taxes_of_before), T(neighbours_are_told_apart), T(a_base_of_nothing_with_a_tax_in_it), T(more_than_can_be_numbered),
    T(exclusive_too_large), T(common_lines_too_large), T(three_high_on_some_lines), T(inclusive_too_large), T(inclusive_in_too_many_mixtures),
    T(a_mixture_too_large),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
