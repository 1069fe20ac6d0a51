/* Credit notes by hand: a draft that goes through approval. Goodwill never enters the difference; with --rebill what is taken back is owed anew. */
#include "base/failpoint.h"
#include "batch/credit_amounts.h"
#include "batch/draft_json.h"
#include "batch/engine.h"

typedef struct credit {
  billhook *b;
  const billhook_credit_options *o;
  bh_arena a;
  bh_doc_row inv; bh_str client_id, inv_id;
  bh_doc_body body; bh_node *json;
  bh_doc_line *rows; size_t row_count;
  bh_net_line *net; size_t net_count; /* its lines, each less its discounts */
  int64_t *left;               /* of each, what no credit has given back */
  bool touched;                /* some has been given back already */
  bh_workspace taxed;          /* the workspace with the taxes as the invoice has them */
  bh_drafting drafting;
  bh_run_stats stats;
  bh_client_terms client;
  bh_draft_doc doc;
  bh_contract_terms *terms; bh_contract_plan *plans; bh_charged_key *keys;
  bh_due_line *lines; bh_due_discount *discounts;
  const bh_charged_key **discount_on; /* the line that a discount is credited with; NULL: all */
  bh_error *err;
} credit;

static bh_str text_of(const bh_node *n, const char *key)
{
  const bh_node *v = bh_node_get(n, key);
  return v && v->kind == BH_NODE_STR ? v->text : (bh_str){ "", 0 };
}

/* A line is named by its id, its number on the invoice, or its product. */
static bool line_named(const credit *c, const bh_node *line, size_t n)
{
  char number[24];
  snprintf(number, sizeof number, "%zu", n + 1);
  return bh_str_eqz(text_of(line, "id"), c->o->line) || strcmp(number, c->o->line) == 0 || bh_str_eqz(text_of(line, "product"), c->o->line);
}

/* All of an invoice that nothing was given back of: it is mirrored, discounts and all. */
static bool mirrors(const credit *c) { return c->o->full && c->o->line == NULL && !c->touched; }

/* The amounts to be credited, one for each row of the invoice (0: untouched). */
static bh_status amounts(credit *c, int64_t *out)
{
  const bh_node *list = bh_node_get(c->json, "lines");
  bool *chosen = BH_NEWN(&c->a, bool, c->row_count + 1);
  size_t n = 0;
  int64_t apart = 0;
  for (size_t i = 0; i < c->net_count; i++) {
    chosen[i] = c->o->line == NULL || line_named(c, list->items[i], i);
    n += chosen[i];
  }
  if (c->o->line != NULL && n != 1)
    return bh_fail(c->err, BH_E_USAGE, n == 0 ? "%.*s has no line \"%s\": expected its number, id or product" : "%.*s has several lines \"%s\": name one by its number or id",
                   BH_STR_ARG(c->inv_id), c->o->line);
  if (mirrors(c)) {
    for (size_t i = 0; i < c->row_count; i++)
      out[i] = -c->rows[i].amount;
    return BH_OK;
  }
  for (size_t i = 0; i < c->row_count; i++)
    bh_require(bh_money_add(&apart, c->rows[i].amount));
  for (size_t i = 0; i < c->net_count; i++)
    bh_require(bh_money_add(&apart, -c->net[i].net));
  bh_crediting of = { .options = c->o, .invoice = c->inv_id, .currency = c->inv.currency, .decimals = c->inv.decimals, .rounding = c->b->ws->invoicing.rounding,
    .lines = c->net, .count = c->net_count, .apart = apart, .left = c->left, .chosen = chosen };
  return bh_credit_amounts(out, &c->a, &of, c->err);
}

