/* Contracts as JSON objects with the keys of clients/NAME.jsonl. */
#include "psa.h"
#include <stdarg.h>

bh_status psa_contract_wrong(psa *p, const psa_contracts *all, bh_str id, bh_str name, const char *fmt, ...)
{
  char why[400];
  va_list args;
  va_start(args, fmt);
  vsnprintf(why, sizeof why, fmt, args);
  va_end(args);
  return p->api.h->fail(p->api.h->ctx, BH_E_PERMANENT, "%s %.*s (%.*s): %s", all->word, (int)id.len, id.ptr, (int)(name.len < 200 ? name.len : 200), name.ptr, why);
}

static void put_key(bhk_buf *b, const char *key)
{
  bhk_putz(b, b->len ? ", \"" : "\"");
  bhk_putz(b, key);
  bhk_putz(b, "\": ");
}

static void put_text(bhk_buf *b, const char *key, bh_str value)
{
  if (value.len == 0)
    return;
  put_key(b, key);
  bhk_put_json(b, value);
}

static void put_day(bhk_buf *b, const char *key, bh_date d)
{
  if (d.year == 0)
    return;
  put_key(b, key);
  bhk_putz(b, "\"");
  psa_put_day(b, d);
  bhk_putz(b, "\"");
}

static void put_dec(bhk_buf *b, const char *key, bh_dec d)
{
  put_key(b, key);
  bhk_putz(b, "\"");
  psa_put_dec(b, d);
  bhk_putz(b, "\"");
}

static psa_contract *grow(psa_contracts *all)
{
  if (all->n == all->cap) {
    size_t cap = all->cap ? all->cap * 2 : 64;
    psa_contract *v = realloc(all->v, cap * sizeof *v);
    if (!v)
      return NULL;
    all->v = v;
    all->cap = cap;
  }
  memset(&all->v[all->n], 0, sizeof *all->v);
  return &all->v[all->n];
}

/* Its client counts, or has been closed when the contract was over, and not longer ago than time is read for. */
static bool is_ours(const psa *p, bh_str client, bh_date ends)
{
  return psa_has_client(p, client) || (psa_owes_client(p, client) && ends.year && psa_day_cmp(ends, p->today) <= 0 &&
                                       psa_day_cmp(ends, psa_day_add(p->today, -p->lookback_days)) >= 0);
}

bh_status psa_contract_add(psa *p, psa_contracts *all, psa_contract **out, bh_str id, bh_str client, bh_str name, bh_date starts, bh_date ends)
{
  char number[24];
  *out = NULL;
  if (!is_ours(p, client, ends) || bhk_get(&all->index, id) || (ends.year && p->billed_through.year && psa_day_cmp(ends, p->billed_through) <= 0))
    return BH_OK;
  if (id.len == 0 || starts.year == 0)
    return psa_contract_wrong(p, all, id, name, "it has no %s", id.len ? "start date" : "id");
  if (ends.year && psa_day_cmp(ends, starts) < 0)
    return BH_OK; /* cancelled before it began */
  psa_contract *c = grow(all);
  char *text = c ? malloc(id.len + client.len + name.len + 1) : NULL;
  snprintf(number, sizeof number, "%zu", all->n);
  if (!text || bhk_add(&all->index, id, bhk_str(number)) < 0) {
    free(text);
    return psa_no_memory(p);
  }
  memcpy(text, id.ptr, id.len);
  memcpy(text + id.len, client.ptr, client.len);
  if (name.len)
    memcpy(text + id.len + client.len, name.ptr, name.len);
  c->id = (bh_str){text, id.len};
  c->client = (bh_str){text + id.len, client.len};
  c->name = (bh_str){text + id.len + client.len, name.len};
  c->starts = starts;
  c->ends = ends;
  put_text(&c->head, "name", name);
  put_day(&c->head, "starts", starts);
  put_day(&c->head, "ends", ends);
  if (p->billed_through.year && psa_day_cmp(p->billed_through, starts) >= 0)
    put_day(&c->head, "billed_through", p->billed_through);
  all->n++;
  *out = c;
  return BH_OK;
}

psa_contract *psa_contract_get(psa_contracts *all, bh_str id)
{
  const bhk_entry *e = bhk_get(&all->index, id);
  size_t at = 0;
  for (size_t i = 0; e && i < e->value.len; i++)
    at = at * 10 + (size_t)(e->value.ptr[i] - '0');
  return e ? &all->v[at] : NULL;
}

