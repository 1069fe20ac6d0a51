/* One effect, whatever goes wrong: something fails in one call, and then the host goes on as the ABI says, with every answer in order. */
#include "plugin/check/other_side.h"
#include "base/dec.h"

enum { ROUNDS_MAX = 8, REQUESTS_MAX = 30, FAULTS_MAX = 600 };

/* What is done: a delivery, a charge, a refund. */
typedef struct deed {
  int32_t call;
  const bh_check_subject *subject;
  const bh_check_subject *before; /* of a refund: the charge; else NULL */
} deed;
typedef struct work { bh_check *k; uint64_t runs; } work;

static const char *thing(const deed *d)
{
  return d->call == BH_CALL_DELIVER ? "document" : d->call == BH_CALL_CHARGE ? "payment" : "refund";
}

static bool may_fail(const deed *d) { return bh_str_eqz(d->subject->expect, "failed"); }
static bool failed(const deed *d, const bh_check_out *o) { return d->call != BH_CALL_DELIVER && o->said.state == BH_DEBIT_FAILED; }
static bool says_nothing_made(bh_status rc) { return rc == BH_E_INVALID || rc == BH_E_AUTH || rc == BH_E_PERMANENT; }

/* Why a second one came to be, where that can be told. */
static const char *unnamed(const bh_check_side *s, char out[300])
{
  out[0] = 0;
  if (s->unnamed[0])
    snprintf(out, 300, " (%.200s carries neither the key nor the number: nothing finds it again)", s->unnamed);
  return out;
}

static bh_status said_why(bh_check *k, const bh_check_out *o, const char *when)
{
  if (o->status == BH_OK || o->status == BH_E_NOMEM || o->reason[0])
    return BH_OK;
  return bh_fail(&k->err, BH_E_INVALID, "%s, %s() failed (%s) without saying why: fail() records the reason", when, bh_check_out_name(o), bh_status_word(o->status));
}

/* What a call came to may not be wrong, whatever comes after it. */
static bh_status judge(bh_check *k, const deed *d, const bh_check_side *side, const bh_check_out *o, const char *when)
{
  char why[300];
  size_t made = bh_check_side_made(side, d->subject->outward.key);
  bh_status rc = said_why(k, o, when);
  if (rc)
    return rc;
  if (made > 1)
    return bh_fail(&k->err, BH_E_INVALID, "%s, %s() has had a second effect: there are %zu %ss under one key%s", when, bh_check_out_name(o), made, thing(d), unnamed(side, why));
  if (o->call == d->call && says_nothing_made(o->status) && side->effect_count > side->before)
    return bh_fail(&k->err, BH_E_INVALID, "%s, %s() says that it has made no %s (%s: %.300s), and it has: BH_E_UNKNOWN was expected", when, bh_check_out_name(o), thing(d),
                   bh_status_word(o->status), o->reason);
  if (o->status == BH_OK && o->said.count && failed(d, o) && made)
    return bh_fail(&k->err, BH_E_INVALID, "%s, %s() says that the attempt has failed, and the %s is there", when, bh_check_out_name(o), thing(d));
  if (o->status == BH_OK && o->said.count && !failed(d, o) && !made && !may_fail(d))
    return bh_fail(&k->err, BH_E_INVALID, "%s, %s() says that the %s is there (%s), and none was made", when, bh_check_out_name(o), thing(d), o->said.ref);
  if (o->call == BH_CALL_LOOKUP && o->status == BH_OK && o->said.count == 0 && made)
    return bh_fail(&k->err, BH_E_INVALID, "%s, lookup() says that there is no %s, and there is one%s", when, thing(d), unnamed(side, why));
  return BH_OK;
}

static bool is_through(const bh_check_out *o)
{
  return o->status == BH_OK && o->said.count;
}

