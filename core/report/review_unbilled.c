/* What stays unbilled: counts of charged periods that facts brought since have shown to be higher. */
#include "report/asking.h"
#include "report/review.h"

static const bh_line_terms *line_of(const bh_client_terms *client, bh_str contract, bh_str key) {
  for (size_t i = 0; i < client->contract_count; i++) {
    const bh_contract_terms *c = &client->contracts[i];
    if (!bh_str_eq(c->id, contract)) continue;
    for (size_t k = 0; k < c->line_count; k++)
      if (bh_str_eq(c->lines[k].key, key)) return &c->lines[k];
  }
  return NULL;
}

static bh_node *shown_line(const bh_node *json, bh_str id) {
  bh_node **lines;
  size_t n = bh_report_items(&lines, json, "lines");
  for (size_t i = 0; i < n; i++)
    if (bh_str_eq(bh_report_text(lines[i], "id"), id)) return lines[i];
  return NULL;
}

static void put_entry(bh_jw *w, const bh_report_doc *d, const bh_node *line, bh_ratio was, bh_ratio now) {
  char text[32];
  const bh_node *period = bh_node_get(line, "period");
  bh_jw_obj(w);
  bh_jw_key(w, "client"); bh_jw_str(w, d->client);
  bh_jw_key(w, "invoice"); bh_jw_str(w, d->id);
  bh_jw_key(w, "line"); bh_jw_str(w, bh_report_text(line, "id"));
  bh_jw_key(w, "contract"); bh_jw_str(w, bh_report_text(line, "contract"));
  bh_jw_key(w, "product"); bh_jw_str(w, bh_report_text(line, "product"));
  bh_jw_key(w, "period");
  bh_jw_obj(w);
  bh_jw_key(w, "from"); bh_jw_str(w, bh_report_text(period, "from"));
  bh_jw_key(w, "to"); bh_jw_str(w, bh_report_text(period, "to"));
  bh_jw_obj_end(w);
  bh_ratio_format_dec(text, was, 4, NULL);
  bh_jw_key(w, "billed"); bh_jw_z(w, text);
  bh_ratio_format_dec(text, now, 4, NULL);
  bh_jw_key(w, "counted"); bh_jw_z(w, text);
  bh_jw_obj_end(w);
}

/* Counts again, with all that is known today, what the line counted then. */
static bool recount(bh_ratio *out, bh_client_facts *facts, bh_arena *a, const bh_asked *asked) {
  bh_count count = {0};
  bh_at at;
  if (!bh_asking_at(&at, asked->at) || at == BH_AT_SUM || at == BH_AT_DAILY) return false; /* late usage is billed by itself */
  if (bh_facts_count(&count, facts, a, &asked->selector, asked->from, asked->until, asked->from, asked->until, BH_PULL_NOW,
                     asked->as_of, INT32_MAX / 2, NULL) != BH_OK || count.run_count == 0)
    return false;
  return bh_quantity_at(out, at, count.runs, count.run_count, asked->from, asked->until, asked->from, NULL) == BH_OK;
}

static bh_status of_document(bh_jw *w, billhook *b, bh_arena *a, const bh_client_terms *client, const bh_review_doc *doc, bh_error *err) {
  bh_report_doc d;
  bh_node **lines;
  bh_day from = BH_DAY_MAX, until = BH_DAY_MIN;
  bh_client_facts *facts = NULL;
  bh_status st = bh_report_doc_of(&d, a, b->store, &doc->last, doc->client, err);
  if (st != BH_OK) return st;
  bh_asked_span(&from, &until, a, d.evidence);
  if (from >= until) return BH_OK;
  st = bh_facts_load(&facts, b->store, a, client, b->ws->identities, b->ws->identity_count, from, until, err);
  if (st != BH_OK) return st;
  size_t n = bh_report_items(&lines, d.evidence, "lines");
  for (size_t i = 0; i < n; i++) {
    bh_asked asked;
    bh_ratio was, now;
    const bh_node *line = shown_line(d.json, bh_report_text(lines[i], "id"));
    const bh_line_terms *terms = line_of(client, bh_report_text(lines[i], "contract"), bh_report_text(lines[i], "key"));
    if (line == NULL || !bh_str_eqz(bh_report_text(line, "kind"), "charge")) continue;
    bh_str served = bh_report_text(line, "client"); /* a child's lines are counted with the child's facts */
    if (!bh_str_eq(served.len ? served : doc->client, client->id)) continue;
    if (terms == NULL || terms->true_up != BH_TRUE_UP_CONTRACT || !bh_asked_read(&asked, a, lines[i])) continue;
    if (!bh_report_ratio(&was, asked.raw)) continue;
    if (recount(&now, facts, a, &asked) && bh_ratio_cmp(now, was) > 0) put_entry(w, &d, line, was, now);
  }
  return BH_OK;
}

