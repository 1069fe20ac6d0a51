/* The parts of the rest connector. */
#ifndef BILLHOOK_REST_H
#define BILLHOOK_REST_H
#include <billhook/kit.h>

enum { REST_LISTS_MAX = 32, REST_FIELDS_MAX = 100, REST_ATTRS_MAX = BHK_ATTRS_MAX, REST_RULES_MAX = 16,
  REST_HEADERS_MAX = BHK_HEADERS_MAX - 3 }; /* beside Accept, Content-Type and that of auth */

/* What a fact has; in the order of rest_field_names. */
enum { F_ID, F_CLIENT, F_NAME, F_DOMAIN, F_KIND, F_CLASS, F_FROM, F_TO, F_DATE, F_LAST_SEEN, F_METRIC, F_VALUE, F_QUANTITY, F_DESCRIPTION, F_PRODUCT,
  F_UNIT_PRICE, F_COST, F_PO, F_CONTRACT, F_COUNT };
extern const char *const rest_field_names[F_COUNT + 1];
enum { BRINGS_CLIENTS, BRINGS_ASSETS, BRINGS_GAUGES, BRINGS_USAGE, BRINGS_CHARGES };
enum { DATES_ISO, DATES_SECONDS, DATES_MILLISECONDS };

/* Where a text comes from: a constant, or a field of the row (its place in the query). */
typedef struct rest_source { int set, field; bh_str constant; } rest_source;
typedef struct rest_attr { char *name; int field; } rest_attr;
typedef struct rest_rule { int field, unlike; bh_str values; /* a|b* */ } rest_rule;

typedef struct rest_list {
  int brings, dates, complete, post;
  char *path, *each, *page_path, *page_param, *total, *call;
  bh_str body;
  bh_json_pages pages;            /* kind 0: one answer */
  rest_source from[F_COUNT];
  rest_attr attrs[REST_ATTRS_MAX];
  size_t attr_count;
  rest_rule rules[REST_RULES_MAX];
  size_t rule_count;
  char *fields[REST_FIELDS_MAX];  /* of the query */
  size_t field_count;
  int whole;                      /* the field that is the row itself, for the script; -1 */
  int by_client;                  /* the path has {client} in it */
} rest_list;

typedef struct rest {
  const bh_host *h;
  bhk_api api;
  bhk_buf header;                 /* of auth */
  rest_list lists[REST_LISTS_MAX];
  size_t list_count;
  struct rest_script *script;     /* NULL: none */
} rest;

/* A fact before it is emitted: all of it text. */
typedef struct rest_fact { bh_str v[F_COUNT]; bhk_attrs attrs; } rest_fact;

/* One pull. */
typedef struct rest_run {
  rest *r;
  const bh_emit *emit;
  int clients_only;
  bh_date today;
  bhk_map clients, kinds;         /* named; kinds of assets, for completeness */
  bhk_seen seen;                  /* what has come */
  bhk_buf key;                    /* of the row at hand, in there */
  bh_str *ids;                    /* of the clients that lists brought, in order */
  size_t id_count, id_cap;
  /* the list under way */
  const rest_list *list;
  size_t list_number;
  bh_str client;                  /* of a list by client; empty otherwise */
  uint64_t rows, kept, nobodys;
  unsigned char met[REST_FIELDS_MAX];
} rest_run;

/* ---- rest.c ---- */
bh_status rest_no_memory(const rest *r);
/* "lists[2] (assets): key: what" */
bh_status rest_bad(const rest *r, size_t list, const char *key, const char *what);
/* ---- options.c ---- */
bh_status rest_lists_read(rest *r);
void rest_lists_free(rest *r);
/* ---- auth.c ---- */
bh_status rest_auth(rest *r);
/* ---- read.c ---- */
bh_status rest_run_all(rest_run *x);
void rest_run_dispose(rest_run *x);
/* ---- row.c ---- */
bh_status rest_row(void *user, const bh_json_record *row);
/* Names a client to the host, once. `listed`: a list of clients brought it. */
bh_status rest_client(rest_run *x, const rest_fact *f, int listed);
/* ---- fact.c ---- */
bh_status rest_fact_emit(rest_run *x, const rest_fact *f);
bh_status rest_run_bad(const rest_run *x, const char *key, const char *what);

/* ---- script.c: liblua, this plugin's own ---- */
bh_status rest_script_open(rest *r);       /* where the option map is set */
void rest_script_free(rest *r);
int rest_script_has(const rest *r, const char *function);
/* Calls the list's function with the row and the fact; what it gives back is emitted. */
bh_status rest_script_call(rest_run *x, int32_t kind, bh_str row, const rest_fact *fact);
#endif