/* From the call `o` on, as the host does it. */
static bh_status go_on(work *w, const deed *d, bh_check_side *side, bh_check_out *o, const char *when)
{
  bh_check *k = w->k;
  bool unclear = false; /* lookup() decides */
  bh_status rc = judge(k, d, side, o, when);
  for (int round = 0; rc == BH_OK && !is_through(o) && round < ROUNDS_MAX; round++) {
    if (o->call == BH_CALL_LOOKUP ? o->status != BH_OK : o->status == BH_E_UNKNOWN)
      unclear = true;
    else if (o->call != -1 || !unclear)
      unclear = false;
    if (unclear && o->call == BH_CALL_LOOKUP && o->status == BH_E_UNKNOWN && round > 1)
      return BH_OK; /* nobody can tell: a person looks */
    rc = bh_check_out_once(o, k, side, unclear ? BH_CALL_LOOKUP : d->call, d->subject, NULL);
    if (rc == BH_OK)
      rc = judge(k, d, side, o, when);
  }
  if (rc || is_through(o))
    return rc;
  return bh_fail(&k->err, BH_E_INVALID, "%s, it is never through, although every other answer is in order: %s() failed (%s): %.300s", when, bh_check_out_name(o),
                 bh_status_word(o->status), o->reason);
}

/* ---- ways to go wrong ---- */

typedef enum moment { AT_FIRST, AGAIN, IN_LOOKUP } moment; /* in the first call; in a second one, after a good first; in the lookup after a lost answer */

static bh_status prepare(work *w, const deed *d, bh_check_side *side)
{
  bh_check_out o;
  if (!d->before)
    return BH_OK;
  bh_status rc = bh_check_out_once(&o, w->k, side, BH_CALL_CHARGE, d->before, NULL);
  return rc || o.status == BH_OK ? rc : bh_fail(&w->k->err, BH_E_INVALID, "charge() failed (%s): %.500s", bh_status_word(o.status), o.reason);
}

static bh_status try(work *w, const deed *d, moment m, const bh_check_failure *f, size_t lost_at, bool *struck)
{
  bh_check_side side;
  bh_check_out o;
  char what[300], when[400];
  const bh_check_failure lost = {.how = BH_CHECK_LOST, .at = lost_at, .done = true, .lasting = true};
  bh_check_side_init(&side, &w->k->replay);
  bh_status rc = prepare(w, d, &side);
  if (rc == BH_OK && m != AT_FIRST)
    rc = bh_check_out_once(&o, w->k, &side, d->call, d->subject, m == IN_LOOKUP ? &lost : NULL);
  if (rc == BH_OK)
    rc = bh_check_out_once(&o, w->k, &side, m == IN_LOOKUP ? BH_CALL_LOOKUP : d->call, d->subject, f);
  *struck = side.struck;
  bh_check_failure_words(what, &side, f);
  snprintf(when, sizeof when, "%s%s", m == AGAIN ? "called again, " : m == IN_LOOKUP ? "with a lost answer, and the lookup after it " : "", what);
  bh_check_doing(w->k, "a %s %s", thing(d), when);
  if (rc == BH_OK && *struck)
    rc = go_on(w, d, &side, &o, when);
  bh_check_side_dispose(&side);
  w->runs += *struck;
  return rc;
}

/* The failure at each request in turn. */
static bh_status each_request(work *w, const deed *d, bh_check_failure f)
{
  bh_status rc = BH_OK;
  for (int m = AT_FIRST; m <= AGAIN; m++)
    for (int lasting = 0; lasting < 2; lasting++) {
      bool struck = true;
      f.lasting = lasting;
      for (f.at = 0; rc == BH_OK && struck && f.at < REQUESTS_MAX; f.at++)
        rc = try(w, d, (moment)m, &f, 0, &struck);
    }
  return rc;
}

static bh_status lookups(work *w, const deed *d)
{
  static const bh_check_failure ways[] = {{.how = BH_CHECK_REFUSED}, {.how = BH_CHECK_STATUS, .number = 500, .done = true}, {.how = BH_CHECK_STATUS, .number = 401},
    {.how = BH_CHECK_STATUS, .number = 404}, {.how = BH_CHECK_EMPTY, .done = true}, {.how = BH_CHECK_HOLLOW, .done = true}, {.how = BH_CHECK_HTML, .done = true},
    {.how = BH_CHECK_CUT, .done = true}, {.how = BH_CHECK_BREAK, .done = true}};
  bh_status rc = BH_OK;
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
    for (size_t lost_at = 0; rc == BH_OK && lost_at < 4; lost_at++) {
      bh_check_failure f = ways[i];
      bool struck = true;
      f.lasting = true;
      for (f.at = 0; rc == BH_OK && struck && f.at < REQUESTS_MAX; f.at++)
        rc = try(w, d, IN_LOOKUP, &f, lost_at, &struck);
    }
  return rc;
}

