/* A contract: its keys, its lines over template, price lists and products, its hash. */
#include "workspace/family.h"
#include "workspace/line_keys.h"

#define CONTRACT_KEYS(X) \
  X(adjust) X(approval) X(based_on) X(bill) X(billed_through) X(client) X(committed) X(currency) X(discount) X(ends) X(guard) \
  X(id) X(ids) X(lines) X(minimum) X(name) X(note) X(opening) X(po) X(pricelist) X(prorate) X(reminders) X(rule) X(section) \
  X(site) X(starts) X(tags) X(terms) X(timing) X(true_up) X(type) X(uplift)
enum {
#define X(k) CK_##k,
  CONTRACT_KEYS(X)
#undef X
  CK_COUNT
};
static const char *const names[] = {
#define X(k) #k,
  CONTRACT_KEYS(X)
#undef X
};
const ws_names ws_contract_keys = {names, CK_COUNT};

typedef struct contract {
  ws_ck *ck; bh_contract_terms *t; const ws_client_ctx *client; ws_contract_ctx ctx;
  bh_node *v[CK_COUNT]; ws_below below; bool has_start;
} contract;

static void life(contract *c) {
  bh_contract_terms *t = c->t;
  ws_ck *ck = c->ck;
  t->starts = BH_DAY_MIN;
  t->ends = BH_DAY_MAX;
  t->billed_through = BH_DAY_MIN;
  if (!c->v[CK_starts]) ws_bad(ck, WS_KEY(NULL, "starts"), "missing; expected a date like \"2026-01-15\"");
  else if (ws_date(ck, WS_KEY(NULL, "starts"), c->v[CK_starts], BH_DAY_MIN, false, &t->starts)) c->has_start = true;
  if (c->v[CK_ends] && ws_date(ck, WS_KEY(NULL, "ends"), c->v[CK_ends], t->starts, true, &t->ends) && t->ends < t->starts) {
    ws_bad(ck, WS_KEY(NULL, "ends"), "before the contract starts; expected a last day on or after it");
    t->ends = BH_DAY_MAX;
  }
  if (c->v[CK_billed_through]) ws_date(ck, WS_KEY(NULL, "billed_through"), c->v[CK_billed_through], BH_DAY_MIN, false, &t->billed_through);
  if (t->ends > c->client->terms->ends) t->ends = c->client->terms->ends;
}

static const bh_node *template_of(contract *c) {
  struct bh_workspace_impl *x = c->ck->ws->impl;
  bh_str name;
  if (!c->v[CK_based_on] || !ws_text(c->ck, WS_KEY(NULL, "based_on"), c->v[CK_based_on], &name)) return NULL;
  const ws_statement *st = bh_map_get(&x->templates, name);
  if (!st) {
    ws_bad_name(c->ck, WS_KEY(NULL, "based_on"), "template", name, x->template_ids, x->template_count);
    return NULL;
  }
  return st->node;
}

static void template_levels(contract *c, const bh_node *t, ws_level *all) {
  bh_mistakes *m = c->ck->m;
  size_t bad = c->ck->bad;
  ws_level_nodes n = {ws_get(t, "bill"), ws_get(t, "timing"), ws_get(t, "prorate"), ws_get(t, "true_up"), ws_get(t, "adjust"),
                      ws_get(t, "uplift"), ws_get(t, "section"), ws_get(t, "po"), ws_get(t, "rule"), ws_get(t, "terms"),
                      ws_get(t, "approval"), ws_get(t, "guard"), NULL};
  c->ck->m = NULL;
  ws_level_read(c->ck, NULL, &n, c->t->starts, all);
  c->ck->m = m;
  c->ck->bad = bad;
}

/* The contract's own levels, the template's under them; what documents follow goes to *level for the client to settle. */
static void levels(contract *c, const bh_node *tmpl, ws_level *level) {
  bh_contract_terms *t = c->t;
  ws_level_nodes n = {c->v[CK_bill], c->v[CK_timing], c->v[CK_prorate], c->v[CK_true_up], c->v[CK_adjust], c->v[CK_uplift],
                      c->v[CK_section], c->v[CK_po], c->v[CK_rule], c->v[CK_terms], c->v[CK_approval], c->v[CK_guard], c->v[CK_reminders]};
  ws_level_read(c->ck, NULL, &n, t->starts, &c->ctx.level);
  ws_level x = c->ctx.level;
  if (tmpl) {
    ws_level below;
    template_levels(c, tmpl, &below);
    ws_level_under(&x, &below);
    c->ctx.tmpl = below;
    c->ctx.tmpl.has &= WS_HAS_BILL | WS_HAS_PO;
  }
  ws_level_under(&x, &c->client->level);
  *level = x;
  t->bill = x.has & WS_HAS_BILL ? x.bill : (bh_bill){.every = 1, .unit = BH_UNIT_MONTH, .on = 1};
  t->bill.timing = x.has & WS_HAS_TIMING ? x.timing : BH_ADVANCE;
  t->adjust = x.adjust;
  t->adjust_every = x.adjust_every;
  t->adjust_unit = x.adjust_unit;
  t->section = x.section;
  t->po = x.po;
  t->po_order = x.po_order;
}