void psa_contract_text(psa_contract *c, const char *key, bh_str value)
{
  put_text(&c->head, key, value);
}

static void put_bill(psa_contract *c, int every, const char *unit, const char *more)
{
  put_key(&c->head, "bill");
  bhk_putz(&c->head, "{\"every\": ");
  bhk_put_u64(&c->head, (uint64_t)every);
  bhk_putz(&c->head, ", \"unit\": \"");
  bhk_putz(&c->head, unit);
  bhk_putz(&c->head, "\"");
  bhk_putz(&c->head, more);
  bhk_putz(&c->head, "}");
}

void psa_contract_bill(psa_contract *c, int every, const char *unit, bool anniversary)
{
  put_bill(c, every, unit, anniversary ? ", \"align\": \"anniversary\"" : "");
}

void psa_contract_bill_on(psa_contract *c, int every, const char *unit, bh_date first)
{
  char on[40] = "";
  bool months = strcmp(unit, "month") == 0;
  /* Months of a period; quarters are told from the month that they begin in, whichever of them `first` is. */
  int length = months ? every : strcmp(unit, "quarter") == 0 ? 3 * every : strcmp(unit, "year") == 0 ? 12 : 0;
  if (length == 1)
    snprintf(on, sizeof on, ", \"on\": %d", first.day);
  else if (length > 1)
    snprintf(on, sizeof on, ", \"on\": \"%02d-%02d\"", length < 12 ? (first.month - 1) % length + 1 : first.month, first.day);
  if (months && length > 1 && length % 3 == 0)
    put_bill(c, every / 3, "quarter", on);
  else
    put_bill(c, every, unit, on);
}

const bh_option psa_cycle_records[] = {
  {.key = "match", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "What the platform calls a period; * stands for anything."},
  {.key = "every", .type = BH_OPT_INTEGER, .fallback = "1", .help = "How many units a period has."},
  {.key = "unit", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "day, week, month, quarter or year."},
  {.key = NULL},
};

bool psa_cycle_option(psa *p, bh_str word, int *every, const char **unit)
{
  static const char *const units[] = {"day", "week", "month", "quarter", "year"};
  const bh_host *h = p->api.h;
  const bh_values *v;
  for (size_t i = 0; (v = h->record(h->ctx, h->options, "cycles", i)) != NULL; i++) {
    bh_str match, name;
    int64_t n;
    if (h->text(h->ctx, v, "match", &match) || h->text(h->ctx, v, "unit", &name) || h->integer(h->ctx, v, "every", &n) || !bhk_like(match, word) || n < 1 ||
        n > 1200)
      continue;
    for (size_t u = 0; u < sizeof units / sizeof *units; u++)
      if (bhk_is(name, units[u])) {
        *every = (int)n;
        *unit = units[u];
        return true;
      }
  }
  return false;
}

bool psa_cycle(bh_str word, int *every, const char **unit)
{
  /* The first that fits: "Bi-Monthly" before "*month*". */
  static const struct { const char *word, *unit; int every; } cycles[] = {
    {"*semi*month*", NULL, 0}, {"*semi*annual*", "month", 6}, {"*semi*year*", "month", 6}, {"*half*year*", "month", 6}, {"*bi*annual*", NULL, 0},
    {"*bi*month*", "month", 2}, {"*bi*week*", "week", 2}, {"*fortnight*", "week", 2}, {"*month*", "month", 1}, {"*quarter*", "quarter", 1},
    {"*annual*", "year", 1}, {"*year*", "year", 1}, {"*week*", "week", 1}, {"*daily*", "day", 1},
  };
  for (size_t i = 0; i < sizeof cycles / sizeof *cycles; i++)
    if (bhk_like(bhk_str(cycles[i].word), word)) {
      *every = cycles[i].every;
      *unit = cycles[i].unit;
      return cycles[i].unit != NULL;
    }
  return false;
}

/* ---- lines ---- */

/* Rounded half-even to the six places that a quantity has. */
static bh_dec six_places(bh_dec d)
{
  int64_t unit = 1;
  for (; d.scale > 6; d.scale--)
    unit *= 10;
  int64_t whole = d.coef / unit, rest = d.coef % unit;
  d.coef = whole + (rest * 2 > unit || (rest * 2 == unit && whole % 2) ? 1 : 0);
  while (d.scale > 0 && d.coef % 10 == 0) {
    d.coef /= 10;
    d.scale--;
  }
  return d;
}

