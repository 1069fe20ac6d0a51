/* block_hours: blocks of hours paid ahead and drawn down by dated time entries, oldest block first. A new block is bought on the day on
 * which what is left reaches the threshold; without a threshold what no block covers costs the overage price. A block that is too
 * old lapses with what is left of it. The first block is bought when the line begins, unless an opening brings one along.
 * Carry (../rests.h): each open block's day of purchase and what is left of it. */
#include "../rests.h"

enum { EXPIRES_MAX = 1200 };

typedef struct terms {
  bh_ratio hours, threshold;
  bh_dec size, price, overage_price;
  int has_threshold, has_overage;
  int64_t expires_months;     /* 0: never */
  rests opening;
} terms;

static bh_status read_all(const bh_host *h, const bh_values *params, terms *t)
{
  bh_dec threshold;
  bh_status rc;
  t->has_threshold = h->has(h->ctx, params, "threshold");
  t->has_overage = h->has(h->ctx, params, "overage_price");
  if ((rc = h->dec(h->ctx, params, "hours", &t->size)) || (rc = h->dec(h->ctx, params, "price", &t->price)) ||
      (rc = h->integer(h->ctx, params, "expires_months", &t->expires_months)) ||
      (t->has_threshold && (rc = h->dec(h->ctx, params, "threshold", &threshold))) ||
      (t->has_overage && (rc = h->dec(h->ctx, params, "overage_price", &t->overage_price))) ||
      (rc = rests_opening(&t->opening, h, params, (bh_date){0, 0, 0})))
    return rc;
  if (t->size.coef <= 0)
    return h->fail(h->ctx, BH_E_INVALID, "hours: more than 0 is expected");
  if (t->expires_months < 0 || t->expires_months > EXPIRES_MAX)
    return h->fail(h->ctx, BH_E_INVALID, "expires_months: 0 (never) to %d", EXPIRES_MAX);
  t->hours = ratio_of_dec(t->size);
  if (t->has_threshold)
    t->threshold = ratio_of_dec(threshold);
  return BH_OK;
}

static bh_status prepare(void *me, const bh_values *params, void **state)
{
  terms *t = calloc(1, sizeof *t);
  if (!t)
    return BH_E_NOMEM;
  bh_status rc = read_all(((self *)me)->host, params, t);
  if (rc)
    free(t);
  else
    *state = t;
  return rc;
}

/* ---- a period ---- */

typedef struct period {
  const bh_host *host;
  const terms *t;
  const bh_model_input *in;
  const bh_model_emit *out;
  rests blocks;               /* open ones, oldest first */
  bh_ratio drawn, overage;
  size_t bought;
} period;

static bh_status say(const period *p, const char *text) { return p->out->note(p->out->ctx, self_str(text)); }

static int balance(const period *p, bh_ratio *out)
{
  *out = (bh_ratio){0, 1};
  for (size_t i = 0; i < p->blocks.count; i++)
    if (!ratio_add(out, *out, p->blocks.items[i].left))
      return 0;
  return 1;
}

static bh_date lapses_on(const period *p, bh_date bought)
{
  return p->t->expires_months ? date_add_months(bought, p->t->expires_months) : (bh_date){9999, 12, 31};
}

static bh_status buy(period *p, bh_date day)
{
  char size[NUMBER_LEN], from[DATE_LEN], last[DATE_LEN], text[200];
  bh_status rc = rests_add(&p->blocks, p->host, day, p->t->hours);
  if (rc)
    return rc;
  text_of_dec(size, p->t->size);
  text_of_date(from, day);
  text_of_date(last, date_before(lapses_on(p, day)));
  if (p->t->expires_months)
    snprintf(text, sizeof text, "%s bought %s, good until %s", size, from, last);
  else
    snprintf(text, sizeof text, "%s bought %s", size, from);
  p->bought++;
  const bh_purchase block = {.struct_size = sizeof block, .date = day, .quantity = {1, 1}, .unit_price = p->t->price, .text = self_str(text)};
  return p->out->purchase(p->out->ctx, &block);
}

