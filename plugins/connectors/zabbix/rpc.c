/* JSON-RPC 2.0 as Zabbix speaks it: every answer is HTTP 200, errors stand in the body. */
#include "zabbix.h"
#include <stdlib.h>

enum { REASON_BYTES_MAX = 300 };

/* What the envelope around a result said. */
typedef struct envelope {
  zbx *z;
  const char *method;
  zbx_buf *scalar;
  bool seen, failed, id_ok, scalar_ok;
  bool code_ok, negative;
  uint64_t code;              /* without its sign */
  char reason[2 * REASON_BYTES_MAX + 2];
  size_t reason_len;
} envelope;

bh_status zbx_no_memory(zbx *z)
{
  return z->h->fail(z->h->ctx, BH_E_NOMEM, "out of memory");
}

/* Cuts on a character's first byte. */
static void add_reason(envelope *e, bh_str s)
{
  if (s.len > REASON_BYTES_MAX) {
    s.len = REASON_BYTES_MAX;
    while (s.len && ((unsigned char)s.ptr[s.len] & 0xC0) == 0x80)
      s.len--;
  }
  if (s.len == 0)
    return;
  if (e->reason_len)
    e->reason[e->reason_len++] = ' ';
  memcpy(e->reason + e->reason_len, s.ptr, s.len);
  e->reason_len += s.len;
}

enum { E_VERSION, E_ID, E_ERROR, E_CODE, E_MESSAGE, E_DATA, E_RESULT, E_COUNT };

static bh_status on_envelope(void *user, const bh_json_record *r)
{
  envelope *e = user;
  uint64_t id = 0;
  e->seen = r->kinds[E_VERSION] == BH_JSON_STRING;
  e->id_ok = zbx_number(&id, r->texts[E_ID]) && id == e->z->call_id;
  e->failed = r->kinds[E_ERROR] != BH_JSON_MISSING;
  if (e->failed) {
    bh_str code = r->texts[E_CODE];
    e->negative = code.len && code.ptr[0] == '-';
    if (e->negative)
      code = (bh_str){code.ptr + 1, code.len - 1};
    e->code_ok = zbx_number(&e->code, code);
    if (r->kinds[E_MESSAGE] == BH_JSON_STRING)
      add_reason(e, r->texts[E_MESSAGE]);
    if (r->kinds[E_DATA] == BH_JSON_STRING)
      add_reason(e, r->texts[E_DATA]);
    return BH_OK;
  }
  if (e->scalar && (r->kinds[E_RESULT] == BH_JSON_STRING || r->kinds[E_RESULT] == BH_JSON_NUMBER)) {
    e->scalar->len = 0;
    zbx_put(e->scalar, r->texts[E_RESULT]);
    e->scalar_ok = true;
  }
  return BH_OK;
}

static bool contains(const char *text, size_t len, const char *word)
{
  size_t n = strlen(word);
  for (size_t i = 0; i + n <= len; i++)
    if (memcmp(text + i, word, n) == 0)
      return true;
  return false;
}

/* Zabbix has one code for a wrong parameter and for refused credentials, and words its messages in the user's language. So the first
 * authenticated call of a session, whose parameters are known to be right, and the login are told by the code. */
static bh_status error_status(const envelope *e)
{
  static const char *const auth_words[] = {"Not authori", "re-login", "oken expired", "o permissions", "ermission", "user name or password", "blocked"};
  bool login = strcmp(e->method, "user.login") == 0;
  bool application = e->negative && e->code == 32500, params = e->negative && e->code == 32602;
  if (contains(e->reason, e->reason_len, "SQL ") || contains(e->reason, e->reason_len, "DBEXECUTE"))
    return BH_E_TRANSIENT;
  for (size_t i = 0; i < sizeof auth_words / sizeof auth_words[0]; i++)
    if (contains(e->reason, e->reason_len, auth_words[i]))
      return BH_E_AUTH;
  if ((login || !e->z->trusted) && (application || params))
    return BH_E_AUTH;
  if (params || (e->negative && (e->code == 32600 || e->code == 32601 || e->code == 32700)))
    return BH_E_INVALID;
  if (application)
    return BH_E_PERMANENT;
  return BH_E_TRANSIENT; /* 1: no database, or under maintenance. -32300, -32400, -32603: its own trouble */
}

