/* One client with its contracts, from the entries that bh_clients_next gathered. */
#include "workspace/entries.h"

typedef struct resolving {
  bh_client_iter *it; bh_arena *a; bh_mistakes *m; ws_client_ctx ctx; bool bad;
  bh_node **nodes; ws_level *levels; size_t first_contract;
} resolving;

static ws_ck ck_of(resolving *r, const ws_entry *e) {
  return (ws_ck){.ws = r->it->ws, .m = r->m, .a = r->a, .file = r->it->files[e->file].name, .line = e->line, .word = ws_kind_word(e->kind),
                 .id = bh_arena_str(r->a, e->id)};
}

static bh_node *parse(resolving *r, const ws_entry *e) {
  bh_node *n;
  bh_error err;
  if (bh_json_parse(&n, r->a, e->text, NULL, &err) == BH_OK) return n;
  bh_mistake_add(r->m, r->it->files[e->file].name, e->line, (bh_str){0}, "%s", err.message);
  r->bad = true;
  return NULL;
}

static void add_line(bh_arena *a, bh_node *contract, bh_node *line) {
  bh_node *lines = bh_node_get(contract, "lines");
  if (!lines || lines->kind != BH_NODE_TABLE) {
    lines = bh_node_new(a, BH_NODE_TABLE);
    lines->is_array = true;
    bh_node_set(a, contract, BH_S("lines"), lines);
  }
  bh_node_push(a, lines, line);
}

/* Charges without a contract stand on one of their own, which lives from the first of them. */
static bh_node *charges_contract(resolving *r, bh_node *c, const bh_node *line) {
  bh_arena *a = r->a;
  const bh_node *date = bh_node_get(line, "once"), *starts = c ? bh_node_get(c, "starts") : NULL;
  if (!c) {
    c = bh_node_new(a, BH_NODE_TABLE);
    bh_node_set(a, c, BH_S("client"), bh_node_str(a, r->it->id));
    bh_node_set(a, c, BH_S("id"), bh_node_str(a, bh_arena_fmt(a, "%.*s/charges", BH_STR_ARG(r->it->id))));
  }
  if (!starts || bh_str_cmp(date->text, starts->text) < 0) bh_node_set(a, c, BH_S("starts"), bh_node_str(a, date->text));
  return c;
}

static void one_contract(resolving *r, const ws_entry *e, bh_node *node, bh_str id) {
  bh_client_terms *t = r->ctx.terms;
  ws_ck ck = ck_of(r, e);
  ck.word = "contract";
  ck.id = id;
  const ws_lua_rule *rule = r->it->rule_count ? bh_map_get(&r->it->rules, id) : NULL;
  if (ws_contract_resolve(&ck, node, &r->ctx, rule, &t->contracts[t->contract_count], &r->levels[t->contract_count])) t->contract_count++;
  else r->bad = true;
}

/* Contracts as nodes, overlays done, charges put on them; then each is resolved, in the order of their ids. */
static void contracts(resolving *r) {
  bh_client_iter *it = r->it;
  size_t n = it->current_count;
  bh_node **nodes = BH_NEWN(r->a, bh_node *, n + 1), *loose = NULL;
  const ws_entry **of = BH_NEWN(r->a, const ws_entry *, n + 1), *first_charge = NULL;
  size_t count = 0;
  for (size_t i = 0; i < n; i++) {
    const ws_entry *e = &it->current[i];
    if (e->kind == WS_CLIENT || e->kind == WS_IDS) continue;
    bh_node *node = parse(r, e);
    if (!node) continue;
    if (e->kind == WS_CHARGE) {
      ws_ck ck = ck_of(r, e);
      bh_node *line = ws_charge_line(&ck, node), *to = NULL;
      const bh_node *name = ws_get(node, "contract");
      if (!line) {
        r->bad = true;
        continue;
      }
      for (size_t j = 0; name && j < count && !to; j++)
        if (bh_str_eq(of[j]->id, name->text)) to = nodes[j];
      if (name && !to) {
        ws_bad(&ck, WS_KEY(NULL, "contract"), "\"%.*s\" is no contract of this client", BH_STR_ARG(name->text));
        r->bad = true;
        continue;
      }
      if (!to) {
        loose = to = charges_contract(r, loose, line);
        if (!first_charge) first_charge = e;
      }
      add_line(r->a, to, line);
    } else if (count && bh_str_eq(of[count - 1]->id, e->id)) { /* duplicates were found at opening: one is generated */
      bool below = it->files[of[count - 1]->file].generated;
      if (below) {
        ws_contract_overlay(r->a, nodes[count - 1], node);
        of[count - 1] = e;
      } else {
        ws_contract_overlay(r->a, node, nodes[count - 1]);
        nodes[count - 1] = node;
      }
    } else {
      nodes[count] = node;
      of[count++] = e;
    }
  }
  r->ctx.terms->contracts = BH_NEWN(r->a, bh_contract_terms, count + 1);
  r->levels = BH_NEWN(r->a, ws_level, count + 1);
  bh_str loose_id = loose ? bh_node_get(loose, "id")->text : (bh_str){0};
  for (size_t i = 0; i <= count; i++) {
    if (loose && (i == count || bh_str_cmp(loose_id, of[i]->id) < 0)) {
      one_contract(r, first_charge, loose, loose_id);
      loose = NULL;
    }
    if (i < count) one_contract(r, of[i], nodes[i], bh_arena_str(r->a, of[i]->id));
  }
}

