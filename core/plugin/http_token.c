/* Tokens: OAuth2 by client credentials, password or refresh token, and logins of the platforms' own. Fetched when one is needed, kept for its life, renewed
 * before it expires, and once more when a 401 comes. */
#include "plugin/http.h"
#include "plugin/sizes.h"
#include "plugin/json_reader.h"
#include "base/json.h"

enum { EARLY_S = 60, LIFETIME_DEFAULT_S = 300, LIFETIME_MAX_S = 10000000, ANSWER_BYTES_MAX = 256 * 1024, PARAMS_MAX = 32, HEADERS_MAX = 32 };

void bh_http_token_forget(bh_http *h)
{
  if (h->token.ptr)
    explicit_bzero(h->token.ptr, h->token.cap);
  bh_buf_clear(&h->token);
  bh_arena_reset(&h->token_arena);
  h->token_kind = BH_HTTP_TOKEN_NONE;
}

static const bh_str *copied(bh_arena *a, const bh_str *from, size_t n)
{
  bh_str *out = BH_NEWN(a, bh_str, n + 1);
  for (size_t i = 0; i < n; i++)
    out[i] = bh_arena_str(a, from[i]);
  return out;
}

bh_status bh_http_oauth2_set(bh_http *h, const bh_http_oauth2 *how)
{
  bh_arena *a = &h->token_arena;
  bh_http_token_forget(h);
  if (!how)
    return BH_OK;
  if (how->struct_size < BH_HTTP_OAUTH2_1_0 || !how->client_id.len || how->param_count % 2 || how->param_count > PARAMS_MAX || (how->param_count && !how->params))
    return bh_host_fail(&h->run->host, BH_E_INVALID, "the OAuth2 settings are not filled in");
  bh_status rc = bh_http_url_check(h->run, how->token_url);
  if (rc)
    return rc;
  bh_copy_known(&h->oauth2, sizeof h->oauth2, how, how->struct_size);
  h->oauth2.token_url = bh_arena_str(a, how->token_url);
  h->oauth2.client_id = bh_arena_str(a, how->client_id);
  h->oauth2.client_secret = bh_arena_str(a, how->client_secret);
  h->oauth2.scope = bh_arena_str(a, how->scope);
  h->oauth2.user = bh_arena_str(a, how->user);
  h->oauth2.password = bh_arena_str(a, how->password);
  h->oauth2.refresh_token = bh_arena_str(a, how->refresh_token);
  h->oauth2.params = copied(a, how->params, how->param_count);
  h->token_kind = BH_HTTP_TOKEN_OAUTH2;
  return BH_OK;
}

static bool word(const char *text)
{
  return text && text[0] && !strpbrk(text, "\r\n");
}

bh_status bh_http_session_set(bh_http *h, const bh_http_session *how)
{
  bh_arena *a = &h->token_arena;
  bh_http_token_forget(h);
  if (!how)
    return BH_OK;
  const bh_http_request *q = how->struct_size < BH_HTTP_SESSION_1_0 ? NULL : how->login;
  if (!q || q->struct_size < BH_HTTP_REQUEST_1_0 || q->header_count > HEADERS_MAX || (q->header_count && !q->headers) || (q->body.len && !q->body.ptr) ||
      !how->token_path || how->token_path[0] != '$' || (how->expires_path && how->expires_path[0] != '$') || !word(how->header) ||
      (how->prefix && strpbrk(how->prefix, "\r\n")))
    return bh_host_fail(&h->run->host, BH_E_INVALID, "the settings of a login are not filled in");
  bh_status rc = bh_http_url_check(h->run, q->url);
  if (rc)
    return rc;
  bh_copy_known(&h->login, sizeof h->login, q, q->struct_size);
  h->login.method = bh_arena_str(a, q->method);
  h->login.url = bh_arena_str(a, q->url);
  h->login.headers = copied(a, q->headers, q->header_count);
  h->login.body = bh_arena_str(a, q->body);
  h->login.flags |= BH_HTTP_REPEATABLE; /* one session more harms nobody */
  h->token_path = bh_arena_z(a, bh_str_c(how->token_path));
  h->expires_path = how->expires_path ? bh_arena_z(a, bh_str_c(how->expires_path)) : NULL;
  h->token_header = bh_arena_fmt(a, "%s: %s", how->header, how->prefix ? how->prefix : "").ptr;
  h->token_seconds = how->seconds ? how->seconds : LIFETIME_DEFAULT_S;
  h->token_kind = BH_HTTP_TOKEN_SESSION;
  return BH_OK;
}

/* ---- asking for one ---- */

static bh_status collect(void *ctx, bh_str bytes)
{
  return bh_buf_puts(ctx, bytes) ? BH_OK : BH_E_PERMANENT;
}

