/* The guard: a count that moved too far since the last invoice, or fell to nothing, waits for a person. */
#include "batch/difference.h"

static bh_ratio magnitude(bh_ratio r) { return r.num < 0 ? (bh_ratio){ -r.num, r.den } : r; }

/* What the key's lines come to together. */
static int64_t key_amount(const bh_due *due, const bh_due_line *l)
{
  int64_t sum = 0;
  for (size_t i = 0; i < due->line_count; i++)
    if (due->lines[i].contract == l->contract && due->lines[i].whole_from == l->whole_from && bh_str_eq(due->lines[i].key, l->key))
      bh_require(bh_money_add(&sum, due->lines[i].amount));
  return sum;
}

static bool nothing_billed(const bh_due *due, const bh_due_line *l)
{
  for (size_t i = 0; i < due->line_count; i++)
    if (due->lines[i].contract == l->contract && due->lines[i].whole_from == l->whole_from && bh_str_eq(due->lines[i].key, l->key) &&
        due->lines[i].quantity.num != 0)
      return false;
  return true;
}

static const bh_charged_key *key_before(const bh_charged_key *last, size_t n, const bh_due_line *l)
{
  const bh_charged_key *before = NULL;
  for (size_t j = 0; j < n; j++)
    if (last[j].kind == BH_LINE_CHARGE && last[j].whole_from < l->whole_from && bh_str_eq(last[j].key, l->key) &&
        (before == NULL || last[j].whole_from > before->whole_from))
      before = &last[j];
  return before;
}

/* Moved by more than the guard allows, in count and in amount. */
static bool beyond(const bh_client_terms *client, bh_ratio now, bh_ratio then, int64_t change, int decimals)
{
  bh_ratio moved, share, limit;
  int64_t allowed = 0;
  bh_dec fifty = bh_dec_int(50);
  if (!bh_ratio_sub(&moved, now, then) || !bh_ratio_div(&share, magnitude(moved), magnitude(then)) ||
      !bh_ratio_mul(&share, share, bh_ratio_int(100)) || !bh_ratio_of_dec(&limit, client->guard_change_percent) ||
      !bh_money_of_dec(&allowed, client->guard_amount_set ? client->guard_amount : fifty, decimals, BH_HALF_UP))
    return true; /* a number that large is looked at by a person */
  return bh_ratio_cmp(share, limit) > 0 && (change < 0 ? -change : change) > allowed;
}

void bh_difference_guard(bh_holds *holds, bh_arena *a, const bh_due *due, const bh_charged_key *last, size_t n, const bh_client_terms *client,
                         int decimals)
{
  for (size_t i = 0; i < due->line_count; i++) {
    const bh_due_line *l = &due->lines[i];
    if (l->kind != BH_LINE_CHARGE || l->count == NULL)
      continue;
    const bh_charged_key *before = key_before(last, n, l);
    if (before == NULL || before->quantity.num == 0)
      continue;
    char now[32], then[32];
    bool exact;
    bh_ratio_format_dec(now, l->count->raw, 4, &exact);
    bh_ratio_format_dec(then, before->quantity, 4, &exact);
    int64_t change = key_amount(due, l) - before->amount;
    if (l->count->raw.num == 0 || (before->amount != 0 && nothing_billed(due, l))) {
      bh_hold_add(holds, a, BH_S("zero-quantity"),
                  bh_arena_fmt(a, "contract \"%.*s\": %.*s: %s (%s counted), the last invoice had %s counted: check the facts, or approve --force",
                               BH_STR_ARG(l->contract->terms->id), BH_STR_ARG(l->product),
                               nothing_billed(due, l) ? "nothing is left to bill" : "only what is committed or agreed is left to bill", now, then));
    } else if (!client->guard_off && beyond(client, l->count->raw, before->quantity, change, decimals)) {
      char amount[32];
      bh_money_format(amount, change, decimals);
      bh_hold_add(holds, a, BH_S("guard"),
                  bh_arena_fmt(a, "contract \"%.*s\": %.*s: %s counted, the last invoice had %s (%s%s): beyond the guard; check it, or approve --force",
                               BH_STR_ARG(l->contract->terms->id), BH_STR_ARG(l->product), now, then, change > 0 ? "+" : "", amount));
    }
  }
}
