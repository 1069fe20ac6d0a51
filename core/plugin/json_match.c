/* Matching one query against a stream of values. */
#include "plugin/json_match.h"
#include "base/json.h"

enum { SCALAR_BYTES_MAX = 16 * 1024 * 1024, CONTAINER_BYTES_MAX = 1024 * 1024, NUMBER_LEN = 24 };

bh_status bh_json_match_init(bh_json_match *m, bh_arena *a, bh_host_ctx *host, const bh_json_query *q)
{
  *m = (bh_json_match){.query = q};
  if (q->struct_size < sizeof *q || !q->record || q->field_count > BH_JSON_FIELDS_MAX || (q->field_count && !q->fields))
    return bh_host_fail(host, BH_E_INVALID, "a JSON query is not filled in");
  if (!bh_json_path_parse(&m->each, a, q->each, true))
    return bh_host_fail(host, BH_E_INVALID, "the JSON path \"%s\" cannot be understood", q->each ? q->each : "");
  while (m->list_depth < m->each.count && m->each.steps[m->list_depth].kind <= BH_STEP_INDEX)
    m->list_depth++;
  m->listed = m->list_depth == m->each.count;
  m->fields = BH_NEWN(a, bh_json_field, q->field_count + 1);
  m->kinds = BH_NEWN(a, int32_t, q->field_count + 1);
  m->texts = BH_NEWN(a, bh_str, q->field_count + 1);
  m->keys = BH_NEWN(a, bh_str, m->each.wildcards + 1);
  for (size_t i = 0; i < q->field_count; i++) {
    if (!bh_json_path_parse(&m->fields[i].path, a, q->fields[i], false) || m->fields[i].path.wildcards)
      return bh_host_fail(host, BH_E_INVALID, "the JSON field \"%s\" cannot be understood", q->fields[i] ? q->fields[i] : "");
    bh_buf_init(&m->fields[i].text, SCALAR_BYTES_MAX);
  }
  return BH_OK;
}

void bh_json_match_dispose(bh_json_match *m)
{
  for (size_t i = 0; m->fields && i < m->query->field_count; i++)
    bh_buf_dispose(&m->fields[i].text);
}

static void clear_fields(bh_json_match *m)
{
  for (size_t i = 0; i < m->query->field_count; i++) {
    m->fields[i].kind = BH_JSON_MISSING;
    m->fields[i].open = false;
    bh_buf_clear(&m->fields[i].text);
  }
}

void bh_json_match_reset(bh_json_match *m)
{
  m->active = false;
  m->listed = m->list_depth == m->each.count;
  clear_fields(m);
}

/* A list that is not in the answer is no empty list. */
static void look_for_list(bh_json_match *m, const bh_json_event *e)
{
  bool array = m->each.steps[m->list_depth].kind == BH_STEP_ANY_ITEM;
  if (e->kind != BH_JSON_NULL && e->kind != (array ? BH_JSON_ARRAY : BH_JSON_OBJECT))
    return;
  const bh_json_path to = {m->each.steps, m->list_depth, 0};
  m->listed = bh_json_path_fits(&to, e->places, e->depth);
}

/* What the wildcards of `each` stand for here. The places' keys live as long as the record. */
static bh_status hand_over(bh_json_match *m, bh_host_ctx *host, const bh_json_event *e)
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
      int n = snprintf(numbers[keys], NUMBER_LEN, "%llu", (unsigned long long)p->index);
      m->keys[keys] = (bh_str){numbers[keys], (size_t)n};
      keys++;
    }
  }
  for (size_t i = 0; i < m->query->field_count; i++) {
    if (m->fields[i].text.failed)
      return bh_host_fail(host, BH_E_PERMANENT, "the JSON field \"%s\" is too large", m->query->fields[i]);
    m->kinds[i] = m->fields[i].kind;
    m->texts[i] = bh_buf_str(&m->fields[i].text);
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

static bool begins(bh_json_match *m, const bh_json_event *e)
{
  if (m->active || !bh_json_path_fits(&m->each, e->places, e->depth))
    return false;
  m->active = true;
  m->base = e->depth;
  clear_fields(m);
  return true;
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

static void copy(bh_json_match *m, const bh_json_event *e, char bracket)
{
  for (size_t i = 0; i < m->query->field_count; i++) {
    bh_json_field *f = &m->fields[i];
    if (!f->open || e->depth <= f->depth)
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

/* ---- values ---- */

static bool is_field(const bh_json_match *m, const bh_json_field *f, const bh_json_event *e)
{
  return f->kind == BH_JSON_MISSING && bh_json_path_fits(&f->path, e->places + m->base, e->depth - m->base);
}

bh_status bh_json_match_scalar(bh_json_match *m, bh_host_ctx *host, const bh_json_event *e)
{
  bool record = begins(m, e);
  if (!m->listed)
    look_for_list(m, e);
  if (!m->active)
    return BH_OK;
  copy(m, e, 0);
  for (size_t i = 0; i < m->query->field_count; i++)
    if (is_field(m, &m->fields[i], e)) {
      m->fields[i].kind = e->kind;
      if (e->kind != BH_JSON_NULL)
        bh_buf_puts(&m->fields[i].text, e->text);
    }
  return record ? hand_over(m, host, e) : BH_OK;
}

bh_status bh_json_match_open(bh_json_match *m, bh_host_ctx *host, const bh_json_event *e)
{
  (void)begins(m, e);
  if (!m->listed)
    look_for_list(m, e);
  if (!m->active)
    return BH_OK;
  char bracket = e->kind == BH_JSON_ARRAY ? '[' : '{';
  copy(m, e, bracket);
  for (size_t i = 0; i < m->query->field_count; i++) {
    bh_json_field *f = &m->fields[i];
    if (!is_field(m, f, e))
      continue;
    f->kind = e->kind;
    f->open = true;
    f->depth = e->depth;
    bh_buf_putc(&f->text, bracket);
  }
  return BH_OK;
}

bh_status bh_json_match_close(bh_json_match *m, bh_host_ctx *host, const bh_json_event *e)
{
  if (!m->active)
    return BH_OK;
  for (size_t i = 0; i < m->query->field_count; i++) {
    bh_json_field *f = &m->fields[i];
    if (!f->open || e->depth < f->depth)
      continue;
    bh_buf_putc(&f->text, e->kind == BH_JSON_ARRAY ? ']' : '}');
    if (e->depth == f->depth)
      f->open = false;
  }
  return e->depth == m->base ? hand_over(m, host, e) : BH_OK;
}