static void rule_of(contract *c, const ws_lua_rule *lua, const ws_level *level) {
  bh_workspace *ws = c->ck->ws;
  bh_contract_terms *t = c->t;
  if (lua) {
    if (c->v[CK_rule]) ws_bad(c->ck, WS_KEY(NULL, "rule"), "a second rule; %.*s:%d has one for this contract", BH_STR_ARG(lua->file), lua->line);
    t->rule_name = t->id;
    t->rule_bundle = ws_rule_bundle(ws, c->ck->a, lua->file, t->id, lua->source, &t->rule_hash);
    return;
  }
  if (!(level->has & WS_HAS_RULE)) return;
  ws_rule_file *f = bh_map_get(&ws->impl->rules, level->rule);
  if (!f || f->broken) return;
  if (!f->bundle.len) f->bundle = ws_rule_bundle(ws, &ws->impl->memo, f->file, f->name, f->source, &f->hash);
  t->rule_name = f->name;
  t->rule_bundle = f->bundle;
  t->rule_hash = f->hash;
}

static void client_discounts(contract *c) {
  bh_contract_terms *t = c->t;
  const ws_client_ctx *k = c->client;
  bh_node *n = ws_get(k->node, "discount");
  if (!n) return;
  t->client_discounts = k->discounts;
  t->client_discount_count = k->discount_count;
  if (bh_str_eq(t->currency, k->terms->currency)) return;
  bh_mistakes *m = c->ck->m;
  size_t bad = c->ck->bad;
  c->ck->m = NULL;
  bool ok = ws_discounts(c->ck, NULL, n, k->terms->currency, t->currency, BH_DAY_MIN, &t->client_discounts, &t->client_discount_count);
  c->ck->m = m;
  c->ck->bad = bad;
  if (!ok) ws_bad(c->ck, NULL, "the client's discount has no amount in %.*s; expected amounts = { %.*s = … } there", BH_STR_ARG(t->currency), BH_STR_ARG(t->currency));
}

/* Money, or { amount = …, of = … }. */
static void minimum(contract *c) {
  static const char *const keys[] = {"amount", "of"};
  const ws_path *at = WS_KEY(NULL, "minimum");
  const bh_node *n = c->v[CK_minimum];
  bh_node *v[2];
  if (!n) return;
  if (n->kind == BH_NODE_TABLE && (bh_node_has(n, "of") || bh_node_has(n, "amount"))) {
    if (!ws_pick(c->ck, at, n, keys, 2, v, NULL, NULL)) return;
    if (v[1]) ws_of(c->ck, WS_KEY(at, "of"), v[1], &c->t->minimum_of);
    if (!v[0]) ws_bad(c->ck, WS_KEY(at, "amount"), "missing; expected money like \"500.00\"");
    n = v[0];
    at = WS_KEY(at, "amount");
  }
  if (n && ws_dated(c->ck, at, n, WS_MONEY, c->t->starts, &c->t->minimum)) c->t->has_minimum = true;
}

static bh_str line_id(ws_ck *ck, const ws_path *at, const bh_node *own, const bh_node *tmpl) {
  bh_str id = {0};
  const bh_node *n = own ? ws_get(own, "id") : NULL;
  if (!n) n = ws_get(tmpl, "id");
  if (n && ws_text(ck, WS_KEY(at, "id"), n, &id) && (!ws_id_ok(id) || memchr(id.ptr, '#', id.len) != NULL)) {
    ws_bad(ck, WS_KEY(at, "id"), "\"%.*s\"; expected up to 200 characters without quotes and #", BH_STR_ARG(id));
    id = (bh_str){0};
  }
  return id;
}

static bool key_taken(const bh_contract_terms *t, bh_str key) {
  for (size_t i = 0; i < t->line_count; i++)
    if (bh_str_eq(t->lines[i].key, key)) return true;
  return false;
}

