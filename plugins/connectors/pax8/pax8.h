/* The parts of the pax8 connector. */
#ifndef BILLHOOK_PAX8_H
#define BILLHOOK_PAX8_H
#include "../csv/value.h"
#include <billhook/kit.h>

typedef struct pax8 {
  const bh_host *h;
  bhk_api api;
  bh_str metric;
  int assets, trials, include_deleted;
  int64_t cost_days;
  uint32_t at_once;
} pax8;

/* A level: what the subscriptions of one client to one product come to. */
typedef struct pax8_level { bh_str key; bh_dec sum; } pax8_level; /* key: client \0 metric, in pull.places */

typedef struct pax8_pull {
  pax8 *p;
  const bh_emit *emit;
  bh_date today;
  bhk_map companies;   /* id → name, those that were emitted */
  bhk_map places;      /* client \0 metric → its place among the levels, as text */
  pax8_level *levels;
  size_t level_count, level_cap;
  bhk_map products;    /* emitted */
  bhk_map invoices;    /* id → date \0 currency */
  bh_str invoice;      /* the one whose items are read: its date and currency */
  bh_date invoice_date;
  bhk_seen seen;
  bhk_bad bad;
  size_t own;          /* items of no company */
} pax8_pull;

void pax8_pull_dispose(pax8_pull *x);
/* A list in pages of 200, to the number that it tells. `what` for messages. */
bh_status pax8_list(pax8_pull *x, const char *path, const char *what, const char *const *fields, size_t field_count,
                    bh_status (*row)(void *user, const bh_json_record *r));
/* 1: a row to go on with; 0: not, with *rc as it is to be returned. Notes a row without an id. */
int pax8_fresh(pax8_pull *x, const bh_json_record *r, bh_status *rc);

/* ---- companies.c ---- */
bh_status pax8_companies(pax8_pull *x);
/* Makes a company known that the list of companies did not have. */
bh_status pax8_company(pax8_pull *x, bh_str id, bh_str name, bh_str domain);
/* ---- subscriptions.c ---- */
bh_status pax8_subscriptions(pax8_pull *x);
/* ---- invoices.c ---- */
bh_status pax8_costs(pax8_pull *x);
#endif
