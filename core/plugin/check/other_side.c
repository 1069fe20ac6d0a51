/* Playing the other side: requests that make something once or each time, answers that hold once it is there, and what goes wrong on the way. */
#include "plugin/check/other_side.h"
#include "base/dec.h"
#include "plugin/http.h"
#include <strings.h>

enum { REQUESTS_MAX = 1000, TEXT_BYTES_MAX = 8 * 1024 * 1024 };

static const char html[] = "<!DOCTYPE html>\n<html><body>Please sign in.</body></html>\n";

/* ---- what stands for something: {key}, {number}, {ref} … ---- */

static const bh_check_effect *effect_of(const bh_check_side *s, bh_str kind)
{
  for (size_t i = s->effect_count; s->subject && i-- > 0;)
    if (bh_str_eq(s->effects[i].key, s->subject->outward.key) && (kind.len == 0 || bh_str_eq(s->effects[i].kind, kind)))
      return &s->effects[i];
  return NULL;
}

static bool value_of(bh_check_side *s, bh_str *out, bh_str name, const bh_check_exchange *e)
{
  const bh_outward *o = &s->subject->outward;
  const bh_check_effect *made = effect_of(s, e->after.len ? e->after : e->effect);
  const struct { const char *name; bh_str value; } texts[] = {{"key", o->key}, {"id", o->document.id}, {"number", o->document.number.len ? o->document.number : o->debit.number},
    {"client", o->document.client}, {"customer", o->debit.customer}, {"method", o->debit.method}, {"currency", o->debit.currency}, {"payment", o->debit.ref},
    {"ref", made ? bh_str_c(made->ref) : (bh_str){"", 0}}};
  char text[32];
  for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
    if (bh_str_eqz(name, texts[i].name)) {
      *out = texts[i].value;
      return true;
    }
  bool total = bh_str_eqz(name, "total"), minor = bh_str_eqz(name, "minor");
  if (!total && !minor && !bh_str_eqz(name, "amount"))
    return false;
  if (minor)
    bh_int_format(text, o->debit.amount.coef);
  else
    bh_dec_format(text, total ? s->subject->total : o->debit.amount);
  *out = bh_arena_str(&s->arena, bh_str_c(text));
  return true;
}

