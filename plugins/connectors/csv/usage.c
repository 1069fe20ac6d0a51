/* usage.csv: date,client,metric,quantity,id,description. A row without an id gets one from its content, and its number among the rows
 * of the same content: the same file gives the same ids, in whatever order its rows stand. */
#include "csv.h"

enum { DATE, CLIENT, METRIC, QUANTITY, ID, DESCRIPTION, COLUMNS };
static const csv_column columns[COLUMNS] = {{"date", 1}, {"client", 1}, {"metric", 1}, {"quantity", 1}, {"id", 0}, {"description", 0}};

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
  if (x.id.len == 0 && (rc = csv_usage_id(seen, &x, csv_cell(f, DATE), id)))
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
