/* usage: what exceeds an allowance, at a price or by tiers. With rollover = n an allowance left unused serves the next n periods, oldest
 * first, and is not carried again. Carry (../rests.h): for each of the last n periods its first day and what is left of its allowance. */
#include "../rests.h"
#include "../tiers.h"

enum { ROLLOVER_MAX = 120 };

typedef struct terms {
  bh_ratio included, round_up_to, maximum;
  int has_included, has_step, has_maximum;
  size_t rollover;
  bh_dec price;
  tiers *tiers;               /* NULL: price */
  rests opening;
} terms;

/* ---- parameters ---- */

static bh_status read_quantity(const bh_host *h, const bh_values *params, const char *key, int *has, bh_ratio *out)
{
  bh_dec d;
  *has = h->has(h->ctx, params, key);
  bh_status rc = *has ? h->dec(h->ctx, params, key, &d) : BH_OK;
  if (*has && rc == BH_OK)
    *out = ratio_of_dec(d);
  return rc;
}

static bh_status read_all(const bh_host *h, const bh_values *params, terms *t)
{
  int64_t n = 0;
  bh_status rc;
  if ((rc = read_quantity(h, params, "included", &t->has_included, &t->included)) ||
      (rc = read_quantity(h, params, "round_up_to", &t->has_step, &t->round_up_to)) ||
      (rc = read_quantity(h, params, "maximum", &t->has_maximum, &t->maximum)) || (rc = h->integer(h->ctx, params, "rollover", &n)) ||
      (rc = rests_opening(&t->opening, h, params, (bh_date){0, 0, 0})))
    return rc;
  if (t->has_step && t->round_up_to.num <= 0)
    return h->fail(h->ctx, BH_E_INVALID, "round_up_to: more than 0 is expected");
  if (n < 0 || n > ROLLOVER_MAX)
    return h->fail(h->ctx, BH_E_INVALID, "rollover: 0 to %d periods", ROLLOVER_MAX);
  if (n > 0 && !t->has_included)
    return h->fail(h->ctx, BH_E_INVALID, "rollover: there is no allowance to carry on; expected included");
  t->rollover = (size_t)n;
  if (h->has(h->ctx, params, "price"))
    return h->dec(h->ctx, params, "price", &t->price);
  return tiers_read(&t->tiers, h, params);
}

static bh_status prepare(void *me, const bh_values *params, void **state)
{
  terms *t = calloc(1, sizeof *t);
  if (!t)
    return BH_E_NOMEM;
  t->included = (bh_ratio){0, 1};
  bh_status rc = read_all(((self *)me)->host, params, t);
  if (rc)
    free(t);
  else
    *state = t;
  return rc;
}

static void release(void *me, void *state)
{
  terms *t = state;
  (void)me;
  free(t->tiers);
  free(t);
}

/* ---- what was left before the line's first period ---- */

static bh_date period_before(bh_date from, bh_period whole)
{
  int64_t months = (whole.until.year - whole.from.year) * 12 + whole.until.month - whole.from.month;
  if (months > 0 && date_compare(date_add_months(whole.from, months), whole.until) == 0)
    return date_add_months(from, -months);
  for (bh_date d = whole.from; date_compare(d, whole.until) < 0;) { /* weeks and days: as many days back */
    from = date_before(from);
    whole.until = date_before(whole.until);
  }
  return from;
}

/* The last n periods, oldest first, each with nothing left but what the opening names. */
static bh_status open_rests(const bh_host *h, const terms *t, const bh_model_input *in, rests *out)
{
  bh_date starts[ROLLOVER_MAX + 1];
  starts[0] = in->whole.from;
  for (size_t i = 1; i <= t->rollover; i++)
    starts[i] = period_before(starts[i - 1], in->whole);
  out->count = 0;
  for (size_t i = t->rollover; i > 0; i--)
    out->items[out->count++] = (rest){starts[i], {0, 1}};
  for (size_t k = 0; k < t->opening.count; k++) {
    const rest *o = &t->opening.items[k];
    size_t age = 1;
    while (o->day.year != 0 && age <= t->rollover && date_compare(o->day, starts[age]) < 0)
      age++;
    if (age > t->rollover)
      continue; /* lapsed before the line begins */
    rest *r = &out->items[t->rollover - age];
    if (!ratio_add(&r->left, r->left, o->left))
      return self_too_large(h);
  }
  return BH_OK;
}