/* What earlier credits have left of each line. */
static bh_status read_left(credit *c)
{
  bh_given given;
  int64_t apart;
  bh_status st = bh_net_lines(&c->net, &c->net_count, &apart, &c->a, &c->inv, c->inv_id, c->json, c->rows, c->row_count, c->err);
  if (st == BH_OK)
    st = bh_given_read(&given, &c->a, c->b->store, c->inv.client, c->err);
  if (st != BH_OK)
    return st;
  c->left = BH_NEWN(&c->a, int64_t, c->net_count + 1);
  for (size_t i = 0; i < c->net_count; i++) {
    int64_t back = bh_given_to(&given, c->net[i].id);
    c->left[i] = c->net[i].net;
    bh_require(bh_money_add(&c->left[i], back));
    c->touched = c->touched || back != 0;
  }
  if (c->touched && c->o->rebill)
    return bh_fail(c->err, BH_E_USAGE, "%.*s: some of it has been credited already (drafts included): void that credit first, or put right what is wrong with `billhook reopen %.*s`",
                   BH_STR_ARG(c->inv_id), BH_STR_ARG(c->inv_id));
  return BH_OK;
}

static bh_tax_part *scaled_parts(credit *c, bh_str packed, int64_t amount, size_t *n)
{
  bh_tax_part *parts;
  if (!bh_tax_parts_unpack(&parts, n, &c->a, packed) || *n == 0) {
    *n = 1;
    parts = BH_NEW(&c->a, bh_tax_part);
    parts->fixed = true;
    parts->net = amount;
    return parts;
  }
  int64_t *weights = BH_NEWN(&c->a, int64_t, *n), *shares = BH_NEWN(&c->a, int64_t, *n);
  for (size_t i = 0; i < *n; i++)
    weights[i] = parts[i].net < 0 ? -parts[i].net : parts[i].net;
  bh_require(bh_money_split(shares, amount, weights, *n));
  for (size_t i = 0; i < *n; i++) {
    parts[i].net = shares[i];
    if (!c->o->rebill)
      parts[i].span = (bh_span){ 0, 0 }; /* goodwill lowers no revenue */
  }
  return parts;
}

/* The taxes as they stand on the invoice: a tax that was renamed since, or is inside prices only now, is credited as it was charged. */
static void taxes_of_then(credit *c)
{
  const bh_workspace *ws = c->b->ws;
  const bh_node *rows = bh_node_get(c->json, "taxes");
  size_t n = rows != NULL ? rows->item_count : 0;
  c->taxed = *ws;
  c->taxed.taxes = BH_NEWN(&c->a, bh_tax, ws->tax_count + n + 1);
  if (ws->tax_count)
    memcpy(c->taxed.taxes, ws->taxes, ws->tax_count * sizeof *ws->taxes);
  for (size_t i = 0; i < n; i++) {
    const bh_node *row = rows->items[i], *inside = bh_node_get(row, "inclusive");
    bh_str id = text_of(row, "tax"), reason = text_of(row, "reason"), category = text_of(row, "category");
    bh_tax *t = NULL;
    for (size_t k = 0; k < c->taxed.tax_count && t == NULL; k++)
      if (bh_str_eq(c->taxed.taxes[k].id, id))
        t = &c->taxed.taxes[k];
    if (reason.len > 0) { /* nothing was charged, and the credit says why as well */
      c->client.reverse_charge = bh_str_eqz(category, "AE");
      c->client.tax_exempt = !c->client.reverse_charge;
      c->client.exempt_reason = reason;
    }
    if (t == NULL && reason.len > 0)
      continue;
    if (t == NULL) {
      t = &c->taxed.taxes[c->taxed.tax_count++];
      *t = (bh_tax){ .id = id };
    }
    t->name = text_of(row, "name");
    if (reason.len == 0) {
      t->category = category;
      t->inclusive = inside != NULL && inside->boolean;
    }
  }
}

