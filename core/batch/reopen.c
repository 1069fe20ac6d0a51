/* Charged periods that a person wants re-rated: with today's price book, rules and facts. The next run drafts the difference. */
#include "batch/engine.h"
#include "batch/reopen_keys.h"
#include "batch/unsettle.h"
#include "base/failpoint.h"

typedef struct reopening {
  billhook *b;
  const billhook_reopen_options *o;
  bh_arena a;
  bh_day from, to;
  int64_t now_s;
  bh_jw w;
  int64_t count, already;
  int64_t *docs; size_t doc_count; /* that an event was written for */
  bh_error *err;
} reopening;

/* The document and the line that a key was charged with last: what a correction will name. */
static const bh_charged_line *charged_by(const bh_standing *s, const bh_charged_key *k)
{
  for (size_t i = s->row_count; i > 0; i--)
    if (bh_str_eq(s->rows[i - 1].line.line_id, k->line_id) && bh_str_eq(s->rows[i - 1].line.key, k->key))
      return &s->rows[i - 1];
  return NULL;
}

static bh_status note_event(reopening *r, int64_t doc, int32_t client)
{
  for (size_t i = 0; i < r->doc_count; i++)
    if (r->docs[i] == doc)
      return BH_OK;
  int64_t *more = BH_NEWN(&r->a, int64_t, r->doc_count + 1);
  if (r->doc_count)
    memcpy(more, r->docs, r->doc_count * sizeof *more);
  more[r->doc_count++] = doc;
  r->docs = more;
  bh_event e = { .at_s = r->now_s, .who = bh_str_c(r->b->options.who), .what = BH_S("reopened"), .reason = bh_str_c(r->o->reason), .doc = doc, .client = client };
  return bh_store_event_add(r->b->store, &e, r->err);
}

static void key_json(reopening *r, bh_str client_id, bh_str contract_id, const bh_charged_key *k)
{
  bh_jw *w = &r->w;
  bh_jw_obj(w);
  bh_jw_key(w, "client"); bh_jw_str(w, client_id);
  bh_jw_key(w, "contract"); bh_jw_str(w, contract_id);
  bh_jw_key(w, "line"); bh_jw_str(w, k->line_id);
  bh_jw_key(w, "period");
  bh_jw_obj(w);
  bh_jw_key(w, "from"); bh_jw_day(w, k->from);
  bh_jw_key(w, "to"); bh_jw_day(w, k->until - 1);
  bh_jw_obj_end(w);
  bh_jw_key(w, "product");
  if (k->product.len) bh_jw_str(w, k->product); else bh_jw_null(w);
  bh_jw_obj_end(w);
}

static bh_status reopen_one(reopening *r, int32_t client, bh_str client_id, const bh_contract_row *contract, const bh_standing *s, bh_charged_key *k)
{
  bool fresh;
  bh_status st = bh_reopen_key(&fresh, r->b->store, contract->num, s, k, r->err);
  if (st != BH_OK)
    return st;
  if (!fresh) {
    r->already++;
    return BH_OK;
  }
  r->count++;
  key_json(r, client_id, contract->id, k);
  const bh_charged_line *by = charged_by(s, k);
  return by != NULL ? note_event(r, by->doc, client) : BH_OK;
}

/* ---- reopen INV [LINE] ---- */

/* A line is named by its id, its number on the invoice, or its product. */
static bool line_named(const char *what, const bh_doc_line *l, size_t n)
{
  char number[24];
  snprintf(number, sizeof number, "%zu", n + 1);
  return bh_str_eqz(l->line_id, what) || strcmp(number, what) == 0 || bh_str_eqz(l->product, what);
}

/* Whether the invoice's line speaks of that key. What is no line of the contract (its minimum, what a rule added) stands for its whole billing. */
static bool speaks_of(const bh_doc_line *l, const bh_charged_key *k)
{
  if (!bh_key_of_line(k))
    return false;
  if (l->whole_from >= l->whole_until)
    return l->issue == k->issue;
  return l->whole_from == k->whole_from && l->whole_until == k->whole_until && bh_str_eq(l->key, k->key);
}

