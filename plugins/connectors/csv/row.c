/* Columns by name, in any order; what is not known is an attribute. */
#include "csv.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bh_str field(const csv_file *f, size_t i)
{
  return (bh_str){f->len ? f->text + f->fields[i].start : "", f->fields[i].len};
}

static int same(bh_str a, bh_str b)
{
  return a.len == b.len && memcmp(a.ptr, b.ptr, a.len) == 0;
}

static bh_status missing(csv_file *f, const char *name)
{
  const bh_host *h = f->host;
  return h->fail(h->ctx, BH_E_INVALID, "%s:1: the column \"%s\" is missing from the header", f->name, name);
}

/* The names outlive the row: they move into a block of their own. */
static bh_status keep_names(csv_header *h, csv_file *f)
{
  size_t bytes = f->len ? f->len : 1;
  char *copy = malloc(bytes);
  h->names = calloc(f->count, sizeof *h->names);
  h->attrs = calloc(f->count * 2, sizeof *h->attrs);
  h->place = calloc(h->known_count, sizeof *h->place);
  if (!copy || !h->names || !h->attrs || !h->place) {
    free(copy);
    return BH_E_NOMEM;
  }
  memcpy(copy, f->text ? f->text : "", f->len);
  h->count = f->count;
  for (size_t i = 0; i < f->count; i++)
    h->names[i] = (bh_str){copy + f->fields[i].start, f->fields[i].len}; /* the first starts at 0: it owns the block */
  return BH_OK;
}

bh_status csv_header_read(csv_header *h, csv_file *f, const csv_column *known, size_t n)
{
  int more;
  *h = (csv_header){.known = known, .known_count = n};
  bh_status rc = csv_next(f, &more);
  if (rc == BH_OK && !more)
    return f->host->fail(f->host->ctx, BH_E_INVALID, "%s:1: the file is empty: a header is required", f->name);
  if (rc || (rc = keep_names(h, f)))
    return rc;
  for (size_t k = 0; k < n; k++)
    h->place[k] = -1;
  for (size_t i = 0; i < h->count; i++) {
    if (h->names[i].len == 0)
      return csv_bad(f, i, "the header has a column without a name");
    for (size_t k = 0; k < i; k++)
      if (same(h->names[i], h->names[k]))
        return csv_bad(f, i, "the header has this column twice");
    for (size_t k = 0; k < n; k++)
      if (same(h->names[i], (bh_str){known[k].name, strlen(known[k].name)}))
        h->place[k] = (int)i;
  }
  for (size_t k = 0; k < n; k++)
    if (known[k].required && h->place[k] < 0)
      return missing(f, known[k].name);
  f->header = h;
  return BH_OK;
}

void csv_header_free(csv_header *h)
{
  if (h->names)
    free((void *)(uintptr_t)h->names[0].ptr);
  free(h->names);
  free(h->attrs);
  free(h->place);
  *h = (csv_header){0};
}

int csv_has(const csv_file *f, size_t column)
{
  return f->header->place[column] >= 0;
}

bh_str csv_cell(const csv_file *f, size_t column)
{
  int i = f->header->place[column];
  return i < 0 ? (bh_str){"", 0} : field(f, (size_t)i);
}

bh_status csv_bad_cell(csv_file *f, size_t column, const char *what)
{
  bh_str value = csv_cell(f, column);
  char message[200];
  if (value.len)
    snprintf(message, sizeof message, "\"%.*s\" %s", (int)(value.len < 60 ? value.len : 60), value.ptr, what);
  else
    snprintf(message, sizeof message, "%s", what);
  return csv_bad(f, (size_t)f->header->place[column], message);
}

bh_status csv_need(csv_file *f, size_t column, bh_str *out)
{
  *out = csv_cell(f, column);
  return out->len ? BH_OK : csv_bad_cell(f, column, "must not be empty");
}

bh_status csv_date(csv_file *f, size_t column, bh_date *out)
{
  bh_str s = csv_cell(f, column);
  *out = (bh_date){0, 0, 0};
  return s.len == 0 || csv_parse_date(s, out) ? BH_OK : csv_bad_cell(f, column, "is not a date like 2026-12-01");
}

bh_status csv_number(csv_file *f, size_t column, int places, bh_dec *out)
{
  bh_str s;
  bh_status rc = csv_need(f, column, &s);
  if (rc)
    return rc;
  return csv_parse_number(s, places, out) ? BH_OK : csv_bad_cell(f, column, places == 6 ? "is not a number like 12.5, with at most 6 decimals"
                                                                                          : "is not a number like 12.50, with at most 9 decimals");
}

size_t csv_attrs(const csv_file *f, const bh_str **out)
{
  const csv_header *h = f->header;
  size_t n = 0;
  for (size_t i = 0; i < h->count; i++) {
    int known = 0;
    for (size_t k = 0; k < h->known_count && !known; k++)
      known = h->place[k] == (int)i;
    bh_str value = field(f, i);
    if (known || value.len == 0)
      continue;
    h->attrs[n++] = h->names[i];
    h->attrs[n++] = value;
  }
  *out = h->attrs;
  return n;
}
