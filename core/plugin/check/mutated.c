/* The tests that change one answer at a time: each must end in an error, or in the same facts, or say what is missing. */
#include "plugin/check/inside.h"

enum { EXCHANGES_MAX = 60, CUTS = 6 };

typedef struct work {
  bh_check *k;
  bh_check_run_result good;
  uint64_t runs;
  bool same;                     /* only the same facts will do: no error */
} work;

static bh_status judge(work *w, const bh_check_run_result *r, const char *when)
{
  bh_check *k = w->k;
  char why[600];
  if (r->endless)
    return bh_fail(&k->err, BH_E_INVALID, "%s, it goes on asking without end", when);
  bh_status rc = bh_check_said_why(k, r, when);
  if (rc)
    return rc;
  if (r->status && w->same)
    return bh_fail(&k->err, BH_E_INVALID, "%s, %s() failed (%s): %.500s", when, r->call, bh_status_word(r->status), r->reason);
  if (r->status == BH_OK && !bh_check_facts_judge(why, &w->good.facts, &r->facts))
    return bh_fail(&k->err, BH_E_INVALID, "%s, pull() came to BH_OK, and %s", when, why);
  return BH_OK;
}

static bh_status try(work *w, bh_check_mutation m)
{
  bh_check_run_result r;
  char when[300];
  bh_check_run_init(&r);
  r.calls = BH_CHECK_PULL;
  r.mutation = &m;
  bh_check_mutation_words(when, &w->k->replay, &m);
  bh_check_doing(w->k, "a pull %s", when);
  bh_status rc = bh_check_connect(w->k, &r);
  if (rc == BH_OK)
    rc = judge(w, &r, when);
  bh_check_run_dispose(&r);
  w->runs++;
  return rc;
}

static bool is_success(const bh_check_exchange *x)
{
  return (x->status >= 200 && x->status < 300) || x->status == 101; /* a WebSocket message */
}

/* ---- the ways ---- */

static bh_status cuts(work *w, size_t at)
{
  size_t len = w->k->replay.items[at].body.len;
  bh_status rc = BH_OK;
  for (int i = 0; rc == BH_OK && len > 0 && i < CUTS; i++) {
    size_t n = i == 0 ? len - 1 : i == 1 ? len / 2 : (size_t)bh_check_random(w->k, len);
    rc = try(w, (bh_check_mutation){.how = BH_CHECK_CUT, .at = at, .number = n});
    if (rc == BH_OK)
      rc = try(w, (bh_check_mutation){.how = BH_CHECK_BREAK, .at = at, .number = n});
  }
  return rc;
}

static bh_status nestings(work *w, size_t at)
{
  bh_status rc = try(w, (bh_check_mutation){.how = BH_CHECK_NESTED, .at = at});
  return rc ? rc : try(w, (bh_check_mutation){.how = BH_CHECK_NESTED_INSIDE, .at = at});
}

/* How many parts of x's query are not in y's. */
static size_t parts_without(const bh_check_exchange *x, const bh_check_exchange *y)
{
  size_t n = 0;
  bh_str rest = {x->url.ptr + x->path.len, x->url.len - x->path.len}, theirs = {y->url.ptr + y->path.len, y->url.len - y->path.len};
  while (rest.len) {
    size_t len = 1;
    while (len < rest.len && rest.ptr[len] != '&')
      len++;
    const char *found = theirs.len ? memmem(theirs.ptr + 1, theirs.len - 1, rest.ptr + 1, len - 1) : NULL;
    bool whole = found && (found == theirs.ptr + 1 || found[-1] == '&') && (found + len - 1 == theirs.ptr + theirs.len || found[len - 1] == '&');
    n += !whole;
    rest = (bh_str){rest.ptr + len, rest.len - len};
  }
  return n;
}

/* Another page of the same list: answers to the same place with the same method, whose queries differ in one parameter. */
static bool pages_of_one(const bh_check_exchange *x, const bh_check_exchange *y)
{
  return x != y && bh_str_eq(x->token, y->token) && is_success(x) && is_success(y) && bh_str_eq(x->method, y->method) && bh_str_eq(x->path, y->path) && !bh_str_eq(x->body, y->body) &&
         parts_without(x, y) <= 1 && parts_without(y, x) <= 1;
}

static size_t page_before(const bh_check_replay *r, size_t at)
{
  for (size_t i = at; i-- > 0;)
    if (pages_of_one(&r->items[i], &r->items[at]))
      return i;
  return at;
}

static size_t first_page(const bh_check_replay *r, size_t at)
{
  for (size_t i = 0; i < at; i++)
    if (pages_of_one(&r->items[i], &r->items[at]))
      return i;
  return at;
}

