/* Why each line came to what it is: the evidence, the lists behind the counts, the difference to the last invoice. */
#include "report/explain.h"

enum { BEFORE_MAX = 12 }; /* a contract billed yearly stands twelve monthly invoices back */

static void put_member(bh_jw *w, const char *key, const bh_node *object, const char *from) {
  const bh_node *n = object != NULL ? bh_node_get(object, from) : NULL;
  bh_jw_key(w, key);
  if (n == NULL) {
    bh_jw_null(w);
    return;
  }
  bh_buf text;
  bh_buf_init(&text, BH_REPORT_LINE_MAX);
  bh_json_write(&text, n);
  bh_jw_raw(w, bh_buf_str(&text));
  bh_buf_dispose(&text);
}

/* Where the contract stands in the files today, else where it stood then. */
static void put_source(bh_jw *w, const bh_explaining *x, bh_str contract, bh_str then) {
  bh_jw_key(w, "source");
  for (size_t i = 0; x->client != NULL && i < x->client->contract_count; i++) {
    const bh_contract_terms *c = &x->client->contracts[i];
    if (!bh_str_eq(c->id, contract)) continue;
    bh_jw_obj(w);
    bh_jw_key(w, "file"); bh_jw_str(w, c->file);
    bh_jw_key(w, "line"); bh_jw_int(w, c->line);
    bh_jw_obj_end(w);
    return;
  }
  if (then.len == 0) {
    bh_jw_null(w);
    return;
  }
  bh_jw_obj(w);
  bh_jw_key(w, "file"); bh_jw_str(w, then);
  bh_jw_obj_end(w);
}

/* What the evidence says of the price, and the price. */
static void put_price(bh_jw *w, const bh_explaining *x, const bh_node *line, const bh_node *evidence) {
  const bh_node *price = evidence != NULL ? bh_node_get(evidence, "price") : NULL;
  bh_jw_key(w, "price");
  bh_jw_obj(w);
  put_member(w, "origin", price, "origin");
  for (size_t i = 0; price != NULL && i < price->field_count; i++) {
    const char *key = bh_arena_z(x->a, price->fields[i].key);
    if (strcmp(key, "origin") != 0 && strcmp(key, "unit_price") != 0) put_member(w, key, price, key);
  }
  put_member(w, "unit_price", line, "unit_price");
  bh_jw_obj_end(w);
}

/* The version of a contract that the document was rated with. */
static const bh_node *evidence_contract(const bh_node *evidence, bh_str id) {
  const bh_node *list = evidence != NULL ? bh_node_get(evidence, "contracts") : NULL;
  for (size_t i = 0; list != NULL && i < list->item_count; i++)
    if (bh_str_eq(bh_report_text(list->items[i], "id"), id)) return list->items[i];
  return NULL;
}

/* The line in hand is of this client. */
static void turn_to(bh_explaining *x, const bh_node *line) {
  bh_str id = bh_report_text(line, "client");
  size_t at = 0;
  for (size_t i = 0; id.len > 0 && i < x->client_count; i++)
    if (bh_str_eq(x->clients[i].id, id)) at = i;
  x->client = x->clients[at].terms;
  x->facts = x->clients[at].facts;
}

