/* `plugin record`: a connector's session with the real platform as a scrubbed replay file. */
#include "batch/pull_impl.h"
#include "report/report.h"
#include "report/scrub.h"
#include <strings.h>

enum { DOCUMENT_BYTES_MAX = 512 << 20 };

typedef struct kept { struct kept *next; bh_str method, url, sent, token, headers, body; int32_t status; bh_node *json; } kept;
/* What the connector makes of it: ids, and names, descriptions and attributes. */
typedef struct said { struct said *next; bh_str attribute, text; bool id; } said;
typedef struct recorder { bh_arena *a; kept *first, **end; size_t count; said *facts; } recorder;

/* The same request with the same answer is kept once: the three calls begin alike. */
static bool had(const recorder *r, const bh_exchange *x) {
  for (const kept *k = r->first; k != NULL; k = k->next)
    if (bh_str_eq(k->method, x->method) && bh_str_eq(k->url, x->url) && bh_str_eq(k->sent, x->sent) && bh_str_eq(k->token, x->token) && k->status == x->status && bh_str_eq(k->body, x->body)) return true;
  return false;
}

static void on_exchange(void *ctx, const bh_exchange *x) {
  recorder *r = ctx;
  if (x->status == 0 || had(r, x)) return; /* without an answer there is nothing to replay */
  kept *k = BH_NEW(r->a, kept);
  *k = (kept){.method = bh_arena_str(r->a, x->method), .url = bh_arena_str(r->a, x->url), .sent = bh_arena_str(r->a, x->sent), .token = bh_arena_str(r->a, x->token), .status = x->status,
    .headers = bh_arena_str(r->a, x->headers), .body = bh_arena_str(r->a, x->body)};
  if (bh_json_parse(&k->json, r->a, k->body, NULL, NULL) != BH_OK || k->json->kind != BH_NODE_TABLE) k->json = NULL;
  *r->end = k;
  r->end = &k->next;
  r->count++;
}

/* ---- the facts are dropped, but for the words in them ---- */

static void note(recorder *r, bh_str attribute, bh_str text, bool id) {
  if (text.len == 0) return;
  said *x = BH_NEW(r->a, said);
  *x = (said){.next = r->facts, .attribute = bh_arena_str(r->a, attribute), .text = bh_arena_str(r->a, text), .id = id};
  r->facts = x;
}

static void note_id(recorder *r, bh_str id) { note(r, BH_S(""), id, true); }
static void note_name(recorder *r, bh_str name) { note(r, BH_S(""), name, false); }

static void note_attributes(recorder *r, bh_str json) {
  bh_node *root = NULL;
  if (json.len == 0 || bh_json_parse(&root, r->a, json, NULL, NULL) != BH_OK || root->kind != BH_NODE_TABLE) return;
  for (size_t i = 0; i < root->field_count; i++) note(r, root->fields[i].key, root->fields[i].value->text, false);
}

static bh_status on_client(void *ctx, bh_str id, bh_str name, bh_str domain, bh_error *err) {
  (void)err;
  note_id(ctx, id);
  note_name(ctx, name);
  note_name(ctx, domain);
  return BH_OK;
}

static bh_status on_asset(void *ctx, const bh_pull_asset *x, bh_error *err) {
  (void)err;
  note_id(ctx, x->client);
  note_id(ctx, x->id);
  note_name(ctx, x->name);
  note_attributes(ctx, x->attrs);
  return BH_OK;
}

static bh_status on_gauge(void *ctx, const bh_pull_gauge *x, bh_error *err) {
  (void)err;
  note_id(ctx, x->client);
  note_id(ctx, x->metric);
  return BH_OK;
}

static bh_status on_usage(void *ctx, const bh_pull_usage *x, bh_error *err) {
  (void)err;
  note_id(ctx, x->client);
  note_id(ctx, x->metric);
  note_id(ctx, x->id);
  note_name(ctx, x->description);
  note_attributes(ctx, x->attrs);
  return BH_OK;
}

static bh_status on_charge(void *ctx, const bh_pull_charge *x, bh_error *err) {
  (void)err;
  note_id(ctx, x->client);
  note_id(ctx, x->id);
  note_id(ctx, x->product);
  note_id(ctx, x->contract);
  note_name(ctx, x->description);
  note_name(ctx, x->po);
  return BH_OK;
}

static bh_status on_product(void *ctx, const bh_pull_product *x, bh_error *err) {
  (void)err;
  note_id(ctx, x->id);
  note_name(ctx, x->name);
  return BH_OK;
}

static bh_status on_cost(void *ctx, const bh_pull_cost *x, bh_error *err) {
  (void)err;
  note_id(ctx, x->client);
  note_id(ctx, x->id);
  note_id(ctx, x->product);
  note_name(ctx, x->description);
  return BH_OK;
}