/* Terms, approval and guard: the client's, and where a contract says them its own. */
static void documents(resolving *r) {
  bh_client_terms *t = r->ctx.terms;
  const bh_invoicing *inv = &r->it->ws->invoicing;
  const ws_level *x = &r->ctx.level;
  t->terms = x->has & WS_HAS_TERMS ? x->terms : inv->terms;
  t->approval_auto = x->has & WS_HAS_APPROVAL ? x->approval_auto : inv->approval_auto;
  t->guard_change_percent = x->has & WS_HAS_GUARD ? x->guard_change : inv->guard_change_percent;
  t->guard_amount_set = x->has & WS_HAS_GUARD ? x->guard_amount_set : inv->guard_amount_set;
  t->guard_amount = x->has & WS_HAS_GUARD ? x->guard_amount : inv->guard_amount;
  t->guard_off = x->has & WS_HAS_GUARD ? x->guard_off : inv->guard_off;
  for (size_t i = 0; i < t->contract_count; i++) {
    bh_contract_terms *c = &t->contracts[i];
    const ws_level *y = &r->levels[i];
    bool guard = (y->has & WS_HAS_GUARD) != 0;
    c->terms = y->has & WS_HAS_TERMS ? y->terms : t->terms;
    c->approval_auto = y->has & WS_HAS_APPROVAL ? y->approval_auto : t->approval_auto;
    c->guard_change_percent = guard ? y->guard_change : t->guard_change_percent;
    c->guard_amount_set = guard ? y->guard_amount_set : t->guard_amount_set;
    c->guard_amount = guard ? y->guard_amount : t->guard_amount;
    c->guard_off = guard ? y->guard_off : t->guard_off;
  }
}

static bool same_order(const bh_po *a, const bh_po *b) {
  return a->has_limit == b->has_limit && a->ends == b->ends && bh_str_eq(a->currency, b->currency) && (!a->has_limit || bh_dec_cmp(a->limit, b->limit) == 0);
}

/* `of`: the contract where it is written, NULL: the client. */
static void order_add(resolving *r, const bh_po *po, const bh_contract_terms *of) {
  bh_client_terms *t = r->ctx.terms;
  if (!po) return;
  bh_po *own = BH_NEW(r->a, bh_po);
  *own = *po;
  own->currency = of ? of->currency : t->currency;
  for (size_t i = 0; i < t->order_count; i++) {
    if (!bh_str_eq(t->orders[i]->number, own->number)) continue;
    if (same_order(t->orders[i], own)) return;
    ws_ck ck = {.ws = r->it->ws, .m = r->m, .a = r->a, .file = of ? of->file : t->file, .line = of ? of->line : t->line, .word = of ? "contract" : "client", .id = of ? of->id : t->id};
    ws_bad(&ck, WS_KEY(NULL, "po"), "\"%.*s\" has other bounds elsewhere at this client; expected its limit and ends in one place", BH_STR_ARG(own->number));
    r->bad = true;
    return;
  }
  const bh_po **all = BH_NEWN(r->a, const bh_po *, t->order_count + 1);
  if (t->order_count) memcpy(all, t->orders, t->order_count * sizeof *all);
  all[t->order_count++] = own;
  t->orders = all;
}