/* ---- rating ---- */

typedef struct job { const bh_host *host; const terms *t; const bh_model_input *in; const bh_model_emit *out; } job;

static bh_status note(const job *j, const char *text) { return j->out->note(j->out->ctx, self_str(text)); }

/* Takes what it can from what was rolled over, with a note for each period. */
static bh_status draw_rests(const job *j, rests *r, bh_ratio *want, bh_ratio *rolled)
{
  bh_status rc = BH_OK;
  *rolled = (bh_ratio){0, 1};
  for (size_t i = 0; i < r->count && rc == BH_OK; i++) {
    bh_ratio before = r->items[i].left, took;
    if (before.num <= 0)
      continue;
    if (!rest_draw(want, &r->items[i].left) || !ratio_sub(&took, before, r->items[i].left) || !ratio_add(rolled, *rolled, took))
      return self_too_large(j->host);
    char day[DATE_LEN], had[NUMBER_LEN], used[NUMBER_LEN], left[NUMBER_LEN], text[300];
    text_of_date(day, r->items[i].day);
    text_of_ratio(had, before);
    text_of_ratio(used, took);
    text_of_ratio(left, r->items[i].left);
    int lapses = i == 0 && r->count == j->t->rollover; /* the oldest has served its n periods now */
    snprintf(text, sizeof text, "left from the period of %s: %s, used %s, left %s%s", day, had, used, left,
             r->items[i].left.num == 0 ? "" : lapses ? ", which lapses" : "");
    rc = note(j, text);
  }
  return rc;
}

static bh_status price_it(const job *j, bh_ratio billed, bh_ratio fraction, bh_period days, const char *text)
{
  if (j->t->tiers)
    return tiers_rate(j->t->tiers, j->host, j->out, billed, fraction, days, text);
  return self_line(j->out, billed, j->t->price, fraction, days, text);
}

/* Rounded up and at most the maximum, as the host has it for other models. */
static int bound(const terms *t, bh_ratio *q)
{
  int64_t steps;
  if (t->has_step && (!ratio_ceil_div(&steps, *q, t->round_up_to) || !ratio_mul(q, (bh_ratio){steps, 1}, t->round_up_to)))
    return 0;
  if (t->has_maximum && ratio_cmp(*q, t->maximum) > 0)
    *q = t->maximum;
  return 1;
}

/* One quantity against the allowance. *own: what is left of the period's own allowance. */
static bh_status rate_run(const job *j, bh_ratio used, bh_ratio fraction, bh_period days, rests *r, bh_ratio *own)
{
  const terms *t = j->t;
  bh_ratio want = used, rolled = {0, 1}, over;
  *own = t->included;
  if (!t->has_included) {
    return bound(t, &want) ? price_it(j, want, fraction, days, "") : self_too_large(j->host);
  }
  if (want.num < 0)
    want = (bh_ratio){0, 1}; /* more was taken back than used: the allowance is whole, and nothing is owed */
  bh_status rc = draw_rests(j, r, &want, &rolled);
  if (rc)
    return rc;
  if (!rest_draw(&want, own))
    return self_too_large(j->host);
  over = want;
  if (!bound(t, &over))
    return self_too_large(j->host);
  char u[NUMBER_LEN], inc[NUMBER_LEN], roll[NUMBER_LEN], left[NUMBER_LEN], rest_text[NUMBER_LEN], billed[NUMBER_LEN], text[300];
  text_of_ratio(u, used);
  text_of_ratio(inc, t->included);
  text_of_ratio(roll, rolled);
  text_of_ratio(left, *own);
  text_of_ratio(rest_text, want);
  text_of_ratio(billed, over);
  snprintf(text, sizeof text, "included %s, left %s%s", inc, left, t->rollover && own->num ? ", which serves the periods to come" : "");
  rc = note(j, text);
  if (rc == BH_OK) {
    snprintf(text, sizeof text, "used %s: %s over what is included%s%s", u, rest_text, ratio_cmp(over, want) != 0 ? ", billed " : "",
             ratio_cmp(over, want) != 0 ? billed : "");
    rc = note(j, text);
  }
  snprintf(text, sizeof text, "%s used, %s included%s%s%s", u, inc, rolled.num ? ", " : "", rolled.num ? roll : "", rolled.num ? " rolled over" : "");
  return rc ? rc : price_it(j, over, fraction, days, text);
}

