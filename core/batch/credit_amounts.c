#include "batch/credit_amounts.h"

typedef struct sums { int64_t net, left, all_left; } sums; /* of the chosen lines; and what is left of the invoice */

static int64_t magnitude(int64_t x) { return x < 0 ? -x : x; }

static sums add_up(const bh_crediting *c)
{
  sums s = { .all_left = c->apart };
  for (size_t i = 0; i < c->count; i++) {
    bh_require(bh_money_add(&s.all_left, c->left[i]));
    if (!c->chosen[i])
      continue;
    bh_require(bh_money_add(&s.net, c->lines[i].net));
    bh_require(bh_money_add(&s.left, c->left[i]));
  }
  return s;
}

static bh_status too_much(const bh_crediting *c, int64_t left, bh_error *err)
{
  char text[32];
  bh_money_format(text, left, c->decimals);
  return bh_fail(err, BH_E_USAGE, "%.*s: %s %.*s is left to credit there (earlier credits, drafts included, have given back the rest)", BH_STR_ARG(c->invoice), text,
                 BH_STR_ARG(c->currency));
}

/* Shares `total` out over the chosen lines whose net has the sign of `side`, by weight; what a line has no room for goes to the next that has. */
static bh_status share_out(int64_t *out, bh_arena *a, const bh_crediting *c, int64_t total, const int64_t *weights, bool positive, bh_error *err)
{
  int64_t *weight = BH_NEWN(a, int64_t, c->count + 1), *share = BH_NEWN(a, int64_t, c->count + 1), over = 0;
  bool any = false;
  for (size_t i = 0; i < c->count; i++) {
    bool mine = c->chosen[i] && (positive ? c->lines[i].net > 0 : c->lines[i].net < 0);
    weight[i] = mine ? magnitude(weights[i]) : 0;
    any = any || weight[i] > 0;
  }
  if (total == 0)
    return BH_OK;
  if (!any || !bh_money_split(share, total, weight, c->count))
    return too_much(c, 0, err);
  for (int pass = 0; pass < 2; pass++)
    for (size_t i = 0; i < c->count; i++) {
      bool mine = c->chosen[i] && (positive ? c->lines[i].net > 0 : c->lines[i].net < 0);
      if (!mine)
        continue;
      int64_t room = (positive ? c->left[i] > 0 : c->left[i] < 0) ? -c->left[i] : 0, want = share[i] + over;
      bool fits = positive ? want >= room : want <= room;
      over = fits ? 0 : want - room;
      share[i] = fits ? want : room;
    }
  if (over != 0)
    return too_much(c, 0, err);
  for (size_t i = 0; i < c->count; i++)
    if (weight[i] > 0 || share[i] != 0)
      out[i] += share[i];
  return BH_OK;
}

static bh_status by_percent(int64_t *out, bh_arena *a, const bh_crediting *c, const sums *s, bh_error *err)
{
  bh_dec p;
  bh_str text = bh_str_c(c->options->percent);
  if (text.len > 0 && text.ptr[text.len - 1] == '%')
    text.len--;
  if (!bh_dec_parse(&p, text, 9) || p.coef <= 0 || bh_dec_cmp(p, bh_dec_int(100)) > 0)
    return bh_fail(err, BH_E_USAGE, "--percent %s: expected a percentage above 0, at most 100", c->options->percent);
  bh_i128 den = 100;
  for (int i = 0; i < p.scale; i++)
    den *= 10;
  int64_t up = 0, total = 0, part = 0;
  int64_t *nets = BH_NEWN(a, int64_t, c->count + 1);
  for (size_t i = 0; i < c->count; i++) {
    nets[i] = c->lines[i].net;
    if (c->chosen[i] && nets[i] > 0)
      bh_require(bh_money_add(&up, nets[i]));
  }
  if (!bh_money_scale(&total, -s->net, p.coef, den, c->rounding) || !bh_money_scale(&part, -up, p.coef, den, c->rounding))
    return bh_fail(err, BH_E_OVERFLOW, "--percent: out of range");
  if (magnitude(total) > magnitude(s->left)) { /* the rest of a rounding */
    if (magnitude(total) - magnitude(s->left) > 1 || s->left == 0)
      return too_much(c, s->left, err);
    part += -s->left - total;
    total = -s->left;
  }
  bh_status st = share_out(out, a, c, part, nets, true, err);
  return st == BH_OK ? share_out(out, a, c, total - part, nets, false, err) : st;
}

static bh_status by_amount(int64_t *out, bh_arena *a, const bh_crediting *c, const sums *s, bh_error *err)
{
  bh_dec d;
  int64_t sum = 0;
  if (!bh_dec_parse(&d, bh_str_c(c->options->amount), c->decimals) || d.coef <= 0 || !bh_money_of_dec(&sum, d, c->decimals, BH_HALF_UP))
    return bh_fail(err, BH_E_USAGE, "--amount %s: expected a positive amount of %.*s with at most %d decimals", c->options->amount, BH_STR_ARG(c->currency), c->decimals);
  bool positive = s->net > 0;
  if (sum > magnitude(s->left) || (s->left > 0) != positive)
    return too_much(c, (s->left > 0) == positive ? s->left : 0, err);
  return share_out(out, a, c, positive ? -sum : sum, c->left, positive, err);
}

bh_status bh_credit_amounts(int64_t *out, bh_arena *a, const bh_crediting *c, bh_error *err)
{
  sums s = add_up(c);
  bh_status st = BH_OK;
  memset(out, 0, c->count * sizeof *out);
  if (c->options->amount != NULL)
    st = by_amount(out, a, c, &s, err);
  else if (c->options->percent != NULL)
    st = by_percent(out, a, c, &s, err);
  else
    for (size_t i = 0; i < c->count; i++)
      out[i] = c->chosen[i] ? -c->left[i] : 0;
  int64_t now = 0;
  for (size_t i = 0; st == BH_OK && i < c->count; i++)
    bh_require(bh_money_add(&now, out[i]));
  if (st == BH_OK && now != 0 && (magnitude(now) > magnitude(s.all_left) || (now < 0) == (s.all_left < 0)))
    return too_much(c, s.all_left, err);
  return st;
}
