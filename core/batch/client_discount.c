#include "batch/client_discount.h"

bool bh_discounts_reach_across(const bh_client_terms *client)
{
  bool any = false;
  for (size_t i = 0; i < client->contract_count && client->contract_count > 1 && !any; i++) {
    const bh_contract_terms *t = &client->contracts[i];
    any = t->client_discount_count > 0;
    for (size_t k = 0; k < t->discount_count && !any; k++)
      any = t->discounts[k].all_contracts;
  }
  return any;
}

/* The billings of one issue date and currency. */
typedef struct joint {
  const bh_gathered *gathered;
  bh_rated *rated;
  size_t n;
  bh_day issue;
  bh_str currency;
  bh_arena *a;
  bh_error *err;
} joint;

static bool takes_part(const joint *j, size_t i)
{
  return j->gathered[i].shared && j->rated[i].status == BH_OK && j->gathered[i].billing.issue == j->issue &&
         bh_str_eq(j->gathered[i].billing.currency, j->currency);
}

/* Whether the client's discount is in force by the billing's period: its own days decide, whichever contracts it is billed with. */
static const bh_discount *in_force(const bh_gathered *g, uint32_t listed)
{
  for (size_t k = 0; k < g->client_discount_count; k++)
    if (g->client_discounts[k].listed == listed)
      return &g->client_discounts[k];
  return NULL;
}

/* A percentage that is dated may be another one for a billing whose period begins on another day; a fixed amount is given once a date. */
static bool same(const bh_discount *x, const bh_discount *y)
{
  return x != NULL && x->listed == y->listed && (!x->is_percent || bh_dec_cmp(x->value, y->value) == 0);
}

/* The lines that a discount reaches, as one billing, with what was already taken off them. */
static void join(bh_rated *all, const joint *j, const bh_discount *given, bool of_client, size_t total)
{
  all->lines = BH_NEWN(j->a, bh_owed_line, total ? total : 1);
  all->line_cap = total;
  for (size_t i = 0; i < j->n; i++) {
    if (!takes_part(j, i))
      continue;
    const bh_rated *r = &j->rated[i];
    size_t first = all->line_count;
    bool reached = !of_client || same(in_force(&j->gathered[i], given->listed), given);
    for (size_t k = 0; k < r->line_count; k++) {
      bh_owed_line l = r->lines[k];
      l.line_index = UINT32_MAX; /* no line of the joint billing has discounts of its own */
      l.removed = l.removed || !reached || !bh_of_takes(&given->of, &l, r->contract);
      /* What the discounts before left is what this one is taken from. */
      for (size_t d = 0; d < r->discount_count; d++)
        if (r->discounts[d].shares != NULL && !l.removed)
          l.amount += r->discounts[d].shares[k];
      all->lines[first + k] = l;
    }
    all->line_count += r->line_count;
  }
}

/* A contract that gives a discount knows it by its own key, and the others by the giver's; the client's is known by its place among those that are
 * in force for the billing itself. */
static bh_str key_of(const joint *j, size_t i, const bh_discount *given, bh_str own)
{
  if (own.len == 0) {
    const bh_discount *here = in_force(&j->gathered[i], given->listed);
    return bh_arena_fmt(j->a, "discount:client:%u", here != NULL ? here->ordinal : given->ordinal);
  }
  return bh_str_eq(own, j->rated[i].contract) ? bh_arena_fmt(j->a, "discount:contract:%u", given->ordinal)
                                              : bh_arena_fmt(j->a, "discount:of:%.*s:%u", BH_STR_ARG(own), given->ordinal);
}

/* Hands a joint discount's shares back to the billings that they fall on. `own`: the contract that gives it; empty: the client. */
static bh_status part(const joint *j, const bh_owed_discount *d, const bh_discount *given, bh_str own)
{
  size_t at = 0;
  for (size_t i = 0; i < j->n; i++) {
    if (!takes_part(j, i))
      continue;
    bh_rated *r = &j->rated[i];
    bh_owed_discount share = *d;
    share.key = key_of(j, i, given, own);
    share.of_client = own.len == 0;
    share.amount = 0;
    share.shares = BH_NEWN(j->a, int64_t, r->line_count ? r->line_count : 1);
    for (size_t k = 0; k < r->line_count; k++) {
      share.shares[k] = d->shares[at + k];
      if (!bh_money_add(&share.amount, share.shares[k]))
        return bh_fail(j->err, BH_E_OVERFLOW, "a discount over several contracts is out of range");
    }
    at += r->line_count;
    share.whole_from = r->issue;
    share.whole_until = r->issue;
    if (share.amount != 0)
      bh_rated_add_discount(r, j->a, &share);
  }
  return BH_OK;
}

