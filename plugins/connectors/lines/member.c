/* The members of one line. */
#include "lines.h"

bh_status lines_bad(const lines *l, const char *key, const char *what)
{
  return l->host->fail(l->host->ctx, BH_E_INVALID, "%s:%llu: %s%s%s", l->where, (unsigned long long)l->number, key, key[0] ? ": " : "", what);
}

bh_str lines_key(const lines *l, size_t i)
{
  return (bh_str){l->text.ptr + l->members[i].key, l->members[i].key_len};
}

bh_str lines_value(const lines *l, size_t i)
{
  return (bh_str){l->text.ptr + l->members[i].text, l->members[i].text_len};
}

static bh_status bad_member(const lines *l, bh_str key, const char *what)
{
  char name[64];
  size_t n = key.len < sizeof name - 1 ? key.len : sizeof name - 1;
  memcpy(name, key.ptr, n);
  name[n] = 0;
  return lines_bad(l, name, what);
}

static bh_status keep(lines *l, const bh_json_record *r)
{
  bh_str key = r->keys[0], text = r->texts[0];
  if (key.len == 0)
    return lines_bad(l, "", "a member has no name");
  for (size_t i = 0; i < l->member_count; i++)
    if (bhk_eq(lines_key(l, i), key))
      return bad_member(l, key, "stands there twice");
  if (l->member_count == LINES_MEMBERS_MAX)
    return lines_bad(l, "", "more than 128 members");
  lines_member *m = &l->members[l->member_count];
  *m = (lines_member){.key = l->text.len, .key_len = key.len, .kind = r->kinds[0]};
  bhk_put(&l->text, key);
  m->text = l->text.len;
  m->text_len = text.len;
  bhk_put(&l->text, text);
  if (l->text.broken)
    return l->host->fail(l->host->ctx, BH_E_NOMEM, "no memory");
  l->member_count++;
  return BH_OK;
}

static bh_status member(void *user, const bh_json_record *r)
{
  lines *l = user;
  bh_status rc = keep(l, r);
  l->refused = rc != BH_OK;
  return rc;
}

/* The first byte that says something. JSON that is no object has no members for the query to find. */
static int is_object(bh_str s)
{
  size_t i = 0;
  while (i < s.len && (s.ptr[i] == ' ' || s.ptr[i] == '\t'))
    i++;
  return i < s.len && s.ptr[i] == '{';
}

bh_status lines_read(lines *l, bh_str text)
{
  static const char *const whole[] = {""};
  const bh_json_query q = {.struct_size = sizeof q, .each = "$.*", .fields = whole, .field_count = 1, .record = member, .user = l};
  const bh_json_query *all[] = {&q};
  bhk_clear(&l->text);
  l->member_count = 0;
  l->refused = 0;
  if (!is_object(text))
    return lines_bad(l, "", "is not a JSON object");
  bh_status rc = l->json->text(l->host->ctx, text, all, 1);
  if (rc == BH_OK || rc == BH_E_NOMEM || l->refused)
    return rc;
  return lines_bad(l, "", "is not valid JSON, or a text in it has a zero byte"); /* what the host said knows neither file nor line */
}

static lines_member *find(lines *l, const char *key)
{
  for (size_t i = 0; i < l->member_count; i++)
    if (bhk_is(lines_key(l, i), key)) {
      l->members[i].known = 1;
      return &l->members[i];
    }
  return NULL;
}

bh_status lines_text(lines *l, const char *key, bh_str *out)
{
  const lines_member *m = find(l, key);
  *out = (bh_str){"", 0};
  if (!m || m->kind == BH_JSON_NULL)
    return BH_OK;
  if (m->kind != BH_JSON_STRING && m->kind != BH_JSON_NUMBER)
    return lines_bad(l, key, "must be text or a number");
  *out = (bh_str){l->text.ptr + m->text, m->text_len};
  int prose = strcmp(key, "name") == 0 || strcmp(key, "description") == 0 || strcmp(key, "why") == 0;
  return out->len <= (prose ? LINES_PROSE_BYTES_MAX : LINES_ID_BYTES_MAX) ? BH_OK : lines_bad(l, key, "is too long");
}

bh_status lines_need(lines *l, const char *key, bh_str *out)
{
  bh_status rc = lines_text(l, key, out);
  return rc || out->len ? rc : lines_bad(l, key, "is missing");
}

static bh_status bad_value(const lines *l, const char *key, bh_str value, const char *what)
{
  char message[200];
  snprintf(message, sizeof message, "\"%.*s\" %s", (int)(value.len < 60 ? value.len : 60), value.ptr, what);
  return lines_bad(l, key, message);
}

bh_status lines_date(lines *l, const char *key, bh_date *out)
{
  bh_str s;
  *out = (bh_date){0, 0, 0};
  bh_status rc = lines_text(l, key, &s);
  return rc || s.len == 0 || csv_parse_date(s, out) ? rc : bad_value(l, key, s, "is not a date like 2026-12-01");
}

static bh_status number(const lines *l, const char *key, bh_str s, int places, bh_dec *out)
{
  if (csv_parse_number(s, places, out))
    return BH_OK;
  return bad_value(l, key, s, places == 6 ? "is not a number like 12.5, with at most 6 decimals" : "is not a number like 12.50, with at most 9 decimals");
}

bh_status lines_number(lines *l, const char *key, int places, bh_dec *out)
{
  bh_str s;
  bh_status rc = lines_need(l, key, &s);
  return rc ? rc : number(l, key, s, places, out);
}

bh_status lines_money(lines *l, const char *key, uint32_t bit, uint32_t *has, bh_dec *out)
{
  bh_str s;
  bh_status rc = lines_text(l, key, &s);
  if (rc || s.len == 0)
    return rc;
  *has |= bit;
  return number(l, key, s, 9, out);
}

bh_status lines_no_more(lines *l, const char *type)
{
  char what[80];
  snprintf(what, sizeof what, "a line of type \"%s\" has no such member", type);
  for (size_t i = 0; i < l->member_count; i++)
    if (!l->members[i].known)
      return bad_member(l, lines_key(l, i), what);
  return BH_OK;
}

bh_status lines_attrs(lines *l, bhk_attrs *out)
{
  out->n = 0;
  for (size_t i = 0; i < l->member_count; i++) {
    const lines_member *m = &l->members[i];
    if (m->known || m->kind == BH_JSON_NULL || m->text_len == 0)
      continue;
    if (m->kind == BH_JSON_OBJECT || m->kind == BH_JSON_ARRAY)
      return bad_member(l, lines_key(l, i), "an attribute must be text, a number, true or false");
    if (m->key_len > LINES_ID_BYTES_MAX || m->text_len > LINES_PROSE_BYTES_MAX)
      return bad_member(l, lines_key(l, i), "is too long");
    if (out->n == 2 * (size_t)BHK_ATTRS_MAX)
      return bad_member(l, lines_key(l, i), "more than 40 attributes");
    out->v[out->n++] = lines_key(l, i);
    out->v[out->n++] = lines_value(l, i);
  }
  return BH_OK;
}
