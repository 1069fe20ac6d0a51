#include "batch/draft.h"
#include "batch/draft_json.h"
#include "batch/draft_order.h"
#include "batch/draft_tax.h"
#include <stdlib.h>

bh_status bh_drafting_init(bh_drafting *d)
{
  bh_arena_init(&d->contents_arena);
  bh_map_init(&d->contents, &d->contents_arena);
  bh_buf_init(&d->json, 64 << 20);
  bh_buf_init(&d->evidence, 64 << 20);
  return BH_OK;
}

void bh_drafting_dispose(bh_drafting *d)
{
  bh_buf_dispose(&d->json);
  bh_buf_dispose(&d->evidence);
  free(d->automatic);
  bh_arena_dispose(&d->contents_arena);
}

bh_status bh_drafting_content(bh_drafting *d, int32_t *out, const bh_sha *hash, bh_str kind, bh_str text, bh_error *err)
{
  bh_str name = { (const char *)hash->b, sizeof hash->b };
  intptr_t known = (intptr_t)bh_map_get(&d->contents, name);
  if (known != 0) {
    *out = (int32_t)known;
    return BH_OK;
  }
  bh_status st = bh_store_content_put(d->store, out, hash, kind, text, err);
  if (st != BH_OK)
    return st;
  if (d->contents.n > 20000) { /* one book a contract is possible: memory stays bounded */
    bh_arena_reset(&d->contents_arena);
    bh_map_init(&d->contents, &d->contents_arena);
  }
  bh_map_put(&d->contents, name, (void *)(intptr_t)*out);
  return BH_OK;
}

static void held_add(bh_run_stats *s, bh_held **items, size_t *count, size_t *cap, bh_held h)
{
  if (*count == *cap) {
    size_t n = *cap ? *cap * 2 : 16;
    bh_held *more = BH_NEWN(&s->arena, bh_held, n);
    if (*count)
      memcpy(more, *items, *count * sizeof *more);
    *items = more;
    *cap = n;
  }
  (*items)[(*count)++] = h;
}

void bh_stats_held(bh_run_stats *s, bh_str client, bh_str invoice, bh_str reason, bh_str message)
{
  held_add(s, &s->held, &s->held_count, &s->held_cap,
           (bh_held){ bh_arena_str(&s->arena, client), bh_arena_str(&s->arena, invoice), bh_arena_str(&s->arena, reason), bh_arena_str(&s->arena, message) });
}

/* Where there is no draft there is nothing that --force could approve. */
static bh_str without_force(bh_arena *a, bh_str message)
{
  static const char words[] = ", or `approve --force`";
  const char *at = memmem(message.ptr, message.len, words, sizeof words - 1);
  if (at == NULL)
    return message;
  size_t before = (size_t)(at - message.ptr), after = before + sizeof words - 1;
  return bh_arena_fmt(a, "%.*s%.*s", (int)before, message.ptr, (int)(message.len - after), message.ptr + after);
}

void bh_stats_failed(bh_run_stats *s, bh_str client, bh_str message)
{
  held_add(s, &s->failed, &s->failed_count, &s->failed_cap, (bh_held){ .client = bh_arena_str(&s->arena, client), .message = bh_arena_str(&s->arena, message) });
}

static bool total_add(bh_run_stats *s, bh_str currency, int32_t decimals, int64_t amount)
{
  for (size_t i = 0; i < s->total_count; i++)
    if (bh_str_eq(s->totals[i].currency, currency))
      return bh_money_add(&s->totals[i].amount, amount);
  bh_total *more = BH_NEWN(&s->arena, bh_total, s->total_count + 1);
  if (s->total_count)
    memcpy(more, s->totals, s->total_count * sizeof *more);
  more[s->total_count++] = (bh_total){ bh_arena_str(&s->arena, currency), decimals, amount };
  s->totals = more;
  return true;
}