/* id, else PRODUCT#n; once: PRODUCT@DATE#n */
static void line_key(contract *c, const ws_path *at, bh_str id, bh_line_terms *l, bh_map *ordinals) {
  bh_arena *a = c->ck->a;
  if (id.len) {
    l->key = id;
    if (key_taken(c->t, id)) ws_bad(c->ck, WS_KEY(at, "id"), "\"%.*s\" again; expected an id once in a contract", BH_STR_ARG(id));
    return;
  }
  char day[12] = "";
  if (l->once) bh_day_format(day, l->once_on);
  bh_str stem = l->once ? bh_arena_fmt(a, "%.*s@%s", BH_STR_ARG(l->product), day) : l->product;
  void **seen = bh_map_ref(ordinals, stem);
  size_t n = (size_t)(uintptr_t)*seen + 1;
  *seen = (void *)(uintptr_t)n;
  l->key = bh_arena_numbered(a, stem, "#", (int64_t)n, "");
  if (n == 2 && !l->once) ws_advise(c->ck, at, "a second line of the product \"%.*s\"; give each an id, so that they keep their identities", BH_STR_ARG(l->product));
}

static void hybrid(contract *c, const ws_path *at, const bh_node *own, const ws_base *base, bh_str id, bh_map *ordinals) {
  bh_contract_terms *t = c->t;
  for (size_t i = 0; i < own->field_count; i++)
    if (ws_in_group(own->fields[i].key)) ws_bad(c->ck, WS_KEYS(at, own->fields[i].key), "a hybrid's parts have the prices; expected none on its line");
  static const char *const counted[] = {"count", "quantity", "changes", "minimum", "maximum", "included", "at", "timing", "decrease", "term", "window_days", "coterm", "committed", "release", "includes"};
  for (size_t i = 0; i < sizeof counted / sizeof *counted; i++)
    if (ws_get(own, counted[i])) ws_bad(c->ck, WS_KEYS(at, bh_str_c(counted[i])), "a hybrid's parts have their own; expected none on its line");
  bh_str stem = {0};
  for (size_t i = 0; i < base->part_count; i++) {
    bh_line_terms *l = &t->lines[t->line_count];
    *l = (bh_line_terms){.path = t->lines[t->line_count].path};
    if (!ws_line_resolve(c->ck, &c->ctx, at, own, &base->parts[i], l)) continue;
    if (i == 0 || !stem.len) {
      line_key(c, at, id, l, ordinals);
      stem = l->key;
    }
    l->key = bh_arena_fmt(c->ck->a, "%.*s:%zu", BH_STR_ARG(stem), i + 1);
    l->path = bh_arena_fmt(c->ck->a, "%.*s", BH_STR_ARG(t->lines[t->line_count].path));
    t->line_count++;
    if (i + 1 < base->part_count) t->lines[t->line_count].path = l->path;
  }
}

static void one_line(contract *c, const ws_merged_line *m, bh_map *ordinals) {
  static const bh_node nothing = {.kind = BH_NODE_TABLE};
  bh_contract_terms *t = c->t;
  ws_ck *ck = c->ck;
  bool of_own = m->own_index >= 0;
  if (m->omits) {
    ws_bad(ck, WS_KEY(WS_AT(WS_KEY(NULL, "lines"), m->own_index), "omit"), "there is no line of a template to leave out");
    return;
  }
  const ws_path *list = of_own ? WS_KEY(NULL, "lines") : WS_KEY(WS_KEY(NULL, "based_on"), "lines");
  const ws_path *at = WS_AT(list, of_own ? m->own_index : m->tmpl_index);
  const bh_node *own = m->own ? m->own : &nothing;
  if (of_own && own->kind != BH_NODE_TABLE) {
    ws_bad_kind(ck, at, own, "a table like { \"PRODUCT\", … }");
    return;
  }
  bh_str product = ws_line_product(of_own ? own : m->tmpl);
  c->below.tmpl_line = m->tmpl;
  const ws_base *base = NULL;
  if (product.len) base = ws_base_of(ck, at, product, &c->below, t->currency, t->starts);
  else if (ws_get(own, "text") && ws_get(own, "once")) base = ws_base_text(ck, t->currency);
  else ws_bad(ck, at, "no product; expected { \"PRODUCT\", … }");
  if (!base) return;
  bh_str id = line_id(ck, at, m->own, m->tmpl);
  bh_line_terms *l = &t->lines[t->line_count];
  *l = (bh_line_terms){.path = bh_arena_numbered(ck->a, of_own ? BH_S("lines") : BH_S("based_on.lines"), "[", (of_own ? m->own_index : m->tmpl_index) + 1, "]")};
  if (base->part_count) {
    hybrid(c, at, own, base, id, ordinals);
    return;
  }
  bool ok = ws_line_resolve(ck, &c->ctx, at, own, base, l);
  const bh_node *site = m->tmpl && m->tmpl->kind == BH_NODE_TABLE && !ws_get(own, "site") ? ws_get(m->tmpl, "site") : NULL;
  if (site) ws_text_any(ck, WS_KEY(at, "site"), site, &l->site);
  if (ok && bh_str_eqz(l->model, "flat")) ws_flat_check(ck, at, own);
  line_key(c, at, id, l, ordinals);
  if (ok) t->line_count++;
}


