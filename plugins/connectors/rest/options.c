/* The lists, as billhook.lua has them. */
#include "rest.h"

enum { AHEAD_OF_KNOWN = 4 };

static char *copy(bh_str s)
{
  char *z = malloc(s.len + 1);
  if (!z)
    return NULL;
  if (s.len)
    memcpy(z, s.ptr, s.len);
  z[s.len] = 0;
  return z;
}

static bh_str trim(bh_str s)
{
  for (; s.len && s.ptr[0] == ' '; s.len--)
    s.ptr++;
  while (s.len && s.ptr[s.len - 1] == ' ')
    s.len--;
  return s;
}

/* What stands before the first `at`, or all of it; *rest is what is behind. */
static bh_str cut(bh_str *rest_of, char at)
{
  const char *end = rest_of->len ? memchr(rest_of->ptr, at, rest_of->len) : NULL;
  bh_str head = {rest_of->ptr, end ? (size_t)(end - rest_of->ptr) : rest_of->len};
  *rest_of = end ? (bh_str){end + 1, rest_of->len - head.len - 1} : (bh_str){"", 0};
  return head;
}

/* The place of a path among the query's fields; -1: no room, -2: no memory. */
static int field(rest_list *l, bh_str path)
{
  for (size_t i = 0; i < l->field_count; i++)
    if (bhk_is(path, l->fields[i]))
      return (int)i;
  if (l->field_count == REST_FIELDS_MAX)
    return -1;
  char *z = copy(path);
  if (!z)
    return -2;
  l->fields[l->field_count] = z;
  return (int)l->field_count++;
}

static bh_status field_of(const rest *r, size_t n, rest_list *l, const char *key, bh_str path, int *out)
{
  *out = field(l, path);
  return *out >= 0 ? BH_OK : *out == -2 ? rest_no_memory(r) : rest_bad(r, n, key, "more than 100 fields");
}

static bh_status text(const rest *r, const bh_values *v, const char *key, bh_str *out)
{
  *out = (bh_str){"", 0};
  return r->h->has(r->h->ctx, v, key) ? r->h->text(r->h->ctx, v, key, out) : BH_OK;
}

/* NULL where it is empty. */
static bh_status keep(const rest *r, const bh_values *v, const char *key, char **out)
{
  bh_str s;
  bh_status rc = text(r, v, key, &s);
  if (rc || s.len == 0)
    return rc;
  *out = copy(s);
  return *out ? BH_OK : rest_no_memory(r);
}

static bh_status read_sources(const rest *r, size_t n, rest_list *l, const bh_values *v)
{
  for (int f = 0; f < F_COUNT; f++) {
    bh_str s;
    bh_status rc = text(r, v, rest_field_names[f], &s);
    if (rc)
      return rc;
    s = trim(s);
    if (s.len == 0)
      continue;
    l->from[f].set = 1;
    if (s.ptr[0] == '=') {
      l->from[f] = (rest_source){.set = 1, .field = -1, .constant = {s.ptr + 1, s.len - 1}};
    } else if ((rc = field_of(r, n, l, rest_field_names[f], s, &l->from[f].field))) {
      return rc;
    }
  }
  return BH_OK;
}

/* os serial=hardware.serial */
static bh_status read_attrs(const rest *r, size_t n, rest_list *l, const bh_values *v)
{
  bh_str all;
  bh_status rc = text(r, v, "attributes", &all);
  while (rc == BH_OK && all.len) {
    bh_str path = trim(cut(&all, ' '));
    if (path.len == 0)
      continue;
    bh_str name = memchr(path.ptr, '=', path.len) ? cut(&path, '=') : path;
    if (l->attr_count == REST_ATTRS_MAX || name.len == 0 || path.len == 0)
      return rest_bad(r, n, "attributes", "must be at most 40 names, or NAME=FIELD");
    rest_attr *a = &l->attrs[l->attr_count];
    if ((rc = field_of(r, n, l, "attributes", path, &a->field)))
      return rc;
    if (!(a->name = copy(name)))
      return rest_no_memory(r);
    l->attr_count++;
  }
  return rc;
}

/* status = active|trial, type != test* */
static bh_status read_rules(const rest *r, size_t n, rest_list *l, const bh_values *v)
{
  bh_str all;
  bh_status rc = text(r, v, "only", &all);
  while (rc == BH_OK && all.len) {
    bh_str values = trim(cut(&all, ','));
    if (values.len == 0 || !memchr(values.ptr, '=', values.len) || l->rule_count == REST_RULES_MAX)
      return rest_bad(r, n, "only", "must be at most 16 conditions like status = active|trial, type != test*");
    bh_str path = cut(&values, '=');
    rest_rule *rule = &l->rules[l->rule_count++];
    rule->unlike = path.len && path.ptr[path.len - 1] == '!';
    path.len -= (size_t)rule->unlike;
    rule->values = trim(values);
    rc = field_of(r, n, l, "only", trim(path), &rule->field);
  }
  return rc;
}

