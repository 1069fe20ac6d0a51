/* Payments, credit and balances against the journal: what is settled of each document, what each client has left, what is receivable and deferred. */
#include "report/verify.h"

typedef struct event { int64_t num, left, receivable, credit, settled; int32_t client, decimals; bool posted; char currency[8]; } event;
typedef struct side { int64_t left, posted; int32_t client, decimals; char currency[8]; } side;
typedef struct deferral { int64_t sum; int64_t doc; int32_t client, decimals; char currency[8]; const char *account; struct deferral *next; } deferral;

struct bh_verify_money {
  event *events; size_t count, cap;
  event **by_num; int64_t last; /* by_num[1 … last] */
  int64_t *settled;             /* of v->docs[i] */
  bh_map credit;                /* client and currency → side */
  bh_map deferred; deferral *first; /* client, account and currency → deferral */
  bh_sums posted;               /* receivable, by currency */
};

static void too_large(bh_verify *v) { bh_verify_problem(v, BH_VERIFY_JOURNAL, "a sum of the journal does not fit a number"); }
static void add(bh_verify *v, int64_t *to, int64_t amount) {
  if (!bh_money_add(to, amount)) too_large(v);
}

static side *side_of(bh_verify *v, int32_t client, const char *currency, int32_t decimals) {
  char key[40];
  int n = snprintf(key, sizeof key, "%d %s", client, currency);
  side **slot = (side **)bh_map_ref(&v->money->credit, (bh_str){key, (size_t)n});
  if (*slot == NULL) {
    *slot = BH_NEW(&v->arena, side);
    (*slot)->client = client;
    (*slot)->decimals = decimals;
    snprintf((*slot)->currency, sizeof (*slot)->currency, "%s", currency);
  }
  return *slot;
}

static bh_status on_event(void *ctx, const bh_money_row *row, bh_error *err) {
  bh_verify *v = ctx;
  struct bh_verify_money *m = v->money;
  (void)err;
  if (m->count == m->cap) {
    size_t cap = m->cap ? m->cap * 2 : 256;
    event *bigger = BH_NEWN(&v->arena, event, cap);
    if (m->count) memcpy(bigger, m->events, m->count * sizeof *bigger);
    m->events = bigger;
    m->cap = cap;
  }
  event *e = &m->events[m->count++];
  *e = (event){.num = row->num, .left = row->left, .client = row->client, .decimals = row->decimals};
  snprintf(e->currency, sizeof e->currency, "%.*s", BH_STR_ARG(row->currency));
  if (row->num > m->last) m->last = row->num;
  side *s = side_of(v, row->client, e->currency, row->decimals);
  add(v, &s->left, row->left);
  if (row->left < 0 || row->left > row->amount)
    bh_verify_problem(v, BH_VERIFY_JOURNAL, "money event %lld has more credit left than it gave, or less than nothing", (long long)row->num);
  return BH_OK;
}

static bh_status settlements(bh_verify *v, event *e, bh_error *err) {
  bh_settled *rows;
  size_t n;
  bh_arena_reset(&v->scratch);
  bh_status st = bh_store_settled_by(v->store, &rows, &n, &v->scratch, e->num, err);
  for (size_t i = 0; i < n && st == BH_OK; i++) {
    const bh_verify_doc *d = bh_verify_find(v, rows[i].doc);
    add(v, &e->settled, rows[i].amount);
    if (d == NULL) bh_verify_problem(v, BH_VERIFY_JOURNAL, "money event %lld settles document %lld, which is not there", (long long)e->num, (long long)rows[i].doc);
    else add(v, &v->money->settled[d - v->docs], rows[i].amount);
  }
  return st;
}

bh_status bh_verify_money_begin(bh_verify *v, bh_error *err) {
  struct bh_verify_money *m = v->money = BH_NEW(&v->arena, struct bh_verify_money);
  bh_map_init(&m->credit, &v->arena);
  bh_map_init(&m->deferred, &v->arena);
  m->settled = BH_NEWN(&v->arena, int64_t, v->doc_count + 1);
  bh_status st = bh_store_money_each(v->store, 0, false, on_event, v, err);
  m->by_num = BH_NEWN(&v->arena, event *, (size_t)m->last + 1);
  for (size_t i = 0; i < m->count && st == BH_OK; i++) {
    m->by_num[m->events[i].num] = &m->events[i];
    st = settlements(v, &m->events[i], err);
  }
  return st;
}

static void see_deferred(bh_verify *v, const bh_posting *p, const bh_verify_doc *d) {
  bh_str key = bh_arena_fmt(&v->arena, "%d %s %.*s", d->client, d->currency, BH_STR_ARG(p->account));
  deferral **slot = (deferral **)bh_map_ref(&v->money->deferred, key);
  if (*slot == NULL) {
    *slot = BH_NEW(&v->arena, deferral);
    **slot = (deferral){.doc = d->doc, .client = d->client, .decimals = d->decimals, .account = bh_arena_z(&v->arena, p->account), .next = v->money->first};
    snprintf((*slot)->currency, sizeof (*slot)->currency, "%s", d->currency);
    v->money->first = *slot;
  }
  if (!bh_money_add(&(*slot)->sum, p->amount)) too_large(v);
}

