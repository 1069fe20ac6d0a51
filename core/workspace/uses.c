/* connector, sink, gateway: a plugin with its options. */
#include "workspace/internal.h"
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

bool ws_secret_of(const bh_node *n, bh_str *out) {
  const bh_node *s = n->kind == BH_NODE_TABLE && n->field_count == 1 ? bh_node_get(n, "$secret") : NULL;
  if (!s) return false;
  *out = s->text;
  return true;
}

static bool duration_ok(bh_str s) { /* "30s", "15m", "2h", "7d", "30 days" */
  size_t i = 0;
  while (i < s.len && s.ptr[i] >= '0' && s.ptr[i] <= '9') i++;
  if (i == 0 || i > 9) return false;
  if (i + 1 == s.len) return strchr("smhdw", s.ptr[i]) != NULL;
  bh_unit u;
  return s.ptr[i] == ' ' && ws_parse_unit((bh_str){s.ptr + i + 1, s.len - i - 1}, &u);
}

void ws_param_value_check(ws_ck *ck, const ws_path *at, const bh_node *n, const bh_option_spec *o) {
  bh_dec d;
  bh_day day;
  bool flag;
  bh_str s, *texts;
  size_t count;
  if (bh_str_eqz(o->type, "money")) ws_num(ck, at, n, WS_MONEY_SIGNED, &d);
  else if (bh_str_eqz(o->type, "quantity")) ws_num(ck, at, n, WS_QUANTITY, &d);
  else if (bh_str_eqz(o->type, "percent")) ws_num(ck, at, n, WS_PERCENT, &d);
  else if (bh_str_eqz(o->type, "integer")) {
    if (n->kind != BH_NODE_INT && !(n->kind == BH_NODE_STR && bh_dec_parse(&d, n->text, 0))) ws_bad_kind(ck, at, n, "a whole number");
  } else if (bh_str_eqz(o->type, "date")) ws_date(ck, at, n, BH_DAY_MIN, false, &day);
  else if (bh_str_eqz(o->type, "bool")) ws_bool(ck, at, n, &flag);
  else if (bh_str_eqz(o->type, "duration")) {
    if (n->kind != BH_NODE_INT && !(n->kind == BH_NODE_STR && duration_ok(n->text))) ws_bad_kind(ck, at, n, "a duration like \"30s\", \"15m\" or \"7d\"");
  } else if (bh_str_eqz(o->type, "choice")) {
    const char **names = BH_NEWN(ck->a, const char *, o->choice_count + 1);
    int c;
    for (size_t i = 0; i < o->choice_count; i++) names[i] = bh_arena_z(ck->a, o->choices[i]);
    ws_choice(ck, at, n, names, o->choice_count, &c);
  } else if (bh_str_eqz(o->type, "records")) {
    size_t items;
    bh_node *one = (bh_node *)(uintptr_t)n;
    if (n->kind != BH_NODE_TABLE) ws_bad_kind(ck, at, n, "a list of tables");
    bh_node *const *each = ws_records(&one, &items);
    for (size_t i = 0; n->kind == BH_NODE_TABLE && i < items; i++) {
      const bh_node *rec = each[i];
      bh_plugin_spec sub = {.options = o->records, .option_count = o->record_count};
      for (size_t j = 0; rec->kind == BH_NODE_TABLE && j < rec->field_count; j++) {
        const bh_option_spec *so = ws_option(&sub, rec->fields[j].key);
        const char **known;
        if (so) {
          ws_param_value_check(ck, WS_KEYS(WS_AT(at, i), so->key), rec->fields[j].value, so);
        } else {
          size_t k = ws_spec_keys(&sub, ck->a, &known);
          ws_bad_key(ck, WS_AT(at, i), rec->fields[j].key, known, k);
        }
      }
    }
  } else if (n->kind == BH_NODE_TABLE) ws_texts(ck, at, n, &texts, &count);
  else ws_text_any(ck, at, n, &s);
}

static void check_secret(ws_ck *ck, const ws_path *at, bh_str ref) {
  if (bh_str_starts(ref, BH_S("env:")) || bh_str_starts(ref, BH_S("file:")) || bh_str_starts(ref, BH_S("cmd:"))) return;
  ws_bad(ck, at, "a secret is a reference; expected secret \"env:NAME\", \"file:PATH\" or \"cmd:PROGRAM ARGS\""); /* never the text */
}

static void option(ws_ck *ck, bh_plugin_use *u, const bh_plugin_spec *spec, const bh_field *f) {
  const ws_path *here = WS_KEYS(NULL, f->key);
  const bh_option_spec *o = ws_option(spec, f->key);
  bh_str ref;
  bool secret = ws_secret_of(f->value, &ref);
  if (spec && !o) {
    const char **known;
    size_t n = ws_spec_keys(spec, ck->a, &known);
    const char **all = BH_NEWN(ck->a, const char *, n + 4);
    memcpy(all, known, n * sizeof *all);
    all[n++] = "plugin";
    if (u->kind == BH_KIND_CONNECTOR) all[n++] = "ca", all[n++] = "contracts", all[n++] = "ignore";
    ws_bad_key(ck, NULL, f->key, all, n);
    return;
  }
  if (secret) check_secret(ck, here, ref);
  else if (o && o->secret) ws_bad(ck, here, "a secret written out; expected secret \"env:NAME\", \"file:PATH\" or \"cmd:PROGRAM ARGS\"");
  else if (o) ws_param_value_check(ck, here, f->value, o);
  u->options[u->option_count++] = (bh_option_value){f->key, secret ? bh_node_str(ck->a, ref) : f->value, secret};
}

