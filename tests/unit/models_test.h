/* One rate line for a shipped model, and what came of it as text. */
#ifndef BH_MODELS_TEST_H
#define BH_MODELS_TEST_H
#include "plugin/model.h"
#include "test_util.h"

typedef struct models_rig {
  bh_models *models; bh_arena arena; bh_rate_line line; bh_qty_run runs[40], days[40]; bh_bound params[12];
  bh_bound records[8][4]; bh_bound_record record_rows[8]; size_t record_count;
  bh_model_amount amounts[4]; bh_owed_line others[4]; size_t amount_count; bh_rounding rounding; int32_t decimals;
  char notes[8000];
} models_rig;
static models_rig f;

static int models_setup(void **state)
{
  static const char *const shipped[] = {"package", "plan", "usage", "percent", "commit", "block_hours"};
  char path[1024];
  bh_error err = {0};
  memset(&f, 0, sizeof f);
  bh_arena_init(&f.arena);
  bh_models_new(&f.models, NULL);
  for (int i = 0; i < 6; i++) {
    snprintf(path, sizeof path, "%s/%s.so", BH_BUILD_PLUGINS, shipped[i]);
    if (bh_models_load(f.models, bh_str_c(shipped[i]), path, &err))
      fail_msg("%s", err.message);
  }
  f.decimals = 2;
  f.line = (bh_rate_line){.fraction = {1, 1}, .runs = f.runs, .days = f.days, .params = f.params, .carry = {"", 0}};
  return 0;
}

static int models_teardown(void **state)
{
  bh_models_free(f.models);
  bh_arena_dispose(&f.arena);
  return 0;
}

static inline bh_dec m_dec(const char *z)
{
  bh_dec d;
  if (!bh_dec_parse(&d, bh_str_c(z), 9))
    fail_msg("\"%s\" is no decimal", z);
  return d;
}

static inline bh_ratio m_ratio(const char *z)
{
  bh_ratio r;
  const char *slash = strchr(z, '/');
  bh_dec num;
  if (!slash) {
    assert_true(bh_ratio_of_dec(&r, m_dec(z)));
    return r;
  }
  assert_true(bh_dec_parse(&num, (bh_str){z, (size_t)(slash - z)}, 0));
  assert_true(bh_ratio_make(&r, num.coef, m_dec(slash + 1).coef));
  return r;
}

static inline bh_day m_day(const char *z)
{
  bh_day d;
  if (!bh_day_parse(&d, bh_str_c(z)))
    fail_msg("\"%s\" is no date", z);
  return d;
}

static inline void m_number(bh_bound *b, const char *key, bh_param_type type, const char *value)
{
  *b = (bh_bound){.key = bh_str_c(key), .type = type, .set = true, .number = m_dec(value), .text = {"", 0}};
}

/* A parameter: the key's first letter says its type: $ money, # quantity, % percent, ! integer, . text. */
static inline void m_param(const char *key, const char *value)
{
  bh_bound *b = &f.params[f.line.param_count++];
  switch (key[0]) {
  case '$': m_number(b, key + 1, BH_PARAM_MONEY, value); break;
  case '#': m_number(b, key + 1, BH_PARAM_QUANTITY, value); break;
  case '%': m_number(b, key + 1, BH_PARAM_PERCENT, value); break;
  case '!': m_number(b, key + 1, BH_PARAM_INTEGER, value); break;
  default: *b = (bh_bound){.key = bh_str_c(key + 1), .type = BH_PARAM_TEXT, .set = true, .text = bh_str_c(value)};
  }
}

/* A line that came to so much, for models of phase 2. */
static inline void m_other(const char *product, int64_t minor)
{
  size_t i = f.amount_count++;
  f.others[i] = (bh_owed_line){.product = bh_str_c(product), .amount = minor, .category = {"", 0}};
  f.amounts[i] = (bh_model_amount){&f.others[i], BH_S("k")};
}

/* One record (two entries at most) of a list; the list begins with its first. */
static inline void m_record(const char *list, const char *key1, const char *value1, const char *key2, const char *value2)
{
  bh_bound *last = f.line.param_count ? &f.params[f.line.param_count - 1] : NULL;
  size_t first = f.line.param_count, at = f.record_count++;
  const char *keys[] = {key1, key2}, *values[] = {value1, value2};
  f.record_rows[at] = (bh_bound_record){f.records[at], 0};
  for (int i = 0; i < 2 && keys[i]; i++) {
    m_param(keys[i], values[i]);
    f.records[at][f.record_rows[at].count++] = f.params[--f.line.param_count];
  }
  if (last && last->type == BH_PARAM_RECORDS && bh_str_eqz(last->key, list)) {
    last->record_count++;
    return;
  }
  f.params[first] = (bh_bound){.key = bh_str_c(list), .type = BH_PARAM_RECORDS, .set = true, .records = &f.record_rows[at], .record_count = 1, .text = {"", 0}};
  f.line.param_count = first + 1;
}

/* The whole period, in force all of it. */
static inline void m_period(const char *from, const char *until)
{
  f.line.whole_from = f.line.from = m_day(from);
  f.line.whole_until = f.line.until = m_day(until);
  f.line.run_count = f.line.day_count = 0;
}

static inline void m_run(const char *quantity)
{
  f.runs[0] = (bh_qty_run){f.line.from, f.line.until, m_ratio(quantity), f.line.fraction};
  f.line.run_count = 1;
}

static inline void m_used(const char *day, const char *hours)
{
  bh_day d = m_day(day);
  f.days[f.line.day_count++] = (bh_qty_run){d, d + 1, m_ratio(hours), {1, 1}};
}

/* "q × price × fraction text; …", or the error; the carry goes to the line's next period, notes to f.notes. */
static inline const char *m_rate(const char *model)
{
  static char out[8000];
  char q[48], p[32], fr[48];
  bh_model_result r;
  bh_error err = {0};
  out[0] = f.notes[0] = 0;
  f.line.model = bh_str_c(model);
  if (bh_models_rate(f.models, &r, &f.arena, &f.line, BH_S("USD"), f.decimals, f.rounding, f.amounts, f.amount_count, &err)) {
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
  snprintf(f.notes, sizeof f.notes, "%.*s", BH_STR_ARG(r.notes));
  f.line.carry = r.carry_out;
  return out;
}
#define M_SAYS(model, text) assert_string_equal(m_rate(model), text)
#define M_FAILS(model, text) do { const char *got_ = m_rate(model); if (!strstr(got_, text)) fail_msg("\"%s\" does not say \"%s\"", got_, text); } while (0)
#define M_NOTES(text) do { if (!strstr(f.notes, text)) fail_msg("the notes do not say \"%s\":\n%s", text, f.notes); } while (0)
#endif