static void terms_of(credit *c, size_t i, bh_str contract, bh_str served)
{
  bh_client_terms *of = served.len ? BH_NEW(&c->a, bh_client_terms) : NULL;
  if (of != NULL)
    of->id = served;
  c->terms[i] = (bh_contract_terms){ .id = contract, .currency = c->inv.currency, .decimals = c->inv.decimals };
  c->plans[i] = (bh_contract_plan){ .terms = &c->terms[i], .client = of, .row = { .num = c->o->rebill ? c->rows[i].contract : 0 } };
  c->keys[i] = (bh_charged_key){ .line_id = c->rows[i].line_id, .amount = c->rows[i].amount };
}

static void build(credit *c, const int64_t *amount, size_t lines)
{
  const bh_node *list = bh_node_get(c->json, "lines"), *discounts = bh_node_get(c->json, "discounts");
  for (size_t i = 0; i < c->row_count; i++) {
    const bh_doc_line *row = &c->rows[i];
    const bh_node *was = i < lines ? list->items[i] : discounts->items[i - lines];
    if (amount[i] == 0 && !(c->o->rebill && row->counts))
      continue;
    terms_of(c, i, text_of(was, "contract"), text_of(was, "client"));
    size_t n;
    bh_tax_part *parts = scaled_parts(c, row->taxes, amount[i], &n);
    if (row->kind == BH_LINE_DISCOUNT) {
      bh_due_discount *x = &c->discounts[c->doc.discount_count];
      bh_str on = text_of(was, "line");
      for (size_t k = 0; on.len > 0 && k < lines; k++)
        if (bh_str_eq(text_of(list->items[k], "id"), on))
          c->discount_on[c->doc.discount_count] = &c->keys[k];
      *x = (bh_due_discount){ .contract = &c->plans[i], .key = row->key, .issue = row->issue, .amount = amount[i], .po = row->po, .parts = parts, .part_count = n,
        .goodwill = !c->o->rebill,
        .description = bh_arena_fmt(&c->a, "Credit: %.*s", BH_STR_ARG(text_of(was, "description"))) };
      c->doc.discounts[c->doc.discount_count++] = x;
      continue;
    }
    bh_due_line *l = &c->lines[c->doc.line_count];
    *l = (bh_due_line){ .contract = &c->plans[i], .kind = c->o->rebill ? BH_LINE_REOPEN : BH_LINE_GOODWILL, .key = row->key,
      .whole_from = row->whole_from, .whole_until = row->whole_until, .issue = row->issue, .from = row->from, .until = row->until,
      .product = row->product, .unit = text_of(was, "unit"), .section = text_of(was, "section"), .po = row->po, .quantity = bh_ratio_int(1), .fraction = bh_ratio_int(1),
      .unit_price = bh_money_dec(amount[i], c->inv.decimals), .amount = amount[i], .part = parts[0], .corrects = &c->keys[i], .owed = row->amount + amount[i],
      .description = bh_arena_fmt(&c->a, "Credit: %.*s", BH_STR_ARG(text_of(was, "description"))), .order = (uint32_t)i };
    c->doc.lines[c->doc.line_count++] = l;
  }
}

