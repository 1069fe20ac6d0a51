/* What people did to a document: who, when, what and why. It stands beside the document, never in it: sinks do not get it. */
#include "report/report.h"

static void put_time(bh_jw *w, int64_t at_s) {
  char text[40], day[12];
  int64_t days = at_s / 86400, rest = at_s % 86400;
  if (rest < 0) {
    rest += 86400;
    days--;
  }
  bh_day_format(day, (bh_day)days);
  snprintf(text, sizeof text, "%sT%02d:%02d:%02dZ", day, (int)(rest / 3600), (int)(rest / 60 % 60), (int)(rest % 60));
  bh_jw_z(w, text);
}

bh_status bh_report_events(bh_jw *w, bh_arena *a, bh_store *s, int64_t doc, bh_error *err) {
  bh_event *events;
  size_t n;
  bh_status st = bh_store_events_of(s, &events, &n, a, doc, err);
  bh_jw_arr(w);
  for (size_t i = 0; st == BH_OK && i < n; i++) {
    bh_jw_obj(w);
    bh_jw_key(w, "at"); put_time(w, events[i].at_s);
    bh_jw_key(w, "who"); bh_jw_str(w, events[i].who);
    bh_jw_key(w, "what"); bh_jw_str(w, events[i].what);
    bh_jw_key(w, "reason"); bh_jw_str(w, events[i].reason);
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
  return st;
}

int billhook_history(billhook *b, const char *invoice, const billhook_out *out) {
  bh_error err = {0};
  bool present = false;
  bh_arena a;
  bh_buf text;
  bh_jw w;
  bh_doc_row row;
  bh_str client;
  bh_arena_init(&a);
  bh_buf_init(&text, BH_REPORT_LINE_MAX);
  bh_jw_init(&w, &text);
  bh_status st = bh_report_open(&present, b, &err);
  if (st == BH_OK && !present) st = bh_fail(&err, BH_E_NOTFOUND, "there is no invoice \"%s\": nothing has been billed in this workspace yet", invoice);
  if (st == BH_OK) st = bh_store_begin_read(b->store, &err);
  if (st == BH_OK) {
    st = bh_doc_find(&row, &client, &a, b->store, bh_str_c(invoice), &err);
    bh_jw_obj(&w);
    bh_jw_key(&w, "events");
    if (st == BH_OK) st = bh_report_events(&w, &a, b->store, row.doc, &err);
    bh_jw_obj_end(&w);
    bh_store_rollback(b->store);
  }
  if (st == BH_OK) bh_out_line(out, &text);
  bh_buf_dispose(&text);
  bh_arena_dispose(&a);
  return bh_engine_end(b, st, &err);
}
