/* Sets of values: made from what the workspace says, checked against what the plugin declares. */
#include "plugin/values.h"
#include "plugin/manifest.h"

static void declare(bh_values *out, bh_arena *a, const bh_option *declared)
{
  size_t n = 0;
  while (declared && declared[n].key)
    n++;
  out->items = BH_NEWN(a, bh_value, n + 1);
  out->count = n;
  for (size_t i = 0; i < n; i++)
    out->items[i] = (bh_value){.option = &declared[i], .secret = declared[i].flags & BH_OPT_SECRET};
}

static bh_value *find(const bh_values *v, bh_str key)
{
  for (size_t i = 0; v && i < v->count; i++)
    if (bh_str_eqz(key, v->items[i].option->key))
      return &v->items[i];
  return NULL;
}

bh_value *bh_values_find(const bh_values *v, const char *key)
{
  return find(v, bh_str_c(key));
}

/* Fallbacks for what is not set; then what must be there is. */
static bh_status complete(bh_values *v, bh_arena *a, bh_error *err)
{
  for (size_t i = 0; i < v->count; i++) {
    bh_value *x = &v->items[i];
    if (!x->set && x->option->fallback && x->option->type != BH_OPT_RECORDS) {
      bh_status rc = bh_value_parse(x, a, bh_str_c(x->option->fallback), err);
      if (rc)
        return rc;
    }
    if (!x->set && (x->option->flags & BH_OPT_REQUIRED))
      return bh_fail(err, BH_E_INVALID, "option \"%s\" is required", x->option->key);
  }
  return BH_OK;
}

static bh_status unknown(bh_str key, bh_error *err)
{
  return bh_fail(err, BH_E_INVALID, "option \"%.*s\" is not one that this plugin has", BH_STR_ARG(key));
}

static bool node_text(bh_str *out, const bh_node *n)
{
  if (n->kind == BH_NODE_BOOL)
    *out = n->boolean ? BH_S("true") : BH_S("false");
  else if (n->kind == BH_NODE_STR || n->kind == BH_NODE_INT)
    *out = n->text;
  else
    return false;
  return true;
}

static bh_status record_of_json(bh_values *out, bh_arena *a, const bh_option *o, const bh_node *n, bh_error *err)
{
  declare(out, a, o->records);
  if (n->kind != BH_NODE_TABLE || n->item_count)
    return bh_fail(err, BH_E_INVALID, "option \"%s\" must be a list of tables", o->key);
  for (size_t i = 0; i < n->field_count; i++) {
    bh_value *v = find(out, n->fields[i].key);
    bh_str text;
    bh_status rc = BH_OK;
    if (!v)
      rc = unknown(n->fields[i].key, err);
    else if (!node_text(&text, n->fields[i].value))
      rc = bh_fail(err, BH_E_INVALID, "option \"%s\" must be text or a whole number", v->option->key);
    else
      rc = bh_value_parse(v, a, text, err);
    if (rc)
      return rc;
  }
  return complete(out, a, err);
}

static bh_status records_of_json(bh_value *v, bh_arena *a, bh_str json, bh_error *err)
{
  bh_node *root = NULL;
  bh_status rc = bh_json_parse(&root, a, json, NULL, err);
  if (rc)
    return bh_fail_prefix(err, "option \"%s\"", v->option->key);
  if (root->kind != BH_NODE_TABLE)
    return bh_fail(err, BH_E_INVALID, "option \"%s\" must be a list of tables", v->option->key);
  bh_node *const *items = root->field_count ? &root : root->items; /* one table alone is a list of one */
  v->record_count = root->field_count ? 1 : root->item_count;
  v->records = BH_NEWN(a, bh_values, v->record_count + 1);
  v->set = true;
  for (size_t i = 0; rc == BH_OK && i < v->record_count; i++)
    rc = record_of_json(&v->records[i], a, v->option, items[i], err);
  return rc;
}

