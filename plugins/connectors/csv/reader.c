/* RFC 4180: commas, quotes doubled inside quotes, LF or CRLF, a byte order mark allowed. Anything else is a mistake with its
 * place: a file that is half understood would bill half the devices. */
#include "csv.h"
#include <stdlib.h>
#include <string.h>

bh_status csv_open(csv_file *f, const bh_host *host, const bh_file_service *files, const char *name, int *there)
{
  *f = (csv_file){.host = host, .files = files, .name = name, .line = 1, .field_line = 1};
  bh_status rc = files->open(host->ctx, "path", (bh_str){name, strlen(name)}, &f->file);
  *there = rc == BH_OK && f->file;
  if (!*there)
    return rc;
  f->chunk = malloc(CSV_CHUNK_BYTES);
  return f->chunk ? BH_OK : BH_E_NOMEM;
}

void csv_close(csv_file *f)
{
  if (f->file)
    f->files->close(f->host->ctx, f->file);
  free(f->chunk);
  free(f->text);
  free(f->fields);
  *f = (csv_file){0};
}

bh_status csv_bad(csv_file *f, size_t field, const char *what)
{
  const bh_host *h = f->host;
  long line = field < f->count ? f->fields[field].line : f->field_line;
  if (f->header && field < f->header->count)
    return h->fail(h->ctx, BH_E_INVALID, "%s:%ld: column %zu (%.*s): %s", f->name, line, field + 1, (int)f->header->names[field].len,
                   f->header->names[field].ptr, what);
  return h->fail(h->ctx, BH_E_INVALID, "%s:%ld: column %zu: %s", f->name, line, field + 1, what);
}

static bh_status fill(csv_file *f)
{
  bh_status rc = f->files->read(f->host->ctx, f->file, f->chunk, CSV_CHUNK_BYTES, &f->end);
  f->at = 0;
  f->at_eof = rc == BH_OK && f->end == 0;
  return rc;
}

/* The next byte, or -1 at the end; it stays until it is taken. */
static bh_status peek(csv_file *f, int *c)
{
  bh_status rc = BH_OK;
  if (f->at == f->end && !f->at_eof)
    rc = fill(f);
  *c = rc || f->at_eof ? -1 : (unsigned char)f->chunk[f->at];
  return rc;
}

static bh_status put(csv_file *f, int c)
{
  if (f->len == f->cap) {
    size_t cap = f->cap ? f->cap * 2 : 4096;
    if (cap > CSV_ROW_BYTES_MAX)
      return csv_bad(f, f->count, "the row is longer than 1 MiB: is a closing quote missing?");
    char *text = realloc(f->text, cap);
    if (!text)
      return BH_E_NOMEM;
    f->text = text;
    f->cap = cap;
  }
  f->text[f->len++] = (char)c;
  return BH_OK;
}

static bh_status add_field(csv_file *f, size_t start)
{
  bh_str value = {f->text ? f->text + start : "", f->len - start};
  if (f->count == CSV_FIELDS_MAX)
    return csv_bad(f, f->count, "the row has more than 512 columns");
  if (f->count == f->field_cap) {
    size_t cap = f->field_cap ? f->field_cap * 2 : 16;
    csv_field *fields = realloc(f->fields, cap * sizeof *fields);
    if (!fields)
      return BH_E_NOMEM;
    f->fields = fields;
    f->field_cap = cap;
  }
  f->fields[f->count++] = (csv_field){start, value.len, f->field_line};
  return value.len && !csv_utf8_ok(value) ? csv_bad(f, f->count - 1, "is not UTF-8 text") : BH_OK;
}

static bh_status quoted(csv_file *f)
{
  int c;
  bh_status rc;
  f->at++;
  while ((rc = peek(f, &c)) == BH_OK) {
    if (c < 0)
      return csv_bad(f, f->count, "the file ends inside a quoted value");
    f->at++;
    if (c == '"') {
      if ((rc = peek(f, &c)))
        return rc;
      if (c != '"')
        return c < 0 || c == ',' || c == '\n' || c == '\r' ? BH_OK : csv_bad(f, f->count, "text stands behind the closing quote");
      f->at++;
    }
    if (c == '\n')
      f->line++;
    if ((rc = put(f, c)))
      return rc;
  }
  return rc;
}

static bh_status plain(csv_file *f)
{
  int c;
  bh_status rc;
  while ((rc = peek(f, &c)) == BH_OK && c >= 0 && c != ',' && c != '\n' && c != '\r') {
    if (c == '"')
      return csv_bad(f, f->count, "a quote stands inside a value that is not quoted");
    f->at++;
    if ((rc = put(f, c)))
      return rc;
  }
  return rc;
}

/* What ends a field: a comma, the end of the line, the end of the file. */
static bh_status separator(csv_file *f, int *again)
{
  int c;
  bh_status rc = peek(f, &c);
  *again = 0;
  if (rc || c < 0)
    return rc;
  f->at++;
  if (c == ',') {
    *again = 1;
    return BH_OK;
  }
  if (c == '\r') {
    if ((rc = peek(f, &c)))
      return rc;
    if (c != '\n')
      return csv_bad(f, f->count - 1, "a carriage return stands without its line feed");
    f->at++;
  }
  f->line++;
  return BH_OK;
}

/* A byte order mark, at the very beginning. */
static bh_status skip_mark(csv_file *f)
{
  if (f->end || f->at_eof)
    return BH_OK;
  bh_status rc = fill(f);
  if (rc == BH_OK && f->end >= 3 && memcmp(f->chunk, "\xEF\xBB\xBF", 3) == 0)
    f->at = 3;
  return rc;
}

static bh_status wrong_count(csv_file *f)
{
  const bh_host *h = f->host;
  return h->fail(h->ctx, BH_E_INVALID, "%s:%ld: column %zu: the row has %zu columns, and the header has %zu", f->name, f->fields[0].line,
                 f->count, f->count, f->header->count);
}

bh_status csv_next(csv_file *f, int *more)
{
  int c, again;
  bh_status rc = skip_mark(f);
  *more = 0;
  do { /* lines without anything are skipped */
    f->len = f->count = 0;
    if (rc || (rc = peek(f, &c)) || c < 0)
      return rc;
    do {
      size_t start = f->len;
      f->field_line = f->line;
      if ((rc = peek(f, &c)) || (rc = c == '"' ? quoted(f) : plain(f)) || (rc = add_field(f, start)) || (rc = separator(f, &again)))
        return rc;
    } while (again);
  } while (f->count == 1 && f->fields[0].len == 0);
  *more = 1;
  return f->header && f->count != f->header->count ? wrong_count(f) : BH_OK;
}
