/* A plugin's manifest. Strict: it is the contract that `plugin check` holds the descriptor to. */
#include "plugin/manifest.h"
#include <limits.h>

enum { MANIFEST_BYTES_MAX = 1024 * 1024, OPTIONS_MAX = 256, CHOICES_MAX = 64, INTERFACES_MAX = 16, ID_LEN_MAX = 64 };

typedef struct reader { bh_arena *a; const char *path; bh_error *err; } reader;

static bh_status wrong(reader *r, const char *where, const char *what)
{
  return bh_fail(r->err, BH_E_INVALID, "%s: %s: %s", r->path, where, what);
}

static bh_status get_text(reader *r, bh_str *out, const bh_node *table, const char *key, bool required)
{
  const bh_node *n = bh_node_get(table, key);
  if (!n)
    return required ? wrong(r, key, "is missing") : BH_OK;
  if (n->kind != BH_NODE_STR || (required && n->text.len == 0))
    return wrong(r, key, "must be a string that is not empty");
  *out = n->text;
  return BH_OK;
}

static bh_status get_flag(reader *r, bool *out, const bh_node *table, const char *key)
{
  const bh_node *n = bh_node_get(table, key);
  if (n && n->kind != BH_NODE_BOOL)
    return wrong(r, key, "must be true or false");
  *out = n && n->boolean;
  return BH_OK;
}

static bh_status get_texts(reader *r, bh_str **out, size_t *count, const bh_node *table, const char *key, size_t max)
{
  const bh_node *n = bh_node_get(table, key);
  if (!n)
    return BH_OK;
  if (n->kind != BH_NODE_TABLE || n->field_count || n->item_count > max)
    return wrong(r, key, "must be a list of strings");
  bh_str *items = BH_NEWN(r->a, bh_str, n->item_count + 1);
  for (size_t i = 0; i < n->item_count; i++) {
    if (n->items[i]->kind != BH_NODE_STR || n->items[i]->text.len == 0)
      return wrong(r, key, "must be a list of strings");
    items[i] = n->items[i]->text;
  }
  *out = items;
  *count = n->item_count;
  return BH_OK;
}

static bh_status only_keys(reader *r, const bh_node *table, const char *const *keys, size_t n, const char *where)
{
  for (size_t i = 0; i < table->field_count; i++) {
    bool known = false;
    for (size_t k = 0; k < n && !known; k++)
      known = bh_str_eqz(table->fields[i].key, keys[k]);
    if (!known)
      return bh_fail(r->err, BH_E_INVALID, "%s: %s: unknown key \"%.*s\"", r->path, where, BH_STR_ARG(table->fields[i].key));
  }
  return BH_OK;
}

static bh_status get_options(reader *r, bh_manifest_option **out, size_t *count, const bh_node *table, const char *key, bool nested);

static bh_status get_option(reader *r, bh_manifest_option *o, const bh_node *n, bool nested)
{
  static const char *const keys[] = {"key", "type", "default", "required", "secret", "carry", "exclusive", "either", "help", "choices", "records"};
  bh_status rc;
  if (n->kind != BH_NODE_TABLE || n->is_array)
    return wrong(r, "options", "each must be an object");
  if ((rc = only_keys(r, n, keys, sizeof keys / sizeof keys[0], "options")) || (rc = get_text(r, &o->key, n, "key", true)) ||
      (rc = get_text(r, &o->type, n, "type", true)) || (rc = get_text(r, &o->fallback, n, "default", false)) ||
      (rc = get_text(r, &o->help, n, "help", false)) || (rc = get_flag(r, &o->required, n, "required")) ||
      (rc = get_flag(r, &o->secret, n, "secret")) || (rc = get_flag(r, &o->carry, n, "carry")) ||
      (rc = get_flag(r, &o->exclusive, n, "exclusive")) || (rc = get_flag(r, &o->either, n, "either")) ||
      (rc = get_texts(r, &o->choices, &o->choice_count, n, "choices", CHOICES_MAX)) ||
      (rc = get_options(r, &o->records, &o->record_count, n, "records", true)))
    return rc;
  int32_t type = bh_option_type_number(o->type);
  if (!type)
    return bh_fail(r->err, BH_E_INVALID, "%s: option \"%.*s\": \"%.*s\" is not an option type", r->path, BH_STR_ARG(o->key),
                   BH_STR_ARG(o->type));
  if ((type == BH_OPT_CHOICE) != (o->choice_count > 0))
    return wrong(r, "options", "choices and the type choice belong together");
  if ((type == BH_OPT_RECORDS) != (o->record_count > 0) || (type == BH_OPT_RECORDS && nested))
    return wrong(r, "options", "records and the type records belong together, one level deep");
  if (o->exclusive && type != BH_OPT_TEXT && type != BH_OPT_CHOICE)
    return wrong(r, "options", "exclusive belongs to texts and choices");
  return BH_OK;
}

