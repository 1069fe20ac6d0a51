#include "batch/trial_facts.h"

enum { THINGS_MAX = 100000, LONG_AGO = 3660 };

typedef struct staging {
  bh_ingest *in;
  bh_arena *a;
  const bh_contract_plan *plan;
  bh_day date;
  size_t things;
  bh_map classes;              /* "KIND CLASS" → how many have been numbered */
  bh_error *err;
} staging;

static bh_status wrong(staging *s, const char *where, const char *fmt, ...) BH_PRINTF(3, 4);
static bh_status wrong(staging *s, const char *where, const char *fmt, ...)
{
  char text[600];
  va_list args;
  va_start(args, fmt);
  vsnprintf(text, sizeof text, fmt, args);
  va_end(args);
  return bh_fail(s->err, BH_E_INVALID, "facts: %s: %s", where, text);
}

static bool scalar(const bh_node *n) { return n->kind == BH_NODE_INT || n->kind == BH_NODE_STR; }

static bh_status number(staging *s, const char *where, const bh_node *n, bh_dec *out)
{
  if (n->kind == BH_NODE_FLOAT)
    return wrong(s, where, "%.*s is a float, which is not exact: write it as a string", BH_STR_ARG(n->text));
  if (!scalar(n) || !bh_dec_parse(out, n->text, BH_DEC_SCALE_MAX))
    return wrong(s, where, "expected a number like 12 or \"12.50\"");
  return BH_OK;
}

static bh_status day(staging *s, const char *where, const bh_node *n, bh_day *out)
{
  if (n == NULL || n->kind == BH_NODE_NULL)
    return BH_OK;
  if (n->kind != BH_NODE_STR || !bh_day_parse(out, n->text))
    return wrong(s, where, "expected a date like \"2026-12-01\"");
  return BH_OK;
}

static bool any_of(bh_str key, const char *const *names, size_t n)
{
  for (size_t i = 0; i < n; i++)
    if (bh_str_eqz(key, names[i]))
      return true;
  return false;
}

/* What a table says beside the names that mean something here, as a JSON object of strings. */
static bh_status attributes(staging *s, const char *where, const bh_node *t, const char *const *names, size_t n, bh_str *out)
{
  bh_node *attrs = bh_node_new(s->a, BH_NODE_TABLE);
  for (size_t i = 0; i < t->field_count; i++) {
    const bh_node *v = t->fields[i].value;
    if (any_of(t->fields[i].key, names, n) || v->kind == BH_NODE_NULL)
      continue;
    if (!scalar(v) && v->kind != BH_NODE_BOOL)
      return wrong(s, where, "%.*s: an attribute is a string", BH_STR_ARG(t->fields[i].key));
    bh_node_set(s->a, attrs, t->fields[i].key, bh_node_str(s->a, v->kind == BH_NODE_BOOL ? (v->boolean ? BH_S("true") : BH_S("false")) : v->text));
  }
  bh_buf text;
  bh_buf_init(&text, 1 << 20);
  bh_json_write(&text, attrs);
  *out = bh_arena_str(s->a, bh_buf_str(&text));
  bh_buf_dispose(&text);
  return BH_OK;
}

static bh_str member(const bh_node *t, const char *key)
{
  const bh_node *n = bh_node_get(t, key);
  return n != NULL && scalar(n) ? n->text : (bh_str){ "", 0 };
}

/* ---- assets ---- */
static bh_status thing(staging *s, const char *where, bh_str kind, bh_str klass, const bh_node *t)
{
  static const char *const names[] = { "class", "id", "name", "from", "to", "last_seen" };
  bh_in_asset x = { .client = BH_S(BH_TRIAL_SOURCE), .kind = kind, .klass = klass, .from = s->date - LONG_AGO, .to = BH_DAY_MAX, .last_seen = BH_DAY_MIN,
    .attrs = BH_S("{}"), .id = { "", 0 }, .name = { "", 0 } };
  if (++s->things > THINGS_MAX)
    return wrong(s, where, "more than %d things", (int)THINGS_MAX);
  bh_status st = BH_OK;
  if (t != NULL) {
    if (member(t, "class").len > 0)
      x.klass = member(t, "class");
    x.id = member(t, "id");
    x.name = member(t, "name");
    st = day(s, where, bh_node_get(t, "from"), &x.from);
    if (st == BH_OK)
      st = day(s, where, bh_node_get(t, "to"), &x.to);
    if (st == BH_OK)
      st = day(s, where, bh_node_get(t, "last_seen"), &x.last_seen);
    if (st == BH_OK)
      st = attributes(s, where, t, names, sizeof names / sizeof names[0], &x.attrs);
  }
  if (st != BH_OK)
    return st;
  if (x.id.len == 0) {
    bh_str stem = x.klass.len ? x.klass : kind;
    void **last = bh_map_ref(&s->classes, bh_arena_fmt(s->a, "%.*s %.*s", BH_STR_ARG(kind), BH_STR_ARG(stem)));
    size_t n = (size_t)(uintptr_t)*last + 1;
    *last = (void *)(uintptr_t)n;
    x.id = bh_arena_fmt(s->a, "%.*s-%zu", BH_STR_ARG(stem), n);
  }
  if (x.name.len == 0)
    x.name = x.id;
  st = bh_ingest_asset(s->in, BH_SCOPE_INTERVALS, &x, s->err);
  return st == BH_OK ? st : bh_fail_prefix(s->err, "facts: %s", where);
}

