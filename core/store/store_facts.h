/* The facts' part of the store; included by store.h. */
#ifndef BH_STORE_FACTS_H
#define BH_STORE_FACTS_H
/* Designed with core/facts: rows of platform clients, assets, gauges, usage, charges, pulls, scopes. */

/* The number of the last successful pull of any connector; 0 where none. */
bh_status bh_store_pull_last(bh_store *s, int64_t *out, bh_error *err);
/* Late facts: the earliest day that facts of this client's platform clients, written by pulls after `pull`, speak of; BH_DAY_MAX where
 * none. refs: (connector, ref) pairs. */
typedef struct bh_fact_ref { bh_str connector, ref; } bh_fact_ref;
bh_status bh_store_late_day(bh_store *s, bh_day *out, const bh_fact_ref *refs, size_t n, int64_t pull, bh_error *err);
#endif