static bh_status repeated(work *w, size_t at)
{
  size_t before = page_before(&w->k->replay, at);
  return before == at ? BH_OK : try(w, (bh_check_mutation){.how = BH_CHECK_OTHER_PAGE, .at = at, .number = before, .once = true});
}

static bh_status looping(work *w, size_t at)
{
  size_t first = first_page(&w->k->replay, at);
  return first == at ? BH_OK : try(w, (bh_check_mutation){.how = BH_CHECK_OTHER_PAGE, .at = at, .number = first});
}

static bh_status emptied(work *w, size_t at) { return try(w, (bh_check_mutation){.how = BH_CHECK_EMPTY, .at = at}); }
static bh_status hollow(work *w, size_t at) { return try(w, (bh_check_mutation){.how = BH_CHECK_HOLLOW, .at = at}); }
static bh_status html(work *w, size_t at) { return try(w, (bh_check_mutation){.how = BH_CHECK_HTML, .at = at}); }
static bh_status not_utf8(work *w, size_t at) { return try(w, (bh_check_mutation){.how = BH_CHECK_UTF8, .at = at}); }
static bh_status refused(work *w, size_t at) { return try(w, (bh_check_mutation){.how = BH_CHECK_REFUSED, .at = at}); }

static bh_status status(work *w, size_t at)
{
  size_t number = 0;
  bh_str test = w->k->init.test; /* "status-401" */
  for (size_t i = sizeof "status-" - 1; i < test.len; i++)
    number = number * 10 + (size_t)(test.ptr[i] - '0');
  return try(w, (bh_check_mutation){.how = BH_CHECK_STATUS, .at = at, .number = number});
}

static bh_status chunks(work *w)
{
  static const size_t sizes[] = {1, 2, 3, 7, 64, 1000};
  bh_status rc = BH_OK;
  w->same = true;
  for (size_t i = 0; rc == BH_OK && i < sizeof sizes / sizeof sizes[0]; i++)
    rc = try(w, (bh_check_mutation){.how = BH_CHECK_CHUNKS, .number = sizes[i]});
  for (int i = 0; rc == BH_OK && i < CUTS; i++)
    rc = try(w, (bh_check_mutation){.how = BH_CHECK_CHUNKS, .number = 1 + (size_t)bh_check_random(w->k, 5000)});
  return rc;
}

typedef struct way { const char *test; bh_status (*each)(work *w, size_t at); } way;
static const way ways[] = {
  {"truncated", cuts}, {"empty", emptied}, {"hollow", hollow}, {"html", html}, {"status-", status}, {"no-connection", refused}, {"pages", repeated}, {"cursors", looping},
  {"utf8", not_utf8}, {"nesting", nestings},
};

/* All answers while they are few, else so many of them, spread by the seed. */
static bh_status each_answer(work *w, bh_status (*each)(work *w, size_t at))
{
  size_t n = w->k->replay.count;
  bh_status rc = BH_OK;
  for (size_t i = 0; rc == BH_OK && i < n; i += n <= EXCHANGES_MAX ? 1 : 1 + (size_t)bh_check_random(w->k, 2 * n / EXCHANGES_MAX))
    if (is_success(&w->k->replay.items[i]))
      rc = each(w, i);
  return rc;
}

static bh_status run_way(work *w)
{
  if (bh_str_eqz(w->k->init.test, "chunks"))
    return chunks(w);
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++)
    if (bh_str_starts(w->k->init.test, bh_str_c(ways[i].test)))
      return each_answer(w, ways[i].each);
  return bh_fail(&w->k->err, BH_E_BUG, "no such test");
}

bh_status bh_check_mutated(bh_check *k)
{
  work w = {.k = k};
  if (k->replay.count == 0)
    return bh_check_skip(k, "the recorded session has no answers");
  bh_check_run_init(&w.good);
  w.good.calls = BH_CHECK_PULL;
  bh_check_doing(k, "the recorded session");
  bh_status rc = bh_check_connect(k, &w.good);
  if (rc == BH_OK && w.good.status)
    rc = bh_fail(&k->err, BH_E_INVALID, "%s() failed in the recorded session as it is: %.600s", w.good.call, w.good.reason);
  if (rc == BH_OK)
    rc = run_way(&w);
  bh_check_run_dispose(&w.good);
  if (rc)
    return rc;
  return w.runs ? bh_check_say(k, "%llu runs", (unsigned long long)w.runs) : bh_check_skip(k, "no list of the recorded session has a second page");
}
