/* charges.csv: date,client,id,product,description,quantity,unit_price,cost,po,contract. An empty unit_price is the product's. */
#include "csv.h"

enum { DATE, CLIENT, ID, PRODUCT, DESCRIPTION, QUANTITY, UNIT_PRICE, COST, PO, CONTRACT, COLUMNS };
static const csv_column columns[COLUMNS] = {{"date", 1}, {"client", 1}, {"id", 1}, {"product", 0}, {"description", 0}, {"quantity", 1},
  {"unit_price", 1}, {"cost", 0}, {"po", 0}, {"contract", 0}};

static bh_status optional_money(csv_file *f, size_t column, uint32_t bit, uint32_t *has, bh_dec *out)
{
  if (csv_cell(f, column).len == 0)
    return BH_OK;
  *has |= bit;
  return csv_number(f, column, 9, out);
}

static bh_status row(csv_pull *p, csv_file *f)
{
  bh_charge x = {.struct_size = sizeof x, .product = csv_cell(f, PRODUCT), .description = csv_cell(f, DESCRIPTION), .po = csv_cell(f, PO),
    .contract = csv_cell(f, CONTRACT)};
  bh_status rc;
  bh_str day;
  if ((rc = csv_need(f, DATE, &day)) || (rc = csv_date(f, DATE, &x.date)) || (rc = csv_need(f, CLIENT, &x.client)) ||
      (rc = csv_need(f, ID, &x.id)) || (rc = csv_number(f, QUANTITY, 6, &x.quantity)) ||
      (rc = optional_money(f, UNIT_PRICE, BH_CHARGE_PRICE, &x.has, &x.unit_price)) ||
      (rc = optional_money(f, COST, BH_CHARGE_COST, &x.has, &x.cost)))
    return rc;
  if (x.product.len == 0 && x.description.len == 0)
    return csv_bad_cell(f, ID, "has neither a product nor a description");
  if (x.product.len == 0 && !(x.has & BH_CHARGE_PRICE))
    return csv_bad_cell(f, UNIT_PRICE, "must not be empty where there is no product to take a price from");
  rc = csv_client(p, x.client);
  return rc ? rc : p->emit->charge(p->emit->ctx, &x);
}

bh_status csv_charges(csv_pull *p, csv_file *f)
{
  csv_header h;
  int more;
  bh_status rc = csv_header_read(&h, f, columns, COLUMNS);
  while (rc == BH_OK && (rc = csv_next(f, &more)) == BH_OK && more)
    rc = row(p, f);
  csv_header_free(&h);
  return rc;
}