static bh_status reopen_lines(reopening *r, const bh_doc_row *doc, bh_str client_id, const bh_doc_line *lines, const bool *chosen, size_t n)
{
  bh_contract_row *contracts;
  size_t contract_count;
  bh_status st = bh_doc_contracts(&contracts, &contract_count, &r->a, r->b->store, doc->client, r->err);
  for (size_t c = 0; c < contract_count && st == BH_OK; c++) {
    bool on = false;
    for (size_t i = 0; i < n; i++)
      on = on || (chosen[i] && lines[i].contract == contracts[c].num);
    if (!on)
      continue;
    bh_standing s;
    st = bh_standing_read(&s, r->b->store, &r->a, contracts[c].num, r->err);
    for (size_t k = 0; k < s.key_count && st == BH_OK; k++) {
      bool meant = false;
      for (size_t i = 0; i < n && !meant; i++)
        meant = chosen[i] && lines[i].contract == contracts[c].num && speaks_of(&lines[i], &s.keys[k]);
      if (meant && !s.keys[k].open)
        st = reopen_one(r, doc->client, client_id, &contracts[c], &s, &s.keys[k]);
    }
    if (st == BH_OK)
      st = bh_unsettle(r->b->store, &r->a, doc->client, client_id, &contracts[c].num, 1, r->err);
  }
  return st;
}

static bh_status reopen_invoice(reopening *r)
{
  bh_doc_row doc;
  bh_str client_id;
  bh_doc_line *lines;
  size_t n, meant = 0;
  bh_status st = bh_doc_find(&doc, &client_id, &r->a, r->b->store, bh_str_c(r->o->invoice), r->err);
  if (st != BH_OK)
    return st;
  bh_str id = bh_doc_id(&r->a, client_id, doc.ord);
  if (doc.state == BH_DOC_DRAFT)
    return bh_fail(r->err, BH_E_USAGE, "%.*s is a draft: each run rates it anew, there is nothing to re-open", BH_STR_ARG(id));
  if (doc.state == BH_DOC_VOID)
    return bh_fail(r->err, BH_E_USAGE, "%.*s is void: its periods are owed again already", BH_STR_ARG(id));
  if (doc.by_hand)
    return bh_fail(r->err, BH_E_USAGE, "%.*s was written by hand: re-open the invoice that it credits", BH_STR_ARG(id));
  st = bh_store_doc_lines(r->b->store, &lines, &n, &r->a, doc.doc, r->err);
  if (st != BH_OK)
    return st;
  bool *chosen = BH_NEWN(&r->a, bool, n ? n : 1);
  for (size_t i = 0; i < n; i++) {
    bool line = lines[i].kind != BH_LINE_DISCOUNT && lines[i].contract != 0;
    chosen[i] = line && (r->o->line == NULL || line_named(r->o->line, &lines[i], i));
    meant += chosen[i];
  }
  if (r->o->line != NULL && meant != 1)
    return bh_fail(r->err, BH_E_USAGE, meant == 0 ? "%.*s has no line \"%s\": expected its number, id or product" :
                   "%.*s has several lines \"%s\": name one by its number or id", BH_STR_ARG(id), r->o->line);
  st = reopen_lines(r, &doc, client_id, lines, chosen, n);
  if (st == BH_OK && r->count + r->already == 0)
    return bh_fail(r->err, BH_E_USAGE, "%.*s: nothing of it is charged any more: its periods are owed again already", BH_STR_ARG(id));
  return st;
}

/* ---- reopen --product P --from D --to D ---- */
typedef struct known_client { bh_str id; int32_t num; } known_client;
typedef struct known_clients { bh_arena *a; known_client *items; size_t count, cap; } known_clients;

static bh_status on_client(void *ctx, bh_str id, const bh_client_row *row, bh_error *err)
{
  known_clients *k = ctx;
  (void)err;
  if (k->count == k->cap) {
    size_t cap = k->cap ? k->cap * 2 : 64;
    known_client *more = BH_NEWN(k->a, known_client, cap);
    if (k->count)
      memcpy(more, k->items, k->count * sizeof *more);
    k->items = more;
    k->cap = cap;
  }
  k->items[k->count++] = (known_client){ bh_arena_str(k->a, id), row->num };
  return BH_OK;
}

static bh_status reopen_client(reopening *r, bh_arena *a, const known_client *client)
{
  bh_contract_row *contracts;
  size_t n;
  bh_status st = bh_store_contracts_of(r->b->store, &contracts, &n, a, client->num, r->err);
  for (size_t c = 0; c < n && st == BH_OK; c++) {
    bh_standing s;
    int64_t before = r->count;
    if (contracts[c].currency.len == 0)
      continue;
    st = bh_standing_read(&s, r->b->store, a, contracts[c].num, r->err);
    for (size_t k = 0; k < s.key_count && st == BH_OK; k++)
      if (!s.keys[k].open && bh_key_of_line(&s.keys[k]) && bh_str_eqz(s.keys[k].product, r->o->product) && s.keys[k].from <= r->to && s.keys[k].until > r->from)
        st = reopen_one(r, client->num, client->id, &contracts[c], &s, &s.keys[k]);
    if (st == BH_OK && r->count > before)
      st = bh_unsettle(r->b->store, a, client->num, client->id, &contracts[c].num, 1, r->err);
  }
  return st;
}

