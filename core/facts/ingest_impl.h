/* Inside ingest: what is staged, and the merge of one pull into the store. */
#ifndef BH_INGEST_IMPL_H
#define BH_INGEST_IMPL_H
#include "base/sort.h"
#include "base/wire.h"
#include "facts/ingest.h"

/* The sorter's order: by platform client ("" is "all clients", and comes first), then by type, then by the type's own key. */
typedef enum bh_staged_type {
  BH_STAGED_CLIENT = 'a', BH_STAGED_SCOPE, BH_STAGED_FAILED, BH_STAGED_ASSET, BH_STAGED_GAUGE, BH_STAGED_USAGE, BH_STAGED_CHARGE,
  BH_STAGED_PRODUCT, BH_STAGED_COST /* of "all clients" */
} bh_staged_type;

/* An array that grows in an arena. */
#define BH_ROWS(T) struct { T *items; size_t count, cap; }
#define BH_ROWS_PUSH(rows, arena)                                                                                                    \
  (bh_rows_grow((void **)&(rows)->items, &(rows)->cap, (rows)->count, sizeof *(rows)->items, (arena)), &(rows)->items[(rows)->count++])
void bh_rows_grow(void **items, size_t *cap, size_t count, size_t size, bh_arena *a);

typedef BH_ROWS(bh_day) bh_days;
bool bh_days_have(const bh_days *d, bh_day day);
void bh_days_add(bh_days *d, bh_day day, bh_arena *a); /* kept sorted, once each */

/* What came of one asset kind in this pull. */
typedef struct bh_in_kind { bh_str name; bh_scope_mode mode; bh_days lists; /* DATED: all dates, of any client */ struct bh_in_kind *next; } bh_in_kind;

enum { BH_STAGED_BYTES_MAX = 4 << 20 }; /* a record with its key */
struct bh_ingest {
  bh_str connector;
  bh_day day;
  bh_sorter *sorter;
  bh_arena arena;
  bh_buf payload;
  bh_buf record; size_t head_len, key_len; /* between bh_staged_begin and _end: in the sorter's memory */
  bh_map kinds; bh_in_kind *first_kind, *last_kind; /* last: of the asset before */
  int64_t assets, gauges, usage, charges, products, costs;
  const char *tmp_dir;
  uint64_t staged, look_at;    /* bytes; from where on somebody looks whether there is room for more */
  size_t kind_count;
  bool stands; bh_cursor_row cursor; /* where the connector stands */
  bool committed;
};
bh_in_kind *bh_in_kind_get(bh_ingest *in, bh_str name); /* NULL where none came */

/* A staged record as it comes out of the sorter: valid until the next one. */
typedef struct bh_staged {
  bh_str ref; bh_staged_type type;
  bh_str kind, id;             /* the kind or metric, and the id, where the type has them */
  bh_day day;                  /* an asset's from, a gauge's day */
  bh_get payload;
} bh_staged;
bh_status bh_staged_add(bh_ingest *in, bh_str ref, bh_staged_type type, bh_str kind, bh_str id, bh_day day, bh_error *err);
/* The same where the payload (at most so many bytes) is written into in->record in between. */
bh_status bh_staged_begin(bh_ingest *in, bh_str ref, bh_staged_type type, bh_str kind, bh_str id, bh_day day, size_t payload_max, bh_error *err);
bh_status bh_staged_end(bh_ingest *in, bh_error *err);
/* Is there room for more? Says from where on to look again. */
bh_status bh_staged_look(bh_ingest *in, bh_error *err);
bool bh_staged_read(bh_staged *out, bh_str key, bh_str payload);

/* What this pull says of the completeness of a place. */
typedef struct bh_said { bh_str kind; bool complete; } bh_said; /* kind "*": every kind */
typedef struct bh_saids { BH_ROWS(bh_said) rows; bool failed; bh_str why; } bh_saids;