static void lines(contract *c, const bh_node *tmpl) {
  ws_merged_line *m;
  bh_node *own = c->v[CK_lines];
  if (own && !ws_is_list(own)) {
    ws_bad_kind(c->ck, WS_KEY(NULL, "lines"), own, "a list of lines");
    return;
  }
  if (own && own->item_count > WS_LINES_MAX) {
    ws_bad(c->ck, WS_KEY(NULL, "lines"), "%zu lines; expected at most %d", own->item_count, WS_LINES_MAX);
    return;
  }
  if (!own && !tmpl) {
    ws_bad(c->ck, WS_KEY(NULL, "lines"), "missing; expected a list of lines like { { \"PRODUCT\" } }");
    return;
  }
  size_t n = ws_lines_merge(c->ck->a, own, ws_get(tmpl, "lines"), &m), room = 0;
  for (size_t i = 0; i < n; i++) {
    bh_str id = ws_line_product(m[i].own ? m[i].own : m[i].tmpl);
    const ws_product *p = bh_map_get(&c->ck->ws->impl->products, id);
    const bh_node *parts = p && p->hybrid ? ws_get(p->st.node, "parts") : NULL;
    room += parts ? parts->item_count + 1 : 1;
  }
  c->t->lines = BH_NEWN(c->ck->a, bh_line_terms, room + 1);
  bh_map ordinals;
  bh_map_init(&ordinals, c->ck->a);
  for (size_t i = 0; i < n; i++) one_line(c, &m[i], &ordinals);
  ws_includes_settle(c->ck, &c->ctx, &c->below);
}

bool ws_contract_resolve(ws_ck *ck, bh_node *node, const ws_client_ctx *client, const ws_lua_rule *lua, bh_contract_terms *t, ws_level *level) {
  contract c = {.ck = ck, .t = t, .client = client};
  size_t before = ck->bad;
  bh_workspace *ws = ck->ws;
  *t = (bh_contract_terms){.id = ck->id, .client = client->terms->id, .file = ck->file, .line = ck->line, .rounding = ws->invoicing.rounding};
  ws_pick(ck, NULL, node, names, CK_COUNT, c.v, NULL, NULL);
  if (node->kind != BH_NODE_TABLE) return false;
  t->text = ws_json(ck->a, node);
  t->currency = client->terms->currency;
  t->decimals = bh_currency_decimals(t->currency);
  if (c.v[CK_currency]) ws_currency(ck, WS_KEY(NULL, "currency"), c.v[CK_currency], &t->currency, &t->decimals);
  life(&c);
  if (!c.has_start) return false; /* nothing else makes sense without it */
  const bh_node *tmpl = template_of(&c);
  c.ctx.out = t;
  c.ctx.client = &client->level;
  levels(&c, tmpl, level);
  rule_of(&c, lua, level);
  c.below = (ws_below){.client_list = client->pricelist, .client_own = client->pricelist_own, .tmpl = tmpl};
  if (c.v[CK_pricelist]) c.below.contract_list = ws_pricelist_of(ck, WS_KEY(NULL, "pricelist"), c.v[CK_pricelist], t->currency, &c.below.contract_own);
  minimum(&c);
  if (c.v[CK_discount]) ws_discounts(ck, WS_KEY(NULL, "discount"), c.v[CK_discount], t->currency, t->currency, t->starts, &t->discounts, &t->discount_count);
  client_discounts(&c);
  bh_str text, *texts;
  size_t n;
  if (c.v[CK_ids]) ws_ids_check(ck, WS_KEY(NULL, "ids"), c.v[CK_ids]);
  if (c.v[CK_name]) ws_text(ck, WS_KEY(NULL, "name"), c.v[CK_name], &text);
  if (c.v[CK_note]) ws_text(ck, WS_KEY(NULL, "note"), c.v[CK_note], &t->note);
  if (c.v[CK_tags]) ws_texts(ck, WS_KEY(NULL, "tags"), c.v[CK_tags], &texts, &n);
  if (c.v[CK_committed]) ws_bad(ck, WS_KEY(NULL, "committed"), "a commitment is one line's; expected it on the line");
  if (c.v[CK_opening]) ws_bad(ck, WS_KEY(NULL, "opening"), "what is left is one line's; expected it on the line");
  if (c.v[CK_site]) ws_text_any(ck, WS_KEY(NULL, "site"), c.v[CK_site], &t->site);
  lines(&c, tmpl);
  ws_models_together(ck, t);
  for (size_t i = 0; client->terms->family && i < t->line_count; i++) ws_line_family(ck->a, &t->lines[i], client->terms->family);
  const bh_str parts[] = {t->text, {(const char *)client->hash.b, sizeof client->hash.b}, ws->impl->invoicing_json};
  t->hash = bh_sha256(parts, 3);
  return ck->bad == before;
}