/* A number of one class, or a list of tables. */
static bh_status things_of(staging *s, const char *where, bh_str kind, bh_str klass, const bh_node *n)
{
  bh_status st = BH_OK;
  if (n->kind == BH_NODE_TABLE) {
    for (size_t i = 0; i < n->item_count && st == BH_OK; i++)
      st = n->items[i]->kind == BH_NODE_TABLE ? thing(s, where, kind, klass, n->items[i])
                                              : wrong(s, where, "[%zu]: expected a table such as { class = \"server\", name = \"DC1\" }", i + 1);
    return st;
  }
  bh_dec many;
  st = number(s, where, n, &many);
  if (st == BH_OK && (many.coef < 0 || many.coef > THINGS_MAX || many.scale != 0))
    st = wrong(s, where, "expected a whole number of things, 0 to %d", (int)THINGS_MAX);
  for (int64_t i = 0; st == BH_OK && i < many.coef; i++)
    st = thing(s, where, kind, klass, NULL);
  return st;
}

static bh_status stage_kind(staging *s, const char *what, bh_str kind, const bh_node *n)
{
  if (n->kind != BH_NODE_TABLE)
    return things_of(s, what, kind, (bh_str){ "", 0 }, n);
  bh_status st = things_of(s, what, kind, (bh_str){ "", 0 }, n);
  for (size_t i = 0; i < n->field_count && st == BH_OK; i++)
    st = things_of(s, bh_arena_fmt(s->a, "%s.%.*s", what, BH_STR_ARG(n->fields[i].key)).ptr, kind, n->fields[i].key, n->fields[i].value);
  return st;
}

static bh_status stage_assets(staging *s, const bh_node *n)
{
  bh_status st = n->kind == BH_NODE_TABLE && n->item_count == 0 ? BH_OK : wrong(s, "assets", "expected a table by kind, { licence = 5 }");
  for (size_t i = 0; st == BH_OK && i < n->field_count; i++)
    st = stage_kind(s, bh_arena_fmt(s->a, "assets.%.*s", BH_STR_ARG(n->fields[i].key)).ptr, n->fields[i].key, n->fields[i].value);
  return st;
}

/* ---- gauges and usage ---- */
static bh_status stage_gauge(staging *s, const char *where, bh_str metric, const bh_node *n)
{
  bh_in_gauge x = { .client = BH_S(BH_TRIAL_SOURCE), .metric = metric, .day = s->date - LONG_AGO };
  bh_status st = BH_OK;
  if (n->kind != BH_NODE_TABLE) {
    st = number(s, where, n, &x.value);
    return st == BH_OK ? bh_ingest_gauge(s->in, &x, s->err) : st;
  }
  if (n->item_count > 0)
    return wrong(s, where, "expected a number, or { [\"2026-11-15\"] = 42 }");
  for (size_t i = 0; i < n->field_count && st == BH_OK; i++) {
    x.day = s->date - LONG_AGO;
    if (!bh_str_eqz(n->fields[i].key, "start") && !bh_day_parse(&x.day, n->fields[i].key))
      return wrong(s, where, "\"%.*s\" is no date: expected one like \"2026-11-15\", or start", BH_STR_ARG(n->fields[i].key));
    st = number(s, where, n->fields[i].value, &x.value);
    if (st == BH_OK)
      st = bh_ingest_gauge(s->in, &x, s->err);
  }
  return st;
}

