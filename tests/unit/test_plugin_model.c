/* Models through bh_models_rate: the shipped ones, the two that prove the interface, and what a model may not do. */
#include "plugin/model.h"
#include "test_util.h"

typedef struct fixture { bh_models *models; bh_arena arena; bh_rate_line line; bh_qty_run runs[4]; bh_bound params[8]; } fixture;
static fixture f;

static int setup(void **state)
{
  static const char *const shipped[] = {"flat", "per_unit", "tiered"}, *const tests[] = {"test_rollover", "test_commit", "test_wild"};
  char path[1024];
  bh_error err = {0};
  f = (fixture){0};
  bh_arena_init(&f.arena);
  bh_models_new(&f.models, NULL);
  for (int i = 0; i < 6; i++) {
    const char *id = i < 3 ? shipped[i] : tests[i - 3];
    snprintf(path, sizeof path, "%s/%s.so", i < 3 ? BH_BUILD_PLUGINS : BH_TEST_PLUGINS, id);
    if (bh_models_load(f.models, bh_str_c(id), path, &err))
      fail_msg("%s", err.message);
  }
  bh_day from = bh_day_make(2026, 11, 1), until = bh_day_make(2026, 12, 1);
  f.runs[0] = (bh_qty_run){from, until, {1, 1}, {1, 1}};
  f.line = (bh_rate_line){.whole_from = from, .whole_until = until, .from = from, .until = until, .fraction = {1, 1}, .runs = f.runs,
    .run_count = 1, .params = f.params, .carry = {"", 0}};
  return 0;
}

static int teardown(void **state)
{
  bh_models_free(f.models);
  bh_arena_dispose(&f.arena);
  return 0;
}

static bh_dec dec(const char *z)
{
  bh_dec d;
  if (!bh_dec_parse(&d, bh_str_c(z), 9))
    fail_msg("\"%s\" is no decimal", z);
  return d;
}

static bh_ratio ratio(const char *z)
{
  bh_ratio r;
  const char *slash = strchr(z, '/');
  if (!slash) {
    assert_true(bh_ratio_of_dec(&r, dec(z)));
    return r;
  }
  bh_dec num;
  assert_true(bh_dec_parse(&num, (bh_str){z, (size_t)(slash - z)}, 0));
  assert_true(bh_ratio_make(&r, num.coef, dec(slash + 1).coef));
  return r;
}

static void number(bh_bound *b, const char *key, bh_param_type type, const char *value)
{
  *b = (bh_bound){.key = bh_str_c(key), .type = type, .set = true, .number = dec(value), .text = {"", 0}};
}

static void text(bh_bound *b, const char *key, bh_param_type type, const char *value)
{
  *b = (bh_bound){.key = bh_str_c(key), .type = type, .set = true, .text = bh_str_c(value)};
}

/* "q × price × fraction text; …" of what the model gives, or its error. */
static const char *rate(const char *model)
{
  static char out[4000];
  char q[48], p[32], fr[48];
  bh_model_result r;
  bh_error err = {0};
  out[0] = 0;
  f.line.model = bh_str_c(model);
  if (bh_models_rate(f.models, &r, &f.arena, &f.line, BH_S("USD"), 2, BH_HALF_UP, NULL, 0, &err)) {
    snprintf(out, sizeof out, "%s", err.message);
    return out;
  }
  for (size_t i = 0; i < r.count; i++) {
    bh_ratio_format(q, r.lines[i].quantity);
    bh_dec_format(p, r.lines[i].unit_price);
    bh_ratio_format(fr, r.lines[i].fraction);
    snprintf(out + strlen(out), sizeof out - strlen(out), "%s%s×%s×%s%s%.*s", i ? "; " : "", q, p, fr, r.lines[i].text.len ? " " : "",
             BH_STR_ARG(r.lines[i].text));
  }
  return out;
}

static void test_flat(void **state)
{
  number(&f.params[0], "price", BH_PARAM_MONEY, "99.00");
  f.line.param_count = 1;
  f.line.fraction = (bh_ratio){1, 2};
  f.runs[0].quantity = (bh_ratio){7, 1};
  assert_string_equal(rate("flat"), "1×99.00×1/2");
  assert_int_equal(bh_models_phase(f.models, BH_S("flat")), 1);
  assert_int_equal(bh_models_phase(f.models, BH_S("test_commit")), 2);
  assert_int_equal(bh_models_phase(f.models, BH_S("none")), 0);
}

