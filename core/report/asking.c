/* What was asked, and of whom. */
#include "report/asking.h"

static bool read_match(bh_match **out, size_t *count, bh_arena *a, const bh_node *table, const char *const *reserved, size_t n) {
  *out = BH_NEWN(a, bh_match, table->field_count + 1);
  *count = 0;
  for (size_t i = 0; i < table->field_count; i++) {
    const bh_field *f = &table->fields[i];
    bool ours = false;
    for (size_t k = 0; k < n; k++) ours |= bh_str_eqz(f->key, reserved[k]);
    if (ours || f->value->kind == BH_NODE_NULL) continue;
    if (f->value->kind != BH_NODE_STR && f->value->kind != BH_NODE_INT) return false;
    (*out)[(*count)++] = (bh_match){f->key, f->value->text};
  }
  return true;
}

static bool read_day(bh_day *out, const bh_node *n, const char *key, bh_day fallback) {
  bh_str text = bh_report_text(n, key);
  *out = fallback;
  return text.len == 0 || bh_day_parse(out, text);
}

static bool read_excepts(bh_except **out, size_t *out_n, bh_arena *a, const bh_node *n) {
  static const char *const reserved[] = {"reason", "from", "ends"};
  const bh_node *list = bh_node_get(n, "except");
  if (list == NULL || list->kind != BH_NODE_TABLE) return list == NULL || list->kind == BH_NODE_NULL;
  bh_node *const one[] = {(bh_node *)list};
  bh_node *const *items = list->item_count ? list->items : one;
  size_t count = list->item_count ? list->item_count : list->field_count ? 1 : 0;
  *out = BH_NEWN(a, bh_except, count + 1);
  for (size_t i = 0; i < count; i++) {
    bh_except *x = &(*out)[(*out_n)++];
    x->reason = bh_report_text(items[i], "reason");
    if (items[i]->kind != BH_NODE_TABLE || !read_day(&x->from, items[i], "from", BH_DAY_MIN) ||
        !read_day(&x->ends, items[i], "ends", BH_DAY_MAX) ||
        !read_match(&x->match, &x->match_count, a, items[i], reserved, sizeof reserved / sizeof reserved[0]))
      return false;
  }
  return true;
}

bool bh_asking_selector(bh_selector *out, bh_arena *a, const bh_node *n) {
  static const char *const reserved[] = {"from", "seen_within", "except", "kind", "metric"};
  *out = (bh_selector){0};
  if (n == NULL || n->kind != BH_NODE_TABLE || n->field_count != 1) return false;
  bh_str word = n->fields[0].key;
  const bh_node *body = n->fields[0].value;
  if (body->kind != BH_NODE_TABLE) return false;
  out->kind = bh_str_eqz(word, "gauge") ? BH_SEL_GAUGE : bh_str_eqz(word, "usage") ? BH_SEL_USAGE : BH_SEL_ASSETS;
  if (bh_str_eqz(word, "devices")) out->asset_kind = BH_S("device");
  else if (bh_str_eqz(word, "users")) out->asset_kind = BH_S("user");
  else if (bh_str_eqz(word, "assets")) out->asset_kind = bh_report_text(body, "kind");
  else if (out->kind == BH_SEL_ASSETS) return false;
  out->metric = bh_report_text(body, "metric");
  out->from = bh_report_text(body, "from");
  const bh_node *seen = bh_node_get(body, "seen_within");
  if (seen != NULL && seen->kind == BH_NODE_INT && seen->integer > 0 && seen->integer < 100000) out->seen_within = (int32_t)seen->integer;
  bh_buf text;
  bh_buf_init(&text, (size_t)1 << 20);
  bh_json_write(&text, n);
  out->text = bh_report_copy(a, &text);
  bh_buf_dispose(&text);
  return read_match(&out->match, &out->match_count, a, body, reserved, sizeof reserved / sizeof reserved[0]) && read_excepts(&out->except, &out->except_count, a, body);
}

bool bh_asking_at(bh_at *out, bh_str name) {
  static const struct { const char *name; bh_at at; } names[] = {{"issue", BH_AT_ISSUE}, {"start", BH_AT_START}, {"end", BH_AT_END},
    {"peak", BH_AT_PEAK}, {"average", BH_AT_AVERAGE}, {"daily", BH_AT_DAILY}, {"sum", BH_AT_SUM}};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (bh_str_eqz(name, names[i].name)) {
      *out = names[i].at;
      return true;
    }
  return false;
}

