/* Matching: class, id and name are at hand; attributes are looked up in their JSON only when a selector asks for one. */
#include "base/json.h"
#include "facts/facts_impl.h"

/* The end of a JSON string that begins at `at` (on its quote); *plain false where it has escapes. Canonical text is well-formed. */
static const char *string_end(const char *at, const char *end, bool *plain) {
  *plain = true;
  for (at++; at < end && *at != '"'; at++) {
    if (*at != '\\') continue;
    *plain = false;
    at++;
  }
  return at < end ? at : NULL;
}

static const char *value_end(const char *at, const char *end) {
  int depth = 0;
  bool plain;
  for (; at < end; at++) {
    if (*at == '"') {
      if (!(at = string_end(at, end, &plain))) return NULL;
    } else if (*at == '{' || *at == '[') {
      depth++;
    } else if (depth == 0 && (*at == ',' || *at == '}')) {
      return at;
    } else if (*at == '}' || *at == ']') {
      depth--;
    }
  }
  return NULL;
}

static bool escaped_get(bh_str *out, bh_arena *a, bh_str attrs, bh_str key) {
  bh_node *root;
  if (bh_json_parse(&root, a, attrs, NULL, NULL) != BH_OK) return false;
  bh_node *v = bh_node_gets(root, key);
  if (!v) return false;
  if (v->kind == BH_NODE_BOOL) *out = v->boolean ? BH_S("true") : BH_S("false");
  else if (v->kind == BH_NODE_STR || v->kind == BH_NODE_INT || v->kind == BH_NODE_FLOAT) *out = v->text;
  else return false;
  return true;
}

bool bh_attr_get(bh_str *out, bh_arena *a, bh_str attrs, bh_str key) {
  const char *at = attrs.ptr, *end = attrs.ptr + attrs.len;
  if (attrs.len < 2 || *at != '{') return false;
  for (at++; at < end && *at == '"';) {
    bool plain_key, plain_value = true;
    const char *key_end = string_end(at, end, &plain_key);
    if (!key_end || key_end + 1 >= end || key_end[1] != ':') return false;
    if (!plain_key) return escaped_get(out, a, attrs, key);
    bh_str name = {at + 1, (size_t)(key_end - at - 1)};
    const char *value = key_end + 2, *stop = value_end(value, end);
    if (!stop) return false;
    if (bh_str_eq(name, key)) {
      if (*value == '{' || *value == '[' || *value == 'n') return false;
      if (*value != '"') {
        *out = (bh_str){value, (size_t)(stop - value)};
        return true;
      }
      string_end(value, end, &plain_value);
      if (!plain_value) return escaped_get(out, a, attrs, key);
      *out = (bh_str){value + 1, (size_t)(stop - value - 2)};
      return true;
    }
    at = *stop == ',' ? stop + 1 : end;
  }
  return false;
}

bool bh_subject_text(bh_str *out, bh_arena *a, const bh_subject *s, bh_str key) {
  if (bh_str_eqz(key, "class")) *out = s->klass;
  else if (bh_str_eqz(key, "id")) *out = s->id;
  else if (bh_str_eqz(key, "name")) *out = s->name;
  else return bh_attr_get(out, a, s->attrs, key);
  return true;
}

bool bh_match_all(const bh_match *match, size_t n, const bh_subject *s, bh_arena *a) {
  for (size_t i = 0; i < n; i++) {
    bh_str text;
    if (!bh_subject_text(&text, a, s, match[i].key) || !bh_str_glob(match[i].glob, text)) return false;
  }
  return true;
}

bh_status bh_asset_subject(bh_subject *out, bh_client_facts *f, const bh_asset_row *r, bh_error *err) {
  *out = (bh_subject){.id = r->id, .name = r->name, .attrs = r->attrs};
  return bh_store_word(f->store, &out->klass, r->klass, err);
}

bh_str bh_selector_words(bh_arena *a, const bh_selector *sel) {
  if (sel->text.len) return sel->text;
  bool asset = sel->kind == BH_SEL_ASSETS;
  return bh_arena_fmt(a, "%s \"%.*s\"", asset ? "assets of kind" : sel->kind == BH_SEL_GAUGE ? "gauge" : "usage",
                      BH_STR_ARG(asset ? sel->asset_kind : sel->metric));
}
