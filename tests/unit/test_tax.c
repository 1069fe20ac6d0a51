/* BILLING 6.7: tax of a document. */
#include "billing_test.h"

static bh_arena arena;
static int setup(void **state) { return bh_arena_init(&arena), 0; }
static int teardown(void **state) { return bh_arena_dispose(&arena), 0; }

static bh_tax tax(const char *id, const char *rate) {
  bh_tax_rate *r = BH_NEW(&arena, bh_tax_rate);
  *r = (bh_tax_rate){BH_DAY_MIN, dec(rate)};
  return (bh_tax){.id = bh_str_c(id), .name = bh_str_c(id), .category = BH_S("S"), .rates = r, .rate_count = 1};
}

static bh_str *names(size_t n, const char *a, const char *b) {
  bh_str *s = BH_NEWN(&arena, bh_str, 2);
  s[0] = bh_str_c(a);
  s[1] = bh_str_c(b);
  return s;
}

static bh_tax_item item(const char *category, int64_t net) {
  return (bh_tax_item){.category = bh_str_c(category), .net = net, .service_day = D("2026-11-01")};
}

typedef struct doc {
  const bh_tax *taxes[4]; size_t tax_count;
  bh_tax_item items[8]; size_t item_count;
  bool exempt, reverse;
  bh_rounding mode;
  bh_tax_row *rows; size_t row_count;
  bh_error err;
} doc;

static bh_status computed(doc *d) {
  return bh_tax_compute(&d->rows, &d->row_count, &arena, d->taxes, d->tax_count, d->items, d->item_count, D("2026-12-01"), d->exempt,
                        BH_S("a school"), d->reverse, d->mode, &d->err);
}

static void compute(doc *d) {
  if (computed(d) != BH_OK) fail_msg("%s", d->err.message);
}

static void row(const doc *d, size_t n, const char *id, const char *rate, int64_t base, int64_t amount) {
  assert_true(n < d->row_count);
  same_str(d->rows[n].tax, id);
  same_dec(d->rows[n].rate, rate);
  assert_int_equal(d->rows[n].base, base);
  assert_int_equal(d->rows[n].amount, amount);
}

static void one_rounding_on_the_sum(void **state) {
  bh_tax vat = tax("vat", "8.875");
  doc d = {.taxes = {&vat}, .tax_count = 1, .items = {item("", 176400), item("", -8820)}, .item_count = 2};
  compute(&d);
  assert_int_equal(d.row_count, 1);
  row(&d, 0, "vat", "8.875", 167580, 14873);
  same_str(d.rows[0].category, "S");
  assert_false(d.rows[0].inclusive);
  assert_int_equal(d.items[0].tax_count, 1);
  same_str(d.items[0].taxes[0], "vat");
  same_dec(d.items[1].rates[0], "8.875");
  /* three times 0.33 at 10 %: 0.10 on the sum, not three times 0.03 */
  bh_tax ten = tax("ten", "10");
  doc e = {.taxes = {&ten}, .tax_count = 1, .items = {item("", 33), item("", 33), item("", 33)}, .item_count = 3};
  compute(&e);
  row(&e, 0, "ten", "10", 99, 10);
}

static void halves(void **state) {
  bh_tax ten = tax("ten", "10");
  doc d = {.taxes = {&ten}, .tax_count = 1, .items = {item("", 25)}, .item_count = 1};
  compute(&d);
  row(&d, 0, "ten", "10", 25, 3);
  d.mode = BH_HALF_EVEN;
  compute(&d);
  row(&d, 0, "ten", "10", 25, 2);
  d.items[0].net = -25; /* a credit note mirrors its invoice */
  compute(&d);
  row(&d, 0, "ten", "10", -25, -2);
  d.mode = BH_HALF_UP;
  compute(&d);
  row(&d, 0, "ten", "10", -25, -3);
}

static void applies_names_categories(void **state) {
  bh_tax sales = tax("sales", "8"), all = tax("all", "1");
  sales.applies = names(2, "hardware", "software");
  sales.applies_count = 2;
  doc d = {.taxes = {&sales, &all}, .tax_count = 2, .item_count = 4,
           .items = {item("hardware", 1000), item("service", 2000), item("", 4000), item("software", 8000)}};
  compute(&d);
  assert_int_equal(d.row_count, 2);
  row(&d, 0, "sales", "8", 9000, 720);
  row(&d, 1, "all", "1", 15000, 150);
  assert_int_equal(d.items[0].tax_count, 2);
  assert_int_equal(d.items[1].tax_count, 1);
  assert_int_equal(d.items[2].tax_count, 1); /* no category: only taxes without `applies` */
  doc none = {.taxes = {&sales}, .tax_count = 1, .items = {item("", 1000)}, .item_count = 1};
  compute(&none);
  assert_int_equal(none.row_count, 0);
  assert_int_equal(none.items[0].tax_count, 0);
}

