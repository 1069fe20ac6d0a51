/* The control channel: one WebSocket on which the server says what it likes, among it what was asked for. */
#include "meshcentral.h"

enum { WAIT_MS = 60000, OTHERS_MAX = 10000 };

enum { T_ACTION, T_CAUSE, T_MSG, T_RESULT, T_RESPONSE_ID, T_COUNT };

typedef struct told {
  mesh *m;
  const mesh_wanted *wanted;
  int got;
  bh_status rc;
} told;

bh_status mesh_no_memory(const mesh *m)
{
  return m->h->fail(m->h->ctx, BH_E_NOMEM, "no memory");
}

/* The server says goodbye in words before it closes: a wrong password is one of them. */
static bh_status goodbye(const mesh *m, const bh_json_record *r)
{
  bh_str msg = r->texts[T_MSG], cause = r->texts[T_CAUSE];
  if (bhk_like(BHK("*token*"), msg) || bhk_like(BHK("*token*"), cause))
    return m->h->fail(m->h->ctx, BH_E_AUTH, "the account wants a second factor: use a login token of it");
  if (bhk_is(cause, "noauth"))
    return m->h->fail(m->h->ctx, BH_E_AUTH, "the user or its password was refused (%.*s)", (int)msg.len, msg.ptr);
  return m->h->fail(m->h->ctx, BH_E_TRANSIENT, "the server closed the channel: %.*s %.*s", (int)cause.len, cause.ptr, (int)msg.len, msg.ptr);
}

static bh_status on_message(void *user, const bh_json_record *r)
{
  told *t = user;
  if (bhk_is(r->texts[T_ACTION], "close"))
    return goodbye(t->m, r);
  if (!t->wanted || !bhk_is(r->texts[T_ACTION], t->wanted->action))
    return BH_OK;
  if (r->kinds[T_RESULT] == BH_JSON_STRING && !bhk_is(r->texts[T_RESULT], "ok"))
    return t->m->h->fail(t->m->h->ctx, BH_E_PERMANENT, "\"%s\": %.*s", t->wanted->action, (int)r->texts[T_RESULT].len, r->texts[T_RESULT].ptr);
  t->got = 1;
  return BH_OK;
}

static bh_status read_until(mesh *m, const mesh_wanted *wanted)
{
  static const char *const fields[T_COUNT] = {"action", "cause", "msg", "result", "responseid"};
  told t = {.m = m, .wanted = wanted};
  const bh_json_query top = {.struct_size = sizeof top, .each = "$", .fields = fields, .field_count = T_COUNT, .record = on_message, .user = &t};
  const bh_json_query *queries[4] = {&top};
  size_t n = 1;
  for (size_t i = 0; i < wanted->query_count && n < 4; i++)
    queries[n++] = wanted->queries[i];
  for (int others = 0; !t.got; others++) {
    int32_t closed = 0;
    bh_status rc = m->ws->next(m->h->ctx, m->socket, WAIT_MS, queries, n, &closed);
    if (rc != BH_OK)
      return rc;
    if (closed)
      return m->h->fail(m->h->ctx, BH_E_TRANSIENT, "the server closed the channel before it answered \"%s\"", wanted->action);
    if (others == OTHERS_MAX)
      return m->h->fail(m->h->ctx, BH_E_TRANSIENT, "the server says many things, but does not answer \"%s\"", wanted->action);
  }
  return BH_OK;
}

bh_status mesh_ask(mesh *m, const char *request, const mesh_wanted *wanted)
{
  bh_status rc = m->ws->send(m->h->ctx, m->socket, bhk_str(request));
  return rc ? rc : read_until(m, wanted);
}

/* "userinfo" comes unasked as soon as the server has taken the user in. */
bh_status mesh_open(mesh *m)
{
  const bh_str headers[] = {BHK("x-meshauth"), bhk_text(&m->auth)};
  const bh_http_request q = {.struct_size = sizeof q, .url = bhk_text(&m->url), .headers = headers, .header_count = 2};
  const mesh_wanted hello = {.action = "userinfo"};
  bh_status rc = m->ws->open(m->h->ctx, &q, &m->socket);
  return rc ? rc : read_until(m, &hello);
}

void mesh_close(mesh *m)
{
  if (m->socket)
    m->ws->close(m->h->ctx, m->socket);
  m->socket = NULL;
}
