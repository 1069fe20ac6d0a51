/* The list of documents, one a line. */
#include "report/report.h"

typedef struct listing { const billhook_out *out; bh_by_hand by_hand; bh_arena arena, keep; bh_buf line; bh_day today; } listing;

static const char *const state_names[] = {"draft", "approved", "sent", "partly_paid", "paid", "void"};
enum { STATE_COUNT = sizeof state_names / sizeof state_names[0] };

static bh_status read_state(int32_t *out, const char *name, bh_error *err) {
  *out = -1;
  if (name == NULL) return BH_OK;
  for (int32_t i = 0; i < STATE_COUNT; i++)
    if (strcmp(name, state_names[i]) == 0) {
      *out = i;
      return BH_OK;
    }
  const char *near = bh_str_nearest(bh_str_c(name), state_names, STATE_COUNT);
  return bh_fail(err, BH_E_USAGE, "unknown state \"%s\"%s%s%s; the states are draft, approved, sent, partly_paid, paid, void", name,
                 near ? ": did you mean \"" : "", near ? near : "", near ? "\"?" : "");
}

static bh_status read_day(bh_day *out, const char *text, bh_day fallback, const char *what, bh_error *err) {
  *out = fallback;
  if (text == NULL || bh_day_parse(out, bh_str_c(text))) return BH_OK;
  return bh_fail(err, BH_E_USAGE, "%s \"%s\" is not a date: expected YYYY-MM-DD", what, text);
}

static void put_hold(bh_jw *w, listing *l, const bh_doc_row *stored, bh_str client) {
  bh_node **holds;
  bh_doc_row row = *stored;
  bh_by_hand_lay(&l->by_hand, &l->arena, &row, client);
  size_t n = bh_report_holds(&holds, &l->arena, &row);
  bh_jw_key(w, "hold");
  if (n == 0) {
    bh_jw_null(w);
    return;
  }
  bh_jw_obj(w);
  bh_jw_key(w, "reason");
  bh_jw_str(w, bh_report_text(holds[0], "reason"));
  bh_jw_key(w, "message");
  bh_jw_str(w, bh_report_text(holds[0], "message"));
  bh_jw_obj_end(w);
}

static bh_status list_one(void *ctx, const bh_doc_row *row, bh_str client, const bh_doc_body *body, bh_error *err) {
  listing *l = ctx;
  bh_arena_reset(&l->arena);
  bh_buf_clear(&l->line);
  int64_t balance = row->total;
  if (row->state == BH_DOC_VOID) balance = 0;
  else if (row->paid == INT64_MIN || !bh_money_add(&balance, -row->paid))
    return bh_fail(err, BH_E_OVERFLOW, "a balance of client %.*s does not fit a number", BH_STR_ARG(client));
  bh_jw w;
  bh_jw_init(&w, &l->line);
  bh_jw_obj(&w);
  bh_jw_key(&w, "id"); bh_jw_str(&w, bh_doc_id(&l->arena, client, row->ord));
  bh_jw_key(&w, "number");
  if (row->number.len) bh_jw_str(&w, row->number);
  else bh_jw_null(&w);
  bh_jw_key(&w, "type"); bh_jw_z(&w, row->type == BH_DOC_CREDIT_NOTE ? "credit_note" : "invoice");
  bh_jw_key(&w, "state"); bh_jw_z(&w, bh_doc_state_name(row->state));
  bh_jw_key(&w, "client"); bh_jw_str(&w, client);
  bh_jw_key(&w, "currency"); bh_jw_str(&w, row->currency);
  bh_jw_key(&w, "issue_date"); bh_jw_day(&w, row->issue);
  bh_jw_key(&w, "due_date"); bh_jw_day(&w, row->due);
  bh_jw_key(&w, "total"); bh_jw_money(&w, row->total, row->decimals);
  bh_jw_key(&w, "balance"); bh_jw_money(&w, balance, row->decimals);
  bh_jw_key(&w, "overdue"); bh_jw_bool(&w, row->state != BH_DOC_DRAFT && balance > 0 && row->due < l->today);
  put_hold(&w, l, row, client);
  bh_jw_obj_end(&w);
  bh_out_line(l->out, &l->line);
  return BH_OK;
}

int billhook_invoices(billhook *b, const char *state, const char *client, const char *from, const char *to, const billhook_out *out) {
  bh_error err = {0};
  bh_doc_filter f = {.by_client = false};
  listing l = {.out = out};
  bool present = false;
  bh_arena_init(&l.arena);
  bh_arena_init(&l.keep);
  bh_buf_init(&l.line, BH_REPORT_LINE_MAX);
  bh_status st = read_state(&f.state, state, &err);
  if (st == BH_OK) st = read_day(&f.from, from, BH_DAY_MIN, "--from", &err);
  if (st == BH_OK) st = read_day(&f.to, to, BH_DAY_MAX, "--to", &err);
  if (st == BH_OK) st = bh_report_open(&present, b, &err);
  l.today = b->today;
  if (st == BH_OK && present && client != NULL) {
    bh_client_row row = {0};
    st = bh_store_client_get(b->store, &row, bh_str_c(client), &err);
    f.client = row.num;
    present = row.num != 0; /* a client without documents has an empty list */
  }
  if (st == BH_OK && present) st = bh_by_hand_load(&l.by_hand, b->store, &l.keep, b->today, &err);
  if (st == BH_OK && present) st = bh_store_docs_each(b->store, &f, false, list_one, &l, &err);
  bh_arena_dispose(&l.keep);
  bh_buf_dispose(&l.line);
  bh_arena_dispose(&l.arena);
  return bh_engine_end(b, st, &err);
}
