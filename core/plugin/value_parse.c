/* One option value from the text that the workspace has for it. */
#include "plugin/values.h"
#include "plugin/manifest.h"

enum { MONEY_PLACES = 9, QUANTITY_PLACES = 6 };

static bh_status misfit(const bh_value *v, bh_str text, const char *expected, bh_error *err)
{
  if (v->secret)
    return bh_fail(err, BH_E_INVALID, "option \"%s\" is not %s", v->option->key, expected);
  return bh_fail(err, BH_E_INVALID, "option \"%s\": \"%.*s\" is not %s", v->option->key, (int)(text.len < 80 ? text.len : 80), text.ptr,
                 expected);
}

static bool parse_percent(bh_dec *out, bh_str text)
{
  if (text.len && text.ptr[text.len - 1] == '%')
    text.len--;
  return bh_dec_parse(out, text, MONEY_PLACES);
}

static bool parse_duration(bh_dec *out, bh_str text)
{
  static const struct { char unit; int64_t seconds; } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}};
  int64_t factor = 1;
  if (text.len)
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
      if (text.ptr[text.len - 1] == units[i].unit) {
        factor = units[i].seconds;
        text.len--;
        break;
      }
  return bh_dec_parse(out, text, 0) && out->coef >= 0 && !__builtin_mul_overflow(out->coef, factor, &out->coef);
}

static bool parse_bool(bh_dec *out, bh_str text)
{
  bool yes = bh_str_eqz(text, "true") || bh_str_eqz(text, "1");
  *out = bh_dec_int(yes);
  return yes || bh_str_eqz(text, "false") || bh_str_eqz(text, "0");
}

static bool is_choice(const bh_option *o, bh_str text)
{
  for (const char *const *c = o->choices; c && *c; c++)
    if (bh_str_eqz(text, *c))
      return true;
  return false;
}

bh_status bh_value_parse(bh_value *v, bh_arena *a, bh_str text, bh_error *err)
{
  const char *expected = NULL;
  bool ok = true;
  if (!bh_utf8_ok(text))
    return bh_fail(err, BH_E_INVALID, "option \"%s\" is not UTF-8 text", v->option->key);
  switch (v->option->type) {
  case BH_OPT_MONEY: ok = bh_dec_parse(&v->number, text, MONEY_PLACES); expected = "an amount of money like 12.50"; break;
  case BH_OPT_QUANTITY: ok = bh_dec_parse(&v->number, text, QUANTITY_PLACES); expected = "a number with at most 6 decimals"; break;
  case BH_OPT_PERCENT: ok = parse_percent(&v->number, text); expected = "a percentage like 5 or 5%"; break;
  case BH_OPT_INTEGER: ok = bh_dec_parse(&v->number, text, 0); expected = "a whole number"; break;
  case BH_OPT_DURATION: ok = parse_duration(&v->number, text); expected = "a duration like 90s, 15m, 2h or 7d"; break;
  case BH_OPT_BOOL: ok = parse_bool(&v->number, text); expected = "true or false"; break;
  case BH_OPT_DATE: ok = bh_day_parse(&v->day, text); expected = "a date like 2026-12-01"; break;
  case BH_OPT_CHOICE: ok = is_choice(v->option, text); expected = "one of its choices"; break;
  case BH_OPT_TEXT:
  case BH_OPT_PRODUCTS: break;
  default: ok = false; expected = "of a type that this version knows"; break;
  }
  if (!ok)
    return misfit(v, text, expected, err);
  v->set = true;
  v->text = bh_arena_str(a, text);
  return BH_OK;
}