enum { BH_NEW_ROWS_MAX = 256, BH_MERGE_WORDS = 16 };
typedef struct bh_merge_word { bh_str text; int32_t word; } bh_merge_word; /* a class that came lately: there are few */
typedef struct bh_merge {
  bh_ingest *in;
  bh_store *store;
  bh_arena *out_arena;         /* the caller's */
  bh_arena arena;              /* of this pull */
  bh_arena place_arena;        /* emptied for each place */
  bh_arena id_arena;           /* emptied for each thing */
  int64_t pull;
  int32_t connector;
  bh_day last_day;             /* of this connector's last good pull; BH_DAY_MIN where none */
  bh_saids all;                /* said of all clients */
  bool all_complete;           /* of at least one kind */
  BH_ROWS(bh_str) refs;        /* named in this pull */
  bh_ingest_result result;

  bh_staged rec; bool more;    /* the record at hand */

  bh_place_row place; bool place_changed;
  bool was_gone;               /* VANISHED until now */
  bh_saids own;                /* said of this place */
  bh_day late;                 /* earliest day that the pull changed here */
  bh_quiet_row *quiets; size_t quiet_count;
  bh_merge_word words[BH_MERGE_WORDS];
  /* Asset rows that are new, written a few at a time. */
  bh_arena new_arena;
  bh_arena sent_arena;         /* texts of things as sent: of the one at hand, and of new rows that came whole */
  bh_asset_row new_rows[BH_NEW_ROWS_MAX]; size_t new_count;
} bh_merge;

bh_status bh_merge_step(bh_merge *m, bh_error *err);         /* the next record */
/* The record at hand is of this place and type. */
static inline bool bh_merge_at(const bh_merge *m, bh_staged_type type) {
  return m->more && m->rec.type == type && bh_str_eq(m->rec.ref, m->place.ref);
}
bool bh_merge_complete(const bh_merge *m, bh_str kind);      /* all of the kind was sent for this place */
void bh_merge_has(bh_merge *m, uint32_t what);
static inline void bh_merge_late(bh_merge *m, bh_day day) { if (day < m->late) m->late = day; }

bh_status bh_merge_scopes(bh_merge *m, const bh_saids *said, bool named, bool vanished, bh_error *err);
bh_status bh_merge_assets(bh_merge *m, bool named, bh_error *err);
bh_status bh_merge_gauges(bh_merge *m, bh_error *err);
bh_status bh_merge_usage(bh_merge *m, bh_error *err);
bh_status bh_merge_charges(bh_merge *m, bh_error *err);
bh_status bh_merge_platform(bh_merge *m, bh_error *err); /* products, costs, where it stands */

/* An asset as it was sent. */
typedef struct bh_fact_sent { bh_str id, klass_text, name, attrs; int32_t klass; bh_day from, to, last_seen; } bh_fact_sent;
typedef BH_ROWS(bh_asset_row) bh_asset_rows;
/* Replaces what is known of one thing: rows that are in `was` and not in `now` are closed, the others added. Both by day, without overlap. */
bh_status bh_merge_replace(bh_merge *m, const bh_asset_row *was, size_t was_count, bh_asset_rows *now, bool gone, bh_error *err);
void bh_asset_push(bh_asset_rows *rows, bh_asset_row like, bh_day from, bh_day to, bh_arena *a); /* joins what touches and is the same */
bool bh_asset_same(const bh_asset_row *a, const bh_asset_row *b); /* class, name and attributes */
bh_status bh_sent_read(bh_merge *m, bh_fact_sent *out, bh_arena *a, bh_error *err); /* the record at hand */
bh_status bh_merge_quiet(bh_merge *m, int32_t kind, bh_str id, bh_day last_seen, bh_error *err);
bh_status bh_merge_dated(bh_merge *m, bh_str kind, int32_t word, const bh_asset_row *was, size_t was_count, bh_error *err);
#endif