bh_status bh_verify_money_posting(bh_verify *v, const bh_posting *p, const bh_verify_doc *d, bh_error *err) {
  struct bh_verify_money *m = v->money;
  bh_status st = BH_OK;
  if (bh_str_eqz(p->account, "receivable")) {
    int64_t num = -p->doc;
    event *e = num > 0 && num <= m->last ? m->by_num[num] : NULL;
    st = bh_sums_add(&m->posted, p->currency, d != NULL ? d->decimals : e != NULL ? e->decimals : 0, p->amount, err);
  }
  if (d != NULL && bh_str_starts(p->account, BH_S("deferred:"))) see_deferred(v, p, d);
  if (p->doc >= 0) return st;
  event *e = -p->doc <= m->last ? m->by_num[-p->doc] : NULL;
  if (e == NULL) {
    bh_verify_problem(v, BH_VERIFY_JOURNAL, "the journal speaks of money event %lld, which is not there", (long long)-p->doc);
    return st;
  }
  e->posted = true;
  if (bh_str_eqz(p->account, "receivable")) add(v, &e->receivable, p->amount);
  if (bh_str_eqz(p->account, "customer-credit")) {
    add(v, &e->credit, p->amount);
    add(v, &side_of(v, e->client, e->currency, e->decimals)->posted, -p->amount);
  }
  return st;
}

static void check_document(bh_verify *v, const bh_verify_doc *d, int64_t settled) {
  char a[32], b[32];
  bh_money_format(a, d->paid, d->decimals);
  bh_money_format(b, settled, d->decimals);
  bh_arena_reset(&v->scratch);
  if (settled != d->paid) bh_verify_problem(v, BH_VERIFY_JOURNAL, "%s: paid is %s, what settled it comes to %s", bh_verify_name(v, d->doc), a, b);
  bool open = d->state == BH_DOC_APPROVED || d->state == BH_DOC_SENT;
  bool within = d->total < 0 ? d->paid <= 0 && d->paid >= d->total : d->paid >= 0 && d->paid <= d->total;
  bool fits = d->state == BH_DOC_DRAFT || d->state == BH_DOC_VOID ? d->paid == 0
              : d->credit_note ? open
              : d->paid == 0 ? open
                             : d->state == (d->paid == d->total ? BH_DOC_PAID : BH_DOC_PARTLY_PAID);
  if (!within || !fits) bh_verify_problem(v, BH_VERIFY_JOURNAL, "%s: it is %s with %s paid", bh_verify_name(v, d->doc), bh_doc_state_name(d->state), a);
}

static void check_credit(bh_verify *v) {
  for (size_t i = 0; i < v->money->count; i++) {
    const event *e = &v->money->events[i];
    side *s = side_of(v, e->client, e->currency, e->decimals);
    char a[32], b[32];
    if (e->receivable != -e->settled)
      bh_verify_problem(v, BH_VERIFY_JOURNAL, "money event %lld: what it posted to receivable is not what it settled", (long long)e->num);
    if (s->left == s->posted && s->left >= 0) continue;
    bh_money_format(a, s->left, s->decimals);
    bh_money_format(b, s->posted, s->decimals);
    bh_str id = {"", 0};
    bh_arena_reset(&v->scratch);
    bh_store_client_id(v->store, &id, &v->scratch, s->client, NULL);
    bh_verify_problem(v, BH_VERIFY_JOURNAL, "client %.*s: %s %s of customer credit is left, the journal has %s", BH_STR_ARG(id), a, s->currency, b);
    s->left = s->posted = 0; /* told once */
  }
}

/* Deferred revenue is never less than nothing, but of a client whose charge was voided or taken back by hand: corrections of it may still stand until the
 * next run bills around them. */
static void check_deferred(bh_verify *v) {
  int32_t last = 0;
  for (size_t i = 0; i < v->doc_count; i++)
    if (v->docs[i].client > last) last = v->docs[i].client;
  bool *excused = BH_NEWN(&v->arena, bool, (size_t)last + 1);
  for (size_t i = 0; i < v->doc_count; i++)
    if (v->docs[i].state == BH_DOC_VOID || v->docs[i].by_hand) excused[v->docs[i].client] = true;
  for (const deferral *x = v->money->first; x != NULL; x = x->next) {
    if (x->sum <= 0 || excused[x->client]) continue; /* a liability: on the credit side */
    char a[32];
    bh_money_format(a, x->sum, x->decimals);
    bh_arena_reset(&v->scratch);
    bh_verify_problem(v, BH_VERIFY_JOURNAL, "%s: %s %s more was taken out of %s of its client than was put there", bh_verify_name(v, x->doc), a, x->currency, x->account);
  }
}

static bh_status check_receivable(bh_verify *v, bh_error *err) {
  bh_sums open = {0};
  bh_status st = BH_OK;
  for (size_t i = 0; i < v->doc_count && st == BH_OK; i++) {
    const bh_verify_doc *d = &v->docs[i];
    if (d->state == BH_DOC_DRAFT) continue;
    st = bh_sums_add(&open, bh_str_c(d->currency), d->decimals, d->state == BH_DOC_VOID ? 0 : d->total - d->paid, err);
    if (st == BH_OK) st = bh_sums_add(&v->money->posted, bh_str_c(d->currency), d->decimals, 0, err);
  }
  for (size_t i = 0; i < open.count && st == BH_OK; i++)
    for (size_t k = 0; k < v->money->posted.count; k++) {
      if (strcmp(open.items[i].code, v->money->posted.items[k].code) != 0 || open.items[i].sum == v->money->posted.items[k].sum) continue;
      char a[32], b[32];
      bh_money_format(a, v->money->posted.items[k].sum, open.items[i].decimals);
      bh_money_format(b, open.items[i].sum, open.items[i].decimals);
      bh_verify_problem(v, BH_VERIFY_JOURNAL, "receivable in %s is %s in the journal, the balances sum to %s", open.items[i].code, a, b);
    }
  return st;
}

bh_status bh_verify_money(bh_verify *v, bh_error *err) {
  for (size_t i = 0; i < v->doc_count; i++) check_document(v, &v->docs[i], v->money->settled[i]);
  check_credit(v);
  check_deferred(v);
  return check_receivable(v, err);
}