static void put_line(bh_jw *w, bh_explaining *x, const bh_node *line) {
  static const char *const same[] = {"kind", "client", "contract", "product", "description", "period", "quantity", "quantity_exact", "unit",
    "unit_price", "fraction", "amount", "tax"};
  bh_str id = bh_report_text(line, "id");
  const bh_node *ev = bh_report_evidence_line(x->doc.evidence, id);
  bh_explained e;
  turn_to(x, line);
  bh_explain_ask(&e, x, ev);
  bh_jw_obj(w);
  bh_jw_key(w, "id"); bh_jw_str(w, id);
  for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
    if (bh_node_get(line, same[i]) != NULL) put_member(w, same[i], line, same[i]);
  bh_explain_write_lists(w, &e);
  put_member(w, "count", ev, "count");
  if (ev != NULL && bh_node_get(ev, "committed") != NULL) put_member(w, "committed", ev, "committed");
  put_price(w, x, line, ev);
  bh_explain_write_since(w, x, ev, &e);
  put_member(w, "model", ev, "model");
  if (ev != NULL && bh_node_get(ev, "notes") != NULL) put_member(w, "notes", ev, "notes");
  put_member(w, "rule", ev, "rule");
  if (ev != NULL && bh_node_get(ev, "trace") != NULL) put_member(w, "trace", ev, "trace");
  if (ev != NULL && bh_node_get(ev, "corrects") != NULL) put_member(w, "corrects", ev, "corrects");
  else put_member(w, "corrects", line, "corrects");
  const bh_node *contract = evidence_contract(x->doc.evidence, bh_report_text(line, "contract"));
  bh_jw_key(w, "contract_hash");
  if (contract != NULL) bh_jw_str(w, bh_report_text(contract, "hash")); else bh_jw_null(w);
  put_source(w, x, bh_report_text(line, "contract"), contract != NULL ? bh_report_text(contract, "file") : (bh_str){"", 0});
  if (e.failed.len) { bh_jw_key(w, "note"); bh_jw_str(w, e.failed); }
  bh_jw_obj_end(w);
}

/* "acme-12:3", or the 3 alone. */
static bool wanted(const bh_node *line, const char *which) {
  bh_str id = bh_report_text(line, "id");
  if (which == NULL || bh_str_eqz(id, which)) return true;
  size_t n = strlen(which);
  return id.len > n && id.ptr[id.len - n - 1] == ':' && memcmp(id.ptr + id.len - n, which, n) == 0;
}

static bh_status look_back(bh_explaining *x, bh_error *err) {
  bh_doc_row at = x->doc.row;
  x->before = BH_NEWN(x->a, bh_report_doc, BEFORE_MAX);
  while (x->before_count < BEFORE_MAX) {
    bh_doc_row got;
    bh_status st = bh_report_before(&got, x->a, x->b->store, &at, err);
    if (st != BH_OK || got.doc == 0) return st;
    st = bh_report_doc_of(&x->before[x->before_count], x->a, x->b->store, &got, x->doc.client, err);
    if (st != BH_OK) return st;
    x->before_count++;
    at = got;
  }
  return BH_OK;
}

/* Every client whose lines stand on the document. */
static void served(bh_explaining *x) {
  bh_node **lines;
  size_t n = bh_report_items(&lines, x->doc.json, "lines");
  bh_map seen;
  bh_map_init(&seen, x->a);
  x->clients = BH_NEWN(x->a, bh_explained_client, n + 1);
  x->clients[x->client_count++].id = x->doc.client;
  for (size_t i = 0; i < n; i++) {
    bh_str id = bh_report_text(lines[i], "client");
    if (id.len == 0 || bh_map_get(&seen, id) != NULL) continue;
    bh_map_put(&seen, id, x);
    x->clients[x->client_count++].id = id;
  }
}

static bh_status load_facts(bh_explaining *x, bh_error *err) {
  bh_day from = BH_DAY_MAX, until = BH_DAY_MIN;
  served(x);
  bh_str *ids = BH_NEWN(x->a, bh_str, x->client_count);
  bh_client_terms **terms = BH_NEWN(x->a, bh_client_terms *, x->client_count);
  for (size_t i = 0; i < x->client_count; i++) ids[i] = x->clients[i].id;
  bh_status st = bh_asking_clients(terms, &x->held, &x->why, x->b, x->a, ids, x->client_count, err);
  if (st != BH_OK) return st;
  bh_asked_span(&from, &until, x->a, x->doc.evidence);
  for (size_t i = 0; i < x->before_count; i++) bh_asked_span(&from, &until, x->a, x->before[i].evidence);
  for (size_t i = 0; i < x->client_count && st == BH_OK; i++) {
    x->clients[i].terms = terms[i];
    if (terms[i] == NULL || from >= until) continue; /* nothing was counted */
    st = bh_facts_load(&x->clients[i].facts, x->b->store, x->a, terms[i], x->b->ws->identities, x->b->ws->identity_count, from, until, err);
  }
  return st;
}

