/* The lists, one after another, and what is complete when they have been read. */
#include "rest.h"

void rest_run_dispose(rest_run *x)
{
  bhk_map_dispose(&x->clients);
  bhk_seen_dispose(&x->seen);
  bhk_dispose(&x->key);
  bhk_map_dispose(&x->kinds);
  free(x->ids);
}

/* ---- one list ---- */

/* The path, with the client in it. */
static bh_status path_of(rest_run *x, bhk_buf *out)
{
  bh_str escaped = {"", 0};
  bh_status rc = x->client.len ? x->r->api.http->escape(x->r->h->ctx, x->client, &escaped) : BH_OK;
  for (const char *at = x->list->path; rc == BH_OK && *at;) {
    const char *hole = strstr(at, "{client}");
    bhk_put(out, (bh_str){at, hole ? (size_t)(hole - at) : strlen(at)});
    if (!hole)
      break;
    bhk_put(out, escaped);
    at = hole + strlen("{client}");
  }
  bhk_put(out, (bh_str){"", 1});
  return rc ? rc : out->broken ? rest_no_memory(x->r) : BH_OK;
}

/* A mapping that has never found anything is wrong, most likely: it is a failure where it has left out everything. */
static bh_status check_fields(const rest_run *x)
{
  const bh_host *h = x->r->h;
  const rest_list *l = x->list;
  char words[200];
  for (size_t i = 0; i < l->rule_count && x->rows && !x->kept; i++)
    if (!x->met[l->rules[i].field])
      return h->fail(h->ctx, BH_E_PERMANENT, "lists[%zu]: only: no row has the field \"%s\", and none is left", x->list_number + 1,
                     l->fields[l->rules[i].field]);
  for (size_t i = 0; i < l->field_count && x->rows; i++)
    if (!x->met[i]) {
      snprintf(words, sizeof words, "lists[%zu]: no row has the field \"%.100s\"", x->list_number + 1, l->fields[i]);
      h->log(h->ctx, BH_LOG_WARN, bhk_str(words));
    }
  if (x->nobodys) {
    snprintf(words, sizeof words, "lists[%zu]: %llu rows have no client: they are nobody's and are not counted", x->list_number + 1,
             (unsigned long long)x->nobodys);
    h->log(h->ctx, BH_LOG_WARN, bhk_str(words));
  }
  return BH_OK;
}

static bh_status read_answers(rest_run *x)
{
  const rest_list *l = x->list;
  bhk_buf path = {0};
  bh_status rc = path_of(x, &path);
  if (rc == BH_OK) {
    const bhk_list list = {.path = path.ptr, .each = l->each, .fields = (const char *const *)l->fields, .field_count = l->field_count, .row = rest_row,
      .pages = l->pages.kind ? &l->pages : NULL, .body = l->body, .post = l->post};
    rc = bhk_read(&x->r->api, &list, x, NULL, 0);
  }
  bhk_dispose(&path);
  return rc;
}

/* One client's refusal costs that client alone; whoever can be read is. */
static bh_status read_by_client(rest_run *x)
{
  const bh_host *h = x->r->h;
  size_t failed = 0;
  bh_status rc = BH_OK, last = BH_OK;
  if (x->id_count == 0)
    return h->fail(h->ctx, BH_E_INVALID, "lists[%zu]: {client} needs a list that brings clients before it", x->list_number + 1);
  for (size_t i = 0; i < x->id_count && rc == BH_OK; i++) {
    x->client = x->ids[i];
    rc = h->cancelled(h->ctx) ? BH_E_CANCELLED : read_answers(x);
    if (rc != BH_E_AUTH && rc != BH_E_PERMANENT)
      continue;
    last = rc;
    failed++;
    rc = x->emit->client_failed(x->emit->ctx, x->client, (bh_str){"", 0});
  }
  x->client = (bh_str){"", 0};
  return rc == BH_OK && failed == x->id_count ? last : rc;
}

static bh_status read_list(rest_run *x, size_t n)
{
  x->list = &x->r->lists[n];
  x->list_number = n;
  x->rows = x->kept = x->nobodys = 0;
  memset(x->met, 0, sizeof x->met);
  bh_status rc = x->list->by_client ? read_by_client(x) : read_answers(x);
  return rc ? rc : check_fields(x);
}

/* ---- what is complete ---- */

/* The kind that all rows of a list have; empty where rows or the script say. */
static bh_str kind_of(const rest_list *l)
{
  return l->from[F_KIND].field < 0 && !l->call ? l->from[F_KIND].constant : (bh_str){"", 0};
}

/* A kind is complete where every list that may bring it is; a list of any kind may bring each. */
static int is_complete(const rest *r, bh_str kind)
{
  int any = 0;
  for (size_t i = 0; i < r->list_count; i++) {
    const rest_list *l = &r->lists[i];
    bh_str own = kind_of(l);
    if (l->brings != BRINGS_ASSETS || (own.len && kind.len && !bhk_eq(own, kind)))
      continue;
    any = 1;
    if (!l->complete)
      return 0;
  }
  return any;
}

static bh_status scope(rest_run *x, bh_str kind, int end)
{
  const bh_emit *e = x->emit;
  if (kind.len == 0)
    kind = BHK("*");
  return end ? e->scope_end(e->ctx, kind, BHK("*"), BH_SCOPE_COMPLETE) : e->scope_begin(e->ctx, kind, BHK("*"));
}

static bh_status scopes(rest_run *x, int end)
{
  const rest *r = x->r;
  bh_status rc = BH_OK;
  if (x->clients_only)
    return BH_OK;
  for (size_t i = 0; i < r->list_count && rc == BH_OK; i++) {
    bh_str kind = kind_of(&r->lists[i]);
    int had = 0;
    for (size_t k = 0; k < i; k++)
      had |= r->lists[k].brings == BRINGS_ASSETS && bhk_eq(kind_of(&r->lists[k]), kind);
    if (r->lists[i].brings == BRINGS_ASSETS && !had && is_complete(r, kind))
      rc = scope(x, kind, end);
  }
  return rc;
}

static bh_status no_failed(void *ctx, bh_str client, bh_str why)
{
  (void)ctx;
  (void)client;
  (void)why;
  return BH_OK;
}

bh_status rest_run_all(rest_run *x)
{
  const rest *r = x->r;
  bh_emit clients_alone = *x->emit;
  int listed = 0;
  for (size_t i = 0; i < r->list_count; i++)
    listed |= r->lists[i].brings == BRINGS_CLIENTS;
  if (x->clients_only) {
    clients_alone.client_failed = no_failed;
    x->emit = &clients_alone;
  }
  bh_status rc = scopes(x, 0);
  for (size_t i = 0; i < r->list_count && rc == BH_OK; i++)
    if (!x->clients_only || !listed || r->lists[i].brings == BRINGS_CLIENTS)
      rc = read_list(x, i);
  return rc ? rc : scopes(x, 1);
}
