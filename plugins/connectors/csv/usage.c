/* usage.csv: date,client,metric,quantity,id,description. A row without an id gets one from its content, and its number among the rows
 * of the same content: the same file gives the same ids, in whatever order its rows stand. */
#include "csv.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DATE, CLIENT, METRIC, QUANTITY, ID, DESCRIPTION, COLUMNS };
static const csv_column columns[COLUMNS] = {{"date", 1}, {"client", 1}, {"metric", 1}, {"quantity", 1}, {"id", 0}, {"description", 0}};

/* "12.50" and "12.5" are the same quantity. */
static void quantity_text(char out[40], bh_dec d)
{
  while (d.scale > 0 && d.coef % 10 == 0) {
    d.coef /= 10;
    d.scale--;
  }
  snprintf(out, 40, "%" PRId64 "e-%d", d.coef, (int)d.scale);
}

static bh_status derive_id(csv_file *f, csv_seen *seen, bh_usage *x, char out[64])
{
  char quantity[40];
  uint32_t ordinal;
  csv_hash h = csv_hash_add(csv_hash_start(), csv_cell(f, DATE));
  quantity_text(quantity, x->quantity);
  h = csv_hash_add(csv_hash_add(h, x->client), x->metric);
  h = csv_hash_add(csv_hash_add(h, (bh_str){quantity, strlen(quantity)}), x->description);
  bh_status rc = csv_seen_add(seen, h, &ordinal);
  if (rc)
    return rc;
  snprintf(out, 64, "row-%016" PRIx64 "%016" PRIx64 "-%" PRIu32, h.high, h.low, ordinal);
  x->id = (bh_str){out, strlen(out)};
  return BH_OK;
}

static bh_status row(csv_pull *p, csv_file *f, csv_seen *seen)
{
  bh_usage x = {.struct_size = sizeof x, .id = csv_cell(f, ID), .description = csv_cell(f, DESCRIPTION)};
  char id[64];
  bh_status rc;
  bh_str day;
  if ((rc = csv_need(f, DATE, &day)) || (rc = csv_date(f, DATE, &x.date)) || (rc = csv_need(f, CLIENT, &x.client)) ||
      (rc = csv_need(f, METRIC, &x.metric)) || (rc = csv_number(f, QUANTITY, 6, &x.quantity)))
    return rc;
  if (x.quantity.coef < 0)
    return csv_bad_cell(f, QUANTITY, "is below zero");
  if (x.id.len == 0 && (rc = derive_id(f, seen, &x, id)))
    return rc;
  x.attr_count = csv_attrs(f, &x.attrs);
  rc = csv_client(p, x.client);
  return rc ? rc : p->emit->usage(p->emit->ctx, &x);
}

bh_status csv_usage(csv_pull *p, csv_file *f)
{
  csv_header h;
  csv_seen seen = {0};
  int more;
  bh_status rc = csv_header_read(&h, f, columns, COLUMNS);
  while (rc == BH_OK && (rc = csv_next(f, &more)) == BH_OK && more)
    rc = row(p, f, &seen);
  csv_seen_free(&seen);
  csv_header_free(&h);
  return rc;
}
