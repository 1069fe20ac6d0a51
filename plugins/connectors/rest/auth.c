/* How the API knows us. */
#include "rest.h"

/* Headers are strings that live as long as the instance: the composed one lies in r->header. */
static bh_status need(const rest *r, const char *key, bh_str *out)
{
  bh_status rc = bhk_option(r->h, key, out);
  return rc || out->len ? rc : r->h->fail(r->h->ctx, BH_E_INVALID, "%s: is missing", key);
}

static bh_status header(rest *r, const char *name, bh_str value)
{
  bhk_clear(&r->header);
  bhk_put(&r->header, value);
  if (r->header.broken)
    return rest_no_memory(r);
  bhk_header(&r->api, name, bhk_text(&r->header));
  return BH_OK;
}

static bh_status basic(rest *r)
{
  bh_str user, password, value;
  bh_status rc;
  if ((rc = need(r, "user", &user)) || (rc = need(r, "password", &password)) || (rc = r->api.http->basic(r->h->ctx, user, password, &value)))
    return rc;
  return header(r, "Authorization", value);
}

static bh_status bearer(rest *r)
{
  bh_str token;
  bhk_buf b = {0};
  bh_status rc = need(r, "token", &token);
  if (rc)
    return rc;
  bhk_putz(&b, "Bearer ");
  bhk_put(&b, token);
  rc = b.broken ? rest_no_memory(r) : header(r, "Authorization", bhk_text(&b));
  bhk_dispose(&b);
  return rc;
}

static bh_status api_key(rest *r)
{
  bh_str token, name;
  bh_status rc;
  if ((rc = need(r, "token", &token)) || (rc = need(r, "token_header", &name)))
    return rc;
  r->api.headers[r->api.header_count++] = name;
  r->api.headers[r->api.header_count++] = token;
  return BH_OK;
}

static bh_status oauth2(rest *r)
{
  bh_http_oauth2 how = {.struct_size = sizeof how};
  bh_str style, audience;
  bh_status rc;
  if ((rc = need(r, "token_url", &how.token_url)) || (rc = need(r, "client_id", &how.client_id)) ||
      (rc = need(r, "client_secret", &how.client_secret)) || (rc = bhk_option(r->h, "scope", &how.scope)) ||
      (rc = bhk_option(r->h, "audience", &audience)) || (rc = need(r, "token_style", &style)))
    return rc;
  const bh_str params[] = {BHK("audience"), audience};
  if (audience.len) {
    how.params = params;
    how.param_count = 2;
  }
  how.flags = bhk_is(style, "basic") ? BH_OAUTH2_BASIC : bhk_is(style, "json") ? BH_OAUTH2_JSON : 0;
  return r->api.http->oauth2(r->h->ctx, &how);
}

/* The login's body, with the two placeholders as JSON strings. */
static void fill(bhk_buf *out, bh_str shape, bh_str user, bh_str password)
{
  static const char u[] = "{user}", p[] = "{password}";
  for (size_t i = 0; i < shape.len;) {
    size_t left = shape.len - i;
    if (left >= sizeof u - 1 && memcmp(shape.ptr + i, u, sizeof u - 1) == 0) {
      bhk_put_json(out, user);
      i += sizeof u - 1;
    } else if (left >= sizeof p - 1 && memcmp(shape.ptr + i, p, sizeof p - 1) == 0) {
      bhk_put_json(out, password);
      i += sizeof p - 1;
    } else {
      bhk_put(out, (bh_str){shape.ptr + i++, 1});
    }
  }
}

static const char *text_z(const rest *r, const char *key, bh_status *rc)
{
  bh_str s;
  if (*rc == BH_OK)
    *rc = bhk_option(r->h, key, &s);
  char *z = *rc == BH_OK ? r->h->scratch(r->h->ctx, s.len + 1) : NULL;
  if (!z) {
    *rc = *rc ? *rc : rest_no_memory(r);
    return "";
  }
  if (s.len)
    memcpy(z, s.ptr, s.len);
  return z;
}

static bh_status session(rest *r)
{
  static const bh_str headers[] = {{"Content-Type", 12}, {"application/json", 16}};
  bh_str url, user, password, shape;
  int64_t seconds;
  bhk_buf body = {0};
  bh_status rc;
  if ((rc = need(r, "token_url", &url)) || (rc = need(r, "user", &user)) || (rc = need(r, "password", &password)) ||
      (rc = need(r, "login_body", &shape)) || (rc = r->h->integer(r->h->ctx, r->h->options, "login_seconds", &seconds)))
    return rc;
  if (seconds < 1 || seconds > 86400)
    return r->h->fail(r->h->ctx, BH_E_INVALID, "login_seconds: must be 1 to 86,400");
  fill(&body, shape, user, password);
  const bh_http_request login = {.struct_size = sizeof login, .flags = BH_HTTP_REPEATABLE, .method = BHK("POST"), .url = url, .headers = headers,
    .header_count = 2, .body = bhk_text(&body)};
  const bh_http_session how = {.struct_size = sizeof how, .seconds = (uint32_t)seconds, .login = &login, .token_path = text_z(r, "login_token", &rc),
    .header = text_z(r, "login_header", &rc), .prefix = text_z(r, "login_prefix", &rc)};
  if (rc == BH_OK)
    rc = body.broken ? rest_no_memory(r) : r->api.http->session(r->h->ctx, &how);
  bhk_dispose(&body);
  return rc;
}

static bh_status further_headers(rest *r)
{
  const bh_values *v;
  bh_status rc = BH_OK;
  for (size_t i = 0; rc == BH_OK && (v = r->h->record(r->h->ctx, r->h->options, "headers", i)) != NULL; i++) {
    bh_str name, value;
    if (i == REST_HEADERS_MAX)
      return r->h->fail(r->h->ctx, BH_E_INVALID, "headers: more than %d", REST_HEADERS_MAX);
    if ((rc = r->h->text(r->h->ctx, v, "name", &name)) || (rc = r->h->text(r->h->ctx, v, "value", &value)))
      return rc;
    r->api.headers[r->api.header_count++] = name;
    r->api.headers[r->api.header_count++] = value;
  }
  return rc;
}

bh_status rest_auth(rest *r)
{
  static const struct { const char *name; bh_status (*begin)(rest *r); } ways[] = {{"basic", basic}, {"bearer", bearer}, {"header", api_key},
    {"oauth2", oauth2}, {"session", session}};
  bh_str auth;
  bh_status rc;
  r->api.header_count = 0;
  bhk_header(&r->api, "Accept", BHK("application/json"));
  if ((rc = further_headers(r)) || (rc = need(r, "auth", &auth)) || (rc = bhk_per_minute(&r->api)))
    return rc;
  int posts = 0;
  for (size_t i = 0; i < r->list_count; i++)
    posts |= r->lists[i].post;
  if (posts)
    bhk_header(&r->api, "Content-Type", BHK("application/json"));
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
    if (bhk_is(auth, ways[i].name))
      return ways[i].begin(r);
  return BH_OK;
}
