/* Credit notes by hand: a draft that goes through approval. Goodwill never enters the difference; with --rebill what is taken back is owed anew. */
#include "batch/credited.h"
#include "batch/draft_json.h"
#include "batch/engine.h"

typedef struct credit {
  billhook *b;
  const billhook_credit_options *o;
  bh_arena a;
  bh_doc_row inv; bh_str client_id, inv_id;
  bh_doc_body body; bh_node *json;
  bh_doc_line *rows; size_t row_count;
  bh_drafting drafting;
  bh_run_stats stats;
  bh_client_terms client;
  bh_draft_doc doc;
  bh_contract_terms *terms; bh_contract_plan *plans; bh_charged_key *keys;
  bh_due_line *lines; bh_due_discount *discounts;
  bh_error *err;
} credit;

/* A line is named by its id, its number on the invoice, or its product. */
static bool line_named(const credit *c, const bh_node *line, size_t n)
{
  char number[24];
  snprintf(number, sizeof number, "%zu", n + 1);
  const bh_node *id = bh_node_get(line, "id"), *product = bh_node_get(line, "product");
  return (id && bh_str_eqz(id->text, c->o->line)) || strcmp(number, c->o->line) == 0 || (product && bh_str_eqz(product->text, c->o->line));
}

static bh_str text_of(const bh_node *n, const char *key)
{
  const bh_node *v = bh_node_get(n, key);
  return v && v->kind == BH_NODE_STR ? v->text : (bh_str){ "", 0 };
}

static bh_status share_of(const credit *c, int64_t *out, int64_t amount)
{
  if (c->o->full) {
    *out = -amount;
    return BH_OK;
  }
  bh_dec p;
  bh_str text = bh_str_c(c->o->percent);
  if (text.len > 0 && text.ptr[text.len - 1] == '%')
    text.len--;
  if (!bh_dec_parse(&p, text, 9) || p.coef <= 0 || bh_dec_cmp(p, bh_dec_int(100)) > 0)
    return bh_fail(c->err, BH_E_USAGE, "--percent %s: expected a percentage above 0, at most 100", c->o->percent);
  bh_i128 den = 100;
  for (int i = 0; i < p.scale; i++)
    den *= 10;
  return bh_money_scale(out, -amount, p.coef, den, c->b->ws->invoicing.rounding) ? BH_OK : bh_fail(c->err, BH_E_OVERFLOW, "--percent: out of range");
}