/* The last day on which a line of the billing would see usage of the metric. */
static bh_day usage_day(const staging *s, bh_str metric)
{
  bh_day found = BH_DAY_MIN, own = s->date;
  for (size_t i = 0; i < s->plan->billing_count; i++) {
    const bh_plan_billing *b = &s->plan->billings[i];
    if (b->issue != s->date)
      continue;
    own = b->own_until - 1;
    for (size_t j = 0; j < b->line_count && found == BH_DAY_MIN; j++) {
      const bh_line_terms *t = b->lines[j].terms;
      if (t->counted && t->count.kind == BH_SEL_USAGE && bh_str_eq(t->count.metric, metric) && b->lines[j].from < b->lines[j].until)
        found = b->lines[j].until - 1;
    }
  }
  if (found == BH_DAY_MIN)
    found = own;
  return found < s->date ? found : s->date;
}

static bh_status usage_one(staging *s, const char *where, bh_in_usage *x, const bh_node *n)
{
  static const char *const names[] = { "date", "quantity", "id", "description", "1", "2" };
  bh_status st;
  x->day = usage_day(s, x->metric);
  x->attrs = BH_S("{}");
  x->description = (bh_str){ "", 0 };
  x->id = bh_arena_fmt(s->a, "%.*s-%zu", BH_STR_ARG(x->metric), ++s->things);
  if (n->kind != BH_NODE_TABLE) {
    st = number(s, where, n, &x->quantity);
  } else {
    const bh_node *date = bh_node_get(n, "date"), *quantity = bh_node_get(n, "quantity");
    if (date == NULL && n->item_count == 2)
      date = n->items[0];
    if (quantity == NULL && n->item_count > 0)
      quantity = n->items[n->item_count - 1];
    if (quantity == NULL)
      return wrong(s, where, "expected { date = \"2026-11-20\", quantity = \"1.5\" }, with attributes beside them");
    st = day(s, where, date, &x->day);
    if (st == BH_OK)
      st = number(s, where, quantity, &x->quantity);
    if (member(n, "id").len > 0)
      x->id = member(n, "id");
    x->description = member(n, "description");
    if (st == BH_OK)
      st = attributes(s, where, n, names, sizeof names / sizeof names[0], &x->attrs);
  }
  if (st == BH_OK && x->day > s->date)
    st = wrong(s, where, "dated after the bill's own date: it does not exist yet");
  return st == BH_OK ? bh_ingest_usage(s->in, x, s->err) : st;
}

static bh_status stage_usage(staging *s, const char *where, bh_str metric, const bh_node *n)
{
  bh_in_usage x = { .client = BH_S(BH_TRIAL_SOURCE), .metric = metric };
  bh_status st = BH_OK;
  bool one = n->kind != BH_NODE_TABLE || bh_node_has(n, "quantity");
  if (one)
    return usage_one(s, where, &x, n);
  for (size_t i = 0; i < n->item_count && st == BH_OK; i++)
    st = usage_one(s, bh_arena_fmt(s->a, "%s[%zu]", where, i + 1).ptr, &x, n->items[i]);
  for (size_t i = 0; i < n->field_count && st == BH_OK; i++) {
    bh_node *dated = bh_node_new(s->a, BH_NODE_TABLE);
    bh_node_set(s->a, dated, BH_S("date"), bh_node_str(s->a, n->fields[i].key));
    bh_node_set(s->a, dated, BH_S("quantity"), n->fields[i].value);
    st = usage_one(s, where, &x, dated);
  }
  return st;
}

static bh_status each_metric(staging *s, const char *what, const bh_node *n, bh_status (*stage)(staging *, const char *, bh_str, const bh_node *))
{
  if (n->kind != BH_NODE_TABLE || n->item_count > 0)
    return wrong(s, what, "expected a table by metric, { [\"METRIC\"] = 42 }");
  bh_status st = BH_OK;
  for (size_t i = 0; i < n->field_count && st == BH_OK; i++)
    st = stage(s, bh_arena_fmt(s->a, "%s[\"%.*s\"]", what, BH_STR_ARG(n->fields[i].key)).ptr, n->fields[i].key, n->fields[i].value);
  return st;
}