static bool collect_again(void *ctx)
{
  bh_buf_clear(ctx);
  return true;
}

/* A form, or with `w` a JSON object. */
typedef struct grant { bh_buf *form; bh_jw *w; bh_arena *a; } grant;

static void put_member(grant *g, bh_str name, bh_str value)
{
  if (!value.len)
    return;
  if (g->w) {
    bh_jw_key(g->w, bh_arena_z(g->a, name));
    bh_jw_str(g->w, value);
    return;
  }
  if (g->form->len)
    bh_buf_putc(g->form, '&');
  bh_http_escape(g->form, name);
  bh_buf_putc(g->form, '=');
  bh_http_escape(g->form, value);
}

static void put_grant(grant *g, const bh_http_oauth2 *o)
{
  if (g->w)
    bh_jw_obj(g->w);
  put_member(g, BH_S("grant_type"), o->refresh_token.len ? BH_S("refresh_token") : o->user.len ? BH_S("password") : BH_S("client_credentials"));
  if (!(o->flags & BH_OAUTH2_BASIC)) {
    put_member(g, BH_S("client_id"), o->client_id);
    put_member(g, BH_S("client_secret"), o->client_secret);
  }
  put_member(g, BH_S("scope"), o->scope);
  put_member(g, BH_S("refresh_token"), o->refresh_token);
  if (!o->refresh_token.len) {
    put_member(g, BH_S("username"), o->user);
    put_member(g, BH_S("password"), o->password);
  }
  for (size_t i = 0; i < o->param_count; i += 2)
    put_member(g, o->params[i], o->params[i + 1]);
  if (g->w)
    bh_jw_obj_end(g->w);
}

/* What the answer says. */
typedef struct answer_fields { bh_str token, seconds, refresh; bh_arena *a; } answer_fields;

static bh_status on_answer(void *user, const bh_json_record *r)
{
  answer_fields *f = user;
  bool text = r->kinds[0] == BH_JSON_STRING, number = r->kinds[1] == BH_JSON_NUMBER || r->kinds[1] == BH_JSON_STRING;
  f->token = text ? bh_arena_str(f->a, r->texts[0]) : (bh_str){"", 0};
  f->seconds = number ? bh_arena_str(f->a, r->texts[1]) : (bh_str){"", 0};
  f->refresh = r->kinds[2] == BH_JSON_STRING ? bh_arena_str(f->a, r->texts[2]) : (bh_str){"", 0};
  return BH_OK;
}

/* "$.a.b" is the field "a.b" of the one record "$". */
static const char *below_root(const char *path)
{
  return path[1] == '.' ? path + 2 : path + 1;
}

static bh_status read_answer(bh_http *h, answer_fields *f, bh_str json)
{
  bool session = h->token_kind == BH_HTTP_TOKEN_SESSION;
  const char *const fields[] = {session ? below_root(h->token_path) : "access_token",
    !session ? "expires_in" : h->expires_path ? below_root(h->expires_path) : "-", session ? "-" : "refresh_token"};
  const bh_json_query q = {.struct_size = sizeof q, .each = "$", .fields = fields, .field_count = 3, .record = on_answer, .user = f};
  const bh_json_query *const queries[] = {&q};
  bh_json_reader *reader;
  bh_status rc = bh_json_reader_new(&reader, &h->run->host, queries, 1);
  if (rc)
    return rc;
  rc = bh_json_reader_feed(reader, json, BH_E_AUTH);
  if (rc == BH_OK)
    rc = bh_json_reader_end(reader, BH_E_AUTH);
  bh_json_reader_free(reader);
  return rc == BH_E_AUTH ? bh_host_fail(&h->run->host, BH_E_AUTH, "the token's answer is not JSON") : rc;
}

static int64_t lifetime(const bh_http *h, bh_str text)
{
  int64_t s = 0;
  for (size_t i = 0; i < text.len && s <= LIFETIME_MAX_S; i++) {
    if (text.ptr[i] < '0' || text.ptr[i] > '9') {
      if (text.ptr[i] != '.')
        s = 0;
      break; /* 3599.5 */
    }
    s = s * 10 + (text.ptr[i] - '0');
  }
  if (s <= 0 || s > LIFETIME_MAX_S)
    s = h->token_kind == BH_HTTP_TOKEN_SESSION ? h->token_seconds : LIFETIME_DEFAULT_S;
  return s > 2 * EARLY_S ? s - EARLY_S : s / 2;
}