static bh_status no_scope(void *ctx, bh_str kind, bh_str client, bool complete, bh_error *err) { return (void)ctx, (void)kind, (void)client, (void)complete, (void)err, BH_OK; }
static bh_status no_failure(void *ctx, bh_str client, bh_str why, bh_error *err) { return (void)ctx, (void)client, (void)why, (void)err, BH_OK; }
static const bh_pull_sink sink = {.client = on_client, .asset = on_asset, .gauge = on_gauge, .usage = on_usage, .charge = on_charge, .scope = no_scope,
  .client_failed = no_failure, .product = on_product, .cost = on_cost, .exchange = on_exchange};

/* ---- writing ---- */

/* Of the headers those that a connector can go by. */
static bool wanted(bh_str line) {
  static const char *const names[] = {"content-type:", "link:", "retry-after:", "x-total-count:", "x-total-pages:", "x-page:", "x-next-page:", "x-rate-limit"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
    if (line.len >= strlen(names[i]) && strncasecmp(line.ptr, names[i], strlen(names[i])) == 0) return true;
  return false;
}

static void put_headers(bh_jw *w, bh_scrub *s, bh_arena *a, bh_str headers) {
  bh_jw_key(w, "headers");
  bh_jw_obj(w);
  while (headers.len) {
    const char *end = memchr(headers.ptr, '\n', headers.len);
    size_t n = end ? (size_t)(end - headers.ptr) : headers.len;
    bh_str line = {headers.ptr, n};
    const char *colon = memchr(line.ptr, ':', line.len);
    if (colon && wanted(line)) {
      size_t name = (size_t)(colon - line.ptr), from = name + 1;
      while (from < n && line.ptr[from] == ' ') from++;
      bh_jw_key_any(w, bh_arena_z(a, (bh_str){line.ptr, name}));
      bh_jw_str(w, bh_scrub_text(s, a, (bh_str){line.ptr + from, n - from}));
    }
    headers = (bh_str){headers.ptr + n + (end != NULL), headers.len - n - (end != NULL)};
  }
  bh_jw_obj_end(w);
}

static void put_exchange(bh_jw *w, bh_scrub *s, bh_arena *a, const kept *k) {
  bh_buf json;
  bh_buf_putc(w->out, '\n'); /* an exchange a line */
  bh_jw_obj(w);
  bh_jw_key(w, "method"); bh_jw_str(w, k->method);
  bh_jw_key(w, "url"); bh_jw_str(w, bh_scrub_text(s, a, k->url));
  if (k->sent.len) { bh_jw_key(w, "sent"); bh_jw_str(w, bh_scrub_text(s, a, k->sent)); }
  if (k->token.len) { bh_jw_key(w, "token"); bh_jw_str(w, bh_scrub_token(s, k->token)); }
  bh_jw_key(w, "status"); bh_jw_int(w, k->status);
  put_headers(w, s, a, k->headers);
  if (k->json != NULL) {
    bh_buf_init(&json, DOCUMENT_BYTES_MAX);
    bh_json_write(&json, bh_scrub_tree(s, a, k->json));
    bh_jw_key(w, "json"); bh_jw_raw(w, bh_buf_str(&json));
    bh_buf_dispose(&json);
  } else {
    bh_jw_key(w, "body"); bh_jw_str(w, bh_scrub_text(s, a, (bh_str){k->body.ptr, bh_utf8_span(k->body)}));
  }
  bh_jw_obj_end(w);
}

/* The request that a token came of: the first whose answer holds it. */
static const kept *origin(const recorder *r, bh_str token) {
  for (const kept *k = r->first; k != NULL; k = k->next)
    if (memmem(k->body.ptr, k->body.len, token.ptr, token.len) != NULL) return k;
  return NULL;
}

static void join_tokens(bh_scrub *s, const recorder *r) {
  for (const kept *k = r->first; k != NULL; k = k->next) {
    const kept *of = k->token.len ? origin(r, k->token) : NULL;
    for (const kept *first = r->first; of != NULL && first != k; first = first->next) {
      const kept *other = first->token.len && !bh_str_eq(first->token, k->token) ? origin(r, first->token) : NULL;
      if (other == NULL || !bh_str_eq(other->url, of->url) || !bh_str_eq(other->sent, of->sent)) continue;
      bh_scrub_same_token(s, k->token, first->token);
      break;
    }
  }
}

static void learn(bh_scrub *s, const recorder *r, const billhook_plugin_record_options *o) {
  join_tokens(s, r);
  for (size_t i = 0; i < o->scrub_count; i++) bh_scrub_member(s, o->scrub[i]);
  for (const said *x = r->facts; x != NULL; x = x->next)
    if (x->id) bh_scrub_id(s, x->text);
  for (const said *x = r->facts; x != NULL; x = x->next)
    if (!x->id) bh_scrub_emitted(s, x->attribute, x->text);
  for (const kept *k = r->first; k != NULL; k = k->next)
    if (k->json != NULL) bh_scrub_count(s, k->json);
  for (const kept *k = r->first; k != NULL; k = k->next)
    if (k->json != NULL) bh_scrub_learn(s, k->json);
}

static void put_document(bh_buf *out, const recorder *r, const bh_pull_job *job, bh_arena *a, const billhook_plugin_record_options *o) {
  bh_scrub *s = bh_scrub_new(job->plugin, job->options, job->option_count);
  bh_jw w;
  learn(s, r, o);
  bh_jw_init(&w, out);
  bh_jw_obj(&w);
  bh_jw_key(&w, "schema"); bh_jw_z(&w, "billhook.replay/1");
  bh_jw_key(&w, "plugin"); bh_jw_str(&w, job->plugin->id);
  bh_jw_key(&w, "date"); bh_jw_day(&w, job->day);
  if (job->since) { bh_jw_key(&w, "since"); bh_jw_day(&w, job->since); }
  bh_jw_key(&w, "timezone"); bh_jw_str(&w, job->timezone);
  bh_jw_key(&w, "options");
  bh_jw_obj(&w);
  for (size_t i = 0; i < job->option_count; i++) {
    bh_jw_key_any(&w, bh_arena_z(a, job->options[i].key));
    bh_jw_str(&w, bh_scrub_option(s, a, &job->options[i]));
  }
  bh_jw_obj_end(&w);
  bh_jw_key(&w, "exchanges");
  bh_jw_arr(&w);
  for (const kept *k = r->first; k != NULL; k = k->next) put_exchange(&w, s, a, k);
  bh_jw_arr_end(&w);
  bh_jw_obj_end(&w);
  bh_str left = bh_scrub_left(s);
  if (o->left != NULL && left.len) o->left->write(o->left->ctx, left.ptr, left.len);
  bh_scrub_free(s);
}

static bh_status find_use(const bh_plugin_use **out, billhook *b, const char *name, bh_error *err) {
  for (size_t i = 0; i < b->ws->use_count; i++)
    if (b->ws->uses[i].kind == BH_KIND_CONNECTOR && bh_str_eqz(b->ws->uses[i].name, name)) {
      *out = &b->ws->uses[i];
      return BH_OK;
    }
  return bh_fail(err, BH_E_USAGE, "billhook.lua has no connector \"%s\"", name);
}

static bh_status record(bh_buf *out, billhook *b, const bh_plugin_use *use, bh_arena *a, const billhook_plugin_record_options *o, bh_error *err) {
  static const int32_t calls[] = {BH_CALL_PROBE, BH_CALL_CLIENTS, BH_CALL_PULL};
  bh_puller p;
  bh_pull_job job = {0};
  recorder r = {.a = a};
  r.end = &r.first;
  bh_puller_init(&p, use);
  bh_status st = bh_puller_job(&job, &p, a, b, true, err);
  job.ctx = &r;
  job.record = true;
  if (st == BH_OK && o->since != NULL && !bh_day_parse(&job.since, bh_str_c(o->since))) st = bh_fail(err, BH_E_USAGE, "--since %s: expected YYYY-MM-DD", o->since);
  for (size_t i = 0; st == BH_OK && i < sizeof calls / sizeof calls[0]; i++) {
    job.call = calls[i];
    st = bh_pull_run(&job, 1, &sink, b->options.stop, err);
    if (st == BH_OK && job.status != BH_OK) {
      *err = job.error;
      st = job.status;
    }
  }
  if (st == BH_OK && r.count == 0) st = bh_fail(err, BH_E_PERMANENT, "connector \"%.*s\" sent no request: there is nothing to record", BH_STR_ARG(use->name));
  if (st == BH_OK) put_document(out, &r, &job, a, o);
  if (st == BH_OK && out->failed) st = bh_fail(err, BH_E_PERMANENT, "the session is larger than 512 MiB");
  bh_puller_dispose(&p);
  return st;
}

int billhook_plugin_record(billhook *b, const billhook_plugin_record_options *o, const billhook_out *out) {
  bh_error err = {0};
  bh_arena a;
  bh_buf text;
  const bh_plugin_use *use = NULL;
  bh_arena_init(&a);
  bh_buf_init(&text, DOCUMENT_BYTES_MAX);
  bh_status st = bh_engine_config(b);
  if (st != BH_OK) err = b->error;
  if (st == BH_OK && (st = bh_engine_plugins(b)) != BH_OK) err = b->error;
  if (st == BH_OK) st = find_use(&use, b, o->connector, &err);
  if (st == BH_OK) st = record(&text, b, use, &a, o, &err);
  if (st == BH_OK) bh_out_line(out, &text);
  bh_buf_dispose(&text);
  bh_arena_dispose(&a);
  return bh_engine_end(b, st, &err);
}