static bh_status write_draft(credit *c, bh_buf *out)
{
  bh_client_row client;
  bh_store *s = c->b->store;
  bh_status st = bh_store_client_get(s, &client, c->client_id, c->err);
  if (st != BH_OK)
    return st;
  bh_doc_row row = { .client = c->inv.client, .ord = ++client.doc_ord, .type = c->doc.type, .state = BH_DOC_DRAFT, .by_hand = true,
    .currency = c->inv.currency, .decimals = c->inv.decimals, .issue = c->doc.issue, .due = c->doc.due, .rated_on = c->b->today,
    .pull = c->inv.pull, .subtotal = c->doc.subtotal, .total = c->doc.total };
  bh_batch_row batch = { .day = c->b->today, .stats = BH_S("{}") };
  st = bh_store_batch_new(s, &batch, c->err);
  row.batch = batch.num;
  c->doc.id = bh_doc_id(&c->a, c->client_id, row.ord);
  c->doc.line_ids = BH_NEWN(&c->a, bh_str, c->doc.line_count + 1);
  c->doc.discount_lines = BH_NEWN(&c->a, bh_str, c->doc.discount_count + 1);
  for (size_t i = 0; i < c->doc.line_count; i++)
    c->doc.line_ids[i] = bh_arena_fmt(&c->a, "%.*s:%zu", BH_STR_ARG(c->doc.id), i + 1);
  for (size_t d = 0; d < c->doc.discount_count; d++)
    for (size_t i = 0; c->discount_on[d] != NULL && i < c->doc.line_count; i++)
      if (c->doc.lines[i]->corrects == c->discount_on[d])
        c->doc.discount_lines[d] = c->doc.line_ids[i];
  size_t n = c->doc.line_count + c->doc.discount_count;
  bh_doc_line *rows = BH_NEWN(&c->a, bh_doc_line, n + 1);
  for (size_t i = 0; i < c->doc.line_count; i++) {
    const bh_due_line *l = c->doc.lines[i];
    rows[i] = (bh_doc_line){ .contract = l->contract->row.num, .po = l->po, .key = l->key, .whole_from = l->whole_from, .whole_until = l->whole_until, .from = l->from,
      .until = l->until, .kind = (uint8_t)l->kind, .counts = c->o->rebill != 0, .line_id = c->doc.line_ids[i], .product = l->product, .quantity = l->quantity,
      .amount = l->amount, .issue = l->issue, .taxes = bh_tax_parts_pack(&c->a, &l->part, 1), .pull = c->inv.pull, .as_of = c->inv.rated_on };
    if (c->o->rebill)
      rows[i].takes_back = (uint8_t)(1 + c->rows[l->order].kind);
  }
  for (size_t i = 0; i < c->doc.discount_count; i++) {
    const bh_due_discount *x = c->doc.discounts[i];
    rows[c->doc.line_count + i] = (bh_doc_line){ .contract = x->contract->row.num, .po = x->po, .key = x->key, .whole_from = x->issue, .whole_until = x->issue,
      .from = x->issue, .until = x->issue + 1, .kind = c->o->rebill ? BH_LINE_REOPEN : BH_LINE_DISCOUNT, .counts = c->o->rebill != 0, .quantity = bh_ratio_int(1),
      .amount = x->amount, .issue = x->issue, .taxes = bh_tax_parts_pack(&c->a, x->parts, x->part_count), .pull = c->inv.pull, .as_of = c->inv.rated_on };
  }
  bh_buf evidence, json;
  bh_buf_init(&evidence, 64 << 20);
  bh_buf_init(&json, 64 << 20);
  bh_evidence_json(&evidence, &c->doc);
  bh_sha sum = bh_sha256_1(bh_buf_str(&evidence));
  char hex[65];
  bh_hex(hex, sum.b, sizeof sum.b);
  bh_draft_json(&json, &c->doc, hex);
  bh_doc_body body = { bh_buf_str(&json), bh_buf_str(&evidence), bh_draft_postings(&c->doc, &c->a) };
  if (st == BH_OK)
    st = bh_store_doc_put(s, &row, &body, rows, n, c->err);
  client.open_draft = true;
  if (st == BH_OK)
    st = bh_store_client_put(s, &client, c->client_id, c->err);
  int64_t now = 0;
  if (st == BH_OK)
    st = bh_clock_now(&now, c->err);
  bh_event e = { .at_s = now, .who = bh_str_c(c->b->options.who), .what = c->o->rebill ? BH_S("credit and rebill") : BH_S("credit"), .reason = bh_str_c(c->o->reason),
    .doc = row.doc, .client = row.client };
  if (st == BH_OK)
    st = bh_store_event_add(s, &e, c->err);
  e.doc = c->inv.doc; /* and with the invoice */
  e.what = bh_arena_fmt(&c->a, "credited by %.*s", BH_STR_ARG(c->doc.id));
  if (st == BH_OK)
    st = bh_store_event_add(s, &e, c->err);
  bh_jw w;
  bh_jw_init(&w, out);
  bh_jw_obj(&w);
  bh_jw_key(&w, "invoice"); bh_jw_str(&w, c->doc.id);
  bh_jw_key(&w, "credits"); bh_jw_str(&w, c->inv_id);
  bh_jw_key(&w, "batch"); bh_jw_str(&w, bh_batch_format(&c->a, &batch));
  bh_jw_key(&w, "type"); bh_jw_z(&w, row.type == BH_DOC_CREDIT_NOTE ? "credit_note" : "invoice");
  bh_jw_key(&w, "state"); bh_jw_z(&w, "draft");
  bh_jw_key(&w, "currency"); bh_jw_str(&w, row.currency);
  bh_jw_key(&w, "total"); bh_jw_money(&w, row.total, row.decimals);
  bh_jw_obj_end(&w);
  bh_buf_dispose(&evidence);
  bh_buf_dispose(&json);
  return st;
}