static void compound(void **state) {
  bh_tax gst = tax("gst", "5"), qst = tax("qst", "9.975");
  qst.on = names(1, "gst", "");
  qst.on_count = 1;
  doc d = {.taxes = {&gst, &qst}, .tax_count = 2, .items = {item("", 10000)}, .item_count = 1};
  compute(&d);
  row(&d, 0, "gst", "5", 10000, 500);
  row(&d, 1, "qst", "9.975", 10500, 1047);
  d.taxes[0] = &qst, d.taxes[1] = &gst; /* in whatever order the client names them */
  compute(&d);
  row(&d, 0, "qst", "9.975", 10500, 1047);
  row(&d, 1, "gst", "5", 10000, 500);
  d.taxes[0] = &qst, d.tax_count = 1; /* the client is not subject to the lower one */
  compute(&d);
  row(&d, 0, "qst", "9.975", 10000, 998);
}

static void compound_on_some_of_the_lines(void **state) {
  bh_tax gst = tax("gst", "5"), lux = tax("lux", "10"), top = tax("top", "10");
  lux.applies = names(1, "hardware", "");
  lux.applies_count = 1;
  lux.on = names(1, "gst", "");
  lux.on_count = 1;
  top.on = names(2, "gst", "lux");
  top.on_count = 2;
  doc d = {.taxes = {&gst, &lux, &top}, .tax_count = 3, .items = {item("hardware", 1000), item("service", 2000)}, .item_count = 2};
  compute(&d);
  row(&d, 0, "gst", "5", 3000, 150);
  row(&d, 1, "lux", "10", 1050, 105);     /* the 50 of gst that fall on the hardware */
  row(&d, 2, "top", "10", 3255, 326);
}

static void circles_are_refused(void **state) {
  bh_tax a = tax("a", "5"), b = tax("b", "5");
  a.on = names(1, "b", ""), a.on_count = 1;
  b.on = names(1, "a", ""), b.on_count = 1;
  doc d = {.taxes = {&a, &b}, .tax_count = 2, .items = {item("", 100)}, .item_count = 1};
  assert_int_equal(computed(&d), BH_E_INVALID);
  says(&d.err, "stand on it");
}

static void inclusive(void **state) {
  bh_tax vat = tax("vat", "20");
  vat.inclusive = true;
  doc d = {.taxes = {&vat}, .tax_count = 1, .items = {item("", 12000), item("", -600)}, .item_count = 2};
  compute(&d);
  row(&d, 0, "vat", "20", 11400, 1900);
  assert_true(d.rows[0].inclusive);
  /* two inclusive taxes: gross × r / (100 + Σr) */
  bh_tax gst = tax("gst", "5"), pst = tax("pst", "7");
  gst.inclusive = pst.inclusive = true;
  pst.applies = names(1, "hardware", ""), pst.applies_count = 1;
  doc e = {.taxes = {&gst, &pst}, .tax_count = 2, .items = {item("hardware", 11200), item("service", 10500)}, .item_count = 2};
  compute(&e);
  row(&e, 0, "gst", "5", 21700, 1000); /* 500 of the one, 500 of the other, rounded once */
  row(&e, 1, "pst", "7", 11200, 700);
  e.items[0].net = 1, e.items[1].net = 10; /* 5/112 + 50/105 = 0.5208… */
  compute(&e);
  row(&e, 0, "gst", "5", 11, 1);
}

static void inclusive_beside_exclusive(void **state) {
  bh_tax vat = tax("vat", "20"), levy = tax("levy", "1");
  vat.inclusive = true;
  levy.on = names(1, "vat", ""), levy.on_count = 1; /* it is in the price already */
  doc d = {.taxes = {&vat, &levy}, .tax_count = 2, .items = {item("", 12000)}, .item_count = 1};
  compute(&d);
  row(&d, 0, "vat", "20", 12000, 2000);
  row(&d, 1, "levy", "1", 12000, 120);
}

static void exempt(void **state) {
  bh_tax gst = tax("gst", "5"), qst = tax("qst", "9.975");
  qst.on = names(1, "gst", ""), qst.on_count = 1;
  gst.inclusive = true;
  doc d = {.taxes = {&gst, &qst}, .tax_count = 2, .items = {item("", 10000)}, .item_count = 1, .exempt = true};
  compute(&d);
  assert_int_equal(d.row_count, 2);
  row(&d, 0, "gst", "0", 10000, 0);
  row(&d, 1, "qst", "0", 10000, 0);
  same_str(d.rows[0].reason, "a school");
  same_str(d.rows[0].category, "E");
  assert_false(d.rows[0].inclusive);
  same_dec(d.items[0].rates[0], "0");
  d.exempt = false, d.reverse = true;
  compute(&d);
  row(&d, 0, "gst", "0", 10000, 0);
  same_str(d.rows[0].reason, "Reverse charge");
  same_str(d.rows[0].category, "AE");
  d.exempt = true; /* both: exempt says why */
  compute(&d);
  same_str(d.rows[0].category, "E");
}

