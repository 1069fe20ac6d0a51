/* What is counted: devices, users, assets, gauge, usage; and what is left out. */
#include "workspace/internal.h"
#include <stdlib.h>

static bool connector(ws_ck *ck, const ws_path *at, const bh_node *n, bh_str *out) {
  if (!ws_text(ck, at, n, out)) return false;
  if (ck->ws == NULL) return true; /* a rule's selector: names are the host's to find */
  const struct bh_workspace_impl *x = ck->ws->impl;
  for (size_t i = 0; i < x->connector_count; i++)
    if (bh_str_eqz(*out, x->connector_ids[i])) return true;
  ws_bad_name(ck, at, "connector", *out, x->connector_ids, x->connector_count);
  return false;
}

static int match_order(const void *a, const void *b) {
  return bh_str_cmp(((const bh_match *)a)->key, ((const bh_match *)b)->key);
}

static bool add_match(ws_ck *ck, const ws_path *at, const bh_field *f, bh_match *out, size_t *n) {
  if (!ws_text_any(ck, WS_KEYS(at, f->key), f->value, &out[*n].glob)) return false;
  out[(*n)++].key = f->key;
  return true;
}

static bool except(ws_ck *ck, const ws_path *at, const bh_node *n, bh_except *out) {
  *out = (bh_except){.from = BH_DAY_MIN, .ends = BH_DAY_MAX};
  if (!ws_is_record(n) || n->field_count == 0) {
    ws_bad_kind(ck, at, n, "a table like { name = \"KIOSK*\", reason = \"…\" }");
    return false;
  }
  size_t before = ck->bad;
  out->match = BH_NEWN(ck->a, bh_match, n->field_count);
  for (size_t i = 0; i < n->field_count; i++) {
    const bh_field *f = &n->fields[i];
    if (!ws_set(f->value)) continue;
    if (bh_str_eqz(f->key, "reason")) ws_text(ck, WS_KEY(at, "reason"), f->value, &out->reason);
    else if (bh_str_eqz(f->key, "from")) ws_date(ck, WS_KEY(at, "from"), f->value, BH_DAY_MIN, false, &out->from);
    else if (bh_str_eqz(f->key, "ends")) ws_date(ck, WS_KEY(at, "ends"), f->value, BH_DAY_MIN, true, &out->ends);
    else add_match(ck, at, f, out->match, &out->match_count);
  }
  if (ck->bad != before) return false;
  if (out->ends < out->from) ws_bad(ck, WS_KEY(at, "ends"), "before its from");
  if (!out->reason.len) ws_bad(ck, WS_KEY(at, "reason"), "missing; what is left out needs a reason, which stands in the evidence");
  if (out->match_count == 0) ws_bad(ck, at, "names nothing; expected a name, class, id or attribute to match");
  qsort(out->match, out->match_count, sizeof *out->match, match_order);
  return ck->bad == before;
}

bool ws_excepts(ws_ck *ck, const ws_path *at, const bh_node *n, bh_except **out, size_t *count) {
  if (!ws_is_list(n)) {
    ws_bad_kind(ck, at, n, "a list of tables like { { name = \"KIOSK*\", reason = \"…\" } }");
    return false;
  }
  *out = BH_NEWN(ck->a, bh_except, n->item_count ? n->item_count : 1);
  bool ok = true;
  for (size_t i = 0; i < n->item_count; i++) ok = except(ck, WS_AT(at, i), n->items[i], &(*out)[(*count)++]) && ok;
  return ok;
}

static bool assets(ws_ck *ck, const ws_path *at, const bh_node *n, bh_selector *out) {
  size_t before = ck->bad;
  out->match = BH_NEWN(ck->a, bh_match, n->field_count ? n->field_count : 1);
  for (size_t i = 0; i < n->field_count; i++) {
    const bh_field *f = &n->fields[i];
    const ws_path *here = WS_KEYS(at, f->key);
    if (!ws_set(f->value)) continue;
    if (bh_str_eqz(f->key, "from")) connector(ck, here, f->value, &out->from);
    else if (bh_str_eqz(f->key, "seen_within")) ws_int(ck, here, f->value, 1, 36500, &out->seen_within);
    else if (bh_str_eqz(f->key, "except")) ws_excepts(ck, here, f->value, &out->except, &out->except_count);
    else if (bh_str_eqz(f->key, "kind")) {
      if (out->asset_kind.len) ws_bad(ck, here, "`%.*ss` says the kind already", BH_STR_ARG(out->asset_kind));
      else ws_text(ck, here, f->value, &out->asset_kind);
    } else add_match(ck, at, f, out->match, &out->match_count);
  }
  if (!out->asset_kind.len && ck->bad == before) ws_bad(ck, WS_KEY(at, "kind"), "missing; expected kind = \"device\", \"user\" or another word of the facts");
  return ck->bad == before;
}

static bool metric(ws_ck *ck, const ws_path *at, const bh_node *n, bh_selector *out) {
  size_t before = ck->bad;
  out->match = BH_NEWN(ck->a, bh_match, n->field_count ? n->field_count : 1);
  for (size_t i = 0; i < n->field_count; i++) {
    const bh_field *f = &n->fields[i];
    const ws_path *here = WS_KEYS(at, f->key);
    if (!ws_set(f->value)) continue;
    if (bh_str_eqz(f->key, "from")) connector(ck, here, f->value, &out->from);
    else if (bh_str_eqz(f->key, "metric")) ws_text(ck, here, f->value, &out->metric);
    else if (out->kind == BH_SEL_USAGE) add_match(ck, at, f, out->match, &out->match_count);
    else ws_bad_key(ck, at, f->key, (const char *const[]){"from", "metric"}, 2);
  }
  if (!out->metric.len && ck->bad == before) ws_bad(ck, WS_KEY(at, "metric"), "missing; expected the name of a metric, like \"backup_gb\"");
  return ck->bad == before;
}

bool ws_selector(ws_ck *ck, const ws_path *at, const bh_node *n, bh_selector *out) {
  static const char *const kinds[] = {"assets", "devices", "gauge", "usage", "users"};
  *out = (bh_selector){0};
  if (!ws_is_record(n) || n->field_count != 1) {
    ws_bad_kind(ck, at, n, "devices { … }, users { … }, assets { … }, gauge { … } or usage { … }");
    return false;
  }
  const bh_field *f = &n->fields[0];
  const ws_path *here = WS_KEYS(at, f->key);
  int kind = -1;
  for (int i = 0; i < 5; i++)
    if (bh_str_eqz(f->key, kinds[i])) kind = i;
  if (kind < 0) {
    ws_bad_key(ck, at, f->key, kinds, 5);
    return false;
  }
  if (!ws_is_record(f->value)) {
    ws_bad_kind(ck, here, f->value, "a table");
    return false;
  }
  bool ok;
  if (kind == 2 || kind == 3) {
    out->kind = kind == 2 ? BH_SEL_GAUGE : BH_SEL_USAGE;
    ok = metric(ck, here, f->value, out);
  } else {
    out->kind = BH_SEL_ASSETS;
    if (kind == 1) out->asset_kind = BH_S("device");
    if (kind == 4) out->asset_kind = BH_S("user");
    ok = assets(ck, here, f->value, out);
  }
  if (!ok) return false;
  qsort(out->match, out->match_count, sizeof *out->match, match_order);
  out->text = ws_json(ck->a, n);
  return true;
}
