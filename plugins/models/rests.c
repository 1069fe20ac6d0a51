#include "rests.h"

enum { BYTES = 20 };

int date_compare(bh_date a, bh_date b)
{
  int x = a.year * 10000 + a.month * 100 + a.day, y = b.year * 10000 + b.month * 100 + b.day;
  return (x > y) - (x < y);
}

static int month_days(int year, int month)
{
  static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return days[month - 1] + (month == 2 && leap);
}

bh_date date_add_months(bh_date d, int64_t n)
{
  int64_t months = (int64_t)d.year * 12 + d.month - 1 + n;
  int year = (int)(months / 12), month = (int)(months % 12) + 1, last = month_days(year, month);
  return (bh_date){(int16_t)year, (uint8_t)month, (uint8_t)(d.day < last ? d.day : last)};
}

bh_date date_before(bh_date d)
{
  if (d.day > 1)
    return (bh_date){d.year, d.month, (uint8_t)(d.day - 1)};
  bh_date m = date_add_months(d, -1);
  m.day = (uint8_t)month_days(m.year, m.month);
  return m;
}

static void put(unsigned char *to, uint64_t v, int bytes)
{
  for (int i = 0; i < bytes; i++)
    to[i] = (unsigned char)(v >> (8 * i));
}

static uint64_t get(const unsigned char *from, int bytes)
{
  uint64_t v = 0;
  for (int i = 0; i < bytes; i++)
    v |= (uint64_t)from[i] << (8 * i);
  return v;
}

bh_status rests_read(rests *out, const bh_host *h, const bh_model_input *in)
{
  out->count = 0;
  if (in->carry_version == 0)
    return BH_OK;
  if (in->carry_version != RESTS_VERSION || in->carry.len % BYTES != 0 || in->carry.len / BYTES > RESTS_MAX)
    return h->fail(h->ctx, BH_E_INVALID, "what the period before carries on is of another version");
  for (size_t i = 0; i < in->carry.len / BYTES; i++) {
    const unsigned char *at = (const unsigned char *)in->carry.ptr + i * BYTES;
    uint32_t day = (uint32_t)get(at, 4);
    out->items[i].day = (bh_date){(int16_t)(day / 10000), (uint8_t)(day / 100 % 100), (uint8_t)(day % 100)};
    out->items[i].left = (bh_ratio){(int64_t)get(at + 4, 8), (int64_t)get(at + 12, 8)};
    if (out->items[i].left.den <= 0)
      return h->fail(h->ctx, BH_E_INVALID, "what the period before carries on is damaged");
    out->count++;
  }
  return BH_OK;
}

bh_status rests_write(const rests *r, const bh_host *h, const bh_model_emit *out)
{
  unsigned char *bytes = h->scratch(h->ctx, (r->count + 1) * BYTES);
  if (!bytes)
    return BH_E_NOMEM;
  for (size_t i = 0; i < r->count; i++) {
    const rest *x = &r->items[i];
    put(bytes + i * BYTES, (uint64_t)(x->day.year * 10000 + x->day.month * 100 + x->day.day), 4);
    put(bytes + i * BYTES + 4, (uint64_t)x->left.num, 8);
    put(bytes + i * BYTES + 12, (uint64_t)x->left.den, 8);
  }
  return out->carry(out->ctx, RESTS_VERSION, (bh_str){(const char *)bytes, r->count * BYTES});
}

bh_status rests_add(rests *r, const bh_host *h, bh_date day, bh_ratio left)
{
  if (r->count == RESTS_MAX)
    return h->fail(h->ctx, BH_E_INVALID, "more than %d are open at a time", RESTS_MAX);
  size_t at = r->count++;
  for (; at > 0 && date_compare(r->items[at - 1].day, day) > 0; at--)
    r->items[at] = r->items[at - 1];
  r->items[at] = (rest){day, left};
  return BH_OK;
}

int rest_draw(bh_ratio *want, bh_ratio *left)
{
  bh_ratio take = ratio_cmp(*want, *left) < 0 ? *want : *left;
  return ratio_sub(want, *want, take) && ratio_sub(left, *left, take);
}

bh_status rests_opening(rests *out, const bh_host *h, const bh_values *params, bh_date otherwise)
{
  size_t n = h->records(h->ctx, params, "opening");
  out->count = 0;
  for (size_t i = 0; i < n; i++) {
    const bh_values *v = h->record(h->ctx, params, "opening", i);
    bh_dec hours;
    bh_date bought = otherwise;
    bh_status rc = h->dec(h->ctx, v, "hours", &hours);
    if (rc == BH_OK && h->has(h->ctx, v, "bought"))
      rc = h->date(h->ctx, v, "bought", &bought);
    if (rc == BH_OK)
      rc = rests_add(out, h, bought, ratio_of_dec(hours));
    if (rc)
      return rc;
  }
  return BH_OK;
}

const bh_option rests_opening_records[] = {
  {.key = "hours", .type = BH_OPT_QUANTITY, .flags = BH_OPT_REQUIRED, .help = "What was left, in the line's unit."},
  {.key = "bought", .type = BH_OPT_DATE, .help = "When it was bought, or a day of the period that it was left from."},
  {.key = NULL},
};