static bh_status judge(envelope *e)
{
  const bh_host *h = e->z->h;
  if (e->failed)
    return h->fail(h->ctx, error_status(e), "%s: Zabbix says: %.*s (%s%lu)", e->method, (int)e->reason_len, e->reason, e->negative ? "-" : "",
                   e->code_ok ? (unsigned long)e->code : 0UL);
  if (!e->seen)
    return h->fail(h->ctx, BH_E_PERMANENT, "%s: the answer is not JSON-RPC: is `url` the address of Zabbix's front end?", e->method);
  if (!e->id_ok)
    return h->fail(h->ctx, BH_E_TRANSIENT, "%s: the answer belongs to another call", e->method);
  if (e->scalar && !e->scalar_ok)
    return h->fail(h->ctx, BH_E_PERMANENT, "%s: the answer has no plain result", e->method);
  if (e->scalar && e->scalar->broken)
    return zbx_no_memory(e->z);
  return BH_OK;
}

static bh_status call(zbx *z, const char *method, const zbx_buf *params, bool auth, zbx_buf *scalar, const bh_json_query *const *queries,
                      size_t query_count)
{
  static const char *const fields[E_COUNT] = {"jsonrpc", "id", "error", "error.code", "error.message", "error.data", "result"};
  enum { QUERIES_MAX = 8 };
  if (z->h->cancelled(z->h->ctx))
    return BH_E_CANCELLED;
  bh_str credential = z->token.len ? z->token : (bh_str){z->session.ptr, z->session.len};
  z->body.len = z->header.len = 0;
  z->call_id++;
  zbx_putz(&z->body, "{\"jsonrpc\":\"2.0\",\"method\":");
  zbx_put_json(&z->body, (bh_str){method, strlen(method)});
  zbx_putz(&z->body, ",\"params\":");
  zbx_put(&z->body, (bh_str){params->ptr, params->len});
  zbx_putz(&z->body, ",\"id\":");
  zbx_put_number(&z->body, z->call_id);
  if (auth && !z->bearer) {
    zbx_putz(&z->body, ",\"auth\":");
    zbx_put_json(&z->body, credential);
  }
  zbx_putz(&z->body, "}");
  zbx_putz(&z->header, "Bearer ");
  zbx_put(&z->header, credential);
  if (params->broken || z->body.broken || z->header.broken)
    return zbx_no_memory(z);

  const bh_str headers[] = {ZBX_TEXT("Content-Type"), ZBX_TEXT("application/json-rpc"), ZBX_TEXT("Authorization"), {z->header.ptr, z->header.len}};
  const bh_http_request request = {.struct_size = sizeof request, .flags = BH_HTTP_REPEATABLE, .method = ZBX_TEXT("POST"),
    .url = {z->endpoint, z->endpoint_len}, .headers = headers, .header_count = auth && z->bearer ? 4 : 2, .body = {z->body.ptr, z->body.len}};
  envelope e = {.z = z, .method = method, .scalar = scalar};
  const bh_json_query around = {.struct_size = sizeof around, .each = "$", .fields = fields, .field_count = scalar ? E_COUNT : E_RESULT,
    .record = on_envelope, .user = &e};
  const bh_json_query *all[QUERIES_MAX] = {&around};
  size_t n = 1;
  for (size_t i = 0; i < query_count && n < QUERIES_MAX; i++)
    all[n++] = queries[i];
  bh_http_answer answer = {.struct_size = sizeof answer};
  bh_status rc = z->json->http(z->h->ctx, &request, NULL, all, n, &answer);
  if (rc == BH_E_PERMANENT && (answer.status == 404 || answer.status == 405))
    return z->h->fail(z->h->ctx, BH_E_INVALID, "%.*s: HTTP %d: is `url` the address of Zabbix's front end?", (int)z->endpoint_len, z->endpoint,
                      (int)answer.status);
  if (rc == BH_OK && (rc = judge(&e)) == BH_OK)
    z->trusted = z->trusted || auth;
  return rc;
}