/* ---- charges ---- */
static bh_status charge(staging *s, const char *where, const bh_node *n)
{
  static const char *const names[] = { "client", "cost", "date", "description", "id", "po", "price", "product", "quantity", "text", "unit_price" };
  if (n->kind != BH_NODE_TABLE)
    return wrong(s, where, "expected a table such as { product = \"onsite-day\", quantity = 1 }");
  for (size_t i = 0; i < n->field_count; i++) {
    if (any_of(n->fields[i].key, names, sizeof names / sizeof names[0]))
      continue;
    const char *near = bh_str_nearest(n->fields[i].key, names, sizeof names / sizeof names[0]);
    return wrong(s, where, "unknown key \"%.*s\"%s%s%s", BH_STR_ARG(n->fields[i].key), near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
  }
  bh_in_charge x = { .client = BH_S(BH_TRIAL_SOURCE), .id = member(n, "id"), .product = member(n, "product"), .description = member(n, "text"),
    .po = member(n, "po"), .contract = s->plan->terms->id, .day = s->date, .quantity = bh_dec_int(1) };
  const bh_node *quantity = bh_node_get(n, "quantity"), *price = bh_node_get(n, "price"), *cost = bh_node_get(n, "cost");
  if (x.id.len == 0)
    x.id = bh_arena_fmt(s->a, "%zu", ++s->things);
  if (x.description.len == 0)
    x.description = member(n, "description");
  if (price == NULL)
    price = bh_node_get(n, "unit_price");
  x.has_price = price != NULL;
  x.has_cost = cost != NULL;
  bh_status st = quantity != NULL ? number(s, where, quantity, &x.quantity) : BH_OK;
  if (st == BH_OK && price != NULL)
    st = number(s, where, price, &x.price);
  if (st == BH_OK && cost != NULL)
    st = number(s, where, cost, &x.cost);
  if (st == BH_OK)
    st = day(s, where, bh_node_get(n, "date"), &x.day);
  if (st == BH_OK && x.day != s->date)
    st = wrong(s, where, "a charge of another date is not on this bill: bill the contract on that date");
  if (st != BH_OK)
    return st;
  st = bh_ingest_charge(s->in, &x, s->err);
  return st == BH_OK ? st : bh_fail_prefix(s->err, "facts: %s", where);
}

static bh_status stage_charges(staging *s, const bh_node *n)
{
  if (n->kind != BH_NODE_TABLE || n->field_count > 0)
    return wrong(s, "charges", "expected a list of tables");
  bh_status st = BH_OK;
  for (size_t i = 0; i < n->item_count && st == BH_OK; i++)
    st = charge(s, bh_arena_fmt(s->a, "charges[%zu]", i + 1).ptr, n->items[i]);
  return st;
}

bh_status bh_trial_stage(bh_ingest *in, bh_arena *a, const bh_node *facts, const bh_contract_plan *plan, bh_day date, bh_error *err)
{
  static const char *const names[] = { "assets", "charges", "devices", "gauges", "usage", "users" };
  enum { NAMES = sizeof names / sizeof names[0] };
  staging s = { .in = in, .a = a, .plan = plan, .date = date, .err = err };
  bh_map_init(&s.classes, a);
  bh_status st = bh_ingest_client(in, BH_S(BH_TRIAL_SOURCE), (bh_str){ "", 0 }, (bh_str){ "", 0 }, err);
  if (st == BH_OK)
    st = bh_ingest_scope(in, BH_S("*"), BH_S("*"), true, err);
  if (st != BH_OK || facts == NULL || facts->kind == BH_NODE_NULL)
    return st;
  if (facts->kind != BH_NODE_TABLE || facts->item_count > 0)
    return bh_fail(err, BH_E_INVALID, "facts: expected a table such as { devices = { workstation = 60 } }");
  for (size_t i = 0; i < facts->field_count && st == BH_OK; i++) {
    bh_str key = facts->fields[i].key;
    const bh_node *n = facts->fields[i].value;
    if (n->kind == BH_NODE_NULL)
      continue;
    if (bh_str_eqz(key, "devices")) st = stage_kind(&s, "devices", BH_S("device"), n);
    else if (bh_str_eqz(key, "users")) st = stage_kind(&s, "users", BH_S("user"), n);
    else if (bh_str_eqz(key, "assets")) st = stage_assets(&s, n);
    else if (bh_str_eqz(key, "gauges")) st = each_metric(&s, "gauges", n, stage_gauge);
    else if (bh_str_eqz(key, "usage")) st = each_metric(&s, "usage", n, stage_usage);
    else if (bh_str_eqz(key, "charges")) st = stage_charges(&s, n);
    else {
      const char *near = bh_str_nearest(key, names, NAMES);
      st = bh_fail(err, BH_E_INVALID, "facts: unknown key \"%.*s\"; %s%s%s", BH_STR_ARG(key), near ? "did you mean \"" : "expected devices, users, assets, gauges, usage or charges",
                   near ? near : "", near ? "\"?" : "");
    }
  }
  return st;
}