static bh_status way(work *w, const deed *d)
{
  bh_str test = w->k->init.test;
  bh_status rc;
  if (bh_str_eqz(test, "truncated")) {
    for (size_t i = 0; i < 2; i++)
      if ((rc = each_request(w, d, (bh_check_failure){.how = BH_CHECK_CUT, .number = i, .done = true})) ||
          (rc = each_request(w, d, (bh_check_failure){.how = BH_CHECK_BREAK, .number = i, .done = true})))
        return rc;
    return BH_OK;
  }
  if (bh_str_eqz(test, "empty"))
    return each_request(w, d, (bh_check_failure){.how = BH_CHECK_EMPTY, .done = true});
  if (bh_str_eqz(test, "hollow"))
    return each_request(w, d, (bh_check_failure){.how = BH_CHECK_HOLLOW, .done = true});
  if (bh_str_eqz(test, "html"))
    return each_request(w, d, (bh_check_failure){.how = BH_CHECK_HTML, .done = true});
  if (bh_str_eqz(test, "no-connection"))
    return each_request(w, d, (bh_check_failure){.how = BH_CHECK_REFUSED});
  if (bh_str_eqz(test, "lost")) {
    for (int done = 0; done < 2; done++)
      if ((rc = each_request(w, d, (bh_check_failure){.how = BH_CHECK_LOST, .done = done})))
        return rc;
    return lookups(w, d);
  }
  size_t number = 0; /* "status-401" */
  for (size_t i = sizeof "status-" - 1; i < test.len; i++)
    number = number * 10 + (size_t)(test.ptr[i] - '0');
  rc = each_request(w, d, (bh_check_failure){.how = BH_CHECK_STATUS, .number = number});
  return rc || number < 500 ? rc : each_request(w, d, (bh_check_failure){.how = BH_CHECK_STATUS, .number = number, .done = true});
}

/* ---- each deed of the session ---- */

static bh_status no_effects(bh_check *k)
{
  for (size_t i = 0; i < k->replay.count; i++)
    if (k->replay.items[i].effect.len)
      return BH_OK;
  return bh_fail(&k->err, BH_E_INVALID, "the session has no exchange with an effect: it has to say which requests make something (\"effect\")");
}

static bh_status each_deed(work *w, bh_status (*each)(work *w, const deed *d))
{
  bh_check *k = w->k;
  bh_status rc = no_effects(k);
  if (rc == BH_OK && k->replay.subject_count == 0)
    rc = bh_fail(&k->err, BH_E_INVALID, "the session has no %s", k->sends == BH_CALL_DELIVER ? "documents" : "debits");
  for (size_t i = 0; rc == BH_OK && i < k->replay.subject_count; i++) {
    const bh_check_subject *s = &k->replay.subjects[i];
    const deed d = {k->sends, s, NULL};
    rc = each(w, &d);
    if (rc || !s->refunds)
      continue;
    bh_check_side side;
    bh_check_out o;
    bh_check_side_init(&side, &k->replay);
    rc = bh_check_out_once(&o, k, &side, BH_CALL_CHARGE, s, NULL);
    bh_check_side_dispose(&side);
    const deed back = {BH_CALL_REFUND, bh_check_refund_of(&k->arena, s, bh_str_c(o.said.ref)), s};
    if (rc == BH_OK)
      rc = each(w, &back);
  }
  return rc;
}

bh_status bh_check_failures(bh_check *k)
{
  work w = {.k = k};
  bh_status rc = each_deed(&w, way);
  return rc ? rc : bh_check_say(k, "%llu runs", (unsigned long long)w.runs);
}

/* ---- twice ---- */

