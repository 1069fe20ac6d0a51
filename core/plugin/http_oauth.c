/* OAuth2 client credentials: a bearer token, fetched when it is needed and renewed before it expires. */
#include "plugin/http.h"

enum { EARLY_S = 60, LIFETIME_DEFAULT_S = 300, ANSWER_BYTES_MAX = 256 * 1024 };

bh_status bh_http_oauth_set(bh_http *h, const bh_http_oauth2 *how)
{
  if (h->token.ptr)
    explicit_bzero(h->token.ptr, h->token.cap);
  bh_buf_clear(&h->token);
  bh_arena_reset(&h->oauth_arena);
  h->oauth = false;
  if (!how)
    return BH_OK;
  if (how->struct_size < sizeof *how || !how->client_id.len)
    return bh_host_fail(&h->run->host, BH_E_INVALID, "the OAuth2 settings are not filled in");
  bh_status rc = bh_http_url_check(h->run, how->token_url);
  if (rc)
    return rc;
  h->oauth_how = (bh_http_oauth2){.struct_size = sizeof *how, .token_url = bh_arena_str(&h->oauth_arena, how->token_url),
    .client_id = bh_arena_str(&h->oauth_arena, how->client_id), .client_secret = bh_arena_str(&h->oauth_arena, how->client_secret),
    .scope = bh_arena_str(&h->oauth_arena, how->scope)};
  h->oauth = true;
  return BH_OK;
}

static bh_status collect(void *ctx, bh_str bytes)
{
  return bh_buf_puts(ctx, bytes) ? BH_OK : BH_E_PERMANENT;
}

static bool collect_again(void *ctx)
{
  bh_buf_clear(ctx);
  return true;
}

static void put_pair(bh_buf *b, const char *name, bh_str value)
{
  if (!value.len)
    return;
  if (b->len)
    bh_buf_putc(b, '&');
  bh_buf_putz(b, name);
  bh_buf_putc(b, '=');
  bh_http_escape(b, value);
}

static bh_status take_token(bh_http *h, bh_arena *a, bh_str json)
{
  bh_node *root = NULL;
  int64_t lifetime = LIFETIME_DEFAULT_S;
  if (bh_json_parse(&root, a, json, NULL, NULL) || root->kind != BH_NODE_TABLE)
    return bh_host_fail(&h->run->host, BH_E_AUTH, "the token's answer is not JSON");
  const bh_node *token = bh_node_get(root, "access_token"), *seconds = bh_node_get(root, "expires_in");
  if (!token || token->kind != BH_NODE_STR || token->text.len == 0 || memchr(token->text.ptr, '\n', token->text.len) ||
      memchr(token->text.ptr, '\r', token->text.len))
    return bh_host_fail(&h->run->host, BH_E_AUTH, "the token's answer has no access_token");
  if (seconds && seconds->kind == BH_NODE_INT && seconds->integer > 0 && seconds->integer < 10000000)
    lifetime = seconds->integer;
  bh_buf_clear(&h->token);
  bh_buf_putz(&h->token, "Authorization: Bearer ");
  bh_buf_puts(&h->token, token->text);
  bh_buf_putc(&h->token, 0); /* libcurl takes it as a C string */
  if (h->token.failed)
    return bh_host_fail(&h->run->host, BH_E_AUTH, "the token is larger than 64 KiB");
  h->token_until_ms = bh_monotonic_ms() + 1000 * (lifetime > 2 * EARLY_S ? lifetime - EARLY_S : lifetime / 2);
  return BH_OK;
}

static bh_status fetch(bh_http *h)
{
  static const bh_str headers[] = {{"Content-Type", 12}, {"application/x-www-form-urlencoded", 33}, {"Accept", 6}, {"application/json", 16}};
  bh_arena a;
  bh_buf form, json;
  bh_arena_init(&a);
  bh_buf_init(&form, 65536);
  bh_buf_init(&json, ANSWER_BYTES_MAX);
  put_pair(&form, "grant_type", BH_S("client_credentials"));
  put_pair(&form, "client_id", h->oauth_how.client_id);
  put_pair(&form, "client_secret", h->oauth_how.client_secret);
  put_pair(&form, "scope", h->oauth_how.scope);
  const bh_http_request q = {.struct_size = sizeof q, .flags = BH_HTTP_REPEATABLE, .method = BH_S("POST"), .headers = headers, .header_count = 4,
    .body = bh_buf_str(&form), .answer_bytes_max = ANSWER_BYTES_MAX};
  bh_http_answer answer = {.struct_size = sizeof answer};
  const bh_http_sink sink = {collect, collect_again, &json};
  h->oauth = false; /* this request carries none */
  bh_status rc = bh_http_perform(h, &q, h->oauth_how.token_url, false, &sink, &answer);
  h->oauth = true;
  if (rc == BH_E_PERMANENT && answer.status == 400) /* invalid_client, invalid_grant */
    rc = bh_host_fail(&h->run->host, BH_E_AUTH, "the token's server refused the client's id or secret");
  if (rc == BH_OK)
    rc = take_token(h, &a, bh_buf_str(&json));
  if (form.ptr)
    explicit_bzero(form.ptr, form.cap);
  if (json.ptr)
    explicit_bzero(json.ptr, json.cap);
  bh_buf_dispose(&form);
  bh_buf_dispose(&json);
  bh_arena_dispose(&a);
  return rc;
}

bh_status bh_http_oauth_ready(bh_http *h, bool again)
{
  if (!again && h->token.len && bh_monotonic_ms() < h->token_until_ms)
    return BH_OK;
  return fetch(h);
}
