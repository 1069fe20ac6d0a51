/* hold and release: what a person stops, or lets go again. */
#include "batch/by_hand.h"
#include "base/failpoint.h"

typedef struct holding {
  billhook *b;
  const char *what, *reason;
  bh_day until;                /* BH_DAY_MAX: until it is released */
  bool release;
  bh_arena a;
  bh_client_row client; bh_str client_id;
  bh_doc_row doc; bh_str doc_id; /* doc.doc 0: the client itself */
  bh_error *err;
} holding;

/* A client that nothing was billed to yet is in the files alone. */
static bh_status client_in_files(holding *h, bool *found)
{
  *found = false;
  bh_status st = bh_engine_workspace(h->b);
  if (st != BH_OK) {
    *h->err = h->b->error;
    return st;
  }
  bh_client_iter *it = NULL;
  st = bh_clients_open(&it, h->b->ws, &h->b->mistakes, h->err);
  for (bool more = true; st == BH_OK && more && !*found;) {
    bh_client_raw raw;
    st = bh_clients_next(it, &raw, &more, h->err);
    *found = st == BH_OK && more && bh_str_eqz(raw.id, h->what);
  }
  bh_clients_close(it);
  return st;
}

static bh_status find(holding *h)
{
  bh_str what = bh_str_c(h->what);
  bh_store *s = h->b->store;
  bh_error none = { 0 };
  bh_status st = bh_store_client_get(s, &h->client, what, h->err);
  if (st != BH_OK)
    return st;
  bh_status doc = bh_doc_find(&h->doc, &h->client_id, &h->a, s, what, &none);
  if (doc == BH_OK && h->client.exists)
    return bh_fail(h->err, BH_E_USAGE, "\"%s\" is a client and an invoice: name the invoice by its other name", h->what);
  if (doc == BH_OK) {
    h->doc_id = bh_doc_id(&h->a, h->client_id, h->doc.ord);
    return bh_store_client_get(s, &h->client, h->client_id, h->err);
  }
  if (doc != BH_E_NOTFOUND) {
    *h->err = none;
    return doc;
  }
  h->doc = (bh_doc_row){ 0 };
  h->client_id = what;
  bool found = h->client.exists;
  if (!found && !h->release)
    st = client_in_files(h, &found);
  if (st == BH_OK && !found)
    return bh_fail(h->err, BH_E_USAGE, "no client and no invoice \"%s\": expected a client's id, an invoice's id such as acme-1, or its number", h->what);
  return st == BH_OK && !h->client.exists ? bh_store_client_put(s, &h->client, what, h->err) : st;
}

static bh_status hold(holding *h, int64_t now_s)
{
  if (h->doc.doc != 0 && h->doc.state == BH_DOC_VOID)
    return bh_fail(h->err, BH_E_USAGE, "%.*s is void: there is nothing to hold", BH_STR_ARG(h->doc_id));
  bh_hold_row row = { .client = h->client.num, .doc = h->doc.doc, .until = h->until, .at_s = now_s, .who = bh_str_c(h->b->options.who), .reason = bh_str_c(h->reason) };
  return bh_store_hold_put(h->b->store, &row, h->err);
}

static bh_status release(holding *h)
{
  bool was;
  bh_status st = bh_store_hold_remove(h->b->store, &was, h->client.num, h->doc.doc, h->err);
  if (st != BH_OK || was)
    return st;
  bh_by_hand all;
  st = bh_by_hand_load(&all, h->b->store, &h->a, h->b->today, h->err);
  if (st != BH_OK)
    return st;
  if (h->doc.doc != 0 && bh_by_hand_of(&all, h->client.num, h->doc.doc) != NULL)
    return bh_fail(h->err, BH_E_USAGE, "%.*s is held with its client: `billhook release %.*s` lets all of it go", BH_STR_ARG(h->doc_id), BH_STR_ARG(h->client_id));
  for (size_t i = 0; i < all.count; i++)
    if (all.rows[i].client == h->client.num && all.rows[i].doc != 0)
      return bh_fail(h->err, BH_E_USAGE, "client \"%.*s\" is not held, but invoices of it are: name them", BH_STR_ARG(h->client_id));
  return bh_fail(h->err, BH_E_USAGE, "%s is not held by hand", h->what);
}

static void print(bh_buf *json, const holding *h)
{
  bh_jw w;
  bh_jw_init(&w, json);
  bh_jw_obj(&w);
  bh_jw_key(&w, h->release ? "released" : "held"); bh_jw_str(&w, h->doc.doc ? h->doc_id : h->client_id);
  bh_jw_key(&w, "client"); bh_jw_str(&w, h->client_id);
  bh_jw_key(&w, "invoice");
  if (h->doc.doc) bh_jw_str(&w, h->doc_id); else bh_jw_null(&w);
  if (!h->release) {
    bh_jw_key(&w, "until");
    if (h->until == BH_DAY_MAX) bh_jw_null(&w); else bh_jw_day(&w, h->until);
  }
  bh_jw_key(&w, "reason"); bh_jw_z(&w, h->reason);
  bh_jw_obj_end(&w);
}

static int run(holding *h, const billhook_out *out)
{
  bh_error err = { 0 };
  billhook *b = h->b;
  int64_t now_s = 0;
  bh_buf json;
  bh_buf_init(&json, 1 << 20);
  bh_arena_init(&h->a);
  h->err = &err;
  bh_status st = h->reason == NULL || *h->reason == 0 ? bh_fail(&err, BH_E_USAGE, "%s needs --reason, which is recorded", h->release ? "release" : "hold")
                                                       : bh_clock_now(&now_s, &err);
  if (st == BH_OK && (st = bh_engine_store(b, BH_STORE_WRITE)) != BH_OK)
    err = b->error;
  if (st == BH_OK && h->until < b->today)
    st = bh_fail(&err, BH_E_USAGE, "--until lies in the past: expected the last day on which it is held");
  if (st == BH_OK)
    st = bh_store_begin(b->store, &err);
  if (st == BH_OK)
    st = find(h);
  if (st == BH_OK)
    st = h->release ? release(h) : hold(h, now_s);
  bh_event e = { .at_s = now_s, .who = bh_str_c(b->options.who), .what = h->release ? BH_S("released") : BH_S("held"), .reason = bh_str_c(h->reason ? h->reason : ""),
    .doc = h->doc.doc, .client = h->client.num };
  if (st == BH_OK)
    st = bh_store_event_add(b->store, &e, &err);
  BH_FAILPOINT("hold.before_commit");
  if (st == BH_OK)
    st = bh_store_commit(b->store, &err);
  if (st == BH_OK) {
    print(&json, h);
    bh_out_line(out, &json);
  }
  bh_buf_dispose(&json);
  bh_arena_dispose(&h->a);
  return bh_engine_end(b, st, &err);
}

int billhook_hold(billhook *b, const char *what, const char *until, const char *reason, const billhook_out *out)
{
  holding h = { .b = b, .what = what, .reason = reason, .until = BH_DAY_MAX };
  bh_error err = { 0 };
  if (until != NULL && !bh_day_parse(&h.until, bh_str_c(until)))
    return bh_engine_end(b, bh_fail(&err, BH_E_USAGE, "--until %s: expected a date as YYYY-MM-DD", until), &err);
  return run(&h, out);
}

int billhook_release(billhook *b, const char *what, const char *reason, const billhook_out *out)
{
  holding h = { .b = b, .what = what, .reason = reason, .until = BH_DAY_MAX, .release = true };
  return run(&h, out);
}
