/* gauges.csv: date,client,metric,value. */
#include "csv.h"

enum { DATE, CLIENT, METRIC, VALUE, COLUMNS };
static const csv_column columns[COLUMNS] = {{"date", 1}, {"client", 1}, {"metric", 1}, {"value", 1}};

static bh_status row(csv_pull *p, csv_file *f)
{
  bh_gauge x = {.struct_size = sizeof x};
  bh_status rc;
  bh_str day;
  if ((rc = csv_need(f, DATE, &day)) || (rc = csv_date(f, DATE, &x.date)) || (rc = csv_need(f, CLIENT, &x.client)) ||
      (rc = csv_need(f, METRIC, &x.metric)) || (rc = csv_number(f, VALUE, 6, &x.value)))
    return rc;
  if (x.value.coef < 0)
    return csv_bad_cell(f, VALUE, "is below zero");
  rc = csv_client(p, x.client);
  return rc ? rc : p->emit->gauge(p->emit->ctx, &x);
}

bh_status csv_gauges(csv_pull *p, csv_file *f)
{
  csv_header h;
  int more;
  bh_status rc = csv_header_read(&h, f, columns, COLUMNS);
  while (rc == BH_OK && (rc = csv_next(f, &more)) == BH_OK && more)
    rc = row(p, f);
  csv_header_free(&h);
  return rc;
}
