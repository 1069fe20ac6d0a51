/* Webhooks: the gateway's are taken, and nobody else's. */
#include "plugin/check/other_side.h"

enum { CHANGES = 16, SKEW_S = 60 };

typedef struct work { bh_check *k; const bh_check_event *e; uint64_t runs; } work;

static bh_status event(work *w, bh_check_out *o, bh_str body, bh_str *headers, size_t header_count, int64_t now_s)
{
  bh_check_side side;
  bh_check_subject s = {.outward = {.body = body, .headers = headers, .header_count = header_count, .now_s = now_s}};
  bh_check_side_init(&side, &w->k->replay);
  bh_status rc = bh_check_out_once(o, w->k, &side, BH_CALL_EVENT, &s, NULL);
  bh_check_side_dispose(&side);
  w->runs++;
  return rc;
}

static bh_status refused(work *w, const bh_check_out *o, const char *what)
{
  if (o->status == BH_E_AUTH && o->reason[0])
    return BH_OK;
  if (o->status == BH_OK)
    return bh_fail(&w->k->err, BH_E_INVALID, "event() takes a webhook %s: BH_E_AUTH was expected", what);
  return bh_fail(&w->k->err, BH_E_INVALID, "event() fails (%s) for a webhook %s, %s", bh_status_word(o->status), what,
                 o->reason[0] ? "and BH_E_AUTH was expected" : "without saying why");
}

static bh_str *copy_of(bh_arena *a, const bh_check_event *e)
{
  bh_str *out = BH_NEWN(a, bh_str, e->header_count + 1);
  memcpy(out, e->headers, e->header_count * sizeof *out);
  return out;
}

static size_t place_of(const bh_check_event *e)
{
  size_t i = 0;
  while (i + 2 < e->header_count && !bh_str_eq(e->headers[i], e->signature))
    i += 2;
  return i;
}

static bh_str in_case(bh_arena *a, bh_str text, char from, char to)
{
  char *out = bh_arena_alloc(a, text.len + 1);
  for (size_t i = 0; i < text.len; i++)
    out[i] = text.ptr[i] >= from && text.ptr[i] <= to ? (char)(text.ptr[i] ^ 0x20) : text.ptr[i];
  return (bh_str){out, text.len};
}

/* ---- what must be taken ---- */

static bh_status taken(work *w, bh_arena *a)
{
  static const char *const states[] = {"", "pending", "paid", "failed", "refunded", "disputed"}; /* BH_DEBIT_… */
  const bh_check_event *e = w->e;
  for (int way = 0; way < 3; way++) { /* header names as they are, in small letters, in capitals */
    bh_check_out o;
    bh_str *headers = copy_of(a, e);
    for (size_t i = 0; way && i < e->header_count; i += 2)
      headers[i] = way == 1 ? in_case(a, headers[i], 'A', 'Z') : in_case(a, headers[i], 'a', 'z');
    bh_status rc = event(w, &o, e->body, headers, e->header_count, e->now_s);
    const char *how = way == 1 ? " with the names of its headers in small letters" : way == 2 ? " with the names of its headers in capitals" : "";
    if (rc)
      return rc;
    if (o.status)
      return bh_fail(&w->k->err, BH_E_INVALID, "event() refuses the gateway's own webhook%s (%s): %.400s", how, bh_status_word(o.status), o.reason);
    if ((o.said.count > 0) != (e->state.len > 0) || (e->state.len && !bh_str_eqz(e->state, states[o.said.state])))
      return bh_fail(&w->k->err, BH_E_INVALID, "event() says %zu outcomes%s%s, and the session expects %.*s", o.said.count, o.said.count ? ", the last " : "",
                     o.said.count ? states[o.said.state] : "", BH_STR_ARG(e->state.len ? e->state : BH_S("none")));
  }
  return BH_OK;
}

/* ---- what must not ---- */

static bh_status with_signature(work *w, bh_arena *a, bh_str value, const char *what)
{
  bh_check_out o;
  bh_str *headers = copy_of(a, w->e);
  headers[place_of(w->e) + 1] = value;
  bh_status rc = event(w, &o, w->e->body, headers, w->e->header_count, w->e->now_s);
  return rc ? rc : refused(w, &o, what);
}

static bh_status without_signature(work *w, bh_arena *a)
{
  bh_check_out o;
  size_t at = place_of(w->e), n = 0;
  bh_str *headers = BH_NEWN(a, bh_str, w->e->header_count + 1);
  for (size_t i = 0; i < w->e->header_count; i++)
    if (i != at && i != at + 1)
      headers[n++] = w->e->headers[i];
  bh_status rc = event(w, &o, w->e->body, headers, n, w->e->now_s);
  return rc ? rc : refused(w, &o, "without a signature");
}