static bh_status take_token(bh_http *h, bh_str json)
{
  answer_fields f = {.a = &h->run->host.scratch};
  bh_status rc = read_answer(h, &f, json);
  if (rc)
    return rc;
  if (f.token.len == 0 || memchr(f.token.ptr, '\n', f.token.len) || memchr(f.token.ptr, '\r', f.token.len))
    return bh_host_fail(&h->run->host, BH_E_AUTH, "the token's answer has no %s", h->token_kind == BH_HTTP_TOKEN_SESSION ? h->token_path : "access_token");
  bh_buf_clear(&h->token);
  bh_buf_putz(&h->token, h->token_kind == BH_HTTP_TOKEN_SESSION ? h->token_header : "Authorization: Bearer ");
  bh_buf_puts(&h->token, f.token);
  bh_buf_putc(&h->token, 0); /* libcurl takes it as a C string */
  if (h->token.failed)
    return bh_host_fail(&h->run->host, BH_E_AUTH, "the token is larger than 64 KiB");
  h->token_until_ms = bh_monotonic_ms() + 1000 * lifetime(h, f.seconds);
  if (f.refresh.len && h->oauth2.refresh_token.len && !bh_str_eq(f.refresh, h->oauth2.refresh_token)) { /* the old one may be void from now on */
    h->oauth2.refresh_token = bh_arena_str(&h->token_arena, f.refresh);
    if (h->oauth2.rotated)
      h->oauth2.rotated(h->oauth2.rotated_user, h->oauth2.refresh_token);
  }
  return BH_OK;
}

static bh_status send_request(bh_http *h, const bh_http_request *q)
{
  bh_buf json;
  bh_buf_init(&json, ANSWER_BYTES_MAX);
  bh_http_answer answer = {.struct_size = sizeof answer};
  const bh_http_sink sink = {collect, collect_again, &json};
  int kind = h->token_kind;
  h->token_kind = BH_HTTP_TOKEN_NONE; /* this request carries none */
  bh_status rc = bh_http_perform(h, q, q->url, false, &sink, &answer);
  h->token_kind = kind;
  if (rc == BH_E_UNKNOWN) /* what became of the token is not known; of the request that it was for, that it has not been sent */
    rc = BH_E_TRANSIENT;
  if (rc == BH_E_PERMANENT && (answer.status == 400 || answer.status == 422)) /* invalid_client, invalid_grant */
    rc = bh_host_fail(&h->run->host, BH_E_AUTH, "the token's server refused what it was given to log in with");
  if (rc == BH_OK)
    rc = take_token(h, bh_buf_str(&json));
  if (json.ptr)
    explicit_bzero(json.ptr, json.cap);
  bh_buf_dispose(&json);
  return rc;
}

static bh_status fetch_oauth2(bh_http *h)
{
  const bh_http_oauth2 *o = &h->oauth2;
  bh_str headers[] = {BH_S("Content-Type"), o->flags & BH_OAUTH2_JSON ? BH_S("application/json") : BH_S("application/x-www-form-urlencoded"),
    BH_S("Accept"), BH_S("application/json"), BH_S("Authorization"), {"", 0}};
  size_t header_count = 4;
  bh_buf form;
  bh_jw w;
  bh_buf_init(&form, 65536);
  bh_jw_init(&w, &form);
  put_grant(&(grant){&form, o->flags & BH_OAUTH2_JSON ? &w : NULL, &h->run->host.scratch}, o);
  if (o->flags & BH_OAUTH2_BASIC) {
    headers[5] = bh_http_basic(&h->run->host.scratch, o->client_id, o->client_secret);
    header_count = 6;
  }
  const bh_http_request q = {.struct_size = sizeof q, .flags = o->refresh_token.len ? 0 : BH_HTTP_REPEATABLE, .method = BH_S("POST"), .url = o->token_url,
    .headers = headers, .header_count = header_count, .body = bh_buf_str(&form), .answer_bytes_max = ANSWER_BYTES_MAX};
  bh_status rc = send_request(h, &q);
  if (form.ptr)
    explicit_bzero(form.ptr, form.cap);
  bh_buf_dispose(&form);
  return rc;
}

bh_status bh_http_token_ready(bh_http *h, bool again)
{
  if (h->token_kind == BH_HTTP_TOKEN_NONE || (!again && h->token.len && bh_monotonic_ms() < h->token_until_ms))
    return BH_OK;
  if (h->token_kind == BH_HTTP_TOKEN_OAUTH2)
    return fetch_oauth2(h);
  bh_http_request login = h->login;
  login.flags |= BH_HTTP_REPEATABLE; /* logging in twice harms nobody */
  return send_request(h, &login);
}

bh_str bh_http_token_sent(const bh_http *h)
{
  const char *before = h->token_kind == BH_HTTP_TOKEN_SESSION ? h->token_header : "Authorization: Bearer ";
  if (h->token_kind == BH_HTTP_TOKEN_NONE || h->token.len == 0 || !bh_str_starts(bh_buf_str(&h->token), bh_str_c(before)))
    return (bh_str){"", 0};
  return bh_str_c(h->token.ptr + strlen(before));
}