/* The amounts to be credited, one for each row of the invoice (0: untouched). */
static bh_status amounts(credit *c, int64_t *out, size_t lines)
{
  const bh_node *list = bh_node_get(c->json, "lines");
  bool *chosen = BH_NEWN(&c->a, bool, c->row_count + 1);
  size_t n = 0;
  for (size_t i = 0; i < lines; i++) {
    chosen[i] = c->o->line == NULL || line_named(c, list->items[i], i);
    n += chosen[i];
  }
  if (c->o->line != NULL && n != 1)
    return bh_fail(c->err, BH_E_USAGE, n == 0 ? "%.*s has no line \"%s\": expected its number, id or product" : "%.*s has several lines \"%s\": name one by its number or id",
                   BH_STR_ARG(c->inv_id), c->o->line);
  if (c->o->amount == NULL) {
    for (size_t i = 0; i < c->row_count; i++) {
      bool discount = c->rows[i].kind == BH_LINE_DISCOUNT;
      if (discount ? c->o->line != NULL : !chosen[i])
        continue;
      bh_status st = share_of(c, &out[i], c->rows[i].amount);
      if (st != BH_OK)
        return st;
    }
    return BH_OK;
  }
  bh_dec d;
  int64_t sum = 0, total = 0;
  int64_t *weights = BH_NEWN(&c->a, int64_t, lines + 1);
  if (!bh_dec_parse(&d, bh_str_c(c->o->amount), c->inv.decimals) || d.coef <= 0 || !bh_money_of_dec(&sum, d, c->inv.decimals, BH_HALF_UP))
    return bh_fail(c->err, BH_E_USAGE, "--amount %s: expected a positive amount of %.*s with at most %d decimals", c->o->amount, BH_STR_ARG(c->inv.currency), c->inv.decimals);
  for (size_t i = 0; i < lines; i++)
    if (chosen[i] && c->rows[i].amount > 0) {
      weights[i] = c->rows[i].amount;
      bh_require(bh_money_add(&total, weights[i]));
    }
  if (sum > total)
    return bh_fail(c->err, BH_E_USAGE, "--amount %s is more than what was charged", c->o->amount);
  if (!bh_money_split(out, -sum, weights, lines))
    return bh_fail(c->err, BH_E_OVERFLOW, "--amount %s: cannot be split", c->o->amount);
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
      *x = (bh_due_discount){ .contract = &c->plans[i], .key = row->key, .issue = row->issue, .amount = amount[i], .parts = parts, .part_count = n, .goodwill = !c->o->rebill,
        .description = bh_arena_fmt(&c->a, "Credit: %.*s", BH_STR_ARG(text_of(was, "description"))) };
      c->doc.discounts[c->doc.discount_count++] = x;
      continue;
    }
    bh_due_line *l = &c->lines[c->doc.line_count];
    *l = (bh_due_line){ .contract = &c->plans[i], .kind = c->o->rebill ? BH_LINE_REOPEN : BH_LINE_GOODWILL, .key = row->key,
      .whole_from = row->whole_from, .whole_until = row->whole_until, .issue = row->issue, .from = row->from, .until = row->until,
      .product = row->product, .unit = text_of(was, "unit"), .section = text_of(was, "section"), .quantity = bh_ratio_int(1), .fraction = bh_ratio_int(1),
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
  size_t n = c->doc.line_count + c->doc.discount_count;
  bh_doc_line *rows = BH_NEWN(&c->a, bh_doc_line, n + 1);
  for (size_t i = 0; i < c->doc.line_count; i++) {
    const bh_due_line *l = c->doc.lines[i];
    rows[i] = (bh_doc_line){ .contract = l->contract->row.num, .key = l->key, .whole_from = l->whole_from, .whole_until = l->whole_until, .from = l->from,
      .until = l->until, .kind = (uint8_t)l->kind, .counts = c->o->rebill != 0, .line_id = c->doc.line_ids[i], .product = l->product, .quantity = l->quantity,
      .amount = l->amount, .issue = l->issue, .taxes = bh_tax_parts_pack(&c->a, &l->part, 1), .pull = c->inv.pull, .as_of = c->inv.rated_on };
  }
  for (size_t i = 0; i < c->doc.discount_count; i++) {
    const bh_due_discount *x = c->doc.discounts[i];
    rows[c->doc.line_count + i] = (bh_doc_line){ .contract = x->contract->row.num, .key = x->key, .whole_from = x->issue, .whole_until = x->issue,
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

/* Together, credits never give back more than was charged. */
static bh_status check_left(credit *c)
{
  int64_t given = 0;
  bh_str by;
  bh_status st = bh_credited(&given, &by, &c->a, c->b->store, c->inv.client, c->inv_id, c->err);
  if (st != BH_OK || given == 0)
    return st;
  char before[32];
  bh_money_format(before, -given, c->inv.decimals);
  if (c->o->full)
    return bh_fail(c->err, BH_E_USAGE, "%.*s: %s of it has been credited already (drafts included): credit the rest with --amount, or void that credit", BH_STR_ARG(c->inv_id), before);
  int64_t now = 0;
  for (size_t i = 0; i < c->doc.line_count; i++)
    bh_require(bh_money_add(&now, c->doc.lines[i]->amount));
  if (-(given + now) > c->inv.subtotal)
    return bh_fail(c->err, BH_E_USAGE, "%.*s: %s of it has been credited already (drafts included): this would give back more than was charged", BH_STR_ARG(c->inv_id), before);
  return BH_OK;
}

static bh_status draft_credit(credit *c, bh_buf *out)
{
  bh_store *s = c->b->store;
  bh_status st = bh_doc_find(&c->inv, &c->client_id, &c->a, s, bh_str_c(c->o->invoice), c->err);
  if (st != BH_OK)
    return st;
  c->inv_id = bh_doc_id(&c->a, c->client_id, c->inv.ord);
  if (c->inv.state == BH_DOC_DRAFT || c->inv.state == BH_DOC_VOID)
    return bh_fail(c->err, BH_E_USAGE, "%.*s is %s: only an approved invoice can be credited", BH_STR_ARG(c->inv_id), c->inv.state == BH_DOC_VOID ? "void" : "a draft");
  if (c->inv.by_hand)
    return bh_fail(c->err, BH_E_USAGE, "%.*s was itself written by hand: void it instead", BH_STR_ARG(c->inv_id));
  st = bh_store_doc_body(s, &c->body, &c->a, c->inv.doc, c->err);
  if (st == BH_OK)
    st = bh_store_doc_lines(s, &c->rows, &c->row_count, &c->a, c->inv.doc, c->err);
  if (st == BH_OK)
    st = bh_json_parse(&c->json, &c->a, c->body.json, NULL, c->err);
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
  st = amounts(c, amount, list->item_count);
  if (st != BH_OK)
    return st;
  c->terms = BH_NEWN(&c->a, bh_contract_terms, n);
  c->plans = BH_NEWN(&c->a, bh_contract_plan, n);
  c->keys = BH_NEWN(&c->a, bh_charged_key, n);
  c->lines = BH_NEWN(&c->a, bh_due_line, n);
  c->discounts = BH_NEWN(&c->a, bh_due_discount, n);
  bh_arena_init(&c->stats.arena);
  c->drafting = (bh_drafting){ .store = s, .ws = c->b->ws, .specs = c->b->specs, .date = c->b->today, .stats = &c->stats };
  c->doc = (bh_draft_doc){ .client = &c->client, .ws = c->b->ws, .specs = c->b->specs, .currency = c->inv.currency, .decimals = c->inv.decimals,
    .issue = c->b->today, .due = c->b->today };
  c->doc.lines = BH_NEWN(&c->a, bh_due_line *, n);
  c->doc.discounts = BH_NEWN(&c->a, bh_due_discount *, n);
  c->doc.memos = BH_NEW(&c->a, bh_str);
  c->doc.memos[0] = bh_arena_fmt(&c->a, "Credit for %.*s: %s", BH_STR_ARG(c->inv.number), c->o->reason);
  c->doc.memo_count = 1;
  build(c, amount, list->item_count);
  if (c->doc.line_count + c->doc.discount_count == 0)
    return bh_fail(c->err, BH_E_USAGE, "%.*s: nothing is left to credit there", BH_STR_ARG(c->inv_id));
  st = check_left(c);
  if (st != BH_OK)
    return st;
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
  if (st == BH_OK)
    st = bh_store_commit(b->store, &err);
  if (st == BH_OK)
    bh_out_line(out, &json);
  bh_buf_dispose(&json);
  bh_arena_dispose(&c.a);
  return bh_engine_end(b, st, &err);
}