static void test_per_unit(void **state)
{
  number(&f.params[0], "price", BH_PARAM_MONEY, "45.00");
  f.line.param_count = 1;
  f.runs[0].quantity = (bh_ratio){114, 31};
  assert_string_equal(rate("per_unit"), "114/31×45.00×1");
  bh_day mid = f.line.from + 10;
  f.runs[0] = (bh_qty_run){f.line.from, mid, {10, 1}, {1, 3}};
  f.runs[1] = (bh_qty_run){mid, f.line.until, {12, 1}, {2, 3}};
  f.line.run_count = 2;
  assert_string_equal(rate("per_unit"), "10×45.00×1/3; 12×45.00×2/3");
  f.line.run_count = 1;
  f.runs[0].quantity = (bh_ratio){0, 1};
  assert_string_equal(rate("per_unit"), "0×45.00×1/3");
}

static bh_bound tier_items[4][3];
static bh_bound_record tier_records[4];

/* Up to four tiers of (up_to, price, flat), NULL where not set. */
static void tiers(const char *mode, size_t n, const char *const rows[][3])
{
  static const char *const keys[] = {"up_to", "price", "flat"};
  for (size_t i = 0; i < n; i++) {
    size_t count = 0;
    for (size_t k = 0; k < 3; k++)
      if (rows[i][k])
        number(&tier_items[i][count++], keys[k], k ? BH_PARAM_MONEY : BH_PARAM_QUANTITY, rows[i][k]);
    tier_records[i] = (bh_bound_record){tier_items[i], count};
  }
  text(&f.params[0], "mode", BH_PARAM_CHOICE, mode);
  f.params[1] = (bh_bound){.key = BH_S("tiers"), .type = BH_PARAM_RECORDS, .set = true, .records = tier_records, .record_count = n, .text = {"", 0}};
  f.line.param_count = 2;
}

