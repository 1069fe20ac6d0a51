/* Documents to files or standard output: which documents, in which order, in which form. */
#include "report/export.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct export_form {
  const char *name;
  bh_status (*begin)(bh_export *x, bh_error *err);
  bh_status (*one)(bh_export *x, const bh_doc_row *row, bh_str client, const bh_doc_body *body, bh_error *err);
  bh_status (*end)(bh_export *x, bh_error *err);
} export_form;

static bh_status nothing(bh_export *x, bh_error *err) {
  (void)x; (void)err;
  return BH_OK;
}

static bh_status frozen_one(bh_export *x, const bh_doc_row *row, bh_str client, const bh_doc_body *body, bh_error *err) {
  (void)client;
  bh_status st = bh_doc_frozen(&x->text, row, body, err);
  if (st == BH_OK) bh_out_line(x->out, &x->text);
  return st;
}

static bh_status evidence_one(bh_export *x, const bh_doc_row *row, bh_str client, const bh_doc_body *body, bh_error *err) {
  (void)row; (void)client; (void)err;
  if (body->evidence.len == 0) return BH_OK; /* erased */
  bh_buf_puts(&x->text, body->evidence);
  bh_out_line(x->out, &x->text);
  return BH_OK;
}

static const export_form forms[] = {
  {"json", nothing, bh_export_json_one, nothing},
  {"csv", bh_export_csv_begin, bh_export_csv_one, nothing},
  {"html", bh_export_html_begin, bh_export_html_one, bh_export_html_end},
};
static const export_form hledger = {"hledger", nothing, NULL, nothing};
static const export_form canonical = {"canonical", nothing, frozen_one, nothing};
static const export_form evidence = {"evidence", nothing, evidence_one, nothing};

static bh_status pick_form(const export_form **out, const billhook_export_options *o, bh_error *err) {
  const char *format = o->format != NULL ? o->format : "json";
  *out = o->canonical ? &canonical : o->evidence ? &evidence : NULL;
  if (o->canonical && o->evidence) return bh_fail(err, BH_E_USAGE, "either the frozen bytes or the evidence: not both");
  if (*out != NULL) {
    if (o->format != NULL && strcmp(o->format, "json") != 0)
      return bh_fail(err, BH_E_USAGE, "%s comes as JSON only, not as %s", (*out)->name, o->format);
    return BH_OK;
  }
  for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++)
    if (strcmp(forms[i].name, format) == 0) *out = &forms[i];
  if (strcmp(format, hledger.name) == 0) {
    *out = &hledger;
    if (o->invoice_count > 0) return bh_fail(err, BH_E_USAGE, "the journal for hledger is a whole: expected no invoices beside it");
  }
  if (*out == NULL) {
    static const char *const later[] = {"pdf", "ubl"};
    for (size_t i = 0; i < sizeof later / sizeof later[0]; i++)
      if (strcmp(format, later[i]) == 0) return bh_fail(err, BH_E_USAGE, "export --format %s is not in this version", format);
    return bh_fail(err, BH_E_USAGE, "unknown format \"%s\": expected json, csv, html or hledger", format);
  }
  if (o->folder != NULL && strcmp((*out)->name, "html") != 0)
    return bh_fail(err, BH_E_USAGE, "a folder takes pages: --format html");
  return BH_OK;
}

typedef struct export_run { bh_export *x; const export_form *form; } export_run;

static bh_status each(void *ctx, const bh_doc_row *stored, bh_str client, const bh_doc_body *body, bh_error *err) {
  export_run *r = ctx;
  bh_arena_reset(&r->x->arena);
  bh_buf_clear(&r->x->text);
  bh_doc_row row = *stored;
  bh_by_hand_lay(&r->x->by_hand, &r->x->arena, &row, client);
  bh_status st = r->form->one(r->x, &row, client, body, err);
  if (st == BH_OK && r->x->text.failed)
    st = bh_fail(err, BH_E_OVERFLOW, "a document (%.*s) is too large to print", BH_STR_ARG(client));
  r->x->done++;
  if (r->x->done % 256 == 0) bh_engine_progress(r->x->b, "export", r->x->done, 0);
  if (st == BH_OK && bh_engine_stopped(r->x->b)) st = bh_fail(err, BH_E_INTERRUPTED, "stopped");
  return st;
}

static bh_status one_of(export_run *r, bh_store *s, const bh_doc_row *row, bh_str client, bh_arena *a, bh_error *err) {
  bh_doc_body body;
  bh_status st = bh_store_doc_body(s, &body, a, row->doc, err);
  return st == BH_OK ? each(r, row, client, &body, err) : st;
}