bh_status zbx_call(zbx *z, const char *method, const zbx_buf *params, zbx_buf *scalar, const bh_json_query *const *queries, size_t query_count)
{
  return call(z, method, params, true, scalar, queries, query_count);
}

bh_status zbx_count(zbx *z, const char *method, const zbx_buf *shared, uint64_t *out)
{
  zbx_buf params = {0}, text = {0};
  zbx_putz(&params, "{\"countOutput\":true");
  zbx_putz(&params, shared->len ? "," : "");
  zbx_put(&params, (bh_str){shared->ptr, shared->len});
  zbx_putz(&params, "}");
  bh_status rc = zbx_call(z, method, &params, &text, NULL, 0);
  if (rc == BH_OK && !zbx_number(out, (bh_str){text.ptr, text.len}))
    rc = z->h->fail(z->h->ctx, BH_E_PERMANENT, "%s: the count is no number", method);
  zbx_buf_dispose(&params);
  zbx_buf_dispose(&text);
  return rc;
}

/* "6.0.14" → 6, 0. */
static bool parse_version(uint64_t *major, uint64_t *minor, bh_str v)
{
  size_t dot = 0;
  while (dot < v.len && v.ptr[dot] != '.')
    dot++;
  size_t end = dot + 1;
  while (end < v.len && v.ptr[end] >= '0' && v.ptr[end] <= '9')
    end++;
  return dot < v.len && zbx_number(major, (bh_str){v.ptr, dot}) && zbx_number(minor, (bh_str){v.ptr + dot + 1, end - dot - 1});
}

static bh_status ask_version(zbx *z)
{
  zbx_buf none = {0}, text = {0};
  uint64_t major = 0, minor = 0;
  zbx_putz(&none, "[]");
  bh_status rc = call(z, "apiinfo.version", &none, false, &text, NULL, 0);
  if (rc == BH_OK && !parse_version(&major, &minor, (bh_str){text.ptr, text.len}))
    rc = z->h->fail(z->h->ctx, BH_E_PERMANENT, "apiinfo.version: not a version of Zabbix");
  if (rc == BH_OK && major < 6)
    rc = z->h->fail(z->h->ctx, BH_E_INVALID, "Zabbix %.*s is too old: 6.0 or newer is needed", (int)(text.len < 32 ? text.len : 32), text.ptr);
  z->bearer = major > 6 || minor >= 4;
  z->hostgroups = major > 6 || minor >= 2;
  zbx_buf_dispose(&none);
  zbx_buf_dispose(&text);
  return rc;
}

bh_status zbx_open(zbx *z)
{
  z->session.len = 0;
  z->trusted = false;
  bh_status rc = ask_version(z);
  if (rc || z->token.len)
    return rc;
  zbx_buf params = {0};
  zbx_putz(&params, "{\"username\":");
  zbx_put_json(&params, z->user);
  zbx_putz(&params, ",\"password\":");
  zbx_put_json(&params, z->password);
  zbx_putz(&params, "}");
  rc = call(z, "user.login", &params, false, &z->session, NULL, 0);
  zbx_buf_dispose(&params);
  if (rc == BH_OK && z->session.len == 0)
    rc = z->h->fail(z->h->ctx, BH_E_AUTH, "user.login: Zabbix gave no session");
  return rc;
}

void zbx_close(zbx *z, bh_status rc)
{
  if (z->session.len == 0 || (rc != BH_OK && rc != BH_E_INVALID))
    return;
  zbx_buf none = {0};
  zbx_putz(&none, "[]");
  call(z, "user.logout", &none, true, NULL, NULL, 0);
  zbx_buf_dispose(&none);
  z->session.len = 0;
}
