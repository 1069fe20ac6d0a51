/* Inside facts: what is loaded of a client, and the questions that its files answer for one another. */
#ifndef BH_FACTS_IMPL_H
#define BH_FACTS_IMPL_H
#include "facts/facts.h"

/* A client as one connector names it. */
typedef struct bh_source {
  bh_str connector, ref;
  bool of_parent;              /* a child's: it is its parent that the connector names so */
  const bh_connector_facts *c; /* NULL: the store has never heard of the connector */
  bh_place_row place;          /* num 0: the connector has never named the client */
  bh_place_facts f;
} bh_source;

struct bh_client_facts {
  bh_store *store;
  bh_arena *arena;
  bool read;                   /* rows are read at the first question: charges need none of them */
  bool texts;                  /* the texts of assets too: at the first question that looks at them */
  const bh_client_terms *client;
  const struct bh_identity *identities; size_t identity_count;
  bh_day from, until;
  bh_source *sources; size_t source_count;
  const bh_connector_facts *connectors; size_t connector_count;
};

bh_status bh_facts_read(bh_client_facts *f, bool texts, bh_error *err); /* load.c */
static inline bool bh_known_at(int64_t since, int64_t until, int64_t pull) { return since <= pull && (pull < until || until == BH_PULL_OPEN); }

/* ---- select.c ---- */
/* An attribute of a JSON object as text: false where absent, null, an object or an array. */
bool bh_attr_get(bh_str *out, bh_arena *a, bh_str attrs, bh_str key);
/* Where a key's text comes from: class, id, name, else the attributes. */
typedef struct bh_subject { bh_str klass, id, name, attrs; } bh_subject;
bool bh_subject_text(bh_str *out, bh_arena *a, const bh_subject *s, bh_str key);
bool bh_match_all(const bh_match *match, size_t n, const bh_subject *s, bh_arena *a);
bh_status bh_asset_subject(bh_subject *out, bh_client_facts *f, const bh_asset_row *r, bh_error *err);
bh_str bh_selector_words(bh_arena *a, const bh_selector *sel); /* for messages */

/* ---- choose.c: who answers ---- */
typedef struct bh_question {
  bh_client_facts *f; bh_arena *a; const bh_selector *sel;
  int32_t word;                /* of the kind or metric; 0 where no connector has ever brought it */
  bh_day lo, hi;               /* days [lo, hi) that exist and are asked for */
  int64_t pull; bh_day as_of;
  bh_str *clash;               /* gets what two children match; NULL: not asked */
  bh_error *err;
} bh_question;
typedef struct bh_answer {
  bh_source **sources; size_t count;
  const struct bh_identity *identity; /* merges several sources; else NULL */
  bh_str hold_reason, hold_message;   /* where nobody can answer */
} bh_answer;
bh_status bh_question_init(bh_question *q, bh_client_facts *f, bh_arena *a, const bh_selector *sel, bh_day from, bh_day until, int64_t pull,
                           bh_day as_of, bh_error *err);
bh_status bh_choose(bh_answer *out, const bh_question *q);
bool bh_connector_provides(const bh_connector_facts *c, bh_provides what, int32_t word);

/* ---- family.c ---- */
/* A child reads its parent's sources only for what it matches there. */
bool bh_source_serves(const bh_question *q, const bh_source *s);
/* Whether the client may count it at all: of its parent's sources, what it matches. Where another child matches it too on one of the days, the
 * question's clash says so. */
bool bh_family_mine(const bh_question *q, const bh_source *s, const bh_subject *subject, bh_day from, bh_day until);
/* The next child from *at on that takes it from the parent (on that day, where one is given); NULL: none does. *at is set behind it. */
const bh_child *bh_family_taker(const bh_question *q, const bh_subject *subject, size_t *at, bh_day day);

/* ---- freshness.c ---- */
/* The day of the last pull that brought the kind up to date, and of the first that brought all of it; false: none did. */
bool bh_fresh_last(bh_day *out, const bh_source *s, int32_t word, int64_t pull);
bool bh_fresh_first(bh_day *out, const bh_source *s, int32_t word, int64_t pull);
bool bh_fresh_exact(const bh_source *s, int32_t word, int64_t pull); /* the kind itself, and not only "*", was said to be complete */
/* The last pull up to `pull`, the last good one; NULL where none. */
const bh_pull_row *bh_pull_latest(const bh_source *s, int64_t pull, bool ok_only);
const bh_scope_row *bh_scope_in_force(const bh_source *s, bh_scope_state state, int64_t pull); /* of the place, at the last good pull */

/* ---- hold.c ---- */
/* Whether what a source says of the days [from, to] may be billed. */
bh_status bh_hold_judge(bh_count *out, const bh_question *q, const bh_source *s, bh_day from, bh_day to, int32_t stale_days);

/* ---- assets.c ---- */
enum { BH_LEFT_OUT_NO = 0, BH_LEFT_OUT_QUIET = -1, BH_LEFT_OUT_SAME = -2, BH_LEFT_OUT_CHILD = -3 /* and below: the first child, … */ }; /* > 0: an except, the selector's first */
typedef struct bh_seen {
  bh_source *source; const bh_asset_row *row;
  bh_day from, until;          /* its days within the question's */
  bool match;                  /* what the selector asks for */
  int16_t *left_out;           /* by day from `from`; NULL: counted on all */
  const bh_asset_row *same_as; bh_source *same_source;
} bh_seen;
typedef struct bh_seens { bh_seen *items; size_t count, cap; } bh_seens;
bh_status bh_assets_see(bh_seens *out, const bh_question *q, const bh_answer *who);
bh_str bh_left_out_words(const bh_question *q, const bh_seen *s, int16_t code);
/* identity.c: of one thing seen by several, only the preferred sighting of a day counts. */
bh_status bh_identity_merge(bh_seens *all, const bh_question *q, const bh_answer *who);
int16_t *bh_seen_mask(bh_seen *s, bh_arena *a);

/* ---- gauges.c ---- */
typedef struct bh_levels { const bh_gauge_row **items; size_t count; } bh_levels; /* as known at the pull, by day */
bh_levels bh_levels_of(const bh_question *q, const bh_source *s);
/* ---- usage.c ---- */
/* The sum of what is known at the question's pull. */
bh_status bh_usage_sum(bh_ratio *out, const bh_question *q, const bh_answer *who);
#endif