/* One discount on the sum of what is left. `own` empty: the client's. */
static bh_status give(const joint *j, size_t first, size_t total, const bh_discount *d, bh_str own)
{
  bh_rated all = { .issue = j->issue };
  join(&all, j, d, own.len == 0, total);
  bh_billing b = j->gathered[first].billing;
  bh_discount plain = *d;
  plain.of = (bh_of){ 0 }; /* looked at while joining, with each line's own contract */
  b.lines = NULL;
  b.line_count = 0;
  b.discounts = &plain;
  b.discount_count = 1;
  b.client_discount_count = 0;
  bh_status st = bh_discounts_apply(&all, &b, j->a, j->err);
  if (st != BH_OK || all.discount_count == 0)
    return st;
  return part(j, &all.discounts[0], d, own);
}

static bh_status give_list(const joint *j, size_t first, size_t total, const bh_discount *list, size_t n, bool percent, bh_str own)
{
  bh_status st = BH_OK;
  for (size_t k = 0; k < n && st == BH_OK; k++)
    if (list[k].is_percent == percent)
      st = give(j, first, total, &list[k], own);
  return st;
}

/* Whether a billing before this one has given it for both. */
static bool given_before(const joint *j, size_t before, const bh_discount *d)
{
  for (size_t i = 0; i < before; i++)
    if (takes_part(j, i) && same(in_force(&j->gathered[i], d->listed), d))
      return true;
  return false;
}

/* The client's, each once, in the order they are written. */
static bh_status give_client(const joint *j, size_t first, size_t total, bool percent)
{
  uint32_t last = 0;
  bh_status st = BH_OK;
  for (size_t i = 0; i < j->n; i++)
    for (size_t k = 0; takes_part(j, i) && k < j->gathered[i].client_discount_count; k++)
      if (j->gathered[i].client_discounts[k].listed > last)
        last = j->gathered[i].client_discounts[k].listed;
  for (uint32_t listed = 1; listed <= last; listed++)
    for (size_t i = 0; i < j->n && st == BH_OK; i++) {
      const bh_discount *d = takes_part(j, i) ? in_force(&j->gathered[i], listed) : NULL;
      if (d != NULL && d->is_percent == percent && !given_before(j, i, d))
        st = give(j, first, total, d, (bh_str){ "", 0 });
    }
  return st;
}

static bh_status one_date(const joint *j, size_t first)
{
  size_t total = 0;
  bh_status st = BH_OK;
  for (size_t i = 0; i < j->n; i++)
    if (takes_part(j, i))
      total += j->rated[i].line_count;
  for (int fixed = 0; fixed < 2; fixed++)
    for (size_t i = 0; i < j->n && st == BH_OK; i++)
      if (takes_part(j, i))
        st = give_list(j, first, total, j->gathered[i].all_discounts, j->gathered[i].all_discount_count, fixed == 0, j->rated[i].contract);
  for (int fixed = 0; fixed < 2 && st == BH_OK; fixed++)
    st = give_client(j, first, total, fixed == 0);
  for (size_t i = 0; i < j->n && st == BH_OK; i++) {
    if (!takes_part(j, i) || !j->gathered[i].has_minimum)
      continue;
    bh_billing b = j->gathered[i].billing;
    b.has_minimum = true;
    b.minimum_minor = j->gathered[i].minimum_minor;
    b.minimum_of = j->gathered[i].minimum_of;
    st = bh_minimum_apply(&j->rated[i], &b, j->a, j->err);
  }
  return st;
}

bh_status bh_client_discounts(const bh_gathered *gathered, bh_rated *rated, size_t n, bh_arena *a, bh_error *err)
{
  for (size_t i = 0; i < n; i++) {
    joint j = { gathered, rated, n, gathered[i].billing.issue, gathered[i].billing.currency, a, err };
    bool done = !takes_part(&j, i);
    for (size_t k = 0; k < i && !done; k++)
      done = takes_part(&j, k);
    bh_status st = done ? BH_OK : one_date(&j, i);
    if (st != BH_OK)
      return st;
  }
  return BH_OK;
}