static bh_str *read_texts(size_t *n, bh_arena *a, const bh_node *object, const char *key) {
  bh_node **items;
  *n = bh_report_items(&items, object, key);
  bh_str *out = BH_NEWN(a, bh_str, *n + 1);
  for (size_t i = 0; i < *n; i++) out[i] = items[i]->text;
  return out;
}

/* What stands beside the selector and decides what it counts. Evidence of before it was written down has none of it. */
static bool read_frozen(bh_asked *out, bh_arena *a, const bh_node *count) {
  const bh_node *rule = bh_node_get(count, "identity");
  out->frozen = bh_node_get(count, "except") != NULL;
  if (!out->frozen) return true;
  if (rule != NULL) {
    out->identity = BH_NEW(a, bh_identity);
    out->identity->kind = bh_report_text(rule, "kind");
    out->identity->by = read_texts(&out->identity->by_count, a, rule, "by");
    out->identity->prefer = read_texts(&out->identity->prefer_count, a, rule, "prefer");
  }
  return read_excepts(&out->except, &out->except_count, a, count);
}

bool bh_asked_read(bh_asked *out, bh_arena *a, const bh_node *evidence_line) {
  const bh_node *count = evidence_line != NULL ? bh_node_get(evidence_line, "count") : NULL;
  *out = (bh_asked){0};
  if (count == NULL || count->kind != BH_NODE_TABLE || !bh_asking_selector(&out->selector, a, bh_node_get(count, "selector"))) return false;
  const bh_node *family = bh_node_get(count, "family");
  if (family != NULL) {
    bh_family *f = BH_NEW(a, bh_family);
    if (!bh_family_parse(f, a, family)) return false;
    out->selector.family = f;
  }
  if (!read_frozen(out, a, count)) return false;
  out->at = bh_report_text(count, "at");
  out->connector = bh_report_text(count, "connector");
  out->raw = bh_report_text(count, "raw");
  const bh_node *pull = bh_node_get(count, "pull");
  out->pull = pull != NULL && pull->kind == BH_NODE_INT ? pull->integer : BH_PULL_NOW;
  bh_day to;
  if (!bh_day_parse(&out->from, bh_report_text(count, "from")) || !bh_day_parse(&to, bh_report_text(count, "to"))) return false;
  out->until = to + 1;
  return read_day(&out->as_of, count, "as_of", to) && out->from < out->until;
}

void bh_asked_span(bh_day *from, bh_day *until, bh_arena *a, const bh_node *evidence) {
  bh_node **lines;
  size_t n = bh_report_items(&lines, evidence, "lines");
  for (size_t i = 0; i < n; i++) {
    bh_asked asked;
    if (!bh_asked_read(&asked, a, lines[i])) continue;
    if (asked.from < *from) *from = asked.from;
    if (asked.until > *until) *until = asked.until;
  }
}

bh_status bh_asking_clients(bh_client_terms **out, bh_client_iter **held, bh_str *why, billhook *b, bh_arena *a, const bh_str *clients, size_t n, bh_error *err) {
  memset(out, 0, n * sizeof *out);
  *held = NULL;
  *why = (bh_str){"", 0};
  bh_status st = bh_engine_workspace(b);
  if (st == BH_E_WORKSPACE) {
    *why = BH_S("the workspace has mistakes (see `billhook check`), so what was counted cannot be listed by name");
    return BH_OK;
  }
  if (st != BH_OK) {
    if (err != NULL) *err = b->error;
    return st;
  }
  size_t found = 0;
  st = bh_clients_open(held, b->ws, &b->mistakes, err);
  bh_client_iter *it = *held;
  for (bool more = true; st == BH_OK && found < n;) {
    bh_client_raw raw = {0};
    if (bh_engine_stopped(b)) st = bh_fail(err, BH_E_INTERRUPTED, "stopped");
    else st = bh_clients_next(it, &raw, &more, err);
    if (st != BH_OK || !more) break;
    size_t at = 0;
    while (at < n && !bh_str_eq(raw.id, clients[at])) at++;
    if (at == n) continue;
    found++;
    st = bh_clients_resolve(it, &out[at], a, &b->mistakes, err);
  }
  for (size_t i = 0; i < n && st == BH_OK && why->len == 0; i++)
    if (out[i] == NULL)
      *why = bh_arena_fmt(a, "client \"%.*s\" is not in the workspace any more, so what was counted cannot be listed by name", BH_STR_ARG(clients[i]));
  return st;
}