/* The document's discounts, each with what it was taken of. */
static void put_discounts(bh_jw *w, const bh_explaining *x) {
  bh_node **discounts, **bases = NULL;
  size_t n = bh_report_items(&discounts, x->doc.json, "discounts"), known = bh_report_items(&bases, x->doc.evidence, "discounts");
  bh_jw_key(w, "discounts");
  bh_jw_arr(w);
  for (size_t i = 0; i < n; i++) {
    bh_jw_obj(w);
    put_member(w, "base", i < known ? bases[i] : NULL, "base");
    for (size_t k = 0; k < discounts[i]->field_count; k++) {
      const char *key = bh_arena_z(x->a, discounts[i]->fields[k].key);
      put_member(w, key, discounts[i], key);
    }
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
}

static bh_status put_document(bh_jw *w, bh_explaining *x, const char *which, bh_error *err) {
  bh_node **lines;
  size_t n = bh_report_items(&lines, x->doc.json, "lines"), found = 0;
  bh_jw_obj(w);
  bh_jw_key(w, "invoice"); bh_jw_str(w, x->doc.id);
  bh_jw_key(w, "number");
  if (x->doc.row.number.len) bh_jw_str(w, x->doc.row.number);
  else bh_jw_null(w);
  put_member(w, "currency", x->doc.json, "currency");
  bh_jw_key(w, "since"); /* the invoice that it is compared with */
  if (x->before_count) bh_jw_str(w, x->before[0].row.number.len ? x->before[0].row.number : x->before[0].id);
  else bh_jw_null(w);
  bh_jw_key(w, "lines");
  bh_jw_arr(w);
  for (size_t i = 0; i < n; i++)
    if (wanted(lines[i], which)) {
      put_line(w, x, lines[i]);
      found++;
    }
  bh_jw_arr_end(w);
  bh_jw_key(w, "events"); /* corrections, forced approvals, holds: who, when and why */
  bh_status told = bh_report_events(w, x->a, x->b->store, x->doc.row.doc, err);
  if (told != BH_OK) return told;
  put_discounts(w, x);
  put_member(w, "taxes", x->doc.json, "taxes");
  put_member(w, "subtotal", x->doc.json, "subtotal");
  put_member(w, "total", x->doc.json, "total");
  if (x->doc.evidence == NULL || x->why.len) {
    bh_jw_key(w, "note");
    bh_jw_str(w, x->why.len ? x->why : BH_S("the evidence of this document has been erased"));
  }
  bh_jw_obj_end(w);
  if (which != NULL && found == 0)
    return bh_fail(err, BH_E_NOTFOUND, "%s has no line \"%s\": its lines are %s:1 … %s:%zu", bh_arena_z(x->a, x->doc.id), which,
                   bh_arena_z(x->a, x->doc.id), bh_arena_z(x->a, x->doc.id), n);
  return BH_OK;
}

int billhook_explain(billhook *b, const char *invoice, const char *line, const billhook_out *out) {
  bh_error err = {0};
  bool present = false;
  bh_arena a;
  bh_buf text;
  bh_jw w;
  bh_arena_init(&a);
  bh_buf_init(&text, BH_REPORT_LINE_MAX);
  bh_jw_init(&w, &text);
  bh_explaining x = {.b = b, .a = &a};
  bh_status st = bh_report_open(&present, b, &err);
  if (st == BH_OK && !present) st = bh_fail(&err, BH_E_NOTFOUND, "there is no invoice \"%s\": nothing has been billed in this workspace yet", invoice);
  if (st == BH_OK) st = bh_store_begin_read(b->store, &err);
  if (st == BH_OK) {
    st = bh_report_doc_named(&x.doc, &a, b->store, bh_str_c(invoice), &err);
    if (st == BH_OK) st = look_back(&x, &err);
    if (st == BH_OK) st = load_facts(&x, &err);
    if (st == BH_OK) st = put_document(&w, &x, line, &err);
    bh_store_rollback(b->store);
  }
  if (st == BH_OK) bh_out_line(out, &text);
  if (x.held != NULL) bh_clients_close(x.held);
  bh_buf_dispose(&text);
  bh_arena_dispose(&a);
  return bh_engine_end(b, st, &err);
}