static bh_status rate(void *me, void *state, const bh_model_input *in, const bh_model_emit *out)
{
  const job j = {((self *)me)->host, state, in, out};
  static const bh_ratio one = {1, 1};
  const terms *t = state;
  rests r = {.count = 0};
  bh_ratio own = {0, 1};
  bh_status rc = BH_OK;
  if (t->rollover) {
    if (in->run_count > 1)
      return j.host->fail(j.host->ctx, BH_E_INVALID, "rollover: one quantity a period is expected; count usage");
    rc = in->carry_version ? rests_read(&r, j.host, in) : open_rests(j.host, t, in, &r);
    while (r.count > t->rollover) { /* the terms have shortened it */
      memmove(r.items, r.items + 1, --r.count * sizeof r.items[0]);
    }
  }
  if (rc == BH_OK && in->run_count == 0)
    rc = rate_run(&j, (bh_ratio){0, 1}, one, in->in_force, &r, &own);
  for (size_t i = 0; i < in->run_count && rc == BH_OK; i++)
    rc = rate_run(&j, in->runs[i]->quantity, in->runs[i]->fraction, in->runs[i]->days, &r, &own);
  if (rc || !t->rollover)
    return rc;
  if (r.count == t->rollover)
    memmove(r.items, r.items + 1, --r.count * sizeof r.items[0]);
  r.items[r.count++] = (rest){in->whole.from, own};
  return rests_write(&r, j.host, out);
}

/* ---- the plugin ---- */

static const void *get_interface(const char *id)
{
  static const bh_model model = {.struct_size = sizeof model, .phase = 1, .prepare = prepare, .rate = rate, .release = release};
  return strcmp(id, BH_IFACE_MODEL) == 0 ? &model : NULL;
}

static const bh_option options[] = {
  {.key = "included", .type = BH_OPT_QUANTITY, .help = "The allowance of a period; never prorated."},
  {.key = "rollover", .type = BH_OPT_INTEGER, .flags = BH_OPT_CARRY, .fallback = "0",
   .help = "For how many periods more an allowance left unused serves, oldest first."},
  {.key = "price", .type = BH_OPT_MONEY, .flags = BH_OPT_EITHER, .help = "Of one unit over the allowance."},
  {.key = "mode", .type = BH_OPT_CHOICE, .choices = tiers_modes, .fallback = "graduated", .help = "How tiers are read, as of the model tiered."},
  {.key = "tiers", .type = BH_OPT_RECORDS, .records = tiers_records, .flags = BH_OPT_EITHER, .help = "Prices by tiers of what is over the allowance."},
  {.key = "round_up_to", .type = BH_OPT_QUANTITY, .help = "What is over the allowance is rounded up to whole steps of this."},
  {.key = "maximum", .type = BH_OPT_QUANTITY, .help = "The most that is billed of a period."},
  {.key = "opening", .type = BH_OPT_RECORDS, .records = rests_opening_records,
   .help = "With rollover: what another system had left before the line's first period."},
  {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "usage", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = self_create, .destroy = free, .get_interface = get_interface,
};
