#include "batch/draft_json.h"
#include "billing/commit.h"

size_t bh_fraction_text(char out[48], const bh_due_line *l)
{
  const bh_line_terms *t = l->planned ? l->planned->terms : NULL;
  bool whole = l->fraction.num == 1 && l->fraction.den == 1;
  if (whole) {
    memcpy(out, "1", 2);
    return 1;
  }
  if (t != NULL && !whole && l->kind == BH_LINE_CHARGE && (t->prorate == BH_PRORATE_DAILY || t->prorate == BH_PRORATE_30_360)) {
    bool by_day = t->prorate == BH_PRORATE_DAILY;
    int64_t days = by_day ? l->until - l->from : bh_days360(l->from, l->until);
    int64_t of = by_day ? l->whole_until - l->whole_from : bh_days360(l->whole_from, l->whole_until);
    if (l->fraction.num * of == l->fraction.den * days) /* as days over days, not in lowest terms */
      return (size_t)snprintf(out, 48, "%lld/%lld", (long long)days, (long long)of);
  }
  return bh_ratio_format(out, l->fraction);
}

static const char *const kind_names[] = { "charge", "adjustment", "minimum", "once", "rule", "late_fee", "goodwill", "discount", "adjustment" };

static void dec_value(bh_jw *w, bh_dec d)
{
  char text[32];
  size_t n = bh_dec_format(text, d);
  bh_jw_str(w, (bh_str){ text, n });
}

static void dec_value_trim(bh_jw *w, bh_dec d)
{
  char text[32];
  size_t n = bh_dec_format_trim(text, d);
  bh_jw_str(w, (bh_str){ text, n });
}

/* The unit price as written, with at least the currency's decimals. */
static bh_dec price_shown(bh_dec d, int decimals)
{
  bh_dec out;
  while (d.scale > decimals && d.coef % 10 == 0) {
    d.coef /= 10;
    d.scale--;
  }
  return d.scale < decimals && bh_dec_round(&out, d, decimals, BH_HALF_UP) ? out : d;
}

static void write_line(bh_jw *w, const bh_draft_doc *d, const bh_due_line *l, bh_str id)
{
  char text[48];
  bh_jw_obj(w);
  bh_str served = bh_served_client(d, l->contract);
  bh_jw_key(w, "amount"); bh_jw_money(w, l->amount, d->decimals);
  if (served.len) { bh_jw_key(w, "client"); bh_jw_str(w, served); }
  bh_jw_key(w, "contract"); bh_jw_str(w, l->contract->terms->id);
  bh_jw_key(w, "corrects");
  if (l->corrects) bh_jw_str(w, l->corrects->line_id); else bh_jw_null(w);
  bh_jw_key(w, "description"); bh_jw_str(w, l->description);
  size_t n = bh_fraction_text(text, l);
  bh_jw_key(w, "fraction"); bh_jw_str(w, (bh_str){ text, n });
  bh_jw_key(w, "id"); bh_jw_str(w, id);
  bh_jw_key(w, "kind"); bh_jw_z(w, kind_names[l->kind]);
  bh_jw_key(w, "period");
  bh_jw_obj(w);
  bh_jw_key(w, "from"); bh_jw_day(w, l->from);
  bh_jw_key(w, "to"); bh_jw_day(w, l->until - 1);
  bh_jw_obj_end(w);
  bh_jw_key(w, "product");
  if (l->product.len) bh_jw_str(w, l->product); else bh_jw_null(w);
  bool exact = true;
  n = bh_ratio_format_dec(text, l->quantity, 4, &exact);
  bh_jw_key(w, "quantity"); bh_jw_str(w, (bh_str){ text, n });
  if (!exact) {
    n = bh_ratio_format(text, l->quantity);
    bh_jw_key(w, "quantity_exact"); bh_jw_str(w, (bh_str){ text, n });
  }
  if (l->section.len) { bh_jw_key(w, "section"); bh_jw_str(w, l->section); }
  bh_jw_key(w, "tax");
  bh_jw_arr(w);
  for (size_t i = 0; i < l->part.tax_count; i++)
    bh_jw_str(w, l->part.taxes[i]);
  bh_jw_arr_end(w);
  bh_jw_key(w, "unit");
  if (l->unit.len) bh_jw_str(w, l->unit); else bh_jw_null(w);
  bh_jw_key(w, "unit_price"); dec_value(w, price_shown(l->unit_price, d->decimals));
  bh_jw_obj_end(w);
}

