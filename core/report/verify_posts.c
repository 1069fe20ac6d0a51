/* The journal against the frozen text: revenue by product, tax by tax and the receivable, worked out again from what the document says. What was
 * prepaid may stand as deferred until it is earned: of a product the two are one sum. */
#include "batch/settle.h"
#include "report/verify.h"

typedef struct sum { bh_str name; int64_t said, posted; } sum;
typedef struct sums { bh_arena *a; sum *items; size_t count, cap; bool goodwill; } sums; /* goodwill: posted as such, and not (as by schema 1) off revenue */

static sum *sum_of(sums *s, const char *what, bh_str name) {
  bh_str whole = bh_arena_fmt(s->a, "%s%.*s", what, BH_STR_ARG(name));
  for (size_t i = 0; i < s->count; i++)
    if (bh_str_eq(s->items[i].name, whole)) return &s->items[i];
  if (s->count == s->cap) {
    size_t cap = s->cap ? s->cap * 2 : 16;
    sum *bigger = BH_NEWN(s->a, sum, cap);
    if (s->count) memcpy(bigger, s->items, s->count * sizeof *bigger);
    s->items = bigger;
    s->cap = cap;
  }
  s->items[s->count] = (sum){.name = whole};
  return &s->items[s->count++];
}

static bh_str product_of(const bh_node *line) {
  bh_str product = bh_report_text(line, "product");
  if (product.len) return product;
  return bh_str_eqz(bh_report_text(line, "kind"), "minimum") ? BH_S("minimum") : BH_S("other");
}

/* Where a line stands in the journal. */
static sum *sum_of_line(sums *s, const bh_node *line) {
  bh_str kind = bh_report_text(line, "kind");
  if (bh_str_eqz(kind, "late_fee")) return sum_of(s, "late-fees", BH_S(""));
  return s->goodwill && bh_str_eqz(kind, "goodwill") ? sum_of(s, "goodwill", BH_S("")) : sum_of(s, "product ", product_of(line));
}

static bool carries(const bh_node *line, bh_str tax) {
  bh_node **items;
  size_t n = bh_report_items(&items, line, "tax");
  for (size_t i = 0; i < n; i++)
    if (bh_str_eq(items[i]->text, tax)) return true;
  return false;
}

/* A tax that is inside the prices is taken out of the revenue of the lines that carry it. */
static void take_out(sums *s, bh_node **lines, size_t n, const int64_t *amounts, bh_str tax, int64_t amount) {
  int64_t *weights = BH_NEWN(s->a, int64_t, n + 1), *shares = BH_NEWN(s->a, int64_t, n + 1);
  for (size_t i = 0; i < n; i++)
    if (carries(lines[i], tax)) weights[i] = amounts[i] < 0 ? -amounts[i] : amounts[i];
  if (n == 0 || !bh_money_split(shares, amount, weights, n)) {
    sum_of(s, "product ", BH_S("other"))->said += amount;
    return;
  }
  for (size_t i = 0; i < n; i++) sum_of_line(s, lines[i])->said += shares[i];
}

/* What the text says; the products of a discount stand with its row, which adds up to the discount that is shown. */
static bool said(sums *s, const bh_report_doc *d, const bh_doc_line *rows, size_t row_count) {
  bh_node **lines, **taxes;
  size_t n = bh_report_items(&lines, d->json, "lines"), tax_count = bh_report_items(&taxes, d->json, "taxes");
  int64_t amount, *amounts = BH_NEWN(s->a, int64_t, n + 1);
  if (!bh_report_minor(&amount, d->json, "total", d->row.decimals)) return false;
  sum_of(s, "receivable", BH_S(""))->said += amount;
  for (size_t i = 0; i < n; i++) {
    if (!bh_report_minor(&amounts[i], lines[i], "amount", d->row.decimals)) return false;
    sum_of_line(s, lines[i])->said -= amounts[i];
  }
  for (size_t i = 0; i < row_count; i++) {
    bh_tax_part *parts;
    size_t count;
    int64_t rest = rows[i].amount;
    if (!bh_verify_discount(&rows[i])) continue;
    if (!bh_tax_parts_unpack(&parts, &count, s->a, rows[i].taxes)) return false;
    if (s->goodwill && !rows[i].counts) { /* of a credit by hand */
      sum_of(s, "goodwill", BH_S(""))->said -= rest;
      continue;
    }
    for (size_t k = 0; k < count; k++) {
      sum_of(s, "product ", parts[k].product.len ? parts[k].product : BH_S("other"))->said -= parts[k].net;
      rest -= parts[k].net;
    }
    sum_of(s, "product ", BH_S("other"))->said -= rest;
  }
  for (size_t i = 0; i < tax_count; i++) {
    const bh_node *inside = bh_node_get(taxes[i], "inclusive");
    bh_str tax = bh_report_text(taxes[i], "tax");
    if (!bh_report_minor(&amount, taxes[i], "amount", d->row.decimals)) return false;
    sum_of(s, "tax ", tax)->said -= amount;
    if (inside != NULL && inside->boolean && amount != 0) take_out(s, lines, n, amounts, tax, amount);
  }
  return true;
}

static bh_status on_posting(void *ctx, const bh_posting *p, bh_error *err) {
  static const struct { const char *account, *name; } groups[] = {{"revenue:", "product "}, {"deferred:", "product "}, {"tax:", "tax "}};
  sums *s = ctx;
  (void)err;
  if (p->entry != 0) return BH_OK; /* what came after its approval */
  if (bh_str_eqz(p->account, "receivable") || bh_str_eqz(p->account, "goodwill") || bh_str_eqz(p->account, "late-fees"))
    sum_of(s, bh_arena_z(s->a, p->account), BH_S(""))->posted += p->amount;
  s->goodwill = s->goodwill || bh_str_eqz(p->account, "goodwill");
  for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++) {
    bh_str head = bh_str_c(groups[i].account);
    if (!bh_str_starts(p->account, head)) continue;
    bh_str name = bh_arena_str(s->a, (bh_str){p->account.ptr + head.len, p->account.len - head.len});
    sum_of(s, groups[i].name, name)->posted += p->amount;
  }
  return BH_OK;
}

bh_status bh_verify_posts(bh_verify *v, const bh_report_doc *d, const char *name, const bh_doc_line *rows, size_t row_count, bh_error *err) {
  sums s = {.a = &v->scratch};
  if (d->row.state == BH_DOC_DRAFT) return BH_OK;
  bh_status st = bh_store_postings_of(v->store, d->row.doc, on_posting, &s, err);
  if (st != BH_OK || !said(&s, d, rows, row_count)) return st; /* what cannot be read is told elsewhere */
  for (size_t i = 0; st == BH_OK && i < s.count; i++) {
    char said_text[32], posted[32];
    if (s.items[i].said == s.items[i].posted) continue;
    bh_money_format(said_text, s.items[i].said, d->row.decimals);
    bh_money_format(posted, s.items[i].posted, d->row.decimals);
    bh_verify_problem(v, BH_VERIFY_JOURNAL, "%s: the journal has %s for %.*s, its text comes to %s", name, posted, BH_STR_ARG(s.items[i].name), said_text);
  }
  return st;
}
