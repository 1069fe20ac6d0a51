/* The facts' part of the store; included by store.h. Plain rows: what they mean is decided in core/facts.
 *
 * A place is a client as one connector names it; the place with the empty ref stands for all clients of its connector.
 * Every row is in two times: the days that it speaks of (inclusive; BH_DAY_MAX: still), and the pulls that knew it, [since, until)
 * (until BH_PULL_OPEN: still). A row is closed and another put beside it, never overwritten; the one exception is a gauge's
 * `seen`, the last day on which its value was observed. Kinds, classes and metrics are words: interned, 0 is no word. */
#ifndef BH_STORE_FACTS_H
#define BH_STORE_FACTS_H

#define BH_PULL_OPEN INT64_MAX

/* ---- late facts ---- */
/* The number of the last successful pull of any connector; 0 where none. */
bh_status bh_store_pull_last(bh_store *s, int64_t *out, bh_error *err);
/* Late facts: the earliest day that facts of this client's platform clients, written by pulls after `pull`, speak of; BH_DAY_MAX where
 * none. refs: (connector, ref) pairs. */
typedef struct bh_fact_ref { bh_str connector, ref; } bh_fact_ref;
bh_status bh_store_late_day(bh_store *s, bh_day *out, const bh_fact_ref *refs, size_t n, int64_t pull, bh_error *err);
/* Whether any pull after `pull` wrote anything, of whatever client. */
bh_status bh_store_late_any(bh_store *s, bool *out, int64_t pull, bh_error *err);

/* ---- words ---- */
bh_status bh_store_word_find(bh_store *s, int32_t *out, bh_str text, bh_error *err); /* 0 where unknown */
bh_status bh_store_word_make(bh_store *s, int32_t *out, bh_str text, bh_error *err);
/* Valid until the handle is closed or rolls a write back. */
bh_status bh_store_word(bh_store *s, bh_str *out, int32_t num, bh_error *err);

/* ---- connectors: what is the same for all clients, read once a transaction ---- */
typedef struct bh_pull_row { int64_t num; bh_day day; bool ok; bh_str why; } bh_pull_row;
/* HISTORY: rows of an asset kind came with from and to of their own, so that days before the first pull are known too. */
typedef enum bh_provides { BH_PROVIDES_ASSET, BH_PROVIDES_GAUGE, BH_PROVIDES_USAGE, BH_PROVIDES_CHARGE, BH_PROVIDES_HISTORY } bh_provides;
typedef struct bh_provides_row { bh_provides what; int32_t kind; } bh_provides_row;
/* What pulls since … until said of a place (or of all) and a kind (0: of every kind):
 * COMPLETE: all of it was sent; PARTIAL: not all, though "all clients" was said; FAILED: the client could not be read (why);
 * VANISHED: all clients were sent, and it was not among them. */
typedef enum bh_scope_state { BH_SPAN_COMPLETE = 1, BH_SPAN_PARTIAL, BH_SPAN_FAILED, BH_SPAN_VANISHED } bh_scope_state;
typedef struct bh_scope_row { int32_t kind; bh_scope_state state; int64_t since, until; bh_str why; } bh_scope_row;
/* A date for which a full list of the kind came (at this place; at the place of all: for anyone). */
typedef struct bh_listing_row { int32_t kind; bh_day day; int64_t since, until; } bh_listing_row;
typedef struct bh_connector_facts {
  int32_t num, all;                               /* all: the place of all clients; 0 where there is none yet */
  bh_str name;
  bh_pull_row *pulls; size_t pull_count;          /* by number */
  bool in_order;                                  /* by day too: none was made for an earlier day than one before it */
  bh_provides_row *provides; size_t provides_count;
  bh_scope_row *scopes; size_t scope_count;       /* of all clients */
  bh_listing_row *listings; size_t listing_count; /* of anyone, by kind and day */
} bh_connector_facts;
/* Valid until the handle begins another transaction, pulls or closes. */
bh_status bh_store_connectors(bh_store *s, const bh_connector_facts **out, size_t *n, bh_error *err);