static bh_status twice(work *w, const deed *d)
{
  bh_check *k = w->k;
  bh_check_side side;
  bh_check_out o;
  char first[512];
  bh_check_side_init(&side, &k->replay);
  bh_status rc = prepare(w, d, &side);
  if (rc == BH_OK && (rc = bh_check_out_open(&o, k, &side, NULL)) == BH_OK) {
    for (int i = 0; rc == BH_OK && o.made && i < 2; i++) {
      bh_check_out_call(&o, d->call, d->subject, NULL);
      rc = judge(k, d, &side, &o, i ? "called twice by one instance" : "in the session as it is");
      if (i == 0)
        memcpy(first, o.said.ref, sizeof first);
    }
    bh_check_out_close(&o);
  }
  for (int i = 0; rc == BH_OK && i < 3; i++) {
    rc = bh_check_out_once(&o, k, &side, i == 1 ? BH_CALL_LOOKUP : d->call, d->subject, NULL);
    if (rc == BH_OK)
      rc = judge(k, d, &side, &o, "called again by another instance");
    if (rc == BH_OK && o.status)
      rc = bh_fail(&k->err, BH_E_INVALID, "called again under the same key, %s() failed (%s): %.400s", bh_check_out_name(&o), bh_status_word(o.status), o.reason);
    if (rc == BH_OK && o.said.count && strcmp(first, o.said.ref) != 0)
      rc = bh_fail(&k->err, BH_E_INVALID, "called again under the same key, %s() says \"%.200s\" for the %s that was \"%.200s\"", bh_check_out_name(&o), o.said.ref, thing(d), first);
  }
  bh_check_side_dispose(&side);
  w->runs++;
  return rc;
}

bh_status bh_check_once(bh_check *k)
{
  work w = {.k = k};
  bh_status rc = each_deed(&w, twice);
  return rc ? rc : bh_check_say(k, "%llu keys", (unsigned long long)w.runs);
}

/* ---- the session as it is ---- */

static bh_status in_order(bh_check *k, const bh_check_side *side, const bh_check_out *o)
{
  if (side->missed[0])
    return bh_fail(&k->err, BH_E_INVALID, "%s() asks for what the session does not have: %s", bh_check_out_name(o), side->missed);
  if (o->status)
    return bh_fail(&k->err, BH_E_INVALID, "%s() failed (%s): %.600s", bh_check_out_name(o), bh_status_word(o->status), o->reason);
  return BH_OK;
}

static bh_status ask(work *w, bh_check_side *side, bh_check_out *o, int32_t call, const bh_check_subject *s)
{
  bh_status rc = bh_check_out_once(o, w->k, side, call, s, NULL);
  return rc ? rc : in_order(w->k, side, o);
}

static bh_status says_right(work *w, const deed *d, const bh_check_out *o)
{
  static const char *const states[] = {"", "pending", "paid", "failed", "refunded", "disputed"}; /* BH_DEBIT_… */
  const bh_check_subject *s = d->subject;
  char wanted[32], got[32];
  bool money = d->call != BH_CALL_DELIVER;
  bool amount = money ? o->said.currency[0] != 0 : (o->said.has & BH_SENT_TOTAL) != 0;
  bh_dec right = money ? s->outward.debit.amount : s->total;
  const char *expect = s->expect.len ? s->expect.ptr : "";
  if (money && s->expect.len && !bh_str_eqz(s->expect, states[o->said.state]))
    return bh_fail(&w->k->err, BH_E_INVALID, "%s() says %s, and the session expects %s", bh_check_out_name(o), states[o->said.state], expect);
  if (d->call == BH_CALL_CHARGE && !s->expect.len && o->said.state != BH_DEBIT_PENDING && o->said.state != BH_DEBIT_PAID)
    return bh_fail(&w->k->err, BH_E_INVALID, "charge() says %s for a payment that goes through", states[o->said.state]);
  if (d->call == BH_CALL_REFUND && o->said.state != BH_DEBIT_PENDING && o->said.state != BH_DEBIT_REFUNDED)
    return bh_fail(&w->k->err, BH_E_INVALID, "refund() says %s for one that goes through", states[o->said.state]);
  if (!amount || failed(d, o) || bh_dec_cmp(o->said.amount, right) == 0)
    return BH_OK;
  bh_dec_format(got, o->said.amount);
  bh_dec_format(wanted, right);
  return bh_fail(&w->k->err, BH_E_INVALID, "%s() says that it came to %s, and it is %s", bh_check_out_name(o), got, wanted);
}

