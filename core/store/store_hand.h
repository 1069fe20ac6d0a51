/* What people decide by hand about what a run does; included by store.h. Neither is ever part of a frozen document: who, when and why stand in
 * the event table beside them. */
#ifndef BH_STORE_HAND_H
#define BH_STORE_HAND_H

/* ---- charged keys that are to be re-rated (`reopen`) ----
 * `wish` counts the re-openings of one key: a charged row that was rated for it carries its number (bh_doc_line.wish), and approving that row's
 * document settles it. Where a run found no difference there is no such row: `settled` is set, and what the key keeps from then on stands here. */
typedef struct bh_reopened_row {
  int32_t contract;
  bh_str key;
  bh_day whole_from, whole_until;
  int64_t wish;             /* 1, 2, … */
  bool settled;             /* by a run that found no difference: */
  int32_t book, rule;       /* content numbers; 0: none */
  int64_t pull; bh_day as_of;
} bh_reopened_row;
bh_status bh_store_reopened_any(bh_store *s, bool *out, bh_error *err);
bh_status bh_store_reopened_of(bh_store *s, bh_reopened_row **out, size_t *n, bh_arena *a, int32_t contract, bh_error *err);
bh_status bh_store_reopened_put(bh_store *s, const bh_reopened_row *row, bh_error *err); /* the key's row, new or in place of the old one */
/* All rows, by contract and key. Views are valid during the call. */
bh_status bh_store_reopened_each(bh_store *s, bh_status (*fn)(void *ctx, const bh_reopened_row *row, bh_error *err), void *ctx, bh_error *err);

/* ---- holds by hand (`hold`, `release`) ---- */
typedef struct bh_hold_row {
  int32_t client;
  int64_t doc;              /* 0: all of the client, and what is drafted later */
  bh_day until;             /* the last day on which it holds; BH_DAY_MAX: until it is released */
  int64_t at_s;
  bh_str who, reason;
} bh_hold_row;
bh_status bh_store_hold_put(bh_store *s, const bh_hold_row *row, bh_error *err);
bh_status bh_store_hold_remove(bh_store *s, bool *was, int32_t client, int64_t doc, bh_error *err);
/* All of them, ended ones too, by client and document: people hold few. */
bh_status bh_store_holds(bh_store *s, bh_hold_row **out, size_t *n, bh_arena *a, bh_error *err);

/* Whether a contract, a document or a content of that number is there: for verify. */
bh_status bh_store_contract_known(bh_store *s, bool *out, int32_t contract, bh_error *err);
bh_status bh_store_content_known(bh_store *s, bool *out, int32_t content, bh_error *err);
#endif