/* ---- places ---- */
enum { BH_HAS_ASSET = 1, BH_HAS_QUIET = 2, BH_HAS_GAUGE = 4, BH_HAS_USAGE = 8, BH_HAS_CHARGE = 16, BH_HAS_SCOPE = 32, BH_HAS_LISTING = 64 };
typedef struct bh_place_row {
  int32_t num, connector;
  bh_str ref, name, domain; /* as the platform names it; domain: "acme.example", empty where it does not say */
  uint32_t has;             /* which tables hold rows of it */
  int64_t first_pull;       /* the one that named it first */
  int64_t late_pull;        /* the last one that wrote anything */
} bh_place_row;
bh_status bh_store_place_get(bh_store *s, bh_place_row *out, bh_arena *a, int32_t connector, bh_str ref, bh_error *err); /* num 0: none */
/* At most `max` places of a connector after `after`, in the order of refs, the place of all left out. */
bh_status bh_store_places_after(bh_store *s, bh_place_row **out, size_t *n, bh_arena *a, int32_t connector, bh_str after, size_t max, bh_error *err);
bh_status bh_store_place_put(bh_store *s, bh_place_row *io, bh_error *err); /* makes it where num is 0 */

/* ---- rows of facts ---- */
typedef struct bh_asset_row { int32_t kind, klass; bh_str id, name, attrs; bh_day from, to; int64_t since, until; } bh_asset_row;
/* Not seen after `last` and before `back`. */
typedef struct bh_quiet_row { int32_t kind; bh_str id; bh_day last, back; int64_t since, until; } bh_quiet_row;
/* The value from a day on, until the next row's; seen: the last day on which it was observed. */
typedef struct bh_gauge_row { int32_t metric; bh_day from, seen; bh_dec value; int64_t since, until; } bh_gauge_row;
typedef struct bh_usage_row { int32_t metric; bh_str id, description, attrs; bh_day day; bh_dec quantity; int64_t since, until, first; } bh_usage_row;
typedef struct bh_charge_row {
  bh_str id, product, description, po, contract; bh_day day;
  bh_dec quantity; bool has_price; bh_dec price; bool has_cost; bh_dec cost;
  int64_t since, until, first;
} bh_charge_row;

/* All that is known of a place for days [from, until), superseded rows too, each array by its key. Charges apart. Without `texts` an asset's
 * id, name and attributes are left empty, and quiet spells, which go by ids, are left out. */
typedef struct bh_place_facts {
  bh_asset_row *assets; size_t asset_count;
  bh_quiet_row *quiets; size_t quiet_count;
  bh_gauge_row *gauges; size_t gauge_count;       /* those before `from` too: the level carries forward */
  bh_usage_row *usages; size_t usage_count;
  bh_scope_row *scopes; size_t scope_count;
  bh_listing_row *listings; size_t listing_count; /* every date */
} bh_place_facts;
bh_status bh_store_place_facts(bh_store *s, bh_place_facts *out, bh_arena *a, const bh_place_row *place, bh_day from, bh_day until, bool texts,
                               bh_error *err);
/* What a connector's charges of that day and later name as their product, as they are now; the latest first, and only those that name one. */
typedef struct bh_charge_names { bh_str client, product, description; } bh_charge_names; /* client: as the platform names it */
bh_status bh_store_charge_names(bh_store *s, bh_charge_names **out, size_t *n, bh_arena *a, bh_str connector, bh_day from, bh_error *err);
/* Whether any connector has ever brought a charge. */
bh_status bh_store_charges_any(bh_store *s, bool *out, bh_error *err);
bh_status bh_store_place_charges(bh_store *s, bh_charge_row **out, size_t *n, bh_arena *a, const bh_place_row *place, bh_day from, bh_day until, bh_error *err);