static void test_tiered(void **state)
{
  static const char *const backup[][3] = {{"500", "0.10", NULL}, {"2000", "0.08", "5.00"}, {NULL, "0.05", "7.00"}};
  static const char *const steps[][3] = {{"25", NULL, "99.00"}, {NULL, NULL, "249.00"}};
  static const struct { const char *mode, *quantity, *lines; } rows[] = {
    {"graduated", "0", "0×0×1"},
    {"graduated", "500", "500×0.10×1 up to 500"},
    {"graduated", "500.5", "500×0.10×1 up to 500; 1/2×0.08×1 over 500, up to 2000; 1×5.00×1 flat, over 500, up to 2000"},
    {"graduated", "2000", "500×0.10×1 up to 500; 1500×0.08×1 over 500, up to 2000; 1×5.00×1 flat, over 500, up to 2000"},
    {"graduated", "7001/3", "500×0.10×1 up to 500; 1500×0.08×1 over 500, up to 2000; 1×5.00×1 flat, over 500, up to 2000; "
                            "1001/3×0.05×1 over 2000; 1×7.00×1 flat, over 2000"},
    {"volume", "0", "0×0×1"},
    {"volume", "500", "500×0.10×1 up to 500"},
    {"volume", "501", "501×0.08×1 over 500, up to 2000; 1×5.00×1 flat, over 500, up to 2000"},
    {"volume", "2001", "2001×0.05×1 over 2000; 1×7.00×1 flat, over 2000"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    tiers(rows[i].mode, 3, backup);
    f.runs[0].quantity = ratio(rows[i].quantity);
    assert_string_equal(rate("tiered"), rows[i].lines);
  }
  tiers("stairstep", 2, steps);
  f.runs[0].quantity = (bh_ratio){25, 1};
  assert_string_equal(rate("tiered"), "1×99.00×1 up to 25");
  f.runs[0].quantity = (bh_ratio){251, 10};
  assert_string_equal(rate("tiered"), "1×249.00×1 over 25");
  f.runs[0].quantity = (bh_ratio){-1, 1};
  assert_non_null(strstr(rate("tiered"), "model \"tiered\": rate: a quantity below zero"));
}

static void test_tiered_mistakes(void **state)
{
  static const char *const closed[][3] = {{"500", "0.10", NULL}, {"600", "0.08", NULL}};
  static const char *const falling[][3] = {{"500", "0.10", NULL}, {"500", "0.08", NULL}, {NULL, "1", NULL}};
  static const char *const open[][3] = {{NULL, "0.10", NULL}, {NULL, "0.08", NULL}};
  static const char *const priced[][3] = {{NULL, "0.10", "1"}};
  tiers("graduated", 2, closed);
  assert_non_null(strstr(rate("tiered"), "tiers[2]: the last tier must be open"));
  tiers("graduated", 3, falling);
  assert_non_null(strstr(rate("tiered"), "tiers[2]: up_to must be above"));
  tiers("graduated", 2, open);
  assert_non_null(strstr(rate("tiered"), "tiers[1]: up_to is missing"));
  tiers("stairstep", 1, priced);
  assert_non_null(strstr(rate("tiered"), "tiers[1]: a stairstep has a flat and no price"));
  tiers("sideways", 1, priced);
  assert_non_null(strstr(rate("tiered"), "option \"mode\": \"sideways\" is not one of its choices"));
  f.line.param_count = 1;
  tiers("volume", 1, priced);
  f.line.param_count = 1;
  assert_non_null(strstr(rate("tiered"), "option \"tiers\" is required"));
}

/* A fold over periods: 10 a period, unused hours serve the next one. */
static void test_carry(void **state)
{
  static const struct { const char *used, *over; } periods[] = {{"4", "0"}, {"12", "0"}, {"15", "1"}, {"0", "0"}, {"20", "0"}, {"10.5", "1/2"}};
  number(&f.params[0], "price", BH_PARAM_MONEY, "120.00");
  number(&f.params[1], "included", BH_PARAM_QUANTITY, "10");
  number(&f.params[2], "rollover", BH_PARAM_INTEGER, "1");
  f.line.param_count = 3;
  f.line.model = BH_S("test_rollover");
  f.line.carries = true;
  for (size_t i = 0; i < sizeof periods / sizeof *periods; i++) {
    bh_model_result r, again;
    bh_error err = {0};
    f.runs[0].quantity = ratio(periods[i].used);
    if (bh_models_rate(f.models, &r, &f.arena, &f.line, BH_S("USD"), 2, BH_HALF_UP, NULL, 0, &err))
      fail_msg("%s", err.message);
    assert_int_equal(bh_models_rate(f.models, &again, &f.arena, &f.line, BH_S("USD"), 2, BH_HALF_UP, NULL, 0, &err), BH_OK);
    assert_true(bh_str_eq(r.carry_out, again.carry_out)); /* twice is the same */
    assert_int_equal(r.count, 1);
    if (bh_ratio_cmp(r.lines[0].quantity, ratio(periods[i].over)) != 0)
      fail_msg("period %zu: %lld/%lld over", i, (long long)r.lines[0].quantity.num, (long long)r.lines[0].quantity.den);
    f.line.carry = r.carry_out;
  }
  f.line.carry = BH_S("\x02zzzz");
  assert_non_null(strstr(rate("test_rollover"), "the carry is of another version"));
  f.line.carry = (bh_str){"", 0};
  f.line.carries = false; /* nothing of the line says so: nobody would hand it on */
  assert_non_null(strstr(rate("test_rollover"), "it keeps a carry, and no option of the line that says so"));
}

static void test_phase_2(void **state)
{
  const bh_owed_line lines[] = {{.product = BH_S("managed"), .category = BH_S("service"), .amount = 123456}, {.product = BH_S("av"), .category = {"", 0}, .amount = 5000}};
  const bh_model_amount amounts[] = {{&lines[0], BH_S("k")}, {&lines[1], BH_S("k")}};
  bh_model_result r;
  bh_error err = {0};
  number(&f.params[0], "amount", BH_PARAM_MONEY, "2000.00");
  f.line.param_count = 1;
  f.line.model = BH_S("test_commit");
  assert_int_equal(bh_models_rate(f.models, &r, &f.arena, &f.line, BH_S("USD"), 2, BH_HALF_UP, amounts, 2, &err), BH_OK);
  assert_int_equal(r.lines[0].unit_price.coef, 200000 - 128456);
  f.line.fraction = (bh_ratio){1, 3};
  assert_int_equal(bh_models_rate(f.models, &r, &f.arena, &f.line, BH_S("USD"), 2, BH_HALF_UP, amounts, 1, &err), BH_OK);
  assert_int_equal(r.lines[0].unit_price.coef, 0); /* 666.67 is less */
  assert_int_equal(bh_models_rate(f.models, &r, &f.arena, &f.line, BH_S("USD"), 2, BH_HALF_UP, NULL, 0, &err), BH_OK);
  assert_int_equal(r.lines[0].unit_price.coef, 66667);
  /* the products option: a list, a tax category, nothing that is there */
  static const struct { const char *of; int64_t left; } rows[] = {
    {"{\"product\":[\"av\"]}", 200000 - 5000}, {"{\"product\":[\"av\",\"managed\"]}", 200000 - 128456}, {"{\"tax\":[\"service\"]}", 200000 - 123456},
    {"{\"product\":[\"av\"],\"tax\":[\"service\"]}", 200000}, {"{\"contract\":[\"k\"]}", 71544}, {"{\"product\":[\"x\"]}", 200000}, {"all", 71544}};
  f.line.fraction = (bh_ratio){1, 1};
  f.line.param_count = 2;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    text(&f.params[1], "of", BH_PARAM_TEXT, rows[i].of);
    assert_int_equal(bh_models_rate(f.models, &r, &f.arena, &f.line, BH_S("USD"), 2, BH_HALF_UP, amounts, 2, &err), BH_OK);
    assert_int_equal(r.lines[0].unit_price.coef, rows[i].left);
  }
}

