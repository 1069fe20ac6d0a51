#include "tiers.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GRADUATED, VOLUME, STAIRSTEP };
enum { TIERS_MAX = 1000, SPAN_LEN = 120, TEXT_LEN = 400 };

typedef struct tier {
  int open, has_price, has_flat;
  bh_ratio up_to;
  bh_dec price, flat;
  char span[SPAN_LEN]; /* "over 500, up to 2000" */
} tier;
struct tiers { int mode; size_t count; tier items[]; };

/* ---- parameters ---- */

static void name_span(tier *t, const char *below, const char *up_to)
{
  if (t->open)
    snprintf(t->span, sizeof t->span, below[0] ? "over %s" : "%s", below);
  else if (below[0])
    snprintf(t->span, sizeof t->span, "over %s, up to %s", below, up_to);
  else
    snprintf(t->span, sizeof t->span, "up to %s", up_to);
}

static bh_status read_money(const bh_host *h, const bh_values *v, const char *key, int *has, bh_dec *out)
{
  *has = h->has(h->ctx, v, key);
  return *has ? h->dec(h->ctx, v, key, out) : BH_OK;
}

static bh_status read_tier(const bh_host *h, tiers *t, size_t i, const bh_values *v, char below[NUMBER_LEN])
{
  tier *x = &t->items[i];
  char up_to[NUMBER_LEN] = "";
  bh_dec limit;
  bh_status rc;
  x->open = !h->has(h->ctx, v, "up_to");
  if (x->open != (i + 1 == t->count))
    return h->fail(h->ctx, BH_E_INVALID, x->open ? "tiers[%zu]: up_to is missing: only the last tier is open"
                                                 : "tiers[%zu]: the last tier must be open: leave up_to out", i + 1);
  if (!x->open) {
    if ((rc = h->dec(h->ctx, v, "up_to", &limit)))
      return rc;
    x->up_to = ratio_of_dec(limit);
    if (x->up_to.num <= 0 || (i && ratio_cmp(x->up_to, t->items[i - 1].up_to) <= 0))
      return h->fail(h->ctx, BH_E_INVALID, "tiers[%zu]: up_to must be above the tier before", i + 1);
    text_of_dec(up_to, limit);
  }
  if ((rc = read_money(h, v, "price", &x->has_price, &x->price)) || (rc = read_money(h, v, "flat", &x->has_flat, &x->flat)))
    return rc;
  if (t->mode == STAIRSTEP && (x->has_price || !x->has_flat))
    return h->fail(h->ctx, BH_E_INVALID, "tiers[%zu]: a stairstep has a flat and no price", i + 1);
  if (!x->has_price && !x->has_flat)
    return h->fail(h->ctx, BH_E_INVALID, "tiers[%zu]: a price or a flat is missing", i + 1);
  name_span(x, below, up_to);
  memcpy(below, up_to, NUMBER_LEN);
  return BH_OK;
}

static bh_status read_mode(const bh_host *h, const bh_values *params, int *out)
{
  static const char *const names[] = {"graduated", "volume", "stairstep"};
  bh_str mode;
  bh_status rc = h->text(h->ctx, params, "mode", &mode);
  for (int i = 0; rc == BH_OK && i < 3; i++)
    if (mode.len == strlen(names[i]) && memcmp(mode.ptr, names[i], mode.len) == 0)
      *out = i;
  return rc;
}

bh_status tiers_read(tiers **out, const bh_host *h, const bh_values *params)
{
  size_t n = h->records(h->ctx, params, "tiers");
  if (n == 0 || n > TIERS_MAX)
    return h->fail(h->ctx, BH_E_INVALID, "tiers: 1 to %d are expected", TIERS_MAX);
  tiers *t = calloc(1, sizeof *t + n * sizeof t->items[0]);
  if (!t)
    return BH_E_NOMEM;
  t->count = n;
  char below[NUMBER_LEN] = "";
  bh_status rc = read_mode(h, params, &t->mode);
  for (size_t i = 0; rc == BH_OK && i < n; i++)
    rc = read_tier(h, t, i, h->record(h->ctx, params, "tiers", i), below);
  if (rc)
    free(t);
  else
    *out = t;
  return rc;
}

/* ---- rating ---- */

typedef struct job { const bh_host *host; const bh_model_emit *out; bh_ratio quantity, fraction; bh_period days; const char *prefix; } job;

static bh_status put(const job *j, bh_ratio quantity, bh_dec price, const char *prefix, const tier *t)
{
  char text[TEXT_LEN] = "";
  const char *parts[] = {j->prefix, prefix, t ? t->span : ""};
  for (size_t i = 0, n = 0; i < 3; i++) /* what is there, with commas between */
    if (parts[i][0] && n < sizeof text)
      n += (size_t)snprintf(text + n, sizeof text - n, "%s%s", n ? ", " : "", parts[i]);
  const bh_priced_line line = {.struct_size = sizeof line, .quantity = quantity, .fraction = j->fraction, .unit_price = price,
    .text = {text, strlen(text)}, .days = j->days};
  return j->out->line(j->out->ctx, &line);
}

static bh_status graduated(const job *j, const tiers *t)
{
  static const bh_ratio one = {1, 1};
  bh_ratio q = j->quantity, below = {0, 1};
  for (size_t i = 0; i < t->count && ratio_cmp(q, below) > 0; i++) {
    const tier *x = &t->items[i];
    bh_ratio top = x->open || ratio_cmp(q, x->up_to) < 0 ? q : x->up_to, units;
    bh_status rc = BH_OK;
    if (!ratio_sub(&units, top, below))
      return j->host->fail(j->host->ctx, BH_E_INVALID, "the quantity is too fine to be split over tiers");
    if (x->has_price)
      rc = put(j, units, x->price, "", x);
    if (rc == BH_OK && x->has_flat)
      rc = put(j, one, x->flat, "flat", x);
    if (rc)
      return rc;
    below = top;
  }
  return BH_OK;
}

static bh_status whole(const job *j, const tiers *t)
{
  static const bh_ratio one = {1, 1};
  size_t i = 0;
  while (!t->items[i].open && ratio_cmp(j->quantity, t->items[i].up_to) > 0)
    i++;
  const tier *x = &t->items[i];
  bh_status rc = BH_OK;
  if (t->mode == STAIRSTEP)
    return put(j, one, x->flat, "", x);
  if (x->has_price)
    rc = put(j, j->quantity, x->price, "", x);
  if (rc == BH_OK && x->has_flat)
    rc = put(j, one, x->flat, "flat", x);
  return rc;
}

bh_status tiers_rate(const tiers *t, const bh_host *h, const bh_model_emit *out, bh_ratio quantity, bh_ratio fraction, bh_period days,
                     const char *prefix)
{
  const job j = {h, out, quantity, fraction, days, prefix};
  if (quantity.num < 0)
    return h->fail(h->ctx, BH_E_INVALID, "a quantity below zero is in no tier");
  if (quantity.num == 0)
    return put(&j, quantity, (bh_dec){0, 0, 0}, "", NULL); /* in no tier; the count still shows */
  return t->mode == GRADUATED ? graduated(&j, t) : whole(&j, t);
}

const char *const tiers_modes[] = {"graduated", "volume", "stairstep", NULL};

const bh_option tiers_records[] = {
  {.key = "up_to", .type = BH_OPT_QUANTITY, .help = "The tier's upper end, included in it. Left out in the last tier."},
  {.key = "price", .type = BH_OPT_MONEY, .help = "Of one unit."},
  {.key = "flat", .type = BH_OPT_MONEY, .help = "Once, when the tier is entered."},
  {.key = NULL},
};
