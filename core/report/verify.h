/* The whole store against itself. Each part tells its problems as sentences that name documents. */
#ifndef BH_VERIFY_H
#define BH_VERIFY_H
#include "base/hash.h"
#include "base/sort.h"
#include "report/report.h"

enum { BH_VERIFY_PROBLEMS_MAX = 1000 };
typedef enum bh_verify_check { BH_VERIFY_CHAIN, BH_VERIFY_NUMBERS, BH_VERIFY_AMOUNTS, BH_VERIFY_JOURNAL, BH_VERIFY_KEYS, BH_VERIFY_STORE, BH_VERIFY_CHECKS } bh_verify_check;

/* What is kept of a document after it has been looked at. */
typedef struct bh_verify_doc {
  int64_t doc, chain, total, paid;
  int32_t client, decimals;
  bool credit_note, by_hand;
  bh_doc_state state;
  char currency[8];
} bh_verify_doc;

typedef struct bh_verify {
  billhook *b;
  bh_store *store;
  bh_arena arena;              /* lives through the check */
  bh_arena scratch;            /* emptied before each document */
  bool failed[BH_VERIFY_CHECKS];
  bh_buf problems;             /* JSON strings with commas between */
  int64_t problem_count;
  bh_verify_doc *docs; size_t doc_count, doc_cap; /* in the order of doc */
  bool has_chain;
  bh_sha head;                 /* the hash at the chain's last place */
  struct bh_verify_money *money; /* verify_money.c */
  bh_sorter *numbers;          /* number → doc */
  bh_sorter *keys;             /* contract, key, whole period → doc, what it did */
} bh_verify;

void bh_verify_problem(bh_verify *v, bh_verify_check what, const char *fmt, ...) BH_PRINTF(3, 4);
/* "INV-2026-000042", else "acme-12"; in v->scratch. */
const char *bh_verify_name(bh_verify *v, int64_t doc);
const bh_verify_doc *bh_verify_find(const bh_verify *v, int64_t doc); /* NULL where absent */

/* One document's arithmetic: lines, sums, taxes, rows, evidence. */
bh_status bh_verify_amounts(bh_verify *v, const bh_report_doc *d, bh_error *err);
void bh_verify_sums(bh_verify *v, const bh_report_doc *d, const char *name); /* subtotal, discounts, taxes, total */
bh_status bh_verify_keys_add(bh_verify *v, const bh_doc_row *row, const bh_doc_line *lines, size_t n, bh_error *err);
bh_status bh_verify_keys(bh_verify *v, bh_error *err);
/* The rows of a document against its text and its evidence; its approval's postings against its text. */
bh_status bh_verify_rows(bh_verify *v, const bh_report_doc *d, const char *name, const bh_doc_line *rows, size_t n, bh_error *err);
bh_status bh_verify_posts(bh_verify *v, const bh_report_doc *d, const char *name, const bh_doc_line *rows, size_t row_count, bh_error *err);
bh_status bh_verify_hand(bh_verify *v, bh_error *err);
bh_status bh_verify_chain(bh_verify *v, bh_error *err);
bh_status bh_verify_numbers(bh_verify *v, bh_error *err);
bh_status bh_verify_journal(bh_verify *v, bh_error *err);
/* Money beside the documents: told of each posting (d NULL: of no document), between begin and the check. */
bh_status bh_verify_money_begin(bh_verify *v, bh_error *err);
bh_status bh_verify_money_posting(bh_verify *v, const bh_posting *p, const bh_verify_doc *d, bh_error *err);
bh_status bh_verify_money(bh_verify *v, bh_error *err);
/* A row of a discount, or of a credit that takes one back: it stands among the document's discounts, not its lines. */
static inline bool bh_verify_discount(const bh_doc_line *l) {
  return l->kind == BH_LINE_DISCOUNT || (l->kind == BH_LINE_REOPEN && bh_str_starts(l->key, BH_S("discount:")));
}
#endif