static void test_bounds(void **state)
{
  static const struct { const char *how, *says; } rows[] = {
    {"zero-den", "rate: it emitted a line whose quantity is no ratio"}, {"negative-fraction-den", "whose fraction is no ratio"},
    {"scale", "whose unit price is no decimal"}, {"text", "not UTF-8"}, {"short", "too short"}, {"days", "outside those in force"},
    {"many", "more than 10,000 lines"}, {"carry", "larger than 4 KiB"}, {"ignored", "whose quantity is no ratio"},
    {"silent", "failed (refused) without saying why"}, {"reads-undeclared", "asks for an option \"nope\""}, {"service", "no files here"},
  };
  f.line.param_count = 1;
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    text(&f.params[0], "how", BH_PARAM_TEXT, rows[i].how);
    const char *got = rate("test_wild");
    if (strncmp(got, "model \"test_wild\": ", 19) != 0 || !strstr(got, rows[i].says))
      fail_msg("%s: \"%s\" does not say \"%s\"", rows[i].how, got, rows[i].says);
  }
  text(&f.params[0], "how", BH_PARAM_TEXT, "well");
  assert_string_equal(rate("test_wild"), "1/2×1.00×1"); /* in lowest terms */
  text(&f.params[0], "how", BH_PARAM_TEXT, "purchase");
  assert_string_equal(rate("test_wild"), "1×2200.00×1 block");
}

static void test_parameters(void **state)
{
  number(&f.params[0], "price", BH_PARAM_MONEY, "1.00");
  number(&f.params[1], "color", BH_PARAM_MONEY, "1.00");
  f.line.param_count = 2;
  assert_non_null(strstr(rate("flat"), "option \"color\" is not one"));
  f.line.param_count = 0;
  assert_non_null(strstr(rate("flat"), "option \"price\" is required"));
  number(&f.params[0], "price", BH_PARAM_QUANTITY, "1.00");
  f.line.param_count = 1;
  assert_non_null(strstr(rate("flat"), "must be of type money"));
  assert_non_null(strstr(rate("nothing"), "model \"nothing\" is not loaded"));
  /* More contents than the cache keeps: prepared anew, and right. */
  for (int i = 0; i < 10000; i++) {
    char price[16];
    snprintf(price, sizeof price, "%d.00", i);
    number(&f.params[0], "price", BH_PARAM_MONEY, price);
    const char *got = rate("flat");
    if (strncmp(got + strlen("1×"), price, strlen(price)) != 0)
      fail_msg("%s for %s", got, price);
    if (i % 1000 == 0)
      bh_arena_reset(&f.arena);
  }
}

int main(void)
{
  const struct CMUnitTest tests[] = {
    cmocka_unit_test_setup_teardown(test_flat, setup, teardown), cmocka_unit_test_setup_teardown(test_per_unit, setup, teardown),
    cmocka_unit_test_setup_teardown(test_tiered, setup, teardown), cmocka_unit_test_setup_teardown(test_tiered_mistakes, setup, teardown),
    cmocka_unit_test_setup_teardown(test_carry, setup, teardown), cmocka_unit_test_setup_teardown(test_phase_2, setup, teardown),
    cmocka_unit_test_setup_teardown(test_bounds, setup, teardown), cmocka_unit_test_setup_teardown(test_parameters, setup, teardown)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