static bh_status read_pages(const rest *r, size_t n, rest_list *l, const bh_values *v)
{
  static const char *const kinds[] = {"none", "link", "next_url", "cursor", "number", "offset", "after"}; /* as BH_PAGES_… counts */
  const bh_host *h = r->h;
  bh_str kind;
  int64_t ahead;
  bh_status rc;
  if ((rc = text(r, v, "paging", &kind)) || (rc = keep(r, v, "page_path", &l->page_path)) || (rc = keep(r, v, "page_param", &l->page_param)) ||
      (rc = keep(r, v, "total", &l->total)) || (rc = h->integer(h->ctx, v, "page_first", &l->pages.first)) ||
      (rc = h->integer(h->ctx, v, "page_size", &l->pages.page_size)) || (rc = h->integer(h->ctx, v, "page_ahead", &ahead)))
    return rc;
  while (!bhk_is(kind, kinds[l->pages.kind]))
    l->pages.kind++;
  if (ahead < 0 || ahead > 8 || l->pages.page_size < 0)
    return rest_bad(r, n, "page_ahead", "must be 1 to 8, and page_size not below zero");
  if (ahead == 0)
    ahead = l->total ? AHEAD_OF_KNOWN : 1; /* past the end there is nothing to ask for */
  int k = l->pages.kind;
  if (k != BH_PAGES_NUMBER)
    l->pages.first = 0; /* an offset counts rows */
  if (!l->page_path != (k != BH_PAGES_NEXT_URL && k != BH_PAGES_CURSOR && k != BH_PAGES_AFTER))
    return rest_bad(r, n, "page_path", "belongs to next_url, cursor and after");
  if (!l->page_param != (k != BH_PAGES_CURSOR && k != BH_PAGES_NUMBER && k != BH_PAGES_OFFSET && k != BH_PAGES_AFTER))
    return rest_bad(r, n, "page_param", "belongs to cursor, number, offset and after");
  l->pages.struct_size = sizeof l->pages;
  l->pages.path = l->page_path;
  l->pages.param = l->page_param;
  l->pages.total = l->total;
  l->pages.ahead = (k == BH_PAGES_NUMBER || k == BH_PAGES_OFFSET) && l->pages.page_size ? (uint32_t)ahead : 0;
  return BH_OK;
}

static int choice(bh_str s, const char *const *names)
{
  int i = 0;
  while (!bhk_is(s, names[i]))
    i++;
  return i;
}

/* What a fact of each sort cannot do without. */
static bh_status check(const rest *r, size_t n, const rest_list *l)
{
  static const int needed[][5] = {{F_ID, -1}, {F_ID, F_CLIENT, -1}, {F_CLIENT, F_METRIC, F_VALUE, -1}, {F_ID, F_CLIENT, F_DATE, F_METRIC, F_QUANTITY},
    {F_ID, F_CLIENT, F_DATE, F_QUANTITY, -1}};
  for (size_t i = 0; i < 5 && needed[l->brings][i] >= 0; i++) {
    int f = needed[l->brings][i];
    if (!l->from[f].set && !l->call && !(f == F_CLIENT && l->by_client))
      return rest_bad(r, n, rest_field_names[f], "is missing");
  }
  if (l->by_client && l->brings == BRINGS_CLIENTS)
    return rest_bad(r, n, "path", "{client} has no place in a list of clients");
  return BH_OK;
}

static bh_status read_list(rest *r, size_t n, rest_list *l, const bh_values *v)
{
  static const char *const brings[] = {"clients", "assets", "gauges", "usage", "charges"}, *const dates[] = {"iso", "seconds", "milliseconds"};
  const bh_host *h = r->h;
  bh_str s, d;
  int64_t complete;
  bh_status rc;
  l->whole = -1;
  if ((rc = text(r, v, "brings", &s)) || (rc = text(r, v, "dates", &d)) || (rc = text(r, v, "body", &l->body)) ||
      (rc = keep(r, v, "path", &l->path)) || (rc = keep(r, v, "records", &l->each)) || (rc = keep(r, v, "call", &l->call)) ||
      (rc = h->integer(h->ctx, v, "complete", &complete)))
    return rc;
  if (!l->path || l->path[0] != '/')
    return rest_bad(r, n, "path", "must begin with /");
  l->brings = choice(s, brings);
  l->dates = choice(d, dates);
  l->complete = complete != 0;
  l->post = l->body.len > 0;
  l->by_client = strstr(l->path, "{client}") != NULL;
  if (!l->each || (!strstr(l->each, "[*]") && !strstr(l->each, ".*")))
    return rest_bad(r, n, "records", "must have a [*] or .* in it");
  if ((rc = read_pages(r, n, l, v)) || (rc = read_sources(r, n, l, v)) || (rc = read_attrs(r, n, l, v)) ||
      (rc = read_rules(r, n, l, v)) || (rc = check(r, n, l)))
    return rc;
  return l->call ? field_of(r, n, l, "call", (bh_str){"", 0}, &l->whole) : BH_OK;
}

bh_status rest_lists_read(rest *r)
{
  const bh_values *v;
  bh_status rc = BH_OK;
  for (size_t i = 0; rc == BH_OK && (v = r->h->record(r->h->ctx, r->h->options, "lists", i)) != NULL; i++) {
    if (i == REST_LISTS_MAX)
      return r->h->fail(r->h->ctx, BH_E_INVALID, "lists: more than %d", REST_LISTS_MAX);
    r->list_count = i + 1;
    rc = read_list(r, i, &r->lists[i], v);
  }
  return rc || r->list_count ? rc : r->h->fail(r->h->ctx, BH_E_INVALID, "lists: is empty");
}

void rest_lists_free(rest *r)
{
  for (size_t i = 0; i < r->list_count; i++) {
    rest_list *l = &r->lists[i];
    char *texts[] = {l->path, l->each, l->page_path, l->page_param, l->total, l->call};
    for (size_t k = 0; k < sizeof texts / sizeof texts[0]; k++)
      free(texts[k]);
    for (size_t k = 0; k < l->attr_count; k++)
      free(l->attrs[k].name);
    for (size_t k = 0; k < l->field_count; k++)
      free(l->fields[k]);
  }
}