static void exempt_without_any_tax(void **state) {
  doc d = {.items = {item("", 10000), item("service", 500)}, .item_count = 2, .exempt = true};
  compute(&d);
  assert_int_equal(d.row_count, 1);
  row(&d, 0, "exempt", "0", 10500, 0);
  same_str(d.rows[0].name, "Tax exempt");
  same_str(d.rows[0].reason, "a school");
  d.exempt = false, d.reverse = true;
  compute(&d);
  row(&d, 0, "reverse_charge", "0", 10500, 0);
  d.reverse = false;
  compute(&d);
  assert_int_equal(d.row_count, 0);
}

static void dated_rates(void **state) {
  bh_tax gst = tax("gst", "8");
  bh_tax_rate rates[] = {{BH_DAY_MIN, dec("8")}, {D("2026-11-15"), dec("9.0")}};
  gst.rates = rates, gst.rate_count = 2;
  doc d = {.taxes = {&gst}, .tax_count = 1, .items = {item("", 1000), item("", 1000)}, .item_count = 2};
  compute(&d);
  row(&d, 0, "gst", "9.0", 2000, 180); /* by issue date */
  gst.by_service = true;
  d.items[1].service_day = D("2026-11-15");
  compute(&d);
  assert_int_equal(d.row_count, 2);    /* by rate within a tax */
  row(&d, 0, "gst", "8", 1000, 80);
  row(&d, 1, "gst", "9.0", 1000, 90);
  gst.rates = rates + 1, gst.rate_count = 1; /* not in force yet */
  compute(&d);
  assert_int_equal(d.row_count, 1);
  assert_int_equal(d.items[0].tax_count, 0);
}

static void a_correction_takes_the_rate_of_what_it_corrects(void **state) {
  bh_tax vat = tax("vat", "20");
  bh_str id = BH_S("vat"), gone = BH_S("old-levy");
  bh_dec old = dec("19"), one = dec("1"), same = dec("20.0");
  doc d = {.taxes = {&vat}, .tax_count = 1, .items = {item("", 1000), item("", -1000), item("", -500), item("", 300), item("", 100)}, .item_count = 5};
  d.items[1].fixed = true, d.items[1].fixed_tax = &id, d.items[1].fixed_rate = &old, d.items[1].fixed_count = 1;
  d.items[2].fixed = true; /* what it corrects had no tax */
  d.items[3].fixed = true, d.items[3].fixed_tax = &gone, d.items[3].fixed_rate = &one, d.items[3].fixed_count = 1;
  d.items[4].fixed = true, d.items[4].fixed_tax = &id, d.items[4].fixed_rate = &same, d.items[4].fixed_count = 1;
  compute(&d);
  assert_int_equal(d.row_count, 3);
  row(&d, 0, "vat", "19", -1000, -190);
  row(&d, 1, "vat", "20", 1100, 220);
  row(&d, 2, "old-levy", "1", 300, 3);
  same_str(d.rows[2].name, "old-levy");
  assert_int_equal(d.items[2].tax_count, 0);
  d.exempt = true; /* exempt since: the correction still gives back what was taken */
  compute(&d);
  row(&d, 0, "vat", "0", 1000, 0);
  same_str(d.rows[0].reason, "a school");
  row(&d, 1, "vat", "19", -1000, -190);
  row(&d, 2, "vat", "20.0", 100, 20);
}

static void a_zero_rate_is_shown_and_a_zero_base_is_not(void **state) {
  bh_tax zero = tax("zero", "0");
  zero.category = BH_S("Z");
  doc d = {.taxes = {&zero}, .tax_count = 1, .items = {item("", 1000)}, .item_count = 1};
  compute(&d);
  row(&d, 0, "zero", "0", 1000, 0);
  same_str(d.rows[0].category, "Z");
  d.items[0].net = 0;
  compute(&d);
  assert_int_equal(d.row_count, 0);
  d.item_count = 0;
  compute(&d);
  assert_int_equal(d.row_count, 0);
}

static void overflow(void **state) {
  bh_tax vat = tax("vat", "20"), much = tax("much", "1000");
  doc d = {.taxes = {&vat}, .tax_count = 1, .items = {item("", INT64_MAX), item("", 1)}, .item_count = 2};
  assert_int_equal(computed(&d), BH_E_OVERFLOW);
  says(&d.err, "tax \"vat\"");
  d.taxes[0] = &much, d.item_count = 1;
  assert_int_equal(computed(&d), BH_E_OVERFLOW);
  says(&d.err, "tax \"much\"");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
int main(void) {
  const struct CMUnitTest tests[] = {
    T(one_rounding_on_the_sum), T(halves), T(applies_names_categories), T(compound), T(compound_on_some_of_the_lines),
    T(circles_are_refused), T(inclusive), T(inclusive_beside_exclusive), T(exempt), T(exempt_without_any_tax), T(dated_rates),
    T(a_correction_takes_the_rate_of_what_it_corrects), T(a_zero_rate_is_shown_and_a_zero_base_is_not), T(overflow),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