/* Buys while what is left is not above the threshold. */
static bh_status replenish(period *p, bh_date day)
{
  bh_status rc = BH_OK;
  while (p->t->has_threshold && rc == BH_OK) {
    bh_ratio left;
    char l[NUMBER_LEN], t[NUMBER_LEN], d[DATE_LEN], text[200];
    if (!balance(p, &left))
      return self_too_large(p->host);
    if (ratio_cmp(left, p->t->threshold) > 0)
      break;
    text_of_ratio(l, left);
    text_of_ratio(t, p->t->threshold);
    text_of_date(d, day);
    snprintf(text, sizeof text, "%s: %s left, threshold %s: a block is bought", d, l, t);
    if (p->bought < 40) /* the lines themselves name every purchase */
      rc = say(p, text);
    if (rc == BH_OK)
      rc = buy(p, day);
  }
  return rc;
}

/* Blocks whose time is over on that day lapse with what is left of them. */
static bh_status lapse(period *p, bh_date day)
{
  size_t kept = 0;
  bh_status rc = BH_OK;
  for (size_t i = 0; i < p->blocks.count; i++) {
    const rest b = p->blocks.items[i];
    if (date_compare(lapses_on(p, b.day), day) > 0) {
      p->blocks.items[kept++] = b;
      continue;
    }
    char left[NUMBER_LEN], from[DATE_LEN], on[DATE_LEN], text[200];
    text_of_ratio(left, b.left);
    text_of_date(from, b.day);
    text_of_date(on, lapses_on(p, b.day));
    snprintf(text, sizeof text, "%s: %s left of the block of %s lapse", on, left, from);
    if (rc == BH_OK && b.left.num > 0 && i < 40)
      rc = say(p, text);
  }
  p->blocks.count = kept;
  return rc;
}

/* A block that is used up is open no more. */
static void drop_empty(period *p)
{
  size_t kept = 0;
  for (size_t i = 0; i < p->blocks.count; i++)
    if (p->blocks.items[i].left.num > 0)
      p->blocks.items[kept++] = p->blocks.items[i];
  p->blocks.count = kept;
}

/* Hours taken back: off this period's overage first, then into the oldest open block. */
static bh_status give_back(period *p, bh_date day, bh_ratio hours)
{
  if (!rest_draw(&hours, &p->overage))
    return self_too_large(p->host);
  if (hours.num == 0)
    return BH_OK;
  if (p->blocks.count == 0)
    return rests_add(&p->blocks, p->host, day, hours);
  rest *b = &p->blocks.items[0];
  return ratio_add(&b->left, b->left, hours) ? BH_OK : self_too_large(p->host);
}

static bh_status draw(period *p, bh_date day, bh_ratio hours)
{
  bh_ratio want = hours;
  if (!ratio_add(&p->drawn, p->drawn, hours))
    return self_too_large(p->host);
  if (hours.num < 0)
    return ratio_sub(&want, (bh_ratio){0, 1}, hours) ? give_back(p, day, want) : self_too_large(p->host);
  bh_status rc = BH_OK;
  while (want.num > 0 && rc == BH_OK) {
    if (p->blocks.count == 0 && !p->t->has_threshold) /* nothing may be bought */
      return ratio_add(&p->overage, p->overage, want) ? BH_OK : self_too_large(p->host);
    if (p->blocks.count == 0)
      rc = replenish(p, day);
    if (rc == BH_OK && !rest_draw(&want, &p->blocks.items[0].left))
      rc = self_too_large(p->host);
    drop_empty(p);
  }
  return rc ? rc : replenish(p, day);
}

/* The blocks that the line begins with. */
static bh_status begin(period *p)
{
  bh_status rc = BH_OK;
  p->blocks.count = 0;
  for (size_t i = 0; i < p->t->opening.count && rc == BH_OK; i++) {
    const rest *o = &p->t->opening.items[i];
    rc = rests_add(&p->blocks, p->host, o->day.year ? o->day : p->in->in_force.from, o->left);
  }
  return rc == BH_OK && p->t->opening.count == 0 ? buy(p, p->in->in_force.from) : rc;
}

static bh_status say_blocks(const period *p, const char *when)
{
  bh_status rc = BH_OK;
  for (size_t i = 0; i < p->blocks.count && i < 8 && rc == BH_OK; i++) {
    char left[NUMBER_LEN], from[DATE_LEN], text[200];
    text_of_ratio(left, p->blocks.items[i].left);
    text_of_date(from, p->blocks.items[i].day);
    snprintf(text, sizeof text, "%s: %s left of the block of %s", when, left, from);
    rc = say(p, text);
  }
  return rc;
}