/* ca = "certs/own.pem": a file below the workspace, or anywhere by its whole path. */
static void certificates(ws_ck *ck, const bh_node *n, bh_str *out) {
  const ws_path *at = WS_KEY(NULL, "ca");
  bh_str name;
  char real[PATH_MAX];
  struct stat st;
  if (!ws_text(ck, at, n, &name)) return;
  bh_str path = name.ptr[0] == '/' ? bh_arena_str(ck->a, name) : ws_join(ck->a, ck->ws->dir, bh_arena_z(ck->a, name));
  if (!realpath(path.ptr, real) || stat(real, &st) != 0 || !S_ISREG(st.st_mode) || access(real, R_OK) != 0) {
    ws_bad(ck, at, "\"%.*s\": no such file; expected one with certificates (PEM), below the workspace or by its whole path", BH_STR_ARG(name));
    return;
  }
  size_t dir = ck->ws->dir.len;
  if (name.ptr[0] != '/' && (strncmp(real, ck->ws->dir.ptr, dir) != 0 || real[dir] != '/')) {
    ws_bad(ck, at, "\"%.*s\" leaves the workspace; expected a path below it, or a whole one", BH_STR_ARG(name));
    return;
  }
  *out = bh_arena_str(&ck->ws->arena, bh_str_c(real));
}

bool bh_use_ignores(const bh_workspace *ws, bh_str connector, bh_str ref) {
  for (size_t i = 0; i < ws->use_count; i++) {
    const bh_plugin_use *u = &ws->uses[i];
    for (size_t k = 0; u->kind == BH_KIND_CONNECTOR && bh_str_eq(u->name, connector) && k < u->ignore_count; k++)
      if (bh_str_glob(u->ignore[k], ref)) return true;
  }
  return false;
}

void ws_use_read(ws_ck *ck, bh_plugin_kind kind, bh_str name, const bh_node *n) {
  bh_workspace *ws = ck->ws;
  bh_plugin_use *u = &ws->uses[ws->use_count++];
  *u = (bh_plugin_use){.kind = kind, .name = name, .line = ck->line};
  if (!ws_is_record(n)) {
    ws_bad_kind(ck, NULL, n, "a table like { plugin = \"…\" }");
    return;
  }
  const bh_node *plugin = ws_get(n, "plugin");
  if (!plugin) ws_bad(ck, WS_KEY(NULL, "plugin"), "missing; expected the name of a plugin");
  else ws_text(ck, WS_KEY(NULL, "plugin"), plugin, &u->plugin);
  const bh_plugin_spec *spec = u->plugin.len ? ws_spec(ws, kind, u->plugin) : NULL;
  if (u->plugin.len && !spec) {
    const char **known;
    size_t k = ws_spec_names(ws, kind, ck->a, &known);
    if (kind == BH_KIND_CONNECTOR) ws_bad_name(ck, WS_KEY(NULL, "plugin"), "plugin", u->plugin, known, k);
    else ws_advise(ck, WS_KEY(NULL, "plugin"), "the plugin \"%.*s\" is not installed", BH_STR_ARG(u->plugin));
  }
  u->options = BH_NEWN(ck->a, bh_option_value, n->field_count + 1);
  for (size_t i = 0; i < n->field_count; i++) {
    const bh_field *f = &n->fields[i];
    if (!ws_set(f->value) || bh_str_eqz(f->key, "plugin")) continue;
    if (kind == BH_KIND_CONNECTOR && bh_str_eqz(f->key, "contracts") && !ws_option(spec, f->key))
      ws_bool(ck, WS_KEY(NULL, "contracts"), f->value, &u->contracts);
    else if (kind == BH_KIND_CONNECTOR && bh_str_eqz(f->key, "ca") && !ws_option(spec, f->key)) certificates(ck, f->value, &u->ca);
    else if (kind == BH_KIND_CONNECTOR && bh_str_eqz(f->key, "ignore") && !ws_option(spec, f->key)) {
      if (!ws_texts(ck, WS_KEY(NULL, "ignore"), f->value, &u->ignore, &u->ignore_count)) u->ignore_count = 0;
    }
    else option(ck, u, spec, f);
  }
  for (size_t i = 0; spec && i < spec->option_count; i++)
    if (spec->options[i].required && !ws_get(n, bh_arena_z(ck->a, spec->options[i].key)))
      ws_bad(ck, WS_KEYS(NULL, spec->options[i].key), "missing; the plugin \"%.*s\" needs it", BH_STR_ARG(u->plugin));
}
