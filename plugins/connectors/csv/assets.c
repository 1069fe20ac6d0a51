/* assets.csv: client,kind,class,id,name,from,to (what is there, from when to when) or date,client,kind,class,id,name (a full list
 * for each date). The header tells which. A column last_seen (a date) is what seen_within goes by; every other column is an attribute. */
#include "csv.h"

enum { CLIENT, KIND, CLASS, ID, NAME, FROM, TO, DATE, LAST_SEEN, COLUMNS };
static const csv_column columns[COLUMNS] = {{"client", 1}, {"kind", 1}, {"class", 1}, {"id", 1}, {"name", 0}, {"from", 0}, {"to", 0}, {"date", 0},
  {"last_seen", 0}};

static bh_status row(csv_pull *p, csv_file *f, int32_t mode)
{
  bh_asset x = {.struct_size = sizeof x, .mode = mode, .klass = csv_cell(f, CLASS), .name = csv_cell(f, NAME)};
  bh_status rc;
  bh_str first;
  if ((rc = csv_need(f, CLIENT, &x.client)) || (rc = csv_need(f, KIND, &x.kind)) || (rc = csv_need(f, ID, &x.id)))
    return rc;
  size_t day = mode == BH_ASSET_DATED ? DATE : FROM;
  if ((rc = csv_need(f, day, &first)) || (rc = csv_date(f, day, &x.from)))
    return rc;
  if (mode == BH_ASSET_INTERVAL) {
    if ((rc = csv_date(f, TO, &x.to)))
      return rc;
    if (x.to.year && csv_date_cmp(x.to, x.from) < 0)
      return csv_bad_cell(f, TO, "lies before from");
  }
  if (csv_has(f, LAST_SEEN) && (rc = csv_date(f, LAST_SEEN, &x.last_seen)))
    return rc;
  x.attr_count = csv_attrs(f, &x.attrs);
  rc = csv_client(p, x.client);
  return rc ? rc : p->emit->asset(p->emit->ctx, &x);
}

static bh_status rows(csv_pull *p, csv_file *f)
{
  static const bh_str all = {"*", 1};
  const bh_emit *e = p->emit;
  int more;
  bh_status rc;
  if (csv_has(f, DATE) == csv_has(f, FROM) || (csv_has(f, DATE) && csv_has(f, TO)))
    return p->host->fail(p->host->ctx, BH_E_INVALID, "%s:1: the header must have the columns from and to, or the column date", f->name);
  int32_t mode = csv_has(f, DATE) ? BH_ASSET_DATED : BH_ASSET_INTERVAL;
  rc = e->scope_begin(e->ctx, all, all);
  while (rc == BH_OK && (rc = csv_next(f, &more)) == BH_OK && more)
    rc = row(p, f, mode);
  return rc ? rc : e->scope_end(e->ctx, all, all, BH_SCOPE_COMPLETE);
}

bh_status csv_assets(csv_pull *p, csv_file *f)
{
  csv_header h;
  bh_status rc = csv_header_read(&h, f, columns, COLUMNS);
  if (rc == BH_OK)
    rc = rows(p, f);
  csv_header_free(&h);
  return rc;
}