static bh_status reopen_product(reopening *r)
{
  known_clients all = { .a = &r->a };
  bh_status st = BH_OK;
  if (r->o->client != NULL) {
    bh_client_row row;
    st = bh_store_client_get(r->b->store, &row, bh_str_c(r->o->client), r->err);
    if (st == BH_OK && !row.exists)
      return bh_fail(r->err, BH_E_USAGE, "--client %s: nothing was ever billed to a client of that id", r->o->client);
    if (st == BH_OK)
      st = on_client(&all, bh_str_c(r->o->client), &row, r->err);
  } else {
    st = bh_store_clients_each(r->b->store, on_client, &all, r->err);
  }
  bh_arena a;
  bh_arena_init(&a);
  for (size_t i = 0; i < all.count && st == BH_OK; i++) {
    bh_arena_reset(&a);
    st = reopen_client(r, &a, &all.items[i]);
    if ((i & 255) == 255)
      bh_engine_progress(r->b, "clients", (int64_t)i + 1, (int64_t)all.count);
  }
  bh_arena_dispose(&a);
  if (st == BH_OK && r->count + r->already == 0) {
    char from[12], to[12];
    bh_day_format(from, r->from);
    bh_day_format(to, r->to);
    return bh_fail(r->err, BH_E_USAGE, "no period of product \"%s\" from %s to %s has been charged%s%s", r->o->product, from, to, r->o->client ? " to " : "",
                   r->o->client ? r->o->client : "");
  }
  return st;
}

static bh_status read_options(reopening *r)
{
  const billhook_reopen_options *o = r->o;
  if ((o->invoice != NULL) == (o->product != NULL))
    return bh_fail(r->err, BH_E_USAGE, "reopen what? Expected an invoice, or --product P --from D --to D");
  if (o->reason == NULL || *o->reason == 0)
    return bh_fail(r->err, BH_E_USAGE, "reopen needs --reason, which is recorded");
  if (o->invoice != NULL)
    return o->from == NULL && o->to == NULL && o->client == NULL ? BH_OK : bh_fail(r->err, BH_E_USAGE, "--from, --to and --client go with --product");
  if (o->from == NULL || o->to == NULL)
    return bh_fail(r->err, BH_E_USAGE, "--product wants --from D and --to D: the days of the periods");
  if (!bh_day_parse(&r->from, bh_str_c(o->from)) || !bh_day_parse(&r->to, bh_str_c(o->to)))
    return bh_fail(r->err, BH_E_USAGE, "--from %s --to %s: expected dates as YYYY-MM-DD", o->from, o->to);
  return r->from <= r->to ? BH_OK : bh_fail(r->err, BH_E_USAGE, "--from %s is after --to %s", o->from, o->to);
}

int billhook_reopen(billhook *b, const billhook_reopen_options *o, const billhook_out *out)
{
  bh_error err = { 0 };
  reopening r = { .b = b, .o = o, .err = &err };
  bh_buf json;
  bh_arena_init(&r.a);
  bh_buf_init(&json, 1u << 30);
  bh_jw_init(&r.w, &json);
  bh_jw_obj(&r.w);
  bh_jw_key(&r.w, "reopened");
  bh_jw_arr(&r.w);
  bh_status st = read_options(&r);
  if (st == BH_OK)
    st = bh_clock_now(&r.now_s, &err);
  if (st == BH_OK && (st = bh_engine_store(b, BH_STORE_WRITE)) != BH_OK)
    err = b->error;
  if (st == BH_OK)
    st = bh_store_begin(b->store, &err);
  if (st == BH_OK)
    st = o->invoice != NULL ? reopen_invoice(&r) : reopen_product(&r);
  BH_FAILPOINT("reopen.before_commit");
  if (st == BH_OK)
    st = bh_store_commit(b->store, &err);
  BH_FAILPOINT("reopen.after_commit");
  if (st == BH_OK) {
    bh_jw_arr_end(&r.w);
    bh_jw_key(&r.w, "already"); bh_jw_int(&r.w, r.already); /* re-opened before, and not re-rated yet */
    bh_jw_key(&r.w, "reason"); bh_jw_z(&r.w, o->reason);
    bh_jw_obj_end(&r.w);
    bh_out_line(out, &json);
  }
  bh_buf_dispose(&json);
  bh_arena_dispose(&r.a);
  return bh_engine_end(b, st, &err);
}