/* The next day on which a block lapses, before `until`. */
static int next_lapse(const period *p, bh_date until, bh_date *out)
{
  int found = 0;
  for (size_t i = 0; i < p->blocks.count; i++) {
    bh_date d = lapses_on(p, p->blocks.items[i].day);
    if (date_compare(d, until) < 0 && (!found || date_compare(d, *out) < 0)) {
      *out = d;
      found = 1;
    }
  }
  return found;
}

/* Lapses and what they make due, up to and with a day; `until` is not in it. */
static bh_status lapse_before(period *p, bh_date until)
{
  bh_date day;
  bh_status rc = BH_OK;
  while (rc == BH_OK && next_lapse(p, until, &day)) {
    rc = lapse(p, day);
    if (rc == BH_OK)
      rc = replenish(p, day);
  }
  return rc;
}

static bh_status finish(period *p)
{
  bh_ratio left;
  char l[NUMBER_LEN], text[120];
  bh_status rc = BH_OK;
  if (!balance(p, &left))
    return self_too_large(p->host);
  text_of_ratio(l, left);
  const bh_ratio one = {1, 1};
  if (p->drawn.num != 0 || (p->bought == 0 && p->overage.num == 0)) {
    bh_ratio covered;
    if (!ratio_sub(&covered, p->drawn, p->overage))
      return self_too_large(p->host);
    snprintf(text, sizeof text, "drawn from what is prepaid, %s left", l);
    rc = self_line(p->out, covered, (bh_dec){0, 0, 0}, one, p->in->in_force, text);
  }
  if (rc == BH_OK && p->overage.num != 0)
    rc = self_line(p->out, p->overage, p->t->overage_price, one, p->in->in_force, "beyond what is prepaid");
  if (rc == BH_OK)
    rc = say_blocks(p, "at the end");
  return rc ? rc : rests_write(&p->blocks, p->host, p->out);
}

static bh_status rate(void *me, void *state, const bh_model_input *in, const bh_model_emit *out)
{
  period p = {.host = ((self *)me)->host, .t = state, .in = in, .out = out, .drawn = {0, 1}, .overage = {0, 1}};
  bh_status rc = in->carry_version ? rests_read(&p.blocks, p.host, in) : begin(&p);
  const bh_date first = in->in_force.from;
  if (rc == BH_OK && (in->carry_version || p.t->opening.count))
    rc = say_blocks(&p, "at the start");
  if (rc == BH_OK)
    rc = lapse(&p, first); /* between two periods too: on the first day it comes to the same */
  if (rc == BH_OK)
    rc = replenish(&p, first);
  for (size_t i = 0; i < in->run_count && rc == BH_OK; i++) {
    bh_date day = in->runs[i]->days.from;
    bh_date next = in->runs[i]->days.until;
    rc = lapse_before(&p, next); /* a block is not good on the day on which it lapses */
    if (rc == BH_OK)
      rc = draw(&p, day, in->runs[i]->quantity);
  }
  if (rc == BH_OK)
    rc = lapse_before(&p, in->in_force.until);
  return rc ? rc : finish(&p);
}

/* ---- the plugin ---- */

static const void *get_interface(const char *id)
{
  static const bh_model model = {.struct_size = sizeof model, .phase = 1, .prepare = prepare, .rate = rate, .release = self_release,
    .flags = BH_MODEL_BY_DAY};
  return strcmp(id, BH_IFACE_MODEL) == 0 ? &model : NULL;
}

static const bh_option options[] = {
  {.key = "hours", .type = BH_OPT_QUANTITY, .flags = BH_OPT_REQUIRED | BH_OPT_CARRY, .help = "How many a block holds."},
  {.key = "price", .type = BH_OPT_MONEY, .flags = BH_OPT_REQUIRED, .help = "Of a block; never prorated."},
  {.key = "expires_months", .type = BH_OPT_INTEGER, .fallback = "0", .help = "How long a block is good, from the day it was bought; 0: for ever."},
  {.key = "threshold", .type = BH_OPT_QUANTITY, .flags = BH_OPT_EITHER,
   .help = "A new block is bought on the day on which no more than this is left. Left out: none is bought after the first."},
  {.key = "overage_price", .type = BH_OPT_MONEY, .flags = BH_OPT_EITHER, .help = "Of an hour that no block covers, where none is bought."},
  {.key = "opening", .type = BH_OPT_RECORDS, .records = rests_opening_records,
   .help = "Blocks brought along from another system; the line then begins with these and buys none."},
  {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "block_hours", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = self_create, .destroy = free, .get_interface = get_interface,
};
