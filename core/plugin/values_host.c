/* The value getters of the host table. */
#include "plugin/host.h"

void bh_host_table_values(bh_host *table);

/* The value, where it is declared with one of the types in `mask` and set. */
static const bh_value *get(bh_host_ctx *c, const bh_values *v, const char *key, uint32_t mask, const char *as)
{
  const bh_value *x = v && key ? bh_values_find(v, key) : NULL;
  if (!x)
    bh_host_fail(c, BH_E_INVALID, "the plugin asks for an option \"%s\" that it does not declare", key ? key : "");
  else if (!(mask & (1u << x->option->type)))
    bh_host_fail(c, BH_E_INVALID, "the plugin reads its option \"%s\" as %s, which it is not", key, as);
  else if (!x->set)
    bh_host_fail(c, BH_E_INVALID, "option \"%s\" is not set", key);
  else
    return x;
  return NULL;
}

#define TYPE(t) (1u << (t))

static int32_t host_has(void *ctx, const bh_values *v, const char *key)
{
  const bh_value *x = v && key ? bh_values_find(v, key) : NULL;
  return x && x->set;
}

static bh_status host_text(void *ctx, const bh_values *v, const char *key, bh_str *out)
{
  const bh_value *x = get(ctx, v, key, ~TYPE(BH_OPT_RECORDS), "text");
  *out = x ? x->text : (bh_str){"", 0};
  return x ? BH_OK : BH_E_INVALID;
}

static bh_status host_dec(void *ctx, const bh_values *v, const char *key, bh_dec *out)
{
  const bh_value *x = get(ctx, v, key, TYPE(BH_OPT_MONEY) | TYPE(BH_OPT_QUANTITY) | TYPE(BH_OPT_PERCENT) | TYPE(BH_OPT_INTEGER), "a decimal");
  *out = x ? x->number : (bh_dec){0, 0, 0};
  return x ? BH_OK : BH_E_INVALID;
}

static bh_status host_integer(void *ctx, const bh_values *v, const char *key, int64_t *out)
{
  const bh_value *x = get(ctx, v, key, TYPE(BH_OPT_INTEGER) | TYPE(BH_OPT_BOOL) | TYPE(BH_OPT_DURATION), "an integer");
  *out = x ? bh_dec_trim(x->number).coef : 0;
  return x ? BH_OK : BH_E_INVALID;
}

static bh_status host_date(void *ctx, const bh_values *v, const char *key, bh_date *out)
{
  const bh_value *x = get(ctx, v, key, TYPE(BH_OPT_DATE), "a date");
  *out = x ? bh_day_civil(x->day) : (bh_date){0, 0, 0};
  return x ? BH_OK : BH_E_INVALID;
}

static size_t host_records(void *ctx, const bh_values *v, const char *key)
{
  const bh_value *x = v && key ? bh_values_find(v, key) : NULL;
  return x ? x->record_count : 0;
}

static const bh_values *host_record(void *ctx, const bh_values *v, const char *key, size_t i)
{
  const bh_value *x = v && key ? bh_values_find(v, key) : NULL;
  return x && i < x->record_count ? &x->records[i] : NULL;
}

void bh_host_table_values(bh_host *table)
{
  table->has = host_has;
  table->text = host_text;
  table->dec = host_dec;
  table->integer = host_integer;
  table->date = host_date;
  table->records = host_records;
  table->record = host_record;
}