bh_status bh_values_of_options(bh_values *out, bh_arena *a, const bh_option *declared, const bh_pull_option *given, size_t n, bh_error *err)
{
  declare(out, a, declared);
  for (size_t i = 0; i < n; i++) {
    bh_value *v = find(out, given[i].key);
    if (!v)
      return unknown(given[i].key, err);
    v->secret = v->secret || given[i].secret;
    bh_status rc = v->option->type == BH_OPT_RECORDS ? records_of_json(v, a, given[i].value, err) : bh_value_parse(v, a, given[i].value, err);
    if (rc)
      return rc;
  }
  return complete(out, a, err);
}

/* ---- models ---- */

static bool type_fits(bh_param_type given, int32_t declared)
{
  switch (given) {
  case BH_PARAM_MONEY: return declared == BH_OPT_MONEY;
  case BH_PARAM_QUANTITY: return declared == BH_OPT_QUANTITY;
  case BH_PARAM_PERCENT: return declared == BH_OPT_PERCENT;
  case BH_PARAM_INTEGER: return declared == BH_OPT_INTEGER;
  case BH_PARAM_CHOICE: return declared == BH_OPT_CHOICE || declared == BH_OPT_TEXT;
  case BH_PARAM_TEXT: return declared != BH_OPT_RECORDS; /* parsed as declared */
  case BH_PARAM_RECORDS: return declared == BH_OPT_RECORDS;
  }
  return false;
}

static bh_status param_number(bh_value *v, bh_arena *a, bh_dec number, bh_error *err)
{
  char text[32];
  if (number.scale < 0 || number.scale > BH_DEC_SCALE_MAX || (v->option->type == BH_OPT_INTEGER && bh_dec_trim(number).scale > 0))
    return bh_fail(err, BH_E_INVALID, "parameter \"%s\" is not a number of its type", v->option->key);
  size_t len = bh_dec_format(text, number);
  v->number = number;
  v->text = bh_arena_str(a, (bh_str){text, len});
  v->set = true;
  return BH_OK;
}

static bh_status fill_params(bh_values *out, bh_arena *a, const bh_option *declared, const bh_bound *given, size_t n, bh_error *err);

static bh_status param(bh_value *v, bh_arena *a, const bh_bound *b, bh_error *err)
{
  if (!type_fits(b->type, v->option->type))
    return bh_fail(err, BH_E_INVALID, "parameter \"%s\" must be of type %s", v->option->key, bh_option_type_name(v->option->type));
  if (b->type == BH_PARAM_TEXT || b->type == BH_PARAM_CHOICE)
    return bh_value_parse(v, a, b->text, err);
  if (b->type != BH_PARAM_RECORDS)
    return param_number(v, a, b->number, err);
  v->records = BH_NEWN(a, bh_values, b->record_count + 1);
  v->record_count = b->record_count;
  v->set = true;
  bh_status rc = BH_OK;
  for (size_t i = 0; rc == BH_OK && i < b->record_count; i++)
    if ((rc = fill_params(&v->records[i], a, v->option->records, b->records[i].items, b->records[i].count, err)))
      bh_fail_prefix(err, "%s[%zu]", v->option->key, i + 1);
  return rc;
}

static bh_status fill_params(bh_values *out, bh_arena *a, const bh_option *declared, const bh_bound *given, size_t n, bh_error *err)
{
  declare(out, a, declared);
  for (size_t i = 0; i < n; i++) {
    bh_value *v = find(out, given[i].key);
    if (!v)
      return unknown(given[i].key, err);
    bh_status rc = given[i].set || given[i].record_count ? param(v, a, &given[i], err) : BH_OK;
    if (rc)
      return rc;
  }
  return complete(out, a, err);
}

bh_status bh_values_of_params(bh_values *out, bh_arena *a, const bh_option *declared, const bh_bound *given, size_t n, bh_error *err)
{
  return fill_params(out, a, declared, given, n, err);
}
