/* The journal: balanced in every entry, and with the receivable that the document says. */
#include "report/verify.h"

/* Sums of one document: over all its entries, and of its approval. Postings come a document's together or not; both work. */
typedef struct sums { int64_t receivable, approval, deferred; bool posted; } sums;
typedef struct journal { bh_verify *v; sums *docs; int64_t doc, sum; int32_t entry; char currency[8]; bool open; } journal;

static void close_entry(journal *j) {
  if (j->open && j->sum != 0) {
    const bh_verify_doc *d = bh_verify_find(j->v, j->doc);
    char text[32];
    int decimals = d != NULL ? d->decimals : bh_currency_decimals(bh_str_c(j->currency));
    bh_money_format(text, j->sum, decimals < 0 ? 0 : decimals);
    bh_arena_reset(&j->v->scratch);
    bh_verify_problem(j->v, BH_VERIFY_JOURNAL, "%s: entry %d of the journal does not balance: %s %s is left", bh_verify_name(j->v, j->doc), j->entry, text, j->currency);
  }
  j->open = false;
}

static bh_status add(void *ctx, const bh_posting *p, bh_error *err) {
  journal *j = ctx;
  if (!j->open || p->doc != j->doc || p->entry != j->entry || !bh_str_eqz(p->currency, j->currency)) {
    close_entry(j);
    j->doc = p->doc;
    j->entry = p->entry;
    j->sum = 0;
    j->open = true;
    snprintf(j->currency, sizeof j->currency, "%.*s", BH_STR_ARG(p->currency));
  }
  if (!bh_money_add(&j->sum, p->amount)) bh_verify_problem(j->v, BH_VERIFY_JOURNAL, "the journal of document %lld does not fit a number", (long long)p->doc);
  const bh_verify_doc *d = bh_verify_find(j->v, p->doc);
  bh_status st = bh_verify_money_posting(j->v, p, d, err);
  if (st != BH_OK || p->doc < 0) return st;
  if (d == NULL) {
    bh_verify_problem(j->v, BH_VERIFY_JOURNAL, "the journal speaks of document %lld, which is not there", (long long)p->doc);
    return BH_OK;
  }
  sums *s = &j->docs[d - j->v->docs];
  s->posted = true;
  if (bh_str_starts(p->account, BH_S("deferred:"))) bh_money_add(&s->deferred, p->amount);
  if (!bh_str_eqz(p->account, "receivable")) return BH_OK;
  bh_money_add(&s->receivable, p->amount);
  if (p->entry == 0) bh_money_add(&s->approval, p->amount);
  if (!bh_str_eqz(p->currency, d->currency)) {
    bh_arena_reset(&j->v->scratch);
    bh_verify_problem(j->v, BH_VERIFY_JOURNAL, "%s is in %s and posted in %s", bh_verify_name(j->v, p->doc), d->currency, j->currency);
  }
  return BH_OK;
}

bh_status bh_verify_journal(bh_verify *v, bh_error *err) {
  journal j = {.v = v, .docs = BH_NEWN(&v->arena, sums, v->doc_count + 1)};
  bh_status st = bh_verify_money_begin(v, err);
  if (st == BH_OK) st = bh_store_postings_each(v->store, add, &j, err);
  if (st != BH_OK) return st;
  close_entry(&j);
  for (size_t i = 0; i < v->doc_count; i++) {
    const bh_verify_doc *d = &v->docs[i];
    const sums *s = &j.docs[i];
    char a[32], b[32];
    bh_arena_reset(&v->scratch);
    bh_money_format(a, s->approval, d->decimals);
    bh_money_format(b, d->total, d->decimals);
    if (d->state == BH_DOC_DRAFT) {
      if (s->posted) bh_verify_problem(v, BH_VERIFY_JOURNAL, "%s is a draft and stands in the journal", bh_verify_name(v, d->doc));
    } else if (s->approval != d->total)
      bh_verify_problem(v, BH_VERIFY_JOURNAL, "%s: its approval posted %s, its total is %s", bh_verify_name(v, d->doc), a, b);
    else if (d->state == BH_DOC_VOID && s->receivable != 0)
      bh_verify_problem(v, BH_VERIFY_JOURNAL, "%s is void and %s of it is still receivable in the journal", bh_verify_name(v, d->doc), b);
    else if (d->state == BH_DOC_VOID && s->deferred != 0)
      bh_verify_problem(v, BH_VERIFY_JOURNAL, "%s is void and some of it is still deferred in the journal", bh_verify_name(v, d->doc));
  }
  return bh_verify_money(v, err);
}
