/* What an approval posts: receivable against revenue by product (deferred where it is still to be earned), goodwill, late fees, and tax by tax. */
#include "batch/draft_json.h"

typedef struct posting_list { bh_arena *a; bh_day issue; bh_post *items; size_t n; } posting_list;

/* "revenue:PRODUCT": joined by hand, since every line of every document needs one. */
static bh_str account_of(bh_arena *a, bh_str what, bh_str name)
{
  char *text = bh_arena_alloc(a, what.len + name.len + 1);
  memcpy(text, what.ptr, what.len);
  if (name.len)
    memcpy(text + what.len, name.ptr, name.len);
  return (bh_str){ text, what.len + name.len };
}

static void add(posting_list *p, bh_str account, bh_span span, int64_t amount)
{
  if (amount == 0)
    return;
  for (size_t i = 0; i < p->n; i++)
    if (p->items[i].span.from == span.from && p->items[i].span.until == span.until && bh_str_eq(p->items[i].account, account)) {
      bh_require(bh_money_add(&p->items[i].amount, amount));
      return;
    }
  p->items[p->n++] = (bh_post){ account, amount, span };
}

static void add_revenue(posting_list *p, bh_str product, bh_span span, int64_t amount)
{
  if (amount != 0)
    add(p, account_of(p->a, bh_span_defers(span, p->issue) ? BH_S("deferred:") : BH_S("revenue:"), product.len ? product : BH_S("other")), span, amount);
}

/* The side of a line that is not receivable and not tax. */
static void add_line(posting_list *p, const bh_due_line *l, int64_t amount)
{
  if (l->kind == BH_LINE_GOODWILL)
    add(p, BH_S("goodwill"), (bh_span){ 0, 0 }, amount);
  else if (l->kind == BH_LINE_LATE_FEE)
    add(p, BH_S("late-fees"), (bh_span){ 0, 0 }, amount);
  else
    add_revenue(p, l->product.len == 0 && l->kind == BH_LINE_MINIMUM ? BH_S("minimum") : l->product, l->part.span, amount);
}

static void add_discount(posting_list *p, const bh_due_discount *x)
{
  int64_t rest = x->amount;
  for (size_t j = 0; j < x->part_count; j++) {
    if (x->goodwill)
      add(p, BH_S("goodwill"), (bh_span){ 0, 0 }, -x->parts[j].net);
    else
      add_revenue(p, x->parts[j].product, x->parts[j].span, -x->parts[j].net);
    rest -= x->parts[j].net;
  }
  if (x->goodwill)
    add(p, BH_S("goodwill"), (bh_span){ 0, 0 }, -rest);
  else
    add_revenue(p, BH_S("other"), (bh_span){ 0, 0 }, -rest);
}

/* Tax inside prices is taken out of what the lines that carry it posted. */
static void add_tax(posting_list *p, const bh_draft_doc *doc, const bh_tax_row *t)
{
  add(p, account_of(p->a, BH_S("tax:"), t->tax), (bh_span){ 0, 0 }, -t->amount);
  if (!t->inclusive || t->amount == 0)
    return;
  size_t n = doc->line_count;
  int64_t *weights = BH_NEWN(p->a, int64_t, n ? n : 1), *shares = BH_NEWN(p->a, int64_t, n ? n : 1);
  for (size_t j = 0; j < n; j++)
    for (size_t k = 0; k < doc->lines[j]->part.tax_count; k++)
      if (bh_str_eq(doc->lines[j]->part.taxes[k], t->tax))
        weights[j] = doc->lines[j]->amount < 0 ? -doc->lines[j]->amount : doc->lines[j]->amount;
  if (n == 0 || !bh_money_split(shares, t->amount, weights, n)) {
    add_revenue(p, BH_S("other"), (bh_span){ 0, 0 }, t->amount);
    return;
  }
  for (size_t j = 0; j < n; j++)
    add_line(p, doc->lines[j], shares[j]);
}

bh_str bh_draft_postings(const bh_draft_doc *doc, bh_arena *a)
{
  size_t cap = doc->line_count + doc->tax_count + 2;
  for (size_t i = 0; i < doc->discount_count; i++)
    cap += doc->discounts[i]->part_count + 1;
  for (size_t i = 0; i < doc->tax_count; i++)
    cap += doc->taxes[i].inclusive ? doc->line_count + 1 : 1;
  posting_list p = { .a = a, .issue = doc->issue, .items = BH_NEWN(a, bh_post, cap) };
  add(&p, BH_S("receivable"), (bh_span){ 0, 0 }, doc->total);
  for (size_t i = 0; i < doc->line_count; i++)
    add_line(&p, doc->lines[i], -doc->lines[i]->amount);
  for (size_t i = 0; i < doc->discount_count; i++)
    add_discount(&p, doc->discounts[i]);
  for (size_t i = 0; i < doc->tax_count; i++)
    add_tax(&p, doc, &doc->taxes[i]);
  int64_t sum = 0;
  for (size_t i = 0; i < p.n; i++)
    bh_require(bh_money_add(&sum, p.items[i].amount));
  bh_require(sum == 0);
  return bh_posts_pack(a, p.items, p.n);
}

void bh_posts_date(bh_arena *a, bh_post *posts, size_t n, bh_day issue)
{
  static const bh_str deferred = { "deferred:", 9 }, revenue = { "revenue:", 8 };
  for (size_t i = 0; i < n; i++) {
    bool is = bh_str_starts(posts[i].account, deferred), was = is || bh_str_starts(posts[i].account, revenue), should = bh_span_defers(posts[i].span, issue);
    if (!was || !bh_span_set(posts[i].span) || is == should)
      continue;
    size_t skip = is ? deferred.len : revenue.len;
    posts[i].account = account_of(a, should ? deferred : revenue, (bh_str){ posts[i].account.ptr + skip, posts[i].account.len - skip });
  }
}
