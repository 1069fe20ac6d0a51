/* A recorded session: reading it, and answering from it. */
#include "plugin/check/other_side.h"

enum { EXCHANGES_MAX = 100000, OPTIONS_MAX = 256, FILES_MAX = 100, REQUESTS_EXTRA = 1000, REQUESTS_TIMES = 20, BODY_BYTES_MAX = 32 * 1024 * 1024 };

static bh_str text_of(const bh_node *table, const char *key)
{
  const bh_node *n = bh_node_get(table, key);
  return n && n->kind == BH_NODE_STR ? n->text : (bh_str){"", 0};
}

static bh_str json_of(bh_arena *a, const bh_node *n)
{
  bh_buf b;
  bh_buf_init(&b, BODY_BYTES_MAX);
  bh_json_write(&b, n);
  bh_str out = bh_arena_str(a, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return out;
}

static bh_status read_headers(bh_str *out, bh_arena *a, const bh_node *headers, bh_error *err)
{
  bh_buf b;
  bh_buf_init(&b, 1024 * 1024);
  for (size_t i = 0; headers && i < headers->field_count; i++) {
    if (headers->fields[i].value->kind != BH_NODE_STR) {
      bh_buf_dispose(&b);
      return bh_fail(err, BH_E_INVALID, "the header \"%.*s\" must be text", BH_STR_ARG(headers->fields[i].key));
    }
    bh_buf_puts(&b, headers->fields[i].key);
    bh_buf_putz(&b, ": ");
    bh_buf_puts(&b, headers->fields[i].value->text);
    bh_buf_putc(&b, '\n');
  }
  *out = bh_arena_str(a, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return BH_OK;
}

static bh_status read_exchange(bh_check_exchange *x, bh_arena *a, const bh_node *n, bh_error *err)
{
  const bh_node *status = n->kind == BH_NODE_TABLE ? bh_node_get(n, "status") : NULL, *json = n->kind == BH_NODE_TABLE ? bh_node_get(n, "json") : NULL;
  if (!status || status->kind != BH_NODE_INT || status->integer < 100 || status->integer > 599)
    return bh_fail(err, BH_E_INVALID, "status must be 100 to 599");
  *x = (bh_check_exchange){.method = text_of(n, "method"), .url = text_of(n, "url"), .sent = text_of(n, "sent"), .token = text_of(n, "token"), .status = (int32_t)status->integer,
    .body = json ? json_of(a, json) : text_of(n, "body")};
  if (x->url.len == 0)
    return bh_fail(err, BH_E_INVALID, "url must be text");
  if (x->method.len == 0)
    x->method = BH_S("GET");
  const char *query = memchr(x->url.ptr, '?', x->url.len);
  x->path = (bh_str){x->url.ptr, query ? (size_t)(query - x->url.ptr) : x->url.len};
  bh_status rc = bh_check_effect_read(x, a, n, err);
  return rc ? rc : read_headers(&x->headers, a, bh_node_get(n, "headers"), err);
}

static bh_status read_exchanges(bh_check_replay *out, bh_arena *a, const bh_node *list, bh_error *err)
{
  if (!list)
    return BH_OK;
  if (list->kind != BH_NODE_TABLE || list->field_count || list->item_count > EXCHANGES_MAX)
    return bh_fail(err, BH_E_INVALID, "exchanges must be a list");
  out->items = BH_NEWN(a, bh_check_exchange, list->item_count + 1);
  out->count = list->item_count;
  for (size_t i = 0; i < out->count; i++)
    if (read_exchange(&out->items[i], a, list->items[i], err))
      return bh_fail_prefix(err, "exchanges[%zu]", i + 1);
  return BH_OK;
}

static bh_status read_options(bh_check_replay *out, bh_arena *a, const bh_node *options, bh_error *err)
{
  if (!options)
    return BH_OK;
  if (options->kind != BH_NODE_TABLE || options->item_count || options->field_count > OPTIONS_MAX)
    return bh_fail(err, BH_E_INVALID, "options must be an object");
  out->options = BH_NEWN(a, bh_pull_option, options->field_count + 1);
  for (size_t i = 0; i < options->field_count; i++) {
    const bh_node *v = options->fields[i].value;
    bh_str text = v->kind == BH_NODE_BOOL ? (v->boolean ? BH_S("true") : BH_S("false")) : v->kind == BH_NODE_TABLE ? json_of(a, v) : v->text;
    out->options[out->option_count++] = (bh_pull_option){.key = options->fields[i].key, .value = text};
  }
  return BH_OK;
}

static void read_files(bh_check_replay *out, bh_arena *a, const bh_node *files)
{
  size_t n = files && files->kind == BH_NODE_TABLE && files->field_count <= FILES_MAX ? files->field_count : 0;
  out->files = BH_NEWN(a, bh_check_file, n + 1);
  for (size_t i = 0; i < n; i++)
    if (files->fields[i].value->kind == BH_NODE_STR)
      out->files[out->file_count++] = (bh_check_file){files->fields[i].key, files->fields[i].value->text};
}

static bh_status read_day(bh_day *out, const bh_node *root, const char *key, bh_day otherwise, bh_error *err)
{
  bh_str text = text_of(root, key);
  *out = otherwise;
  return text.len == 0 || bh_day_parse(out, text) ? BH_OK : bh_fail(err, BH_E_INVALID, "%s must be a date", key);
}

bh_status bh_check_replay_read(bh_check_replay *out, bh_arena *a, bh_str json, bh_error *err)
{
  bh_node *root = NULL;
  *out = (bh_check_replay){.timezone = BH_S("UTC"), .cursor = {"", 0}, .date = bh_day_make(2026, 12, 1)};
  if (json.len == 0)
    return BH_OK;
  bh_status rc = bh_json_parse(&root, a, json, NULL, err);
  if (rc)
    return rc;
  if (root->kind != BH_NODE_TABLE || root->is_array || !bh_str_eqz(text_of(root, "schema"), "billhook.replay/1"))
    return bh_fail(err, BH_E_INVALID, "it is no object with \"schema\": \"billhook.replay/1\"");
  if (text_of(root, "timezone").len)
    out->timezone = bh_arena_str(a, text_of(root, "timezone"));
  out->cursor = text_of(root, "cursor");
  read_files(out, a, bh_node_get(root, "files"));
  if ((rc = read_day(&out->date, root, "date", out->date, err)) || (rc = read_day(&out->since, root, "since", 0, err)) ||
      (rc = read_options(out, a, bh_node_get(root, "options"), err)))
    return rc;
  if ((rc = bh_check_subjects_read(out, a, root, err)))
    return rc;
  return read_exchanges(out, a, bh_node_get(root, "exchanges"), err);
}

/* ---- answering ---- */

/* JSON-RPC counts its calls, and answers with their numbers: where the count begins does not matter. The place of the number behind "id". */
static bool call_number(bh_str text, size_t *at, size_t *len)
{
  static const char mark[] = "\"id\":";
  const char *found = text.len && memmem(text.ptr, text.len, "\"jsonrpc\"", 9) ? memmem(text.ptr, text.len, mark, sizeof mark - 1) : NULL;
  if (!found)
    return false;
  *at = (size_t)(found - text.ptr) + sizeof mark - 1;
  *len = 0;
  while (*at + *len < text.len && text.ptr[*at + *len] >= '0' && text.ptr[*at + *len] <= '9')
    ++*len;
  return *len > 0;
}

static bool same_sent(bh_str x, bh_str y)
{
  size_t ax, lx, ay, ly;
  if (bh_str_eq(x, y))
    return true;
  return call_number(x, &ax, &lx) && call_number(y, &ay, &ly) && ax == ay && memcmp(x.ptr, y.ptr, ax) == 0 &&
         bh_str_eq((bh_str){x.ptr + ax + lx, x.len - ax - lx}, (bh_str){y.ptr + ay + ly, y.len - ay - ly});
}

static bh_str with_call_number(bh_arena *a, bh_str body, bh_str sent)
{
  size_t at, len, from, n;
  if (!call_number(sent, &at, &len) || !call_number(body, &from, &n))
    return body;
  return bh_arena_fmt(a, "%.*s%.*s%.*s", (int)from, body.ptr, (int)len, sent.ptr + at, (int)(body.len - from - n), body.ptr + from + n);
}

/* The same request, one that was not answered yet before one that was; else the next one to the same place. */
static bh_check_exchange *match(bh_check_replay *r, bh_str method, bh_str url, bh_str sent, bh_str token)
{
  bh_check_exchange *used = NULL, *place = NULL;
  for (size_t i = 0; i < r->count; i++) {
    bh_check_exchange *x = &r->items[i];
    if (!bh_str_eq(x->method, method) || !bh_str_eq(x->url, url) || (x->token.len && !bh_str_eq(x->token, token)))
      continue;
    bool same = same_sent(x->sent, sent);
    if (same && !x->used)
      return x;
    if (same)
      used = x;
    else if (!x->used && !place)
      place = x;
  }
  if (bh_str_eqz(method, "WS")) /* a message comes once */
    return place && sent.len == 0 ? NULL : place;
  return used ? used : place;
}

/* Ids that stand in another order, as they do where a set of them was walked through. */
static bool same_letters(bh_str x, bh_str y)
{
  int counts[256] = {0};
  if (x.len != y.len)
    return false;
  for (size_t i = 0; i < x.len; i++) {
    counts[(unsigned char)x.ptr[i]]++;
    counts[(unsigned char)y.ptr[i]]--;
  }
  for (int i = 0; i < 256; i++)
    if (counts[i])
      return false;
  return true;
}

static bh_check_exchange *match_set(bh_check_replay *r, bh_str method, bh_str url, bh_str sent)
{
  for (size_t i = 0; i < r->count; i++)
    if (bh_str_eq(r->items[i].method, method) && bh_str_starts(url, r->items[i].path) && same_letters(r->items[i].url, url) && same_letters(r->items[i].sent, sent))
      return &r->items[i];
  return NULL;
}

static void miss(bh_check_player *p, const bh_exchange *x)
{
  if (!p->missed[0])
    snprintf(p->missed, sizeof p->missed, "%.*s %.200s", BH_STR_ARG(x->method), bh_arena_z(&p->arena, x->url));
}

static const bh_check_exchange *answer_of(bh_check_player *p, const bh_exchange *x)
{
  bh_str url = x->url, sent = x->sent;
  if (p->mutation->how == BH_CHECK_LONG_IDS) {
    url = bh_check_short_ids(&p->arena, url);
    sent = bh_check_short_ids(&p->arena, sent);
  }
  bh_check_exchange *found = match(p->replay, x->method, url, sent, x->token);
  if (!found && p->mutation->how == BH_CHECK_LONG_IDS)
    found = match_set(p->replay, x->method, url, sent);
  if (found)
    found->used = true;
  return found;
}

void bh_check_player_answer(bh_check_player *p, bh_exchange *x)
{
  const bh_check_mutation *m = p->mutation;
  bh_arena_reset(&p->arena);
  if (++p->requests > REQUESTS_EXTRA + REQUESTS_TIMES * p->replay->count) {
    p->endless = true;
    x->status = 0;
    return;
  }
  const bh_check_exchange *found = answer_of(p, x);
  if (!found) {
    miss(p, x);
    x->status = 404;
    return;
  }
  bool here = m->how == BH_CHECK_CHUNKS || m->how == BH_CHECK_LONG_IDS || (m->how != BH_CHECK_AS_IS && found == &p->replay->items[m->at]);
  if (here && m->how == BH_CHECK_OTHER_PAGE && !(m->once && p->done_once)) {
    p->done_once = true;
    found = &p->replay->items[m->number];
  }
  x->status = here && m->how == BH_CHECK_STATUS ? (int32_t)m->number : here && m->how == BH_CHECK_REFUSED ? 0 : found->status;
  x->headers = found->headers;
  x->body = with_call_number(&p->arena, here ? bh_check_mutate(&p->arena, m, found) : found->body, x->sent);
  x->chunk = m->how == BH_CHECK_CHUNKS ? m->number : 0;
  x->broken = here && m->how == BH_CHECK_BREAK;
}

static void answer(void *ctx, bh_exchange *x)
{
  bh_check_player_answer(ctx, x);
}

static void refuse(void *ctx, bh_exchange *x)
{
  (void)ctx;
  x->status = 0;
}

void bh_check_player_init(bh_check_player *p, bh_check_replay *r, const bh_check_mutation *m)
{
  static const bh_check_mutation none;
  *p = (bh_check_player){.replay = r, .mutation = m ? m : &none};
  p->transport = (bh_transport){.ctx = p, .answer = r ? answer : refuse};
  for (size_t i = 0; r && i < r->count; i++)
    r->items[i].used = false;
  bh_arena_init(&p->arena);
}

void bh_check_player_dispose(bh_check_player *p)
{
  bh_arena_dispose(&p->arena);
}