bh_str bh_holds_json(bh_arena *a, const bh_holds *h)
{
  if (h->count == 0)
    return (bh_str){ "", 0 };
  bh_buf b;
  bh_buf_init(&b, 1 << 20);
  bh_jw w;
  bh_jw_init(&w, &b);
  bh_jw_arr(&w);
  for (size_t i = 0; i < h->count; i++) {
    bh_jw_obj(&w);
    bh_jw_key(&w, "message"); bh_jw_str(&w, h->items[i].message);
    bh_jw_key(&w, "reason"); bh_jw_str(&w, h->items[i].reason);
    bh_jw_obj_end(&w);
  }
  bh_jw_arr_end(&w);
  bh_str s = bh_arena_str(a, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return s;
}

/* ---- one document of a client ---- */
typedef struct group {
  bh_str split;
  bh_draft_doc doc;
  size_t line_cap, discount_cap;
} group;

/* qsort hands no context to its comparison: the section order of the draft at hand. */
static _Thread_local const bh_workspace *sorting;

static size_t section_rank(const bh_workspace *ws, bh_str section)
{
  if (section.len == 0)
    return 0;
  for (size_t i = 0; i < ws->invoicing.section_count; i++)
    if (bh_str_eq(ws->invoicing.sections[i], section))
      return i + 1;
  return ws->invoicing.section_count + 1;
}

static int line_order(const void *x, const void *y)
{
  const bh_due_line *a = *(bh_due_line *const *)x, *b = *(bh_due_line *const *)y;
  size_t ra = section_rank(sorting, a->section), rb = section_rank(sorting, b->section);
  if (ra != rb)
    return ra < rb ? -1 : 1;
  int c = bh_str_cmp(a->section, b->section);
  if (c == 0)
    c = bh_str_cmp(a->contract->terms->client, b->contract->terms->client); /* children may have one name */
  if (c == 0)
    c = bh_str_cmp(a->contract->terms->id, b->contract->terms->id);
  if (c != 0)
    return c;
  if (a->order != b->order)
    return a->order < b->order ? -1 : 1;
  if (a->from != b->from)
    return a->from < b->from ? -1 : 1;
  return a < b ? -1 : a > b; /* as rated: the lines of one client lie in one array */
}

static group *group_of(group *groups, size_t *count, bh_arena *a, const bh_draft_input *in, const bh_split *by, const bh_contract_terms *c)
{
  for (size_t i = 0; i < *count; i++)
    if (bh_str_eq(groups[i].split, by->key) && bh_str_eq(groups[i].doc.currency, c->currency))
      return &groups[i];
  group *g = &groups[(*count)++];
  size_t lines = in->due->line_count ? in->due->line_count : 1, discounts = in->due->discount_count ? in->due->discount_count : 1;
  *g = (group){ .split = by->key, .doc = { .po = by->po, .site = by->site, .currency = c->currency, .decimals = c->decimals } };
  g->doc.lines = BH_NEWN(a, bh_due_line *, lines);
  g->doc.discounts = BH_NEWN(a, bh_due_discount *, discounts);
  return g;
}

bh_status bh_draft_total(bh_drafting *d, bh_draft_doc *doc, bh_arena *a, bh_error *err)
{
  size_t n = doc->line_count;
  for (size_t i = 0; i < doc->discount_count; i++)
    n += doc->discounts[i]->part_count;
  bh_tax_item *items = BH_NEWN(a, bh_tax_item, n ? n : 1);
  bh_tax_part **parts = BH_NEWN(a, bh_tax_part *, n ? n : 1);
  size_t at = 0;
  int64_t discounts = 0, taxes = 0;
  bh_doc_places places = { .client = doc->client };
  doc->subtotal = 0;
  bool ok = true;
  for (size_t i = 0; i < doc->line_count; i++) {
    parts[at] = &doc->lines[i]->part;
    items[at++] = bh_doc_tax_item(&places, a, doc->lines[i]->contract, &doc->lines[i]->part, doc->lines[i]->from);
    ok = ok && bh_money_add(&doc->subtotal, doc->lines[i]->amount);
  }
  for (size_t i = 0; i < doc->discount_count; i++) {
    bh_due_discount *x = doc->discounts[i];
    ok = ok && bh_money_add(&discounts, x->amount);
    for (size_t j = 0; j < x->part_count; j++) {
      parts[at] = &x->parts[j];
      items[at++] = bh_doc_tax_item(&places, a, x->contract, &x->parts[j], x->parts[j].service);
    }
  }
  size_t tax_n;
  const bh_tax **client_taxes = bh_doc_taxes(a, d->ws, doc, items, n, &tax_n);
  bh_status st = bh_tax_compute(&doc->taxes, &doc->tax_count, a, client_taxes, tax_n, items, n, doc->issue, doc->client->tax_exempt,
                                doc->client->exempt_reason, doc->client->reverse_charge, d->ws->invoicing.rounding, err);
  if (st != BH_OK)
    return bh_fail_prefix(err, "client \"%.*s\"", BH_STR_ARG(doc->client->id));
  for (size_t i = 0; i < n; i++) {
    parts[i]->taxes = items[i].taxes;
    parts[i]->rates = items[i].rates;
    parts[i]->tax_count = items[i].tax_count;
  }
  for (size_t i = 0; i < doc->tax_count; i++)
    if (!doc->taxes[i].inclusive)
      ok = ok && bh_money_add(&taxes, doc->taxes[i].amount);
  doc->total = doc->subtotal;
  ok = ok && bh_money_add(&doc->total, discounts) && bh_money_add(&doc->total, taxes);
  doc->type = doc->total < 0 ? BH_DOC_CREDIT_NOTE : BH_DOC_INVOICE;
  return ok ? BH_OK : bh_fail(err, BH_E_OVERFLOW, "client \"%.*s\": the total is out of range", BH_STR_ARG(doc->client->id));
}

/* What the contract's models leave for the periods to come stands with its first line. */
static bh_str carries_of(const bh_draft_doc *doc, size_t line, bh_arena *a)
{
  const bh_contract_plan *c = doc->lines[line]->contract;
  size_t n = 0;
  for (size_t i = 0; i < line; i++)
    if (doc->lines[i]->contract == c)
      return (bh_str){ "", 0 };
  bh_carry *items = BH_NEWN(a, bh_carry, doc->carry_count);
  for (size_t i = 0; i < doc->carry_count; i++)
    if (doc->carries[i].contract == c)
      items[n++] = doc->carries[i].carry;
  return n > 0 ? bh_carries_pack(a, items, n) : (bh_str){ "", 0 };
}

static bh_status store_rows(bh_drafting *d, const bh_draft_doc *doc, bh_arena *a, bh_doc_line **out, size_t *out_n, bh_error *err)
{
  size_t n = doc->line_count + doc->discount_count;
  bh_doc_line *rows = BH_NEWN(a, bh_doc_line, n ? n : 1);
  bh_status st = BH_OK;
  for (size_t i = 0; i < doc->line_count && st == BH_OK; i++) {
    const bh_due_line *l = doc->lines[i];
    bh_doc_line *r = &rows[i];
    *r = (bh_doc_line){ .contract = l->contract->row.num, .key = l->key, .whole_from = l->whole_from, .whole_until = l->whole_until,
      .po = bh_po_of(doc->client, l->contract, l->po), .from = l->from, .until = l->until, .kind = (uint8_t)l->kind, .counts = true, .line_id = doc->line_ids[i], .product = l->product,
      .quantity = l->count ? l->count->raw : l->quantity, .amount = l->amount, .issue = l->issue, .taxes = bh_tax_parts_pack(a, &l->part, 1),
      .pull = d->pull_last, .as_of = d->date, .wish = l->wish };
    if (doc->carry_count > 0)
      r->carries = carries_of(doc, i, a);
    if (l->planned != NULL)
      st = bh_drafting_content(d, &r->book, &l->planned->terms->book_hash, BH_S("book"), l->planned->terms->book, err);
    if (st == BH_OK && l->has_rule)
      st = bh_drafting_content(d, &r->rule, &l->rule_hash, BH_S("rule"), l->rule_bundle, err);
  }
  for (size_t i = 0; i < doc->discount_count; i++) {
    const bh_due_discount *x = doc->discounts[i];
    rows[doc->line_count + i] = (bh_doc_line){ .contract = x->contract->row.num, .key = x->key, .whole_from = x->issue, .whole_until = x->issue,
      .po = bh_po_of(doc->client, x->contract, x->po), .from = x->issue, .until = x->issue + 1, .kind = BH_LINE_DISCOUNT, .counts = true, .line_id = doc->discount_lines[i], .quantity = bh_ratio_int(1),
      .amount = x->amount, .issue = x->issue, .taxes = bh_tax_parts_pack(a, x->parts, x->part_count), .pull = d->pull_last, .as_of = d->date };
  }
  *out = rows;
  *out_n = n;
  return st;
}

static void name_lines(bh_draft_doc *doc, bh_arena *a)
{
  doc->line_ids = BH_NEWN(a, bh_str, doc->line_count ? doc->line_count : 1);
  for (size_t i = 0; i < doc->line_count; i++)
    doc->line_ids[i] = bh_arena_numbered(a, doc->id, ":", (int64_t)i + 1, "");
  doc->discount_lines = BH_NEWN(a, bh_str, doc->discount_count ? doc->discount_count : 1);
  for (size_t i = 0; i < doc->discount_count; i++) {
    const bh_due_discount *x = doc->discounts[i];
    for (size_t j = 0; x->on_line && j < doc->line_count; j++)
      if (doc->lines[j]->contract == x->contract && bh_str_eq(doc->lines[j]->key, x->line_key) && doc->lines[j]->whole_from == x->line_from) {
        doc->discount_lines[i] = doc->line_ids[j];
        break;
      }
  }
}

static bool worth_a_document(const bh_draft_doc *doc)
{
  for (size_t i = 0; i < doc->line_count; i++)
    if (doc->lines[i]->amount != 0)
      return true;
  for (size_t i = 0; i < doc->discount_count; i++)
    if (doc->discounts[i]->amount != 0)
      return true;
  return false;
}

/* Whether a draft as it stands in the store says what a run would say now: the same text under its own dates and evidence. */
static bh_status same_text(bool *same, bh_drafting *d, bh_draft_doc *doc, const bh_doc_row *old, bh_buf *json, bh_arena *a, bh_error *err)
{
  static const char marker[] = "\"evidence\":\"";
  bh_doc_body body;
  bh_day issue = doc->issue, due = doc->due;
  *same = false;
  bh_status st = bh_store_doc_body(d->store, &body, a, old->doc, err);
  if (st == BH_OK)
    st = bh_due_date(&doc->due, doc->terms, old->issue, err);
  if (st != BH_OK)
    return st;
  const char *at = memmem(body.json.ptr, body.json.len, marker, sizeof marker - 1);
  char hex[65] = "";
  if (at != NULL && (size_t)(body.json.ptr + body.json.len - at) > sizeof marker + 64)
    memcpy(hex, at + sizeof marker - 1, 64);
  doc->issue = old->issue;
  bh_draft_json(json, doc, hex);
  *same = !json->failed && bh_str_eq(bh_buf_str(json), body.json);
  bh_buf_clear(json);
  doc->issue = issue;
  doc->due = due;
  return BH_OK;
}

static void fill_row(bh_doc_row *row, const bh_drafting *d, const bh_draft_doc *doc)
{
  row->type = doc->type;
  row->state = BH_DOC_DRAFT;
  row->currency = doc->currency;
  row->decimals = doc->decimals;
  row->batch = d->batch;
  row->issue = doc->issue;
  row->due = doc->due;
  row->rated_on = d->date;
  row->pull = d->pull_last;
  row->subtotal = doc->subtotal;
  row->total = doc->total;
}

static bh_status write_document(bh_drafting *d, const bh_draft_input *in, bh_draft_doc *doc, bh_doc_row *row, bh_arena *a, bh_error *err)
{
  bh_buf *json = &d->json, *evidence = &d->evidence;
  bh_buf_clear(evidence);
  bh_buf_clear(json);
  bh_evidence_json(evidence, doc);
  bh_sha sum = bh_sha256_1(bh_buf_str(evidence));
  char hex[65];
  bh_hex(hex, sum.b, sizeof sum.b);
  bh_draft_json(json, doc, hex);
  if (json->failed || evidence->failed)
    return bh_fail(err, BH_E_OVERFLOW, "client \"%.*s\": the document is larger than 64 MiB", BH_STR_ARG(in->client->id));
  bh_doc_line *rows;
  size_t n;
  bh_status st = store_rows(d, doc, a, &rows, &n, err);
  if (st != BH_OK)
    return st;
  bh_doc_body body = { .json = bh_buf_str(json), .evidence = bh_buf_str(evidence), .postings = bh_draft_postings(doc, a) };
  st = bh_store_doc_put(d->store, row, &body, rows, n, err);
  d->stats->drafted++;
  if (st == BH_OK && !total_add(d->stats, doc->currency, doc->decimals, doc->total))
    st = bh_fail(err, BH_E_OVERFLOW, "the batch's total in %.*s is out of range", BH_STR_ARG(doc->currency));
  return st;
}

static bool settles_wish(const bh_draft_doc *doc)
{
  for (size_t i = 0; i < doc->line_count; i++)
    if (doc->lines[i]->wish > 0)
      return true;
  return false;
}

/* The same text can stand for another reason than when it was drafted: a key was re-opened since. */
static bh_status rewrite_lines(bh_drafting *d, const bh_draft_doc *doc, bh_doc_row *row, bh_arena *a, bh_error *err)
{
  bh_doc_body body;
  bh_doc_line *rows;
  size_t n;
  bh_status st = bh_store_doc_body(d->store, &body, a, row->doc, err);
  if (st == BH_OK)
    st = store_rows(d, doc, a, &rows, &n, err);
  return st == BH_OK ? bh_store_doc_put(d->store, row, &body, rows, n, err) : st;
}

static void automatic(bh_drafting *d, int64_t doc)
{
  if (d->automatic_count == d->automatic_cap) {
    d->automatic_cap = d->automatic_cap ? d->automatic_cap * 2 : 256;
    int64_t *more = realloc(d->automatic, d->automatic_cap * sizeof *more);
    bh_require(more != NULL);
    d->automatic = more;
  }
  d->automatic[d->automatic_count++] = doc;
}

/* A person's hold stands beside what the run found. */
static bool held_by_hand(bh_drafting *d, const bh_draft_input *in, const bh_doc_row *row, bh_arena *a)
{
  const bh_hold_row *by = bh_by_hand_of(&d->by_hand, row->client, row->doc);
  if (by == NULL)
    return false;
  bh_str id = bh_doc_id(a, in->client->id, row->ord);
  bh_stats_held(d->stats, in->client->id, id, BH_S("by-hand"), bh_by_hand_words(a, by, by->doc ? id : in->client->id));
  return true;
}

static bh_status put_document(bh_drafting *d, const bh_draft_input *in, group *g, const bh_doc_row *old, const bh_settle *settle, bh_str hold,
                              bh_arena *a, bh_error *err)
{
  bh_draft_doc *doc = &g->doc;
  bh_doc_row row = { 0 };
  bool same = false;
  bh_status st = BH_OK;
  if (old != NULL)
    row = *old;
  else
    row = (bh_doc_row){ .client = in->row->num, .ord = ++in->row->doc_ord, .split = g->split };
  row.hold = hold;
  row.settle = bh_settle_pack(a, settle);
  doc->id = bh_doc_id(a, in->client->id, row.ord);
  name_lines(doc, a);
  bh_buf_clear(&d->json);
  if (old != NULL)
    st = same_text(&same, d, doc, old, &d->json, a, err);
  if (st == BH_OK && same) { /* id, date and batch stay; holds and what it settles are today's */
    d->stats->unchanged++;
    st = settles_wish(doc) ? rewrite_lines(d, doc, &row, a, err) : bh_store_doc_update(d->store, &row, err);
  } else if (st == BH_OK) {
    fill_row(&row, d, doc);
    st = write_document(d, in, doc, &row, a, err);
  }
  for (size_t i = 0; i < in->holds->count && st == BH_OK; i++)
    bh_stats_held(d->stats, in->client->id, doc->id, in->holds->items[i].reason, in->holds->items[i].message);
  bool by_hand = st == BH_OK && held_by_hand(d, in, &row, a);
  if (st == BH_OK && in->holds->count == 0 && !by_hand && bh_doc_automatic(doc))
    automatic(d, row.doc);
  return st;
}

static void max_total_hold(const bh_client_terms *c, const bh_draft_doc *doc, bh_holds *holds, bh_arena *a)
{
  int64_t limit;
  if (!c->has_max_total || !bh_money_of_dec(&limit, c->max_total, doc->decimals, BH_HALF_UP) || doc->total <= limit)
    return;
  char total[32], most[32];
  bh_money_format(total, doc->total, doc->decimals);
  bh_money_format(most, limit, doc->decimals);
  bh_hold_add(holds, a, BH_S("max-total"), bh_arena_fmt(a, "the total %s is above max_total %s: check it, or approve --force", total, most));
}

bh_status bh_draft_client(bh_drafting *d, const bh_draft_input *in, bh_arena *a, bh_error *err)
{
  const bh_due *due = in->due;
  group *groups = BH_NEWN(a, group, due->line_count + due->discount_count + 1);
  size_t count = 0;
  for (size_t i = 0; i < due->line_count; i++) {
    bh_due_line *l = &due->lines[i];
    bh_split by = bh_split_of(a, in->client, l->contract, l->po, bh_line_site(l));
    group *g = group_of(groups, &count, a, in, &by, l->contract->terms);
    g->doc.lines[g->doc.line_count++] = l;
  }
  for (size_t i = 0; i < due->discount_count; i++) {
    bh_due_discount *x = &due->discounts[i];
    bh_split by = bh_split_of(a, in->client, x->contract, x->po, bh_discount_site(x));
    group *g = group_of(groups, &count, a, in, &by, x->contract->terms);
    g->doc.discounts[g->doc.discount_count++] = x;
  }
  bh_doc_row *drafts = NULL;
  size_t draft_count = 0;
  bh_status st = BH_OK;
  if (in->row->num != 0 && in->row->open_draft)
    st = bh_store_drafts_of(d->store, &drafts, &draft_count, a, in->row->num, err);
  bool *kept = BH_NEWN(a, bool, draft_count ? draft_count : 1);
  bool any_open = false, any_written = false;
  bh_po_sums po_sums = { 0 };
  size_t worthy = 0;
  for (size_t i = 0; i < count && st == BH_OK; i++) {
    bh_draft_doc *doc = &groups[i].doc;
    doc->client = in->client;
    doc->ws = d->ws;
    doc->specs = d->specs;
    doc->issue = d->date;
    doc->memos = due->memos;
    doc->memo_count = due->memo_count;
    doc->carries = due->carries;
    doc->carry_count = due->carry_count;
    sorting = d->ws;
    qsort(doc->lines, doc->line_count, sizeof *doc->lines, line_order);
    bh_doc_memos(doc, a, due);
    st = bh_doc_due(doc, err);
    if (st == BH_OK)
      st = bh_draft_total(d, doc, a, err);
    if (st == BH_OK && worth_a_document(doc) && !(in->client->negative_carry && doc->total < 0))
      worthy++;
  }
  for (size_t i = 0; i < count && st == BH_OK; i++) {
    bh_draft_doc *doc = &groups[i].doc;
    if (!worth_a_document(doc) || (in->client->negative_carry && doc->total < 0))
      continue;
    const bh_doc_row *old = NULL;
    for (size_t j = 0; j < draft_count; j++)
      if (!drafts[j].by_hand && bh_str_eq(drafts[j].currency, doc->currency) && bh_str_eq(drafts[j].split, groups[i].split)) {
        old = &drafts[j];
        kept[j] = true;
      }
    bh_holds holds = { 0 };
    for (size_t j = 0; j < in->holds->count; j++)
      bh_hold_add(&holds, a, in->holds->items[j].reason, in->holds->items[j].message);
    max_total_hold(in->client, doc, &holds, a);
    st = bh_po_hold(&holds, &po_sums, d, doc, in->row->num, a, err);
    if (st != BH_OK)
      return st;
    bh_draft_input one = *in;
    one.holds = &holds;
    bh_settle settle = in->settle;
    settle.whole = settle.whole && worthy == 1 && count == 1;
    for (size_t k = 0; k < settle.member_count; k++)
      settle.members[k].whole = settle.members[k].whole && worthy == 1 && count == 1;
    if (worthy != 1 || count != 1)
      settle.contract_count = 0; /* several documents: the next run compares in full */
    st = put_document(d, &one, &groups[i], old, &settle, bh_holds_json(a, &holds), a, err);
    any_written = any_open = true;
  }
  for (size_t j = 0; j < draft_count && st == BH_OK; j++) {
    if (drafts[j].by_hand) {
      any_open = true;
      held_by_hand(d, in, &drafts[j], a);
    } else if (!kept[j]) {
      st = bh_store_doc_delete(d->store, drafts[j].doc, err); /* nothing is owed on it any more */
    }
  }
  if (st == BH_OK && !any_written)
    for (size_t i = 0; i < in->holds->count; i++) {
      bh_str why = without_force(a, in->holds->items[i].message);
      bh_stats_held(d->stats, in->client->id, (bh_str){ "", 0 }, in->holds->items[i].reason, why);
      bh_stats_failed(d->stats, in->client->id, why);
    }
  in->row->open_draft = any_open;
  return st;
}