/* Nothing is printed where one of the names has no frozen bytes. */
static bh_status check_frozen(bh_store *s, const billhook_export_options *o, bh_error *err) {
  bh_status st = BH_OK;
  bh_arena a;
  bh_arena_init(&a);
  for (size_t i = 0; i < o->invoice_count && st == BH_OK; i++) {
    bh_doc_row row;
    bh_str client;
    bh_arena_reset(&a);
    st = bh_doc_find(&row, &client, &a, s, bh_str_c(o->invoices[i]), err);
    if (st == BH_OK && row.chain == 0) st = bh_fail(err, BH_E_USAGE, "%s is a draft: nothing is frozen yet", o->invoices[i]);
  }
  bh_arena_dispose(&a);
  return st;
}

static bh_status named(export_run *r, bh_store *s, const billhook_export_options *o, bh_error *err) {
  bh_status st = BH_OK;
  bh_arena a;
  bh_arena_init(&a);
  for (size_t i = 0; i < o->invoice_count && st == BH_OK; i++) {
    bh_doc_row row;
    bh_str client;
    bh_arena_reset(&a);
    st = bh_doc_find(&row, &client, &a, s, bh_str_c(o->invoices[i]), err);
    if (st == BH_OK) st = one_of(r, s, &row, client, &a, err);
  }
  bh_arena_dispose(&a);
  return st;
}

/* Frozen documents come in the order of the chain, so that the hashes can be recomputed from the output. */
static bh_status next_in_chain(void *ctx, int64_t doc, bh_str number, bh_str json, bh_error *err) {
  bh_doc_row row = {.doc = doc, .number = number};
  bh_doc_body body = {.json = json};
  return each(ctx, &row, number, &body, err);
}

static bh_status run(export_run *r, billhook *b, const billhook_export_options *o, bh_error *err) {
  bh_arena names;
  bh_arena_init(&names);
  bh_status st = bh_store_begin_read(b->store, err);
  if (st == BH_OK) {
    st = bh_batch_names_load(&r->x->batches, &names, b->store, err);
    if (st == BH_OK) st = bh_by_hand_load(&r->x->by_hand, b->store, &names, b->today, err);
    if (st == BH_OK && o->canonical) st = check_frozen(b->store, o, err);
    if (st == BH_OK) st = r->form->begin(r->x, err);
    bh_doc_filter all = {.state = -1, .from = BH_DAY_MIN, .to = BH_DAY_MAX};
    if (st == BH_OK && r->form == &hledger) st = bh_export_hledger(r->x, err);
    else if (st == BH_OK && o->invoice_count > 0) st = named(r, b->store, o, err);
    else if (st == BH_OK && o->canonical) st = bh_store_frozen_each(b->store, next_in_chain, r, err);
    else if (st == BH_OK) st = bh_store_docs_each(b->store, &all, true, each, r, err);
    if (st == BH_OK) st = r->form->end(r->x, err);
    bh_store_rollback(b->store);
  }
  bh_arena_dispose(&names);
  return st;
}

int billhook_export(billhook *b, const billhook_export_options *o, const billhook_out *out) {
  bh_error err = {0};
  bool present = false;
  bh_export x = {.b = b, .out = out, .folder = o->folder};
  export_run r = {.x = &x};
  bh_arena_init(&x.arena);
  bh_buf_init(&x.text, BH_REPORT_LINE_MAX);
  bh_buf_init(&x.index, BH_REPORT_LINE_MAX);
  bh_status st = pick_form(&r.form, o, &err);
  if (st == BH_OK) st = bh_report_open(&present, b, &err);
  if (st == BH_OK && !present && o->invoice_count > 0)
    st = bh_fail(&err, BH_E_NOTFOUND, "there is no invoice \"%s\": nothing has been billed in this workspace yet", o->invoices[0]);
  if (st == BH_OK && present) st = run(&r, b, o, &err);
  bh_buf_dispose(&x.index);
  bh_buf_dispose(&x.text);
  bh_arena_dispose(&x.arena);
  return bh_engine_end(b, st, &err);
}

bh_status bh_export_file(bh_export *x, const char *name, const bh_buf *text, bh_error *err) {
  bh_arena *a = &x->arena;
  const char *path = bh_arena_fmt(a, "%s/%s", x->folder, name).ptr, *part = bh_arena_fmt(a, "%s.part", path).ptr;
  if (mkdir(x->folder, 0777) != 0 && errno != EEXIST)
    return bh_fail(err, BH_E_STORE, "cannot make the folder %s: %s", x->folder, strerror(errno));
  int fd = open(part, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd < 0) return bh_fail(err, BH_E_STORE, "cannot write %s: %s", part, strerror(errno));
  size_t done = 0;
  while (done < text->len) {
    ssize_t n = write(fd, text->ptr + done, text->len - done);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    done += (size_t)n;
  }
  bool ok = done == text->len;
  int why = errno;
  if (close(fd) != 0 && ok) { ok = false; why = errno; }
  if (ok && rename(part, path) != 0) { ok = false; why = errno; }
  if (ok) return BH_OK;
  unlink(part);
  return bh_fail(err, BH_E_STORE, "cannot write %s: %s", path, strerror(why));
}
