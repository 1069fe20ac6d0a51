/* URLs: which ones a connector may reach. */
#include "plugin/http.h"

static bool part(bh_arena *a, bh_str *out, CURLU *u, CURLUPart what, unsigned flags)
{
  char *text = NULL;
  *out = (bh_str){"", 0};
  if (curl_url_get(u, what, &text, flags) != CURLUE_OK)
    return false;
  *out = bh_arena_str(a, bh_str_c(text));
  curl_free(text);
  return true;
}

bh_str bh_http_of_websocket(bh_arena *a, bh_str url)
{
  if (bh_str_starts(url, BH_S("ws://")) || bh_str_starts(url, BH_S("wss://")))
    return bh_arena_fmt(a, "http%.*s", (int)(url.len - 2), url.ptr + 2);
  return url;
}

static CURLU *parse(bh_arena *a, bh_str url)
{
  CURLU *u = curl_url();
  if (!u)
    bh_out_of_memory(1);
  url = bh_http_of_websocket(a, url);
  if (url.len == 0 || url.len > 16384 || !bh_utf8_ok(url) || curl_url_set(u, CURLUPART_URL, bh_arena_z(a, url), 0) != CURLUE_OK) {
    curl_url_cleanup(u);
    return NULL;
  }
  return u;
}

/* scheme://host:port, lower case: what a pin is compared by. False where it is not http or https. */
static bool origin(bh_arena *a, bh_str *out, bh_str url, bool *has_user)
{
  bh_str scheme, host, port, user;
  CURLU *u = parse(a, url);
  if (!u)
    return false;
  bool ok = part(a, &scheme, u, CURLUPART_SCHEME, 0) && part(a, &host, u, CURLUPART_HOST, 0) && part(a, &port, u, CURLUPART_PORT, CURLU_DEFAULT_PORT);
  *has_user = part(a, &user, u, CURLUPART_USER, 0) || part(a, &user, u, CURLUPART_PASSWORD, 0);
  curl_url_cleanup(u);
  if (!ok || host.len == 0 || (!bh_str_eqz(scheme, "https") && !bh_str_eqz(scheme, "http")))
    return false;
  char *text = bh_arena_z(a, bh_arena_fmt(a, "%.*s://%.*s:%.*s", BH_STR_ARG(scheme), BH_STR_ARG(host), BH_STR_ARG(port)));
  for (char *c = text; *c; c++)
    if (*c >= 'A' && *c <= 'Z')
      *c = (char)(*c - 'A' + 'a');
  *out = bh_str_c(text);
  return true;
}

static bool pinned_in(bh_arena *a, const bh_values *v, bh_str wanted)
{
  for (size_t i = 0; i < v->count; i++) {
    const bh_value *x = &v->items[i];
    bh_str has;
    bool user;
    for (size_t r = 0; r < x->record_count; r++)
      if (pinned_in(a, &x->records[r], wanted))
        return true;
    if (x->set && x->option->type == BH_OPT_TEXT && memmem(x->text.ptr, x->text.len, "://", 3) && origin(a, &has, x->text, &user) &&
        bh_str_eq(has, wanted))
      return true;
  }
  return false;
}

bh_status bh_http_url_check(bh_connector_run *run, bh_str url)
{
  bh_arena a;
  bh_str wanted;
  bool user = false;
  bh_status rc = BH_OK;
  bh_arena_init(&a);
  if (!origin(&a, &wanted, url, &user))
    rc = bh_host_fail(&run->host, BH_E_INVALID, "\"%.*s\" is not an http or https URL", BH_STR_ARG(bh_http_url_shown(&a, url)));
  else if (user)
    rc = bh_host_fail(&run->host, BH_E_INVALID, "a URL must not have a user or password in it");
  else if (!pinned_in(&a, &run->host.options, wanted))
    rc = bh_host_fail(&run->host, BH_E_INVALID, "%.*s is not among the hosts of this connector's options", BH_STR_ARG(wanted));
  bh_arena_dispose(&a);
  return rc;
}

bh_str bh_http_url_shown(bh_arena *a, bh_str url)
{
  size_t n = 0;
  while (n < url.len && n < 200 && url.ptr[n] != '?' && url.ptr[n] != '#')
    n++;
  const char *at = memchr(url.ptr, '@', n);
  if (at)
    return BH_S("(a URL with a user in it)");
  return bh_arena_str(a, (bh_str){url.ptr, bh_utf8_span((bh_str){url.ptr, n})});
}

bh_str bh_http_url_join(bh_arena *a, bh_str base, bh_str reference)
{
  bh_str out = {"", 0};
  CURLU *u = parse(a, base);
  if (u && reference.len && reference.len < 16384 && bh_utf8_ok(reference) &&
      curl_url_set(u, CURLUPART_URL, bh_arena_z(a, reference), CURLU_URLENCODE) == CURLUE_OK)
    part(a, &out, u, CURLUPART_URL, 0);
  curl_url_cleanup(u);
  return out;
}

bool bh_http_url_same_host(bh_str x, bh_str y)
{
  bh_arena a;
  bh_str ox, oy;
  bool user;
  bh_arena_init(&a);
  bool same = origin(&a, &ox, x, &user) && origin(&a, &oy, y, &user) && bh_str_eq(ox, oy);
  bh_arena_dispose(&a);
  return same;
}

void bh_http_escape(bh_buf *out, bh_str text)
{
  static const char hex[] = "0123456789ABCDEF";
  for (size_t i = 0; i < text.len; i++) {
    unsigned char c = (unsigned char)text.ptr[i];
    if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~') {
      bh_buf_putc(out, (char)c);
    } else {
      bh_buf_putc(out, '%');
      bh_buf_putc(out, hex[c >> 4]);
      bh_buf_putc(out, hex[c & 15]);
    }
  }
}

bh_str bh_http_url_with(bh_arena *a, bh_str url, const char *name, bh_str value)
{
  bh_buf b;
  bh_buf_init(&b, 65536);
  const char *hash = memchr(url.ptr, '#', url.len);
  bh_str plain = {url.ptr, hash ? (size_t)(hash - url.ptr) : url.len};
  bh_buf_puts(&b, plain);
  bh_buf_putc(&b, memchr(plain.ptr, '?', plain.len) ? '&' : '?');
  bh_http_escape(&b, bh_str_c(name));
  bh_buf_putc(&b, '=');
  bh_http_escape(&b, value);
  bh_str out = b.failed ? (bh_str){"", 0} : bh_arena_str(a, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return out;
}
