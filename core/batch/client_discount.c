#include "batch/client_discount.h"

static bool takes_part(const bh_gathered *g, const bh_rated *r) { return g->shared && r->status == BH_OK; }

/* All lines of the billings of one issue date as one, with what was already taken off them. */
static void join(bh_rated *all, bh_arena *a, const bh_gathered *gathered, const bh_rated *rated, size_t n, bh_day issue, size_t total)
{
  all->lines = BH_NEWN(a, bh_owed_line, total ? total : 1);
  all->line_cap = total;
  for (size_t i = 0; i < n; i++) {
    if (gathered[i].billing.issue != issue || !takes_part(&gathered[i], &rated[i]))
      continue;
    size_t first = all->line_count;
    for (size_t k = 0; k < rated[i].line_count; k++) {
      bh_owed_line l = rated[i].lines[k];
      l.line_index = UINT32_MAX; /* no line of the joint billing has discounts of its own */
      /* What the line's and the contract's discounts left is what the client's are taken from. */
      for (size_t d = 0; d < rated[i].discount_count; d++)
        if (rated[i].discounts[d].shares != NULL && !l.removed)
          l.amount += rated[i].discounts[d].shares[k];
      all->lines[first + k] = l;
    }
    all->line_count += rated[i].line_count;
  }
}

/* Hands a joint discount's shares back to the billings that they fall on. */
static bh_status part(bh_rated *rated, const bh_gathered *gathered, size_t n, bh_day issue, const bh_owed_discount *d, bh_arena *a, bh_error *err)
{
  size_t at = 0;
  for (size_t i = 0; i < n; i++) {
    if (gathered[i].billing.issue != issue || !takes_part(&gathered[i], &rated[i]))
      continue;
    bh_owed_discount own = *d;
    own.amount = 0;
    own.shares = BH_NEWN(a, int64_t, rated[i].line_count ? rated[i].line_count : 1);
    for (size_t k = 0; k < rated[i].line_count; k++) {
      own.shares[k] = d->shares[at + k];
      if (!bh_money_add(&own.amount, own.shares[k]))
        return bh_fail(err, BH_E_OVERFLOW, "the client's discount is out of range");
    }
    at += rated[i].line_count;
    own.whole_from = rated[i].issue;
    own.whole_until = rated[i].issue;
    if (own.amount != 0)
      bh_rated_add_discount(&rated[i], a, &own);
  }
  return BH_OK;
}

static bh_status one_date(const bh_gathered *gathered, bh_rated *rated, size_t n, size_t first, bh_arena *a, bh_error *err)
{
  bh_day issue = gathered[first].billing.issue;
  bh_rated all = { .issue = issue };
  size_t total = 0;
  for (size_t i = 0; i < n; i++)
    if (gathered[i].billing.issue == issue && takes_part(&gathered[i], &rated[i]))
      total += rated[i].line_count;
  join(&all, a, gathered, rated, n, issue, total);
  bh_billing joint = gathered[first].billing;
  joint.lines = NULL;
  joint.line_count = 0;
  joint.discount_count = 0;
  joint.client_discounts = gathered[first].client_discounts;
  joint.client_discount_count = gathered[first].client_discount_count;
  bh_status st = bh_discounts_apply(&all, &joint, a, err);
  for (size_t d = 0; d < all.discount_count && st == BH_OK; d++)
    st = part(rated, gathered, n, issue, &all.discounts[d], a, err);
  for (size_t i = 0; i < n && st == BH_OK; i++) {
    if (gathered[i].billing.issue != issue || !takes_part(&gathered[i], &rated[i]) || !gathered[i].has_minimum)
      continue;
    bh_billing b = gathered[i].billing;
    b.has_minimum = true;
    b.minimum_minor = gathered[i].minimum_minor;
    st = bh_minimum_apply(&rated[i], &b, a, err);
  }
  return st;
}

bh_status bh_client_discounts(const bh_gathered *gathered, bh_rated *rated, size_t n, bh_arena *a, bh_error *err)
{
  for (size_t i = 0; i < n; i++) {
    bool done = !takes_part(&gathered[i], &rated[i]);
    for (size_t j = 0; j < i && !done; j++)
      done = takes_part(&gathered[j], &rated[j]) && gathered[j].billing.issue == gathered[i].billing.issue;
    if (done)
      continue;
    bh_status st = one_date(gathered, rated, n, i, a, err);
    if (st != BH_OK)
      return st;
  }
  return BH_OK;
}