static bh_status changed_signatures(work *w, bh_arena *a)
{
  bh_str right = w->e->headers[place_of(w->e) + 1];
  bh_status rc = with_signature(w, a, (bh_str){"", 0}, "with an empty signature");
  for (size_t i = 0; rc == BH_OK && i < right.len; i++) {
    char *wrong = bh_arena_z(a, right);
    wrong[i] = wrong[i] == '0' ? '1' : '0';
    rc = with_signature(w, a, (bh_str){wrong, right.len}, "with a signature that is wrong in one place");
  }
  if (rc == BH_OK)
    rc = with_signature(w, a, (bh_str){right.ptr, right.len - 1}, "with a signature that is cut short");
  if (rc == BH_OK)
    rc = with_signature(w, a, (bh_str){right.ptr, right.len / 2}, "with half a signature");
  return rc ? rc : with_signature(w, a, bh_arena_fmt(a, "%.*s0", BH_STR_ARG(right)), "with a signature that is too long");
}

static bh_status changed_bodies(work *w, bh_arena *a)
{
  bh_check_out o;
  bh_str body = w->e->body;
  bh_status rc = event(w, &o, bh_arena_fmt(a, "%.*s ", BH_STR_ARG(body)), w->e->headers, w->e->header_count, w->e->now_s);
  if (rc == BH_OK)
    rc = refused(w, &o, "whose body has a space more than was signed");
  for (int i = 0; rc == BH_OK && i < CHANGES && body.len; i++) {
    char *wrong = bh_arena_z(a, body);
    size_t at = (size_t)bh_check_random(w->k, body.len);
    wrong[at] = wrong[at] == '1' ? '2' : '1';
    if ((rc = event(w, &o, (bh_str){wrong, body.len}, w->e->headers, w->e->header_count, w->e->now_s)) == BH_OK)
      rc = refused(w, &o, "whose body is not what was signed");
  }
  return rc;
}

static bh_status other_times(work *w)
{
  bh_check_out o;
  if (w->e->age_s == 0)
    return BH_OK;
  bh_status rc = event(w, &o, w->e->body, w->e->headers, w->e->header_count, w->e->now_s + w->e->age_s + SKEW_S);
  if (rc == BH_OK)
    rc = refused(w, &o, "that is too old: somebody sends it a second time");
  if (rc == BH_OK && (rc = event(w, &o, w->e->body, w->e->headers, w->e->header_count, w->e->now_s - w->e->age_s - SKEW_S)) == BH_OK)
    rc = refused(w, &o, "that comes from the future");
  return rc;
}

static bh_status with_faults(work *w)
{
  bh_status rc = BH_OK;
  bool more = true;
  for (uint64_t n = 1; rc == BH_OK && more; n++) {
    bh_check_out o;
    bh_check_doing(w->k, "a webhook at which the host's call %llu fails", (unsigned long long)n);
    bh_check_faults_set(n, 0);
    rc = event(w, &o, w->e->body, w->e->headers, w->e->header_count, w->e->now_s);
    const char *name = bh_check_faults_failed();
    more = name != NULL;
    bh_check_faults_set(0, 0);
    if (rc == BH_OK && name && o.status == BH_OK && (o.said.count > 0) != (w->e->state.len > 0))
      rc = bh_fail(&w->k->err, BH_E_INVALID, "when the host's call %llu, %s, failed, event() came to BH_OK without what it says", (unsigned long long)n, name);
  }
  return rc;
}

bh_status bh_check_events(bh_check *k)
{
  work w = {.k = k};
  bh_arena a;
  bh_status rc = BH_OK;
  size_t timeless = 0;
  if (k->replay.event_count == 0)
    return bh_check_skip(k, "the session has no events");
  bh_arena_init(&a);
  for (size_t i = 0; rc == BH_OK && i < k->replay.event_count; i++) {
    w.e = &k->replay.events[i];
    timeless += w.e->age_s == 0;
    bh_check_doing(k, "events[%zu]", i + 1);
    if ((rc = taken(&w, &a)) || (rc = without_signature(&w, &a)) || (rc = changed_signatures(&w, &a)) || (rc = changed_bodies(&w, &a)) || (rc = other_times(&w)) ||
        (rc = with_faults(&w)))
      bh_fail_prefix(&k->err, "events[%zu]", i + 1);
    bh_arena_reset(&a);
  }
  bh_arena_dispose(&a);
  return rc ? rc : bh_check_say(k, "%zu events, %llu calls%s", k->replay.event_count, (unsigned long long)w.runs, timeless ? "; those without a time can be sent again" : "");
}