/* Has anything come in for the client's charged days since they were charged? One question instead of a load of all facts. */
static bool has_late_facts(bh_store *s, bh_arena *a, const bh_client_terms *client, int64_t pull) {
  bh_day day = BH_DAY_MAX;
  bh_fact_ref *refs = BH_NEWN(a, bh_fact_ref, client->id_count + 1);
  for (size_t i = 0; i < client->id_count; i++) refs[i] = (bh_fact_ref){client->ids[i].connector, client->ids[i].ref};
  return client->id_count > 0 && bh_store_late_day(s, &day, refs, client->id_count, pull, NULL) == BH_OK && day != BH_DAY_MAX;
}

static bh_status of_late(bh_jw *w, billhook *b, bh_arena *a, const bh_client_terms *client, const bh_review_doc *doc, bh_error *err) {
  if (client == NULL || doc->last.doc == 0 || !has_late_facts(b->store, a, client, doc->last.pull)) return BH_OK;
  return of_document(w, b, a, client, doc, err);
}

/* The place of a client's first document: they come in the order of client ids. */
static size_t first_of(const bh_review_doc *docs, size_t n, bh_str client) {
  size_t low = 0, high = n;
  while (low < high) {
    size_t mid = low + (high - low) / 2;
    if (bh_str_cmp(docs[mid].client, client) < 0) low = mid + 1;
    else high = mid;
  }
  return low < n && bh_str_eq(docs[low].client, client) ? low : n;
}

static bh_status of_clients(bh_jw *w, billhook *b, const bh_review_doc *docs, size_t n, bh_error *err) {
  bh_client_iter *it = NULL;
  bh_arena a;
  size_t at = 0; /* docs and clients both come in the order of client ids */
  bh_arena_init(&a);
  bh_status st = bh_clients_open(&it, b->ws, &b->mistakes, err);
  for (bool more = true; st == BH_OK;) {
    bh_client_raw raw = {0};
    bh_client_terms *client = NULL;
    if (bh_engine_stopped(b)) st = bh_fail(err, BH_E_INTERRUPTED, "stopped");
    else st = bh_clients_next(it, &raw, &more, err);
    if (st != BH_OK || !more) break;
    while (at < n && bh_str_cmp(docs[at].client, raw.id) < 0) at++;
    size_t of_payer = raw.bill_to.len ? first_of(docs, n, raw.bill_to) : n;
    bool own = at < n && bh_str_eq(docs[at].client, raw.id);
    if (!own && of_payer == n) continue;
    bh_arena_reset(&a);
    st = bh_clients_resolve(it, &client, &a, &b->mistakes, err);
    for (; own && at < n && bh_str_eq(docs[at].client, raw.id); at++) st = st == BH_OK ? of_late(w, b, &a, client, &docs[at], err) : st;
    for (; of_payer < n && bh_str_eq(docs[of_payer].client, raw.bill_to); of_payer++)
      st = st == BH_OK ? of_late(w, b, &a, client, &docs[of_payer], err) : st;
    bh_engine_progress(b, "unbilled counts", (int64_t)at, (int64_t)n);
  }
  if (it != NULL) bh_clients_close(it);
  bh_arena_dispose(&a);
  return st;
}

bh_status bh_review_unbilled(bh_jw *w, billhook *b, const bh_review_doc *docs, size_t n, bh_error *err) {
  bool any = false;
  for (size_t i = 0; i < n; i++) any |= docs[i].last.doc != 0;
  bh_status st = BH_OK;
  bh_jw_key(w, "unbilled");
  bh_jw_arr(w);
  if (any && bh_engine_workspace(b) == BH_OK) st = of_clients(w, b, docs, n, err);
  bh_jw_arr_end(w);
  return st;
}