static bh_status can_be_credited(const credit *c)
{
  const bh_invoicing *inv = &c->b->ws->invoicing;
  if (c->inv.state == BH_DOC_DRAFT || c->inv.state == BH_DOC_VOID)
    return bh_fail(c->err, BH_E_USAGE, "%.*s is %s: only an approved invoice can be credited", BH_STR_ARG(c->inv_id), c->inv.state == BH_DOC_VOID ? "void" : "a draft");
  for (size_t i = 0; c->inv.by_hand && i < c->row_count; i++)
    if (c->rows[i].kind == BH_LINE_REOPEN)
      return bh_fail(c->err, BH_E_USAGE, "%.*s took an invoice back, to be billed anew: void it instead", BH_STR_ARG(c->inv_id));
  if (c->inv.by_hand && c->o->rebill)
    return bh_fail(c->err, BH_E_USAGE, "%.*s was written by hand: there is nothing to bill anew", BH_STR_ARG(c->inv_id));
  if (inv->has_closed_through && c->b->today <= inv->closed_through) {
    char closed[12];
    bh_day_format(closed, inv->closed_through);
    return bh_fail(c->err, BH_E_USAGE, "today lies in closed books (closed_through = \"%s\" in billhook.lua): expected a later --date", closed);
  }
  return BH_OK;
}

