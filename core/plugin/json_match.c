/* What a query has of the record in hand, and handing it over. */
#include "plugin/json_match.h"
#include "base/json.h"
#include "plugin/sizes.h"

enum { SCALAR_BYTES_MAX = 16 * 1024 * 1024, CONTAINER_BYTES_MAX = 1024 * 1024, NUMBER_LEN = 24 };

/* ---- the tree ---- */

static bool same_step(const bh_step *x, const bh_step *y)
{
  return x->kind == y->kind && x->index == y->index && bh_str_eq(x->name, y->name);
}

static bh_json_node *child(bh_json_node *n, bh_arena *a, const bh_step *s)
{
  bool item = s->kind == BH_STEP_ANY_ITEM || s->kind == BH_STEP_INDEX;
  bh_json_node **at = item ? &n->items : &n->names;
  n->any_member = n->any_member || s->kind == BH_STEP_ANY_MEMBER;
  if (!item && !n->guesses)
    n->guesses = BH_NEWN(a, bh_json_guess, BH_JSON_GUESSES);
  while (*at && !same_step(&(*at)->step, s))
    at = &(*at)->next;
  if (!*at) {
    *at = BH_NEW(a, bh_json_node);
    **at = (bh_json_node){.step = *s};
    if (!item && s->kind != BH_STEP_NAME)
      (*at)->step.name = (bh_str){"", 0};
  }
  return *at;
}

static bh_json_node *walk(bh_json_node *n, bh_arena *a, const bh_json_path *path, size_t steps)
{
  for (size_t i = 0; i < steps; i++)
    n = child(n, a, &path->steps[i]);
  return n;
}

static void hook(bh_json_node *n, bh_arena *a, size_t query, int32_t what)
{
  bh_json_hook **at = &n->hooks;
  while (*at)
    at = &(*at)->next;
  *at = BH_NEW(a, bh_json_hook);
  **at = (bh_json_hook){.query = query, .what = what};
}

bh_status bh_json_match_init(bh_json_match *m, bh_json_node *root, size_t number, bh_arena *a, bh_host_ctx *host, const bh_json_query *q)
{
  *m = (bh_json_match){.query = q};
  if (q->struct_size < BH_JSON_QUERY_1_0 || !q->record || q->field_count > BH_JSON_FIELDS_MAX || (q->field_count && !q->fields))
    return bh_host_fail(host, BH_E_INVALID, "a JSON query is not filled in");
  if (!bh_json_path_parse(&m->each, a, q->each, true))
    return bh_host_fail(host, BH_E_INVALID, "the JSON path \"%s\" cannot be understood", q->each ? q->each : "");
  m->fields = BH_NEWN(a, bh_json_field, q->field_count + 1);
  m->kinds = BH_NEWN(a, int32_t, q->field_count + 1);
  m->texts = BH_NEWN(a, bh_str, q->field_count + 1);
  m->keys = BH_NEWN(a, bh_str, m->each.wildcards + 1);
  bh_buf_init(&m->store, SCALAR_BYTES_MAX);
  size_t list = 0;
  while (list < m->each.count && m->each.steps[list].kind <= BH_STEP_INDEX)
    list++;
  if (list < m->each.count) {
    m->array_list = m->each.steps[list].kind == BH_STEP_ANY_ITEM;
    hook(walk(root, a, &m->each, list), a, number, BH_JSON_IS_LIST);
  }
  bh_json_node *record = walk(root, a, &m->each, m->each.count);
  hook(record, a, number, BH_JSON_IS_RECORD);
  for (size_t i = 0; i < q->field_count; i++) {
    bh_json_path path;
    if (!bh_json_path_parse(&path, a, q->fields[i], false) || path.wildcards)
      return bh_host_fail(host, BH_E_INVALID, "the JSON field \"%s\" cannot be understood", q->fields[i] ? q->fields[i] : "");
    bh_buf_init(&m->fields[i].text, SCALAR_BYTES_MAX);
    hook(walk(record, a, &path, path.count), a, number, (int32_t)i);
  }
  bh_json_match_reset(m);
  return BH_OK;
}

void bh_json_match_dispose(bh_json_match *m)
{
  for (size_t i = 0; m->fields && i < m->query->field_count; i++)
    bh_buf_dispose(&m->fields[i].text);
  bh_buf_dispose(&m->store);
}

/* ---- the record ---- */

static void clear_fields(bh_json_match *m)
{
  for (size_t i = 0; i < m->query->field_count; i++) {
    m->fields[i].kind = BH_JSON_MISSING;
    m->fields[i].open = false;
  }
  m->open = 0;
  bh_buf_clear(&m->store);
}

void bh_json_match_reset(bh_json_match *m)
{
  m->active = false;
  m->records = 0;
  m->listed = m->each.wildcards == 0;
  clear_fields(m);
}

