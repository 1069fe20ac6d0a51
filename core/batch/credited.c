#include "batch/credited.h"
#include "batch/settle.h"

enum { GIVEN_DEPTH_MAX = 64 }; /* a credit of a credit of a credit … */

static bh_str text_of(const bh_node *n, const char *key)
{
  const bh_node *v = bh_node_get(n, key);
  return v && v->kind == BH_NODE_STR ? v->text : (bh_str){ "", 0 };
}

static int64_t magnitude(int64_t x) { return x < 0 ? -x : x; }

/* The one part of a line: its product and tax category. */
static bh_tax_part line_part(bh_arena *a, const bh_doc_line *row)
{
  bh_tax_part *parts;
  size_t n;
  return bh_tax_parts_unpack(&parts, &n, a, row->taxes) && n > 0 ? parts[0] : (bh_tax_part){ .product = row->product };
}

typedef struct spreading {
  const bh_node *const *texts; /* of the lines */
  const bh_doc_line *rows; const bh_tax_part *parts;
  bh_net_line *lines; size_t n;
  int64_t *weights, *shares;
} spreading;

/* Hands an amount to the lines that `weights` marks. False: there are none. */
static bool hand_out(spreading *x, int64_t amount)
{
  int64_t sum = 0;
  for (size_t i = 0; i < x->n; i++)
    sum = sum || x->weights[i] > 0;
  if (sum == 0 || !bh_money_split(x->shares, amount, x->weights, x->n))
    return false;
  for (size_t i = 0; i < x->n; i++)
    bh_require(bh_money_add(&x->lines[i].net, x->shares[i]));
  return true;
}

static bool hand_out_part(spreading *x, const bh_node *discount, const bh_doc_line *row, const bh_tax_part *part)
{
  bh_str contract = text_of(discount, "contract"), line = text_of(discount, "line");
  for (int strict = 1; strict >= 0; strict--) { /* first where it was worked out; else anywhere in its contract */
    for (size_t i = 0; i < x->n; i++) {
      bool here = bh_str_eq(text_of(x->texts[i], "contract"), contract) && (line.len == 0 || bh_str_eq(x->lines[i].id, line));
      if (strict)
        here = here && x->rows[i].issue == row->issue && bh_str_eq(x->parts[i].product, part->product) && bh_str_eq(x->parts[i].category, part->category);
      x->weights[i] = here ? magnitude(x->lines[i].gross) : 0;
    }
    if (hand_out(x, part->net))
      return true;
  }
  return false;
}

bh_status bh_net_lines(bh_net_line **out, size_t *n, int64_t *apart, bh_arena *a, const bh_doc_row *doc, bh_str doc_id, const bh_node *json,
                       const bh_doc_line *rows, size_t row_count, bh_error *err)
{
  const bh_node *list = bh_node_get(json, "lines"), *discounts = bh_node_get(json, "discounts");
  *apart = 0;
  *n = list != NULL ? list->item_count : 0;
  if (list == NULL || discounts == NULL || list->item_count + discounts->item_count != row_count)
    return bh_fail(err, BH_E_STORE, "%.*s: its lines and its text disagree: run `billhook verify`", BH_STR_ARG(doc_id));
  (void)doc;
  bh_net_line *lines = *out = BH_NEWN(a, bh_net_line, *n + 1);
  bh_tax_part *parts = BH_NEWN(a, bh_tax_part, *n + 1);
  for (size_t i = 0; i < *n; i++) {
    lines[i] = (bh_net_line){ .id = text_of(list->items[i], "id"), .corrects = text_of(list->items[i], "corrects"), .by = doc_id, .gross = rows[i].amount, .net = rows[i].amount };
    parts[i] = line_part(a, &rows[i]);
  }
  spreading x = { (const bh_node *const *)list->items, rows, parts, lines, *n, BH_NEWN(a, int64_t, *n + 1), BH_NEWN(a, int64_t, *n + 1) };
  for (size_t d = 0; d < discounts->item_count; d++) {
    const bh_doc_line *row = &rows[*n + d];
    bh_tax_part *of;
    size_t count;
    int64_t left = row->amount;
    if (!bh_tax_parts_unpack(&of, &count, a, row->taxes))
      return bh_fail(err, BH_E_STORE, "%.*s: a discount cannot be read back", BH_STR_ARG(doc_id));
    for (size_t p = 0; p < count; p++) {
      left -= of[p].net;
      if (!hand_out_part(&x, discounts->items[d], row, &of[p]))
        *apart += of[p].net;
    }
    *apart += left;
  }
  return BH_OK;
}

typedef struct reading { bh_given *out; bh_arena *keep; bh_store *s; } reading;

static bh_status on_document(void *ctx, const bh_doc_row *row, bh_str client_id, const bh_doc_body *body, bh_error *err)
{
  reading *r = ctx;
  bh_node *json;
  bh_doc_line *rows;
  bh_net_line *lines;
  size_t row_count, n;
  int64_t apart;
  if (!row->by_hand || row->state == BH_DOC_VOID)
    return BH_OK;
  bh_status st = bh_json_parse(&json, r->keep, bh_arena_str(r->keep, body->json), NULL, err);
  if (st == BH_OK)
    st = bh_store_doc_lines(r->s, &rows, &row_count, r->keep, row->doc, err);
  if (st == BH_OK)
    st = bh_net_lines(&lines, &n, &apart, r->keep, row, bh_doc_id(r->keep, client_id, row->ord), json, rows, row_count, err);
  for (size_t i = 0; st == BH_OK && i < n; i++) {
    bh_given *g = r->out;
    if (g->count == g->cap) {
      size_t cap = g->cap ? g->cap * 2 : 32;
      bh_net_line *more = BH_NEWN(r->keep, bh_net_line, cap);
      if (g->count)
        memcpy(more, g->lines, g->count * sizeof *more);
      g->lines = more;
      g->cap = cap;
    }
    g->lines[g->count++] = lines[i];
  }
  return st;
}

bh_status bh_given_read(bh_given *out, bh_arena *a, bh_store *s, int32_t client, bh_error *err)
{
  *out = (bh_given){ 0 };
  reading r = { out, a, s };
  bh_doc_filter f = { .client = client, .state = -1, .from = BH_DAY_MIN, .to = BH_DAY_MAX };
  return bh_store_docs_each(s, &f, true, on_document, &r, err);
}

static int64_t given_to(const bh_given *g, bh_str line_id, int depth)
{
  int64_t sum = 0;
  for (size_t i = 0; i < g->count && depth < GIVEN_DEPTH_MAX; i++)
    if (bh_str_eq(g->lines[i].corrects, line_id)) {
      bh_require(bh_money_add(&sum, g->lines[i].net));
      bh_require(bh_money_add(&sum, given_to(g, g->lines[i].id, depth + 1)));
    }
  return sum;
}

int64_t bh_given_to(const bh_given *g, bh_str line_id) { return given_to(g, line_id, 0); }

bh_status bh_credited(int64_t *sum, bh_str *by, bh_arena *a, bh_store *s, int32_t client, bh_str invoice, bh_error *err)
{
  bh_given g;
  bh_str prefix = bh_arena_fmt(a, "%.*s:", BH_STR_ARG(invoice));
  *sum = 0;
  *by = (bh_str){ "", 0 };
  bh_status st = bh_given_read(&g, a, s, client, err);
  for (size_t i = 0; st == BH_OK && i < g.count; i++)
    if (bh_str_starts(g.lines[i].corrects, prefix)) {
      bh_require(bh_money_add(sum, g.lines[i].net));
      *by = g.lines[i].by;
    }
  return st;
}