/* Every purchase order that has bounds, wherever it is written: its number alone may stand in other places. */
static void orders(resolving *r) {
  const bh_po *client = r->ctx.level.po_order;
  order_add(r, client, NULL);
  for (size_t i = 0; i < r->ctx.terms->contract_count; i++) {
    const bh_contract_terms *c = &r->ctx.terms->contracts[i];
    if (c->po_order != client) order_add(r, c->po_order, c);
    for (size_t k = 0; k < c->line_count; k++)
      if (c->lines[k].po_order != c->po_order && c->lines[k].po_order != client) order_add(r, c->lines[k].po_order, c);
  }
}

/* A name after those that are there. */
static void add_name(bh_arena *a, bh_node *ids, bh_str key, bh_node *name) {
  bh_node *was = bh_node_gets(ids, key), *list = bh_node_new(a, BH_NODE_TABLE);
  list->is_array = true;
  if (was && was->kind == BH_NODE_TABLE) for (size_t i = 0; i < was->item_count; i++) bh_node_push(a, list, was->items[i]);
  else if (was && was->kind != BH_NODE_NULL) bh_node_push(a, list, was);
  for (size_t i = 0; i < list->item_count; i++)
    if (bh_str_eq(list->items[i]->text, name->text)) return;
  bh_node_push(a, list, name);
  bh_node_set(a, ids, key, list);
}

void ws_ids_join(ws_ck *ck, bh_node *client, const bh_node *entry) {
  static const char *const keys[] = {"id", "ids", "type"};
  bh_node *v[3];
  if (!ws_pick(ck, NULL, entry, keys, 3, v, NULL, NULL) || client->kind != BH_NODE_TABLE) return;
  if (!v[1]) {
    ws_bad(ck, WS_KEY(NULL, "ids"), "missing; expected a table like { \"rmm\": \"…\" }");
    return;
  }
  if (!ws_ids_check(ck, WS_KEY(NULL, "ids"), v[1])) return;
  bh_node *ids = ws_get(client, "ids");
  if (ids && ids->kind != BH_NODE_TABLE) return; /* client.c complains */
  bh_node *both = bh_node_new(ck->a, BH_NODE_TABLE);
  for (size_t i = 0; ids && i < ids->field_count; i++) bh_node_set(ck->a, both, ids->fields[i].key, ids->fields[i].value);
  for (size_t i = 0; i < v[1]->field_count; i++) {
    bh_node *names = v[1]->fields[i].value;
    if (names->kind == BH_NODE_TABLE) for (size_t k = 0; k < names->item_count; k++) add_name(ck->a, both, v[1]->fields[i].key, names->items[k]);
    else add_name(ck->a, both, v[1]->fields[i].key, names);
  }
  bh_node_set(ck->a, client, BH_S("ids"), both);
}

/* What `billhook map --write` has added to the client's own ids. */
static void more_ids(resolving *r, bh_node *client) {
  for (size_t i = 0; i < r->it->current_count; i++) {
    const ws_entry *e = &r->it->current[i];
    bh_node *n = e->kind == WS_IDS ? parse(r, e) : NULL;
    if (!n) continue;
    ws_ck ck = ck_of(r, e);
    ws_ids_join(&ck, client, n);
    r->bad |= ck.bad > 0;
  }
}

bh_status bh_clients_resolve(bh_client_iter *it, bh_client_terms **out, bh_arena *a, bh_mistakes *m, bh_error *err) {
  *out = NULL;
  if (it->current_count == 0 || it->current[0].kind != WS_CLIENT) return bh_fail(err, BH_E_BUG, "no client to resolve");
  resolving r = {.it = it, .a = a, .m = m};
  r.ctx.terms = BH_NEW(a, bh_client_terms);
  const ws_entry *e = &it->current[0];
  bh_node *node = parse(&r, e);
  if (!node) return BH_OK;
  ws_ck ck = ck_of(&r, e);
  more_ids(&r, node);
  r.ctx.kin = ws_kin_of(it, it->id);
  bool ok = ws_client_resolve(&ck, node, &r.ctx);
  contracts(&r);
  if (!ok || r.bad) return BH_OK;
  documents(&r);
  orders(&r);
  if (!r.bad) *out = r.ctx.terms;
  return BH_OK;
}
