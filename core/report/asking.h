/* Asking the facts again what a line's evidence says was asked: selector, days, pull. */
#ifndef BH_ASKING_H
#define BH_ASKING_H
#include "report/report.h"

/* The "count" of an evidence line. */
typedef struct bh_asked {
  bh_selector selector;
  bh_str at, connector, raw;   /* "issue", "rmm", "47" */
  bool frozen;                 /* it says what the client left out then, and what made one thing of several: */
  bh_except *except; size_t except_count;
  bh_identity *identity;       /* NULL: nothing did */
  bh_day from, until;          /* the days that were read */
  int64_t pull;
  bh_day as_of;
} bh_asked;
/* False where the line counted nothing (or what stands there cannot be read). */
bool bh_asked_read(bh_asked *out, bh_arena *a, const bh_node *evidence_line);
/* The days of all counts of a document's evidence join *from, *until. */
void bh_asked_span(bh_day *from, bh_day *until, bh_arena *a, const bh_node *evidence);

/* A selector from its canonical JSON, {"devices":{"class":"workstation"}}. */
bool bh_asking_selector(bh_selector *out, bh_arena *a, const bh_node *n);
bool bh_asking_at(bh_at *out, bh_str name);

/* The clients' terms as they stand in the files today. out[i] is NULL, and *why says so, where the files do not have one or the
 * workspace has mistakes: what was billed can be explained all the same, only the names are missing. *held: what the terms refer to (a
 * parent's ids, the names of files); the caller closes it after the last use of them, after a failure too; NULL where nothing was read. */
bh_status bh_asking_clients(bh_client_terms **out, bh_client_iter **held, bh_str *why, billhook *b, bh_arena *a, const bh_str *clients, size_t n, bh_error *err);
#endif