static bh_status draft_credit(credit *c, bh_buf *out)
{
  bh_store *s = c->b->store;
  bh_status st = bh_doc_find(&c->inv, &c->client_id, &c->a, s, bh_str_c(c->o->invoice), c->err);
  if (st != BH_OK)
    return st;
  c->inv_id = bh_doc_id(&c->a, c->client_id, c->inv.ord);
  st = bh_store_doc_body(s, &c->body, &c->a, c->inv.doc, c->err);
  if (st == BH_OK)
    st = bh_store_doc_lines(s, &c->rows, &c->row_count, &c->a, c->inv.doc, c->err);
  if (st == BH_OK)
    st = can_be_credited(c);
  if (st == BH_OK)
    st = bh_json_parse(&c->json, &c->a, c->body.json, NULL, c->err);
  if (st == BH_OK)
    st = read_left(c);
  if (st != BH_OK)
    return st;
  const bh_node *list = bh_node_get(c->json, "lines"), *discounts = bh_node_get(c->json, "discounts"), *card = bh_node_get(c->json, "client");
  if (list == NULL || discounts == NULL || card == NULL || list->item_count + discounts->item_count != c->row_count)
    return bh_fail(c->err, BH_E_STORE, "%.*s: its lines and its text disagree: run `billhook verify`", BH_STR_ARG(c->inv_id));
  bh_buf text;
  bh_buf_init(&text, 1 << 24);
  bh_json_write(&text, card);
  c->client = (bh_client_terms){ .id = c->client_id, .currency = c->inv.currency, .card = bh_arena_str(&c->a, bh_buf_str(&text)),
    .terms = BH_S("due on receipt") };
  bh_buf_dispose(&text);
  size_t n = c->row_count + 1;
  int64_t *amount = BH_NEWN(&c->a, int64_t, n);
  st = amounts(c, amount);
  if (st != BH_OK)
    return st;
  taxes_of_then(c);
  c->terms = BH_NEWN(&c->a, bh_contract_terms, n);
  c->plans = BH_NEWN(&c->a, bh_contract_plan, n);
  c->keys = BH_NEWN(&c->a, bh_charged_key, n);
  c->lines = BH_NEWN(&c->a, bh_due_line, n);
  c->discounts = BH_NEWN(&c->a, bh_due_discount, n);
  c->discount_on = BH_NEWN(&c->a, const bh_charged_key *, n);
  bh_arena_init(&c->stats.arena);
  c->drafting = (bh_drafting){ .store = s, .ws = &c->taxed, .specs = c->b->specs, .date = c->b->today, .stats = &c->stats };
  c->doc = (bh_draft_doc){ .terms = c->client.terms, .client = &c->client, .ws = c->b->ws, .specs = c->b->specs, .currency = c->inv.currency, .decimals = c->inv.decimals,
    .issue = c->b->today, .due = c->b->today };
  c->doc.lines = BH_NEWN(&c->a, bh_due_line *, n);
  c->doc.discounts = BH_NEWN(&c->a, bh_due_discount *, n);
  c->doc.memos = BH_NEW(&c->a, bh_str);
  c->doc.memos[0] = bh_arena_fmt(&c->a, "Credit for %.*s: %s", BH_STR_ARG(c->inv.number), c->o->reason);
  c->doc.memo_count = 1;
  build(c, amount, list->item_count);
  if (c->doc.line_count + c->doc.discount_count == 0)
    return bh_fail(c->err, BH_E_USAGE, "%.*s: nothing is left to credit there (credits that wait for approval count)", BH_STR_ARG(c->inv_id));
  st = bh_draft_total(&c->drafting, &c->doc, &c->a, c->err);
  if (st == BH_OK)
    st = write_draft(c, out);
  bh_arena_dispose(&c->stats.arena);
  return st;
}

int billhook_credit(billhook *b, const billhook_credit_options *o, const billhook_out *out)
{
  bh_error err = { 0 };
  credit c = { .b = b, .o = o, .err = &err };
  bh_arena_init(&c.a);
  bh_buf json;
  bh_buf_init(&json, 1 << 20);
  bh_status st = BH_OK;
  int forms = (o->amount != NULL) + (o->percent != NULL) + (o->full != 0);
  if (forms != 1)
    st = bh_fail(&err, BH_E_USAGE, "credit: expected one of --amount, --percent and --full");
  else if (o->rebill && (!o->full || o->line != NULL))
    st = bh_fail(&err, BH_E_USAGE, "credit: --rebill goes with --full, for the whole invoice");
  else if (o->reason == NULL || *o->reason == 0)
    st = bh_fail(&err, BH_E_USAGE, "credit needs --reason, which is recorded");
  if (st == BH_OK) {
    st = bh_engine_store(b, BH_STORE_WRITE);
    if (st != BH_OK)
      err = b->error;
  }
  if (st == BH_OK)
    st = bh_store_begin(b->store, &err);
  if (st == BH_OK)
    st = draft_credit(&c, &json);
  BH_FAILPOINT("credit.before_commit");
  if (st == BH_OK)
    st = bh_store_commit(b->store, &err);
  if (st == BH_OK)
    bh_out_line(out, &json);
  bh_buf_dispose(&json);
  bh_arena_dispose(&c.a);
  return bh_engine_end(b, st, &err);
}
