/* A row of a list becomes a fact. */
#include "rest.h"

bh_status rest_run_bad(const rest_run *x, const char *key, const char *what)
{
  return x->r->h->fail(x->r->h->ctx, BH_E_PERMANENT, "lists[%zu], row %llu: %s: %s", x->list_number + 1, (unsigned long long)x->rows, key, what);
}

static bh_str plain(const bh_json_record *row, int field)
{
  int32_t kind = row->kinds[field];
  return kind == BH_JSON_MISSING || kind == BH_JSON_NULL || kind == BH_JSON_OBJECT || kind == BH_JSON_ARRAY ? (bh_str){"", 0} : row->texts[field];
}

static int rule_fits(const rest_rule *rule, const bh_json_record *row)
{
  bh_str value = plain(row, rule->field), all = rule->values;
  for (;;) {
    const char *bar = all.len ? memchr(all.ptr, '|', all.len) : NULL;
    bh_str one = {all.ptr, bar ? (size_t)(bar - all.ptr) : all.len};
    while (one.len && one.ptr[one.len - 1] == ' ')
      one.len--;
    while (one.len && one.ptr[0] == ' ') {
      one.ptr++;
      one.len--;
    }
    if (bhk_like(one, value))
      return !rule->unlike;
    if (!bar)
      return rule->unlike;
    all = (bh_str){bar + 1, all.len - (size_t)(bar + 1 - all.ptr)};
  }
}

/* A field that has to be there: one that no row has is a wrong path, and one that is null belongs to nobody. */
static bh_status must_be_there(const rest_run *x, const bh_json_record *row, int f)
{
  const rest_source *s = &x->list->from[f];
  if (!s->set || s->field < 0)
    return BH_OK;
  int32_t kind = row->kinds[s->field];
  if (kind == BH_JSON_MISSING)
    return rest_run_bad(x, rest_field_names[f], "the row has no such field");
  return kind == BH_JSON_OBJECT || kind == BH_JSON_ARRAY ? rest_run_bad(x, rest_field_names[f], "is an object or a list") : BH_OK;
}

static void fill(rest_fact *f, const rest_run *x, const bh_json_record *row)
{
  const rest_list *l = x->list;
  f->attrs.n = 0;
  for (int i = 0; i < F_COUNT; i++)
    f->v[i] = !l->from[i].set ? (bh_str){"", 0} : l->from[i].field < 0 ? l->from[i].constant : plain(row, l->from[i].field);
  if (x->client.len && !l->from[F_CLIENT].set)
    f->v[F_CLIENT] = x->client;
  for (size_t i = 0; i < l->attr_count; i++)
    bhk_attr(&f->attrs, l->attrs[i].name, plain(row, l->attrs[i].field));
}

bh_status rest_row(void *user, const bh_json_record *row)
{
  rest_run *x = user;
  const rest_list *l = x->list;
  rest_fact f;
  bh_status rc;
  x->rows++;
  for (size_t i = 0; i < l->field_count; i++)
    x->met[i] |= row->kinds[i] != BH_JSON_MISSING;
  for (size_t i = 0; i < l->rule_count; i++)
    if (!rule_fits(&l->rules[i], row))
      return BH_OK;
  if ((rc = must_be_there(x, row, F_ID)) || (rc = must_be_there(x, row, F_CLIENT)) || (rc = must_be_there(x, row, F_VALUE)) ||
      (rc = must_be_there(x, row, F_QUANTITY)))
    return rc;
  x->kept++;
  fill(&f, x, row);
  return l->call ? rest_script_call(x, row->kinds[l->whole], row->texts[l->whole], &f) : rest_fact_emit(x, &f);
}