static bh_status number(psa *p, const psa_contracts *all, const psa_contract *c, const psa_line *l, const char *key, bh_str text, bh_dec *out)
{
  bool ok = text.len && p->api.h->parse_number(p->api.h->ctx, text, out) == BH_OK;
  if (ok && out->coef >= 0)
    return BH_OK;
  return psa_contract_wrong(p, all, c->id, c->name, "%s %.*s: its %s is %.*s%s", l->what, (int)l->id.len, l->id.ptr, key,
                            (int)(text.len < 60 ? text.len : 60), text.len ? text.ptr : "", ok ? ", below zero" : text.len ? ", not a number" : "missing");
}

static bool never_in_force(const psa_contract *c, const psa_line *l)
{
  bh_date from = l->once.year ? l->once : l->from.year && psa_day_cmp(l->from, c->starts) > 0 ? l->from : c->starts;
  return (l->ends.year && psa_day_cmp(l->ends, from) < 0) || (c->ends.year && psa_day_cmp(c->ends, from) < 0);
}

static bh_status put_line(psa *p, const psa_contracts *all, psa_contract *c, const psa_line *l)
{
  const struct { const char *key; bh_str text; bool quantity; } numbers[] = {
    {"quantity", l->quantity, true}, {"price", l->price, false}, {"included", l->included, true}, {"cost", l->cost, false}};
  bhk_buf b = {0};
  bh_status rc = BH_OK;
  put_text(&b, "id", l->id);
  put_text(&b, "product", l->product);
  put_text(&b, "name", l->name);
  for (size_t i = 0; i < sizeof numbers / sizeof *numbers && rc == BH_OK; i++) {
    bh_dec d;
    if (numbers[i].text.len == 0 || (rc = number(p, all, c, l, numbers[i].key, numbers[i].text, &d)))
      continue;
    /* Checked all the same. A cost of 0 is one that nobody has filled in, and would hide the price book's. */
    if ((i == 0 && p->count && l->once.year == 0) || (i == 3 && d.coef == 0))
      continue;
    put_dec(&b, numbers[i].key, numbers[i].quantity ? six_places(d) : d);
  }
  if (l->once.year) {
    put_day(&b, "once", l->once);
  } else {
    put_day(&b, "from", l->from.year && psa_day_cmp(l->from, c->starts) > 0 ? l->from : (bh_date){0, 0, 0});
    put_day(&b, "ends", l->ends.year && (!c->ends.year || psa_day_cmp(l->ends, c->ends) < 0) ? l->ends : (bh_date){0, 0, 0});
  }
  if (rc == BH_OK && b.broken)
    rc = psa_no_memory(p);
  if (rc == BH_OK) {
    bhk_putz(&c->lines, c->lines.len ? ", {" : "{");
    bhk_put(&c->lines, bhk_text(&b));
    bhk_putz(&c->lines, "}");
    c->line_count++;
  }
  bhk_dispose(&b);
  return rc;
}

bh_status psa_line_add(psa *p, const psa_contracts *all, psa_contract *c, const psa_line *l)
{
  if (l->product.len == 0)
    return psa_contract_wrong(p, all, c->id, c->name, "%s %.*s: it names no product", l->what, (int)l->id.len, l->id.ptr);
  return never_in_force(c, l) ? BH_OK : put_line(p, all, c, l);
}

bh_status psa_contracts_emit(psa *p, psa_contracts *all)
{
  bh_status rc = BH_OK;
  for (size_t i = 0; i < all->n && rc == BH_OK; i++) {
    psa_contract *c = &all->v[i];
    if (c->line_count == 0)
      continue;
    put_key(&c->head, "lines");
    bhk_putz(&c->head, "[");
    bhk_put(&c->head, bhk_text(&c->lines));
    bhk_putz(&c->head, "]}");
    bhk_buf json = {0};
    bhk_putz(&json, "{");
    bhk_put(&json, bhk_text(&c->head));
    bh_contract x = {.struct_size = sizeof x, .client = c->client, .id = c->id, .json = bhk_text(&json)};
    rc = json.broken || c->head.broken || c->lines.broken ? psa_no_memory(p) : p->emit->contract(p->emit->ctx, &x);
    bhk_dispose(&json);
  }
  return rc;
}

void psa_contracts_dispose(psa_contracts *all)
{
  for (size_t i = 0; i < all->n; i++) {
    free((char *)(uintptr_t)all->v[i].id.ptr);
    bhk_dispose(&all->v[i].head);
    bhk_dispose(&all->v[i].lines);
  }
  free(all->v);
  bhk_map_dispose(&all->index);
  memset(all, 0, sizeof *all);
}