static bool container(int32_t kind)
{
  return kind == BH_JSON_OBJECT || kind == BH_JSON_ARRAY;
}

/* What the wildcards of `each` stand for here. The places' keys live as long as the record. */
bh_status bh_json_match_hand_over(bh_json_match *m, bh_host_ctx *host, const bh_json_event *e)
{
  static const bh_json_record shape = {.struct_size = sizeof shape};
  char numbers[BH_JSON_STEPS_MAX][NUMBER_LEN];
  size_t keys = 0;
  m->active = false;
  for (size_t i = 0; i < m->each.count; i++) {
    const bh_place *p = &e->places[i];
    if (m->each.steps[i].kind == BH_STEP_ANY_MEMBER) {
      m->keys[keys++] = p->key;
    } else if (m->each.steps[i].kind == BH_STEP_ANY_ITEM) {
      size_t at = NUMBER_LEN;
      uint64_t index = p->index;
      do
        numbers[keys][--at] = (char)('0' + index % 10);
      while (index /= 10);
      m->keys[keys] = (bh_str){numbers[keys] + at, NUMBER_LEN - at};
      keys++;
    }
  }
  for (size_t i = 0; i < m->query->field_count; i++) {
    const bh_json_field *f = &m->fields[i];
    bool copied = container(f->kind);
    if (m->store.failed || (copied && f->text.failed))
      return bh_host_fail(host, BH_E_PERMANENT, "the JSON field \"%s\" is too large", m->query->fields[i]);
    m->kinds[i] = f->kind;
    m->texts[i] = copied ? bh_buf_str(&f->text) : f->kind >= BH_JSON_FALSE && f->len ? (bh_str){m->store.ptr + f->at, f->len} : (bh_str){"", 0};
  }
  bh_json_record r = shape;
  r.field_count = m->query->field_count;
  r.kinds = m->kinds;
  r.texts = m->texts;
  r.key_count = keys;
  r.keys = m->keys;
  m->records++;
  return m->query->record(m->query->user, &r);
}

static void take_field(bh_json_match *m, bh_json_field *f, const bh_json_event *e)
{
  f->kind = e->kind;
  if (container(e->kind)) {
    f->open = true;
    f->depth = e->depth;
    m->open++;
    bh_buf_clear(&f->text);
    bh_buf_putc(&f->text, e->kind == BH_JSON_ARRAY ? '[' : '{');
  } else if (e->kind != BH_JSON_NULL) {
    f->at = m->store.len;
    f->len = e->text.len;
    bh_buf_puts(&m->store, e->text);
  }
}

void bh_json_match_at(bh_json_match *m, int32_t what, const bh_json_event *e)
{
  if (what >= 0) {
    if (m->active && m->fields[what].kind == BH_JSON_MISSING) /* of duplicate members the first counts */
      take_field(m, &m->fields[what], e);
  } else if (what == BH_JSON_IS_RECORD) {
    if (m->active)
      return;
    m->active = true;
    m->base = e->depth;
    clear_fields(m);
  } else if (e->kind == BH_JSON_NULL || e->kind == (m->array_list ? BH_JSON_ARRAY : BH_JSON_OBJECT)) {
    m->listed = true; /* a list that is not in the answer is no empty list */
  }
}

/* ---- copies of containers ---- */

static void copy_text(bh_buf *b, const bh_json_event *e)
{
  switch (e->kind) {
  case BH_JSON_STRING: bh_json_str(b, e->text); break;
  case BH_JSON_NULL: bh_buf_putz(b, "null"); break;
  default: bh_buf_puts(b, e->text); break;
  }
}

static void copy_lead(bh_buf *b, const bh_json_event *e)
{
  const bh_place *p = &e->places[e->depth - 1];
  if (p->seen > 0)
    bh_buf_putc(b, ',');
  if (!p->array) {
    bh_json_str(b, p->key);
    bh_buf_putc(b, ':');
  }
}

void bh_json_match_copy(bh_json_match *m, const bh_json_event *e, char bracket)
{
  for (size_t i = 0; i < m->query->field_count; i++) {
    bh_json_field *f = &m->fields[i];
    if (!f->open)
      continue;
    copy_lead(&f->text, e);
    if (bracket)
      bh_buf_putc(&f->text, bracket);
    else
      copy_text(&f->text, e);
    if (f->text.len > CONTAINER_BYTES_MAX)
      f->text.failed = true;
  }
}

void bh_json_match_close(bh_json_match *m, const bh_json_event *e)
{
  for (size_t i = 0; m->open && i < m->query->field_count; i++) {
    bh_json_field *f = &m->fields[i];
    if (!f->open)
      continue;
    bh_buf_putc(&f->text, e->kind == BH_JSON_ARRAY ? ']' : '}');
    if (e->depth == f->depth) {
      f->open = false;
      m->open--;
    }
  }
}