/* "{key}" is the value; in JSON, "{=minor}" with its quotes is the value without. */
static bh_str expand(bh_check_side *s, bh_str text, const bh_check_exchange *e, bool url)
{
  bh_buf b;
  if (!s->subject)
    return text;
  bh_buf_init(&b, TEXT_BYTES_MAX);
  for (size_t i = 0; i < text.len;) {
    bool bare = i + 3 < text.len && memcmp(text.ptr + i, "\"{=", 3) == 0;
    size_t from = i + (bare ? 3 : 1);
    const char *end = bare || text.ptr[i] == '{' ? memchr(text.ptr + from, '}', text.len - from) : NULL;
    bh_str value, name = {text.ptr + from, end ? (size_t)(end - text.ptr) - from : 0};
    if (!end || name.len > 10 || !value_of(s, &value, name, e)) {
      bh_buf_putc(&b, text.ptr[i++]);
      continue;
    }
    if (url)
      bh_http_escape(&b, value);
    else
      bh_buf_puts(&b, value);
    i = from + name.len + 1 + bare;
  }
  bh_str out = bh_arena_str(&s->arena, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return out;
}

/* ---- which exchange ---- */

static bool has(bh_str text, bh_str part)
{
  return part.len && text.len >= part.len && memmem(text.ptr, text.len, part.ptr, part.len);
}

static bool at_place(bh_check_side *s, const bh_check_exchange *e, const bh_exchange *x)
{
  return bh_str_eq(e->method, x->method) && bh_str_eq(expand(s, e->url, e, true), x->url);
}

static bool fits(bh_check_side *s, const bh_check_exchange *e, const bh_exchange *x)
{
  const bh_check_effect *made = e->after.len ? effect_of(s, e->after) : NULL;
  if ((e->after.len && (!made || !made->named)) || !at_place(s, e, x))
    return false;
  return (e->sent_has.len == 0 || has(x->sent, expand(s, e->sent_has, e, false))) && (e->sent.len == 0 || bh_str_eq(expand(s, e->sent, e, false), x->sent));
}

static const bh_check_exchange *find(bh_check_side *s, const bh_exchange *x)
{
  for (size_t i = 0; i < s->replay->count; i++)
    if (fits(s, &s->replay->items[i], x))
      return &s->replay->items[i];
  return NULL;
}

/* Is there a place like it where 404 says that there is none? */
static bool none_is_404(bh_check_side *s, const bh_exchange *x)
{
  for (size_t i = 0; i < s->replay->count; i++)
    if (s->replay->items[i].status == 404 && at_place(s, &s->replay->items[i], x))
      return true;
  return false;
}

/* ---- effects ---- */

static bool header_is(bh_str lines, bh_str name, bh_str value)
{
  while (lines.len) {
    const char *end = memchr(lines.ptr, '\n', lines.len);
    size_t n = end ? (size_t)(end - lines.ptr) : lines.len;
    if (n == name.len + 2 + value.len && strncasecmp(lines.ptr, name.ptr, name.len) == 0 && memcmp(lines.ptr + n - value.len, value.ptr, value.len) == 0)
      return true;
    n += end != NULL;
    lines = (bh_str){lines.ptr + n, lines.len - n};
  }
  return false;
}

/* Does the request carry the key where the other side looks for it? */
static bool carries_once(bh_check_side *s, const bh_check_exchange *e, const bh_exchange *x)
{
  bh_str key = s->subject->outward.key;
  if (bh_str_eqz(e->once, "url"))
    return has(x->url, key);
  if (bh_str_eqz(e->once, "body"))
    return has(x->sent, key);
  return header_is(x->asked, e->once, key) || has(x->url, bh_arena_fmt(&s->arena, "%.*s=%.*s", BH_STR_ARG(e->once), BH_STR_ARG(key)));
}

static bool names_it(const bh_check_side *s, const bh_exchange *x)
{
  const bh_outward *o = &s->subject->outward;
  const bh_str names[] = {o->key, o->document.number, o->document.id};
  for (size_t i = 0; i < 3; i++)
    if (has(x->sent, names[i]) || has(x->url, names[i]) || has(x->asked, names[i]))
      return true;
  return false;
}

/* True where it is a repeat of what was made before. */
static bool carry_out(bh_check_side *s, const bh_check_exchange *e, const bh_exchange *x)
{
  if (e->once.len && effect_of(s, e->effect) && carries_once(s, e, x))
    return true;
  if (s->effect_count < BH_CHECK_EFFECTS_MAX) {
    bh_check_effect *made = &s->effects[s->effect_count++];
    *made = (bh_check_effect){.kind = e->effect, .key = s->subject->outward.key, .named = names_it(s, x)};
    snprintf(made->ref, sizeof made->ref, "%zu", 9000 + s->effect_count);
    if (!made->named && !s->unnamed[0])
      snprintf(s->unnamed, sizeof s->unnamed, "%.*s %.*s", BH_STR_ARG(x->method), (int)(x->url.len < 150 ? x->url.len : 150), x->url.ptr);
  }
  return false;
}

size_t bh_check_side_made(const bh_check_side *s, bh_str key)
{
  size_t most = 0;
  for (size_t i = 0; i < s->effect_count; i++) {
    size_t n = 0;
    for (size_t j = 0; j < s->effect_count; j++)
      n += bh_str_eq(s->effects[j].key, key) && bh_str_eq(s->effects[j].kind, s->effects[i].kind);
    most = bh_str_eq(s->effects[i].key, key) && n > most ? n : most;
  }
  return most;
}

static void process(bh_check_side *s, bh_exchange *x)
{
  const bh_check_exchange *e = find(s, x);
  if (!e || (e->effect.len && !s->subject)) {
    if (!s->missed[0])
      snprintf(s->missed, sizeof s->missed, "%.*s %.*s", BH_STR_ARG(x->method), (int)(x->url.len < 200 ? x->url.len : 200), x->url.ptr);
    x->status = 404;
    return;
  }
  bool again = e->effect.len && carry_out(s, e, x) && e->repeats;
  x->status = again ? e->repeat_status : e->status;
  x->headers = expand(s, e->headers, e, false);
  x->body = expand(s, again ? e->repeat_body : e->body, e, false);
}

/* ---- what goes wrong ---- */

static void spoil(bh_exchange *x, const bh_check_failure *f)
{
  switch (f->how) {
  case BH_CHECK_CUT:
  case BH_CHECK_BREAK:
    x->body.len = x->body.len == 0 ? 0 : f->number ? x->body.len - 1 : x->body.len / 2;
    x->broken = f->how == BH_CHECK_BREAK;
    break;
  case BH_CHECK_EMPTY: x->body = (bh_str){"", 0}; break;
  case BH_CHECK_HOLLOW: x->body = BH_S("{}"); break;
  case BH_CHECK_STATUS: x->status = (int32_t)f->number; x->body = bh_str_c(html); break;
  case BH_CHECK_HTML: x->status = 200; x->body = bh_str_c(html); break;
  case BH_CHECK_LOST: x->lost = true; break;
  default: x->status = 0; break;
  }
}

void bh_check_failure_words(char out[300], const bh_check_side *s, const bh_check_failure *f)
{
  char what[60];
  switch (f->how) {
  case BH_CHECK_CUT: snprintf(what, sizeof what, "ending early"); break;
  case BH_CHECK_BREAK: snprintf(what, sizeof what, "broken off"); break;
  case BH_CHECK_EMPTY: snprintf(what, sizeof what, "empty"); break;
  case BH_CHECK_HOLLOW: snprintf(what, sizeof what, "replaced by {}"); break;
  case BH_CHECK_HTML: snprintf(what, sizeof what, "turned to HTML"); break;
  case BH_CHECK_STATUS: snprintf(what, sizeof what, "turned to status %zu, %s", f->number, f->done ? "after it was done" : "and nothing done"); break;
  case BH_CHECK_LOST: snprintf(what, sizeof what, "lost, %s", f->done ? "after it was done" : "and nothing done"); break;
  default: snprintf(what, sizeof what, "replaced by a refused connection"); break;
  }
  snprintf(out, 300, "with answer %zu (%s) %s", f->at + 1, s->struck_words, what);
}

static uint64_t hash_of(const bh_exchange *x)
{
  return bh_hash64(x->method) * 31 + bh_hash64(x->url) * 7 + bh_hash64(x->sent);
}

static bool strikes(bh_check_side *s, const bh_exchange *x)
{
  const bh_check_failure *f = s->failure;
  size_t at = s->requests++;
  if (!f || (at != f->at && !(f->lasting && s->struck && s->struck_hash == hash_of(x))))
    return false;
  if (f->how == BH_CHECK_STATUS && f->number == 404 && none_is_404(s, x))
    return false;
  s->struck = true;
  s->struck_hash = hash_of(x);
  const char *query = memchr(x->url.ptr, '?', x->url.len);
  size_t n = query ? (size_t)(query - x->url.ptr) : x->url.len;
  snprintf(s->struck_words, sizeof s->struck_words, "%.*s %.*s", BH_STR_ARG(x->method), (int)(n < 150 ? n : 150), x->url.ptr);
  return true;
}

static void answer(void *ctx, bh_exchange *x)
{
  bh_check_side *s = ctx;
  bool wrong = strikes(s, x);
  if (s->requests > REQUESTS_MAX) {
    x->status = 0;
    return;
  }
  if (!wrong || s->failure->done)
    process(s, x);
  if (wrong)
    spoil(x, s->failure);
}

void bh_check_side_init(bh_check_side *s, bh_check_replay *r)
{
  *s = (bh_check_side){.replay = r, .transport = {.ctx = s, .answer = answer}};
  bh_arena_init(&s->arena);
}

void bh_check_side_dispose(bh_check_side *s)
{
  bh_arena_dispose(&s->arena);
}

void bh_check_side_begin(bh_check_side *s, const bh_check_subject *subject, const bh_check_failure *failure)
{
  s->subject = subject;
  s->failure = failure;
  s->requests = 0;
  s->before = s->effect_count;
  s->struck = false;
}
