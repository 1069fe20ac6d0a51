/* A store in a folder of its own, pulls written in a few words, and questions asked of it. */
#ifndef BH_FACTS_FIXTURE_H
#define BH_FACTS_FIXTURE_H
#include "facts/ingest.h"
#include "test_util.h"
#include "workspace/workspace.h"

typedef struct fixture { char dir[64], path[96]; bh_store *store; bh_arena arena; bh_error err; bh_ingest_result result; } fixture;

fixture *fixture_new(void);
void fixture_free(fixture *f);
int fixture_setup(void **state);
int fixture_teardown(void **state);
#define OK(call) fixture_ok((call), &f->err, __FILE__, __LINE__)
void fixture_ok(bh_status status, const bh_error *err, const char *file, int line);

static inline bh_day on(int year, int month, int day) { return bh_day_make(year, month, day); }
/* Days of December 2026, and of November as 0 and below. */
static inline bh_day dec_day(int day) { return bh_day_make(2026, 12, 1) + day - 1; }

/* A pull: pull_start … pull_asset … pull_end. */
bh_ingest *pull_start(const char *connector, bh_day day);
void pull_device(bh_ingest *in, const char *client, const char *id);                    /* PRESENT, class workstation, name = id */
void pull_seen(bh_ingest *in, const char *client, const char *id, bh_day last_seen);
void pull_attrs(bh_ingest *in, const char *client, const char *id, const char *klass, const char *name, const char *attrs);
void pull_row(bh_ingest *in, const char *client, const char *id, const char *klass, bh_day from, bh_day to); /* INTERVALS */
void pull_listed(bh_ingest *in, bh_day date, const char *client, const char *id);       /* DATED */
void pull_gauge(bh_ingest *in, const char *client, const char *metric, bh_day day, int value);
void pull_usage(bh_ingest *in, const char *client, const char *id, bh_day day, int quantity); /* metric "gb" */
void pull_complete(bh_ingest *in, const char *kind, const char *client);
int64_t pull_end(fixture *f, bh_ingest *in);                                            /* commits; the pull's number */
bh_status pull_try(fixture *f, bh_ingest *in);                                          /* rolls back where it fails */
void pull_failed(fixture *f, const char *connector, bh_day day, const char *why);

/* A client "acme" that names itself "acme" to connectors (NULL-terminated). */
bh_client_terms *terms_of(fixture *f, const char *const *connectors);
bh_selector devices(void);
bh_selector gauge_of(const char *metric);
bh_selector usage_of(const char *metric);

typedef struct ask { bh_day from, until, read_from; int64_t pull; bh_day as_of; int32_t stale_days; const bh_identity *identity; const bh_except *except; size_t except_count; } ask;
/* Loads and counts; read days default to the last of the span, as_of to the day before `until`, pull to now, stale_days to 3. */
bh_status try_count(bh_count *out, fixture *f, const char *const *connectors, bh_selector sel, ask q);
bh_count count(fixture *f, const char *const *connectors, bh_selector sel, ask q);
/* The count of one day; -1 where it is held. */
int64_t on_day(fixture *f, bh_selector sel, bh_day day);
int64_t on_day_at(fixture *f, bh_selector sel, bh_day day, int64_t pull);
extern const char *const rmm[], *const rmm_sheet[], *const sheet[];
#endif
