/* Made-up facts:
 *   { devices = { workstation = 60, { class = "server", name = "DC1", site = "Troy" } }, users = 12, assets = { licence = 5 },
 *     gauges = { ["m365.SPB"] = 42 }, usage = { backup_gb = "812.5" }, charges = { { product = "onsite-day", quantity = 2 } } } */
#ifndef BH_TRIAL_FACTS_H
#define BH_TRIAL_FACTS_H
#include "batch/plan.h"
#include "facts/ingest.h"

#define BH_TRIAL_SOURCE "facts" /* the connector that brings them, and what it calls the client */

/* Stages them. A number of things is that many of the class, there on every day; a gauge without a date holds on every day; usage without a date is
 * dated on the last day of the period of the line that counts it; a charge is one of the contract, dated on the billing's day. */
bh_status bh_trial_stage(bh_ingest *in, bh_arena *a, const bh_node *facts, const bh_contract_plan *plan, bh_day date, bh_error *err);
#endif
