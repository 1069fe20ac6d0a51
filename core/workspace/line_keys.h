/* The keys of a line, in sorted order: X(key). Model parameters come beside them. */
#ifndef BH_WORKSPACE_LINE_KEYS_H
#define BH_WORKSPACE_LINE_KEYS_H
#include "workspace/internal.h"
#define WS_LINE_KEYS(X) \
  X(1) X(adjust) X(at) X(bill) X(billed_through) X(changes) X(committed) X(cost) X(costs) X(coterm) X(count) X(decrease) \
  X(discount) X(ends) X(from) X(id) X(ids) X(included) X(includes) X(maximum) X(maximum_amount) X(minimum) X(minimum_amount) \
  X(name) X(note) X(omit) X(once) X(opening) X(po) X(product) X(prorate) X(quantity) X(release) X(round_up_to) X(section) \
  X(show) X(site) X(tags) X(tax) X(term) X(text) X(timing) X(true_up) X(unit) X(uplift) X(window_days)
enum {
#define X(k) LK_##k,
  WS_LINE_KEYS(X)
#undef X
  LK_COUNT
};
extern const char *const ws_line_names[LK_COUNT];
void ws_line_bad_key(ws_ck *ck, const ws_path *at, bh_str key, const bh_plugin_spec *model);
void ws_line_others(ws_ck *ck, const ws_path *at, bh_node *const *v, const bh_plugin_spec *model); /* model NULL: not known */
typedef struct ws_commit_nodes { const bh_node *decrease, *term, *window_days, *coterm, *release, *committed; } ws_commit_nodes; /* NULL: absent */
void ws_commit_none(bh_commitment *out);
/* Reads one layer over what lies below it. `base`: what "+n unit" of coterm counts from. */
void ws_commit_read(ws_ck *ck, const ws_path *at, const ws_commit_nodes *n, bh_day base, bh_commitment *io);
/* When the line's own schedule, count and dates are known: what does not go together; a common end date ends the line's years. */
void ws_commit_settle(ws_ck *ck, const ws_path *at, const ws_commit_nodes *own, bh_day starts, bh_line_terms *t);
/* The products that a line or product includes. */
void ws_includes_read(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str product, bh_line_terms *t);
/* When all lines of a contract are resolved: what includes what, and a line for each included product that has none. */
void ws_includes_settle(ws_ck *ck, ws_contract_ctx *c, const ws_below *below);
bool ws_read_included(ws_ck *ck, const ws_path *at, const bh_node *n, bh_day base, bh_line_terms *t);
bool ws_read_changes(ws_ck *ck, const ws_path *at, const bh_node *n, bh_day base, bh_dated *io);
#endif