/* ---- what a pull reads and writes ---- */
bh_status bh_store_connector_make(bh_store *s, int32_t *out, bh_str name, bh_error *err);
bh_status bh_store_pull_new(bh_store *s, int64_t *out, int32_t connector, bh_day day, bool ok, bh_str why, bh_error *err);
bh_status bh_store_provides_add(bh_store *s, int32_t connector, bh_provides what, int32_t kind, bh_error *err);
bh_status bh_store_late_add(bh_store *s, int32_t place, int64_t pull, bh_day min_day, bh_error *err);
/* What holds now (until BH_PULL_OPEN), by its key. */
bh_status bh_store_assets_now(bh_store *s, bh_asset_row **out, size_t *n, bh_arena *a, int32_t place, bh_error *err);
bh_status bh_store_quiets_now(bh_store *s, bh_quiet_row **out, size_t *n, bh_arena *a, int32_t place, bh_error *err); /* without `back` only */
bh_status bh_store_gauges_now(bh_store *s, bh_gauge_row **out, size_t *n, bh_arena *a, int32_t place, bh_error *err);
bh_status bh_store_scopes_now(bh_store *s, bh_scope_row **out, size_t *n, bh_arena *a, int32_t place, bh_error *err);
bh_status bh_store_listings_now(bh_store *s, bh_listing_row **out, size_t *n, bh_arena *a, int32_t place, bh_error *err);
bh_status bh_store_usage_now(bh_store *s, bh_usage_row *out, bool *found, bh_arena *a, int32_t place, int32_t metric, bh_str id, bh_error *err);
bh_status bh_store_charge_now(bh_store *s, bh_charge_row *out, bool *found, bh_arena *a, int32_t place, bh_str id, bh_error *err);
/* Adds a row as it is, or closes the one of that key with until = pull. */
bh_status bh_store_assets_add(bh_store *s, int32_t place, const bh_asset_row *rows, size_t n, bh_error *err);
bh_status bh_store_asset_close(bh_store *s, int32_t place, const bh_asset_row *r, int64_t pull, bh_error *err);
bh_status bh_store_quiet_add(bh_store *s, int32_t place, const bh_quiet_row *r, bh_error *err);
bh_status bh_store_quiet_close(bh_store *s, int32_t place, const bh_quiet_row *r, int64_t pull, bh_error *err);
bh_status bh_store_gauge_add(bh_store *s, int32_t place, const bh_gauge_row *r, bh_error *err);
bh_status bh_store_gauge_close(bh_store *s, int32_t place, const bh_gauge_row *r, int64_t pull, bh_error *err);
bh_status bh_store_gauge_seen(bh_store *s, int32_t place, const bh_gauge_row *r, bh_error *err); /* writes r->seen */
bh_status bh_store_usage_add(bh_store *s, int32_t place, const bh_usage_row *r, bh_error *err);
bh_status bh_store_usage_close(bh_store *s, int32_t place, const bh_usage_row *r, int64_t pull, bh_error *err);
bh_status bh_store_charge_add(bh_store *s, int32_t place, const bh_charge_row *r, bh_error *err);
bh_status bh_store_charge_close(bh_store *s, int32_t place, const bh_charge_row *r, int64_t pull, bh_error *err);
bh_status bh_store_scope_add(bh_store *s, int32_t place, const bh_scope_row *r, bh_error *err);
bh_status bh_store_scope_close(bh_store *s, int32_t place, const bh_scope_row *r, int64_t pull, bh_error *err);
bh_status bh_store_listing_add(bh_store *s, int32_t place, const bh_listing_row *r, bh_error *err);
bh_status bh_store_listing_close(bh_store *s, int32_t place, const bh_listing_row *r, int64_t pull, bh_error *err);

/* A point inside a write transaction to which a pull that turns out to be wrong goes back. They do not nest. */
bh_status bh_store_mark(bh_store *s, bh_error *err);
bh_status bh_store_mark_keep(bh_store *s, bh_error *err);
void bh_store_mark_undo(bh_store *s);
/* Rows written through this handle since it was opened. */
int64_t bh_store_writes(bh_store *s);
#endif