static void write_discount(bh_jw *w, const bh_draft_doc *d, const bh_due_discount *x, bh_str line)
{
  bh_jw_obj(w);
  bh_jw_key(w, "amount"); bh_jw_money(w, x->amount, d->decimals);
  bh_jw_key(w, "contract"); bh_jw_str(w, x->contract->terms->id);
  bh_jw_key(w, "description"); bh_jw_str(w, x->description);
  bh_jw_key(w, "line");
  if (line.len) bh_jw_str(w, line); else bh_jw_null(w);
  bh_jw_key(w, "percent");
  if (x->is_percent) dec_value_trim(w, x->percent); else bh_jw_null(w);
  bh_jw_obj_end(w);
}

static void write_taxes(bh_jw *w, const bh_draft_doc *d)
{
  bh_jw_key(w, "taxes");
  bh_jw_arr(w);
  for (size_t i = 0; i < d->tax_count; i++) {
    const bh_tax_row *t = &d->taxes[i];
    bh_jw_obj(w);
    bh_jw_key(w, "amount"); bh_jw_money(w, t->amount, d->decimals);
    bh_jw_key(w, "base"); bh_jw_money(w, t->base, d->decimals);
    bh_jw_key(w, "category"); bh_jw_str(w, t->category);
    if (t->compound) { bh_jw_key(w, "compound"); bh_jw_bool(w, true); }
    if (t->inclusive) { bh_jw_key(w, "inclusive"); bh_jw_bool(w, true); }
    bh_jw_key(w, "name"); bh_jw_str(w, t->name);
    bh_jw_key(w, "rate"); dec_value_trim(w, t->rate);
    if (t->reason.len) { bh_jw_key(w, "reason"); bh_jw_str(w, t->reason); }
    bh_jw_key(w, "tax"); bh_jw_str(w, t->tax);
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
}

static void write_lines(bh_jw *w, const bh_draft_doc *d)
{
  bh_jw_key(w, "lines");
  bh_jw_arr(w);
  for (size_t i = 0; i < d->line_count; i++)
    write_line(w, d, d->lines[i], d->line_ids[i]);
  bh_jw_arr_end(w);
}

static void write_discounts(bh_jw *w, const bh_draft_doc *d)
{
  bh_jw_key(w, "discounts");
  bh_jw_arr(w);
  for (size_t i = 0; i < d->discount_count; i++)
    write_discount(w, d, d->discounts[i], d->discount_lines[i]);
  bh_jw_arr_end(w);
}

void bh_draft_json(bh_buf *out, const bh_draft_doc *d, const char *evidence_hex)
{
  bh_jw w;
  bh_jw_init(&w, out);
  bh_jw_obj(&w);
  bh_jw_key(&w, "client"); bh_jw_raw(&w, d->client->card);
  bh_jw_key(&w, "company"); bh_jw_raw(&w, d->ws->company_json);
  bh_jw_key(&w, "currency"); bh_jw_str(&w, d->currency);
  write_discounts(&w, d);
  bh_jw_key(&w, "due_date"); bh_jw_day(&w, d->due);
  bh_jw_key(&w, "evidence"); bh_jw_z(&w, evidence_hex);
  bh_jw_key(&w, "id"); bh_jw_str(&w, d->id);
  bh_jw_key(&w, "issue_date"); bh_jw_day(&w, d->issue);
  write_lines(&w, d);
  if (d->memo_count) {
    bh_jw_key(&w, "memos");
    bh_jw_arr(&w);
    for (size_t i = 0; i < d->memo_count; i++)
      bh_jw_str(&w, d->memos[i]);
    bh_jw_arr_end(&w);
  }
  bh_jw_key(&w, "number"); bh_jw_null(&w);
  if (d->po.len) { bh_jw_key(&w, "po"); bh_jw_str(&w, d->po); }
  bh_jw_key(&w, "schema"); bh_jw_z(&w, "billhook.invoice/1");
  bh_sections_json(&w, d);
  if (d->site.len) { bh_jw_key(&w, "site"); bh_jw_str(&w, d->site); }
  bh_jw_key(&w, "subtotal"); bh_jw_money(&w, d->subtotal, d->decimals);
  write_taxes(&w, d);
  bh_jw_key(&w, "terms"); bh_jw_str(&w, d->terms);
  bh_jw_key(&w, "total"); bh_jw_money(&w, d->total, d->decimals);
  bh_jw_key(&w, "type"); bh_jw_z(&w, d->type == BH_DOC_CREDIT_NOTE ? "credit_note" : "invoice");
  bh_jw_obj_end(&w);
}

static void sha_value(bh_jw *w, const bh_sha *s)
{
  char hex[65];
  bh_hex(hex, s->b, sizeof s->b);
  bh_jw_z(w, hex);
}

static void write_count(bh_jw *w, const bh_due_line *l)
{
  const bh_line_count *c = l->count;
  bh_jw_key(w, "count");
  if (c == NULL) {
    bh_jw_null(w);
    return;
  }
  char text[48];
  bh_jw_obj(w);
  bh_jw_key(w, "as_of"); bh_jw_day(w, c->as_of);
  bh_jw_key(w, "at"); bh_jw_str(w, c->at);
  bh_jw_key(w, "connector"); bh_jw_str(w, c->connector);
  if (c->except.len) { bh_jw_key(w, "except"); bh_jw_raw(w, c->except); }
  if (c->family.len) { bh_jw_key(w, "family"); bh_jw_raw(w, c->family); }
  bh_jw_key(w, "from"); bh_jw_day(w, c->from);
  if (c->identity.len) { bh_jw_key(w, "identity"); bh_jw_raw(w, c->identity); }
  const bh_line_terms *t = l->planned->terms;
  const bh_dec *inc = t->included.set ? bh_dated_on(&t->included.value, l->from) : NULL;
  const bh_dec *min = t->minimum.set ? bh_dated_on(&t->minimum.value, l->from) : NULL;
  if (c->has_included && (t->included_per.len > 0 || t->bundle_count > 0)) {
    bh_jw_key(w, "included");
    bh_jw_str(w, (bh_str){ text, bh_ratio_format(text, c->included) });
  } else if (inc) {
    bh_jw_key(w, "included"); dec_value_trim(w, *inc);
  }
  if (min) { bh_jw_key(w, "minimum"); dec_value_trim(w, *min); }
  bh_jw_key(w, "pull"); bh_jw_int(w, c->pull);
  size_t n = bh_ratio_format(text, c->raw);
  bh_jw_key(w, "raw"); bh_jw_str(w, (bh_str){ text, n });
  bh_jw_key(w, "selector"); bh_jw_raw(w, c->selector);
  bh_jw_key(w, "to"); bh_jw_day(w, c->until - 1);
  bh_jw_obj_end(w);
}

/* The ratchet: what was asked for, what is committed, and the last day on which it is. */
static void write_committed(bh_jw *w, const bh_due_line *l)
{
  static const char *const words[] = { "now", "next_period", "renewal" };
  const bh_commit_run *h = l->held;
  char text[48];
  if (h == NULL)
    return;
  bh_jw_key(w, "committed");
  bh_jw_obj(w);
  bh_jw_key(w, "decrease"); bh_jw_z(w, words[l->planned->terms->commit.decrease]);
  bh_jw_key(w, "quantity");
  size_t n = bh_ratio_format(text, h->quantity);
  bh_jw_str(w, (bh_str){ text, n });
  bh_jw_key(w, "raw");
  n = bh_ratio_format(text, h->raw);
  bh_jw_str(w, (bh_str){ text, n });
  bh_jw_key(w, "until"); bh_jw_day(w, h->held_until - 1);
  bh_jw_obj_end(w);
}

static void write_model(bh_jw *w, const bh_draft_doc *d, const bh_due_line *l)
{
  bh_jw_key(w, "model");
  if (l->planned == NULL) {
    bh_jw_null(w);
    return;
  }
  bh_str model = l->planned->terms->model, version = { "", 0 };
  for (size_t i = 0; i < d->specs.count; i++)
    if (d->specs.items[i].kind == BH_KIND_MODEL && bh_str_eq(d->specs.items[i].id, model))
      version = d->specs.items[i].version;
  char text[256];
  bh_require(model.len < sizeof text / 2); /* manifests keep names short */
  if (version.len > sizeof text / 2)
    version.len = sizeof text / 2;
  memcpy(text, model.ptr, model.len);
  text[model.len] = ' ';
  memcpy(text + model.len + 1, version.ptr, version.len);
  bh_jw_str(w, (bh_str){ text, version.len ? model.len + 1 + version.len : model.len });
}

/* Where the price stands: the list, the list of a later date, a price list, a template, or the contract's own line. */
static bh_str list_origin(const bh_due_line *l)
{
  const bh_line_terms *t = l->planned->terms;
  if (!bh_str_eqz(t->price_origin, "product"))
    return t->price_origin;
  for (size_t i = 0; i < t->param_count; i++)
    if (bh_str_eqz(t->params[i].key, "price") && t->params[i].number.count > 1 && t->params[i].number.items[1].from <= l->from)
      return BH_S("dated list");
  return BH_S("list");
}

static void write_price(bh_jw *w, const bh_due_line *l)
{
  bh_jw_key(w, "price");
  bh_jw_obj(w);
  bh_jw_key(w, "origin");
  int32_t steps = l->planned != NULL && l->planned->terms->uplift.on && !l->planned->terms->once ? bh_uplift_steps(&l->planned->terms->uplift, l->from) : 0;
  bh_str base = l->planned != NULL ? list_origin(l) : BH_S("rule");
  if (l->kind == BH_LINE_ADJUSTMENT) bh_jw_z(w, "adjustment");
  else if (l->kind == BH_LINE_GOODWILL || l->kind == BH_LINE_REOPEN) bh_jw_z(w, "credit");
  else if (steps > 0) bh_jw_z(w, "uplift");
  else bh_jw_str(w, base);
  if (steps > 0) {
    bh_jw_key(w, "uplift_of"); bh_jw_str(w, base);
    bh_jw_key(w, "uplift_steps"); bh_jw_int(w, steps);
  }
  bh_jw_obj_end(w);
}

/* What the model says of the line: one text for each of its notes. */
static void write_notes(bh_jw *w, bh_str notes)
{
  if (notes.len == 0)
    return;
  bh_jw_key(w, "notes");
  bh_jw_arr(w);
  while (notes.len > 0) {
    const char *end = memchr(notes.ptr, '\n', notes.len);
    size_t n = end != NULL ? (size_t)(end - notes.ptr) : notes.len;
    bh_jw_str(w, (bh_str){ notes.ptr, n });
    n += end != NULL;
    notes = (bh_str){ notes.ptr + n, notes.len - n };
  }
  bh_jw_arr_end(w);
}

static void write_corrects(bh_jw *w, const bh_draft_doc *d, const bh_due_line *l)
{
  bh_jw_key(w, "corrects");
  if (l->corrects == NULL) {
    bh_jw_null(w);
    return;
  }
  bh_jw_obj(w);
  bh_jw_key(w, "charged"); bh_jw_money(w, l->corrects->amount, d->decimals);
  bh_jw_key(w, "line"); bh_jw_str(w, l->corrects->line_id);
  bh_jw_key(w, "owed"); bh_jw_money(w, l->owed, d->decimals);
  bh_jw_obj_end(w);
}

/* A rule speaks of a whole billing: what it did stands with the billing's first line. */
static bool told_before(const bh_draft_doc *d, size_t i)
{
  for (size_t j = 0; j < i; j++)
    if (d->lines[j]->contract == d->lines[i]->contract && d->lines[j]->issue == d->lines[i]->issue)
      return true;
  return false;
}

/* [{"file","hash","id"}]: the versions of the contracts that the lines come from. Lines of one contract stand together. */
static void write_contracts(bh_jw *w, const bh_draft_doc *d)
{
  bh_jw_key(w, "contracts");
  bh_jw_arr(w);
  const bh_contract_terms *last = NULL;
  for (size_t i = 0; i < d->line_count; i++) {
    const bh_contract_terms *t = d->lines[i]->contract->terms;
    bool told = t == last;
    for (size_t j = 0; j < i && !told; j++)
      told = bh_str_eq(d->lines[j]->contract->terms->id, t->id);
    last = t;
    if (told)
      continue;
    bh_jw_obj(w);
    bh_jw_key(w, "file"); bh_jw_str(w, t->file);
    bh_jw_key(w, "hash"); sha_value(w, &t->hash);
    bh_jw_key(w, "id"); bh_jw_str(w, t->id);
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
}

/* [{"base"}], in the order of the document's discounts: what each was taken of. */
static void write_bases(bh_jw *w, const bh_draft_doc *d)
{
  if (d->discount_count == 0)
    return;
  bh_jw_key(w, "discounts");
  bh_jw_arr(w);
  for (size_t i = 0; i < d->discount_count; i++) {
    bh_jw_obj(w);
    bh_jw_key(w, "base");
    if (d->discounts[i]->base != 0) bh_jw_money(w, d->discounts[i]->base, d->decimals); else bh_jw_null(w);
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
}

void bh_evidence_json(bh_buf *out, const bh_draft_doc *d)
{
  bh_jw w;
  bh_jw_init(&w, out);
  bh_jw_obj(&w);
  bh_jw_key(&w, "client"); bh_jw_str(&w, d->client->id);
  write_contracts(&w, d);
  write_bases(&w, d);
  bh_jw_key(&w, "document"); bh_jw_str(&w, d->id);
  bh_jw_key(&w, "lines");
  bh_jw_arr(&w);
  for (size_t i = 0; i < d->line_count; i++) {
    const bh_due_line *l = d->lines[i];
    bh_jw_obj(&w);
    bh_jw_key(&w, "book");
    if (l->planned) sha_value(&w, &l->planned->terms->book_hash); else bh_jw_null(&w);
    bh_str served = bh_served_client(d, l->contract);
    if (served.len) { bh_jw_key(&w, "client"); bh_jw_str(&w, served); }
    write_committed(&w, l);
    bh_jw_key(&w, "contract"); bh_jw_str(&w, l->contract->terms->id);
    write_corrects(&w, d, l);
    write_count(&w, l);
    bh_jw_key(&w, "id"); bh_jw_str(&w, d->line_ids[i]);
    bh_jw_key(&w, "key"); bh_jw_str(&w, l->key);
    write_model(&w, d, l);
    write_notes(&w, l->notes);
    write_price(&w, l);
    bh_jw_key(&w, "rule");
    if (l->has_rule) sha_value(&w, &l->rule_hash); else bh_jw_null(&w);
    if (l->trace.len > 2 && !told_before(d, i)) { bh_jw_key(&w, "trace"); bh_jw_raw(&w, l->trace); }
    bh_jw_obj_end(&w);
  }
  bh_jw_arr_end(&w);
  bh_jw_obj_end(&w);
}