static bh_status get_options(reader *r, bh_manifest_option **out, size_t *count, const bh_node *table, const char *key, bool nested)
{
  const bh_node *n = bh_node_get(table, key);
  if (!n)
    return BH_OK;
  if (n->kind != BH_NODE_TABLE || n->field_count || n->item_count > OPTIONS_MAX)
    return wrong(r, key, "must be a list of options");
  bh_manifest_option *items = BH_NEWN(r->a, bh_manifest_option, n->item_count + 1);
  for (size_t i = 0; i < n->item_count; i++) {
    bh_status rc = get_option(r, &items[i], n->items[i], nested);
    if (rc)
      return rc;
    for (size_t k = 0; k < i; k++)
      if (bh_str_eq(items[k].key, items[i].key))
        return wrong(r, key, "the same key twice");
  }
  *out = items;
  *count = n->item_count;
  return BH_OK;
}

static bool id_ok(bh_str id)
{
  if (id.len == 0 || id.len > ID_LEN_MAX)
    return false;
  for (size_t i = 0; i < id.len; i++) {
    char c = id.ptr[i];
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-' || c == '.'))
      return false;
  }
  return true;
}

static bh_status get_abi(reader *r, bh_manifest *m, const bh_node *root)
{
  bh_str abi = {0};
  bh_status rc = get_text(r, &abi, root, "abi", true);
  if (rc)
    return rc;
  if (!bh_abi_parse(&m->abi_major, &m->abi_minor, &m->abi_rc, abi))
    return wrong(r, "abi", "must be written as 1.0 or 1.0-rc1");
  return BH_OK;
}

static bh_status get_kind(reader *r, bh_manifest *m, const bh_node *root)
{
  bh_status rc = get_text(r, &m->kind, root, "kind", true);
  if (rc || (rc = get_texts(r, &m->interfaces, &m->interface_count, root, "interfaces", INTERFACES_MAX)))
    return rc;
  const char *needed = bh_kind_interface(m->kind);
  if (!needed)
    return wrong(r, "kind", "must be connector, model, sink, gateway or tax");
  bool has = false;
  for (size_t i = 0; i < m->interface_count; i++)
    has = has || bh_str_eqz(m->interfaces[i], needed);
  if (!has)
    return bh_fail(r->err, BH_E_INVALID, "%s: interfaces: a %.*s must have \"%s\"", r->path, BH_STR_ARG(m->kind), needed);
  const bh_node *phase = bh_node_get(root, "phase");
  bool model = bh_str_eqz(m->kind, "model");
  if (model != (phase != NULL) || (phase && (phase->kind != BH_NODE_INT || phase->integer < 1 || phase->integer > 2)))
    return wrong(r, "phase", "models, and only they, have a phase, 1 or 2");
  m->phase = phase ? (int32_t)phase->integer : 0;
  if (!model && bh_node_get(root, "by_day"))
    return wrong(r, "by_day", "models, and only they, take usage by day");
  return get_flag(r, &m->by_day, root, "by_day");
}

static bh_status fill(reader *r, bh_manifest *m, const bh_node *root)
{
  static const char *const keys[] = {"id", "version", "vendor", "license", "kind", "abi", "interfaces", "options", "network", "phase", "by_day", "programs", "summary"};
  bh_status rc;
  bh_str summary = {0};
  if (root->kind != BH_NODE_TABLE || root->is_array)
    return wrong(r, "manifest", "must be one JSON object");
  if ((rc = only_keys(r, root, keys, sizeof keys / sizeof keys[0], "manifest")) || (rc = get_text(r, &m->id, root, "id", true)) ||
      (rc = get_text(r, &m->version, root, "version", true)) || (rc = get_text(r, &m->vendor, root, "vendor", true)) ||
      (rc = get_text(r, &m->license, root, "license", true)) || (rc = get_text(r, &m->network, root, "network", true)) ||
      (rc = get_text(r, &summary, root, "summary", false)) || (rc = get_abi(r, m, root)) || (rc = get_kind(r, m, root)) ||
      (rc = get_options(r, &m->options, &m->option_count, root, "options", false)))
    return rc;
  m->summary = summary;
  if (bh_node_get(root, "programs") && !bh_str_eqz(m->kind, "connector"))
    return wrong(r, "programs", "connectors, and only they, may start programs");
  if ((rc = get_flag(r, &m->programs, root, "programs")))
    return rc;
  if (!id_ok(m->id))
    return wrong(r, "id", "must be 1 to 64 of a-z, 0-9, '_', '-' and '.'");
  if (!bh_str_eqz(m->network, "none") && !bh_str_eqz(m->network, "host") && !bh_str_eqz(m->network, "own"))
    return wrong(r, "network", "must be none, host or own");
  return BH_OK;
}

bh_status bh_manifest_read(bh_manifest *out, bh_arena *a, const char *path, bh_error *err)
{
  reader r = {a, path, err};
  bh_node *root = NULL;
  bh_buf text;
  bh_buf_init(&text, MANIFEST_BYTES_MAX);
  *out = (bh_manifest){0};
  bh_status rc = bh_file_read(&text, path, err);
  if (rc == BH_OK && (rc = bh_json_parse(&root, a, bh_buf_str(&text), NULL, err)))
    bh_fail_prefix(err, "%s", path);
  bh_buf_dispose(&text);
  if (rc == BH_OK)
    rc = fill(&r, out, root);
  if (rc)
    return rc;
  bh_str json = bh_str_c(path);
  out->path = bh_arena_fmt(a, "%.*s.so", (int)(json.len - 5), path); /* NAME.json → NAME.so */
  return BH_OK;
}