static bh_status one(work *w, const deed *d)
{
  bh_check *k = w->k;
  bh_check_side side;
  bh_check_out o;
  bh_check_side_init(&side, &k->replay);
  bh_check_doing(k, "the session");
  bh_status rc = prepare(w, d, &side);
  if (rc == BH_OK && (rc = ask(w, &side, &o, BH_CALL_LOOKUP, d->subject)) == BH_OK && o.said.count)
    rc = bh_fail(&k->err, BH_E_INVALID, "lookup() finds the %s \"%s\" under a key under which there is none", thing(d), o.said.ref);
  if (rc == BH_OK && (rc = ask(w, &side, &o, d->call, d->subject)) == BH_OK && (rc = judge(k, d, &side, &o, "in the session as it is")) == BH_OK)
    rc = says_right(w, d, &o);
  bh_check_subject known = *d->subject;
  known.outward.ref = bh_arena_str(&side.arena, bh_str_c(o.said.ref));
  if (rc == BH_OK && (rc = ask(w, &side, &o, BH_CALL_LOOKUP, d->subject)) == BH_OK && (rc = judge(k, d, &side, &o, "in the session as it is")) == BH_OK &&
      o.said.count && !bh_str_eqz(known.outward.ref, o.said.ref))
    rc = bh_fail(&k->err, BH_E_INVALID, "lookup() finds \"%s\", and %s() said \"%.*s\"", o.said.ref, bh_call_name(d->call), BH_STR_ARG(known.outward.ref));
  if (rc == BH_OK && d->call == BH_CALL_DELIVER)
    rc = ask(w, &side, &o, BH_CALL_STATUS, &known);
  bh_check_side_dispose(&side);
  w->runs++;
  return rc;
}

bh_status bh_check_delivers(bh_check *k)
{
  work w = {.k = k};
  bh_check_side side;
  bh_check_out o;
  size_t clients = 0;
  bh_check_side_init(&side, &k->replay);
  bh_status rc = ask(&w, &side, &o, BH_CALL_PROBE, NULL);
  if (rc == BH_OK && k->sends == BH_CALL_DELIVER) {
    rc = ask(&w, &side, &o, BH_CALL_CLIENTS, NULL);
    clients = o.said.clients;
  }
  bh_check_side_dispose(&side);
  if (rc == BH_OK)
    rc = each_deed(&w, one);
  if (rc)
    return rc;
  return k->sends == BH_CALL_DELIVER ? bh_check_say(k, "%llu documents, %zu clients", (unsigned long long)w.runs, clients)
                                     : bh_check_say(k, "%llu payments and refunds", (unsigned long long)w.runs);
}

/* ---- host functions that fail on the way ---- */

static bh_status with_faults(work *w, const deed *d)
{
  bh_check *k = w->k;
  bh_status rc = BH_OK;
  for (uint64_t n = 1; rc == BH_OK && n < FAULTS_MAX; n++) {
    bh_check_side side;
    bh_check_out o;
    char when[200];
    bh_check_side_init(&side, &k->replay);
    bh_check_faults_set(0, 0);
    rc = prepare(w, d, &side);
    bh_check_doing(k, "a %s in which the host's call %llu fails", thing(d), (unsigned long long)n);
    bh_check_faults_set(n, 0);
    if (rc == BH_OK)
      rc = bh_check_out_once(&o, k, &side, d->call, d->subject, NULL);
    const char *name = bh_check_faults_failed();
    snprintf(when, sizeof when, "when the host's call %llu, %s, failed", (unsigned long long)n, name ? name : "none");
    bh_check_faults_set(0, 0);
    if (rc == BH_OK && name)
      rc = go_on(w, d, &side, &o, when);
    bh_check_side_dispose(&side);
    w->runs++;
    if (!name)
      break;
  }
  return rc;
}

bh_status bh_check_outward_faults(bh_check *k)
{
  work w = {.k = k};
  bh_status rc = bh_check_host_failures(k);
  if (rc == BH_OK && k->replay.subject_count)
    rc = each_deed(&w, with_faults);
  return rc || !k->replay.subject_count ? rc : bh_check_say(k, "%llu runs", (unsigned long long)w.runs);
}
