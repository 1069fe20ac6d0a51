/* A client: its keys, its card, what its contracts inherit. */
#include "workspace/family.h"

#define CLIENT_KEYS(X) \
  X(address) X(adjust) X(approval) X(autopay) X(bill) X(bill_to) X(contacts) X(country) X(currency) X(discount) X(email) X(ends) \
  X(except) X(group) X(guard) X(id) X(ids) X(late_fee) X(locale) X(match) X(max_total) X(name) X(negative) X(note) X(parent) \
  X(phone) X(po) X(pricelist) X(prorate) X(reminders) X(retain) X(retries) X(reverse_charge) X(rule) X(section) X(sinks) X(split) \
  X(stale_days) X(tags) X(tax) X(tax_exempt) X(tax_id) X(terms) X(timing) X(true_up) X(type) X(uplift)
enum {
#define X(k) CK_##k,
  CLIENT_KEYS(X)
#undef X
  CK_COUNT
};
static const char *const names[] = {
#define X(k) #k,
  CLIENT_KEYS(X)
#undef X
};
const ws_names ws_client_keys = {names, CK_COUNT};

/* Appends what a table of ids says; checked by the caller. */
static void ids_add(ws_ck *ck, const bh_node *n, bool of_parent, bh_client_terms *t) {
  size_t count = t->id_count;
  for (size_t i = 0; i < n->field_count; i++) count += n->fields[i].value->kind == BH_NODE_TABLE ? n->fields[i].value->item_count : 1;
  bh_client_id *all = BH_NEWN(ck->a, bh_client_id, count + 1);
  if (t->id_count) memcpy(all, t->ids, t->id_count * sizeof *all);
  t->ids = all;
  for (size_t i = 0; i < n->field_count; i++) {
    const bh_node *v = n->fields[i].value;
    size_t k = v->kind == BH_NODE_TABLE ? v->item_count : 1;
    for (size_t j = 0; j < k; j++) {
      bh_client_id x = {.connector = n->fields[i].key, .of_parent = of_parent};
      if (!ws_text_any(ck, WS_KEY(NULL, "ids"), v->kind == BH_NODE_TABLE ? v->items[j] : v, &x.ref)) continue;
      for (size_t m = 0; of_parent && m < t->id_count; m++)
        if (!t->ids[m].of_parent && bh_str_eq(t->ids[m].connector, x.connector) && bh_str_eq(t->ids[m].ref, x.ref))
          ws_bad(ck, WS_KEYS(WS_KEY(NULL, "ids"), x.connector), "\"%.*s\" is the parent's already; expected `match` alone, or an id of its own", BH_STR_ARG(x.ref));
      t->ids[t->id_count++] = x;
    }
  }
}

/* A child reads its parent's facts through the parent's ids, and what the parent leaves out is left out for it too. */
static void of_parent(ws_ck *ck, const ws_kin *parent, bh_client_terms *t, bh_sha *hash) {
  bh_mistakes *m = ck->m;
  size_t bad = ck->bad;
  const bh_node *ids = parent->node ? ws_get(parent->node, "ids") : NULL, *except = parent->node ? ws_get(parent->node, "except") : NULL;
  bh_except *theirs = NULL;
  size_t n = 0;
  ck->m = NULL;
  bool good = ids && ws_ids_check(ck, NULL, ids);
  if (except && !ws_excepts(ck, NULL, except, &theirs, &n)) n = 0;
  ck->m = m;
  ck->bad = bad; /* the parent's own statement has the mistake */
  if (good) ids_add(ck, ids, true, t);
  bh_except *all = BH_NEWN(ck->a, bh_except, t->except_count + n + 1);
  if (t->except_count) memcpy(all, t->except, t->except_count * sizeof *all);
  if (n) memcpy(all + t->except_count, theirs, n * sizeof *all);
  t->except = all;
  t->except_count += n;
  bh_str parts[3] = {{(const char *)hash->b, sizeof hash->b}, ids ? ws_json(ck->a, ids) : BH_S("-"), except ? ws_json(ck->a, except) : BH_S("-")};
  *hash = bh_sha256(parts, 3);
}

static void family(ws_ck *ck, bh_node *const *v, ws_client_ctx *out) {
  bh_client_terms *t = out->terms;
  bh_match *match;
  size_t n;
  if (v[CK_parent] && ws_text(ck, WS_KEY(NULL, "parent"), v[CK_parent], &t->parent) && !ws_id_ok(t->parent))
    ws_bad_kind(ck, WS_KEY(NULL, "parent"), v[CK_parent], "the id of a client");
  if (v[CK_bill_to] && ws_text(ck, WS_KEY(NULL, "bill_to"), v[CK_bill_to], &t->bill_to) && !ws_id_ok(t->bill_to))
    ws_bad_kind(ck, WS_KEY(NULL, "bill_to"), v[CK_bill_to], "the id of a client");
  if (v[CK_match] && ws_match(ck, WS_KEY(NULL, "match"), v[CK_match], &match, &n) && !v[CK_parent])
    ws_bad(ck, WS_KEY(NULL, "match"), "matches assets of a parent; expected a parent beside it");
  const ws_kin *kin = out->kin;
  if (!kin) return;
  t->family = kin->family;
  if (kin->parent) of_parent(ck, kin->parent, t, &out->hash);
}

static void taxes(ws_ck *ck, bh_node *const *v, bh_client_terms *t) {
  t->tax_own = v[CK_tax] || v[CK_tax_exempt] || v[CK_reverse_charge];
  struct bh_workspace_impl *x = ck->ws->impl;
  if (v[CK_tax] && ws_texts(ck, WS_KEY(NULL, "tax"), v[CK_tax], &t->taxes, &t->tax_count))
    for (size_t i = 0; i < t->tax_count; i++) {
      bool known = false;
      for (size_t j = 0; j < x->tax_id_count && !known; j++) known = bh_str_eqz(t->taxes[i], x->tax_ids[j]);
      if (!known) ws_bad_name(ck, WS_AT(WS_KEY(NULL, "tax"), i), "tax", t->taxes[i], x->tax_ids, x->tax_id_count);
    }
  if (v[CK_tax_exempt]) {
    static const char *const keys[] = {"reason"};
    bh_node *r[1];
    const bh_node *n = v[CK_tax_exempt];
    if (n->kind == BH_NODE_BOOL && !n->boolean) return;
    if (n->kind != BH_NODE_TABLE) ws_bad_kind(ck, WS_KEY(NULL, "tax_exempt"), n, "a table like { reason = \"…\" }");
    else if (ws_pick(ck, WS_KEY(NULL, "tax_exempt"), n, keys, 1, r, NULL, NULL)) {
      if (!r[0]) ws_bad(ck, WS_KEY(WS_KEY(NULL, "tax_exempt"), "reason"), "missing; it stands on the invoice");
      else if (ws_text(ck, WS_KEY(WS_KEY(NULL, "tax_exempt"), "reason"), r[0], &t->exempt_reason)) t->tax_exempt = true;
    }
  }
  if (v[CK_reverse_charge]) ws_bool(ck, WS_KEY(NULL, "reverse_charge"), v[CK_reverse_charge], &t->reverse_charge);
}

static void autopay(ws_ck *ck, const bh_node *n) {
  static const char *const keys[] = {"customer", "gateway", "jump", "limit", "method"};
  const ws_path *at = WS_KEY(NULL, "autopay");
  bh_node *v[5];
  bh_dec d;
  bh_str s;
  if (n->kind == BH_NODE_BOOL && !n->boolean) return;
  if (!ws_pick(ck, at, n, keys, 5, v, NULL, NULL)) return;
  if (v[0]) ws_text_any(ck, WS_KEY(at, "customer"), v[0], &s);
  if (v[2]) ws_num(ck, WS_KEY(at, "jump"), v[2], WS_PERCENT, &d);
  if (v[3]) ws_num(ck, WS_KEY(at, "limit"), v[3], WS_MONEY, &d);
  if (v[4]) ws_text_any(ck, WS_KEY(at, "method"), v[4], &s);
  if (!v[1]) {
    ws_bad(ck, WS_KEY(at, "gateway"), "missing; expected the name of a gateway");
  } else if (ws_text(ck, WS_KEY(at, "gateway"), v[1], &s)) {
    const bh_workspace *ws = ck->ws;
    const char **known = BH_NEWN(ck->a, const char *, ws->use_count + 1);
    size_t k = 0;
    bool found = false;
    for (size_t i = 0; i < ws->use_count; i++)
      if (ws->uses[i].kind == BH_KIND_GATEWAY) {
        known[k++] = bh_arena_z(ck->a, ws->uses[i].name);
        found = found || bh_str_eq(ws->uses[i].name, s);
      }
    if (!found) ws_bad_name(ck, WS_KEY(at, "gateway"), "gateway", s, known, k);
  }
}

/* Who at the client gets what. Read when something is sent, and stored nowhere: what is erased here is gone. */
static void contacts(ws_ck *ck, const bh_node *n, bh_client_terms *t) {
  static const char *const keys[] = {"email", "gets", "name", "phone", "role"};
  static const char *const kinds[] = {"credit_note", "invoice", "receipt", "reminder", "statement"};
  const ws_path *at = WS_KEY(NULL, "contacts");
  if (!ws_is_list(n)) {
    ws_bad_kind(ck, at, n, "a list of tables like { { email = \"…\", gets = { \"invoice\" } } }");
    return;
  }
  t->contacts = BH_NEWN(ck->a, bh_contact, n->item_count + 1);
  for (size_t i = 0; i < n->item_count; i++) {
    bh_node *v[5];
    const ws_path *here = WS_AT(at, i);
    bh_contact *x = &t->contacts[t->contact_count];
    if (!ws_pick(ck, here, n->items[i], keys, 5, v, NULL, NULL)) continue;
    bh_str *const texts[] = {&x->email, NULL, &x->name, &x->phone, &x->role};
    for (size_t k = 0; k < 5; k++)
      if (v[k] && texts[k]) ws_text(ck, WS_KEYS(here, bh_str_c(keys[k])), v[k], texts[k]);
    if (!v[0] && !v[2]) ws_bad(ck, here, "neither an email nor a name");
    const char *sign = x->email.len ? memchr(x->email.ptr, '@', x->email.len) : NULL;
    if (x->email.len && (!sign || sign == x->email.ptr || sign + 1 == x->email.ptr + x->email.len))
      ws_bad(ck, WS_KEY(here, "email"), "\"%.*s\"; expected an address like \"ap@acme.example\"", BH_STR_ARG(x->email));
    if (v[1] && !v[0]) ws_bad(ck, WS_KEY(here, "gets"), "without an email there is nowhere to send it");
    if (v[1] && ws_texts(ck, WS_KEY(here, "gets"), v[1], &x->gets, &x->get_count))
      for (size_t k = 0; k < x->get_count; k++) {
        bool known = false;
        for (size_t m = 0; m < 5; m++) known = known || bh_str_eqz(x->gets[k], kinds[m]);
        if (!known) ws_bad_name(ck, WS_AT(WS_KEY(here, "gets"), k), "kind of mail", x->gets[k], kinds, 5);
      }
    t->contact_count++;
  }
}

/* What stands as "client" on documents, as far as it is written. */
static bh_str card(ws_ck *ck, bh_node *const *v, bh_str id) {
  static const int kept[] = {CK_address, CK_country, CK_email, CK_locale, CK_name, CK_note, CK_phone, CK_po, CK_tax_id};
  bh_field fields[sizeof kept / sizeof *kept + 1];
  bh_node id_node = {.kind = BH_NODE_STR, .text = id};
  size_t n = 0;
  fields[n++] = (bh_field){BH_S("id"), &id_node};
  for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
    if (v[kept[i]]) {
      bh_node *number = kept[i] == CK_po && v[CK_po]->kind == BH_NODE_TABLE ? ws_get(v[CK_po], "number") : v[kept[i]]; /* its limit is not the client's to read */
      if (number) fields[n++] = (bh_field){bh_str_c(names[kept[i]]), number};
    }
  bh_node t = {.kind = BH_NODE_TABLE, .fields = fields, .field_count = n};
  return ws_json(ck->a, &t);
}

static void split(ws_ck *ck, const bh_node *n, bh_client_terms *t) {
  if (!ws_texts(ck, WS_KEY(NULL, "split"), n, &t->split, &t->split_count)) return;
  for (size_t i = 0; i < t->split_count; i++)
    if (!bh_str_eqz(t->split[i], "po") && !bh_str_eqz(t->split[i], "site"))
      ws_bad(ck, WS_AT(WS_KEY(NULL, "split"), i), "\"%.*s\"; expected \"po\" or \"site\"", BH_STR_ARG(t->split[i]));
}

static void unused(ws_ck *ck, bh_node *const *v) {
  bh_str s, *texts;
  size_t n;
  static const int plain[] = {CK_locale, CK_note, CK_phone, CK_tax_id};
  for (size_t i = 0; i < 4; i++)
    if (v[plain[i]]) ws_text_any(ck, WS_KEYS(NULL, bh_str_c(names[plain[i]])), v[plain[i]], &s);
  if (v[CK_email]) ws_texts(ck, WS_KEY(NULL, "email"), v[CK_email], &texts, &n);
  if (v[CK_tags]) ws_texts(ck, WS_KEY(NULL, "tags"), v[CK_tags], &texts, &n);
  if (v[CK_sinks]) ws_texts(ck, WS_KEY(NULL, "sinks"), v[CK_sinks], &texts, &n);
  if (v[CK_address]) ws_address_check(ck, WS_KEY(NULL, "address"), v[CK_address]);
  if (v[CK_country] && ws_text(ck, WS_KEY(NULL, "country"), v[CK_country], &s) && s.len != 2)
    ws_bad_kind(ck, WS_KEY(NULL, "country"), v[CK_country], "an ISO 3166 country like \"US\"");
  if (v[CK_autopay]) autopay(ck, v[CK_autopay]);
  if (v[CK_retries]) ws_retries_check(ck, WS_KEY(NULL, "retries"), v[CK_retries]);
  if (v[CK_late_fee]) ws_late_fee_check(ck, WS_KEY(NULL, "late_fee"), v[CK_late_fee]);
  if (v[CK_retain] && v[CK_retain]->kind != BH_NODE_INT) ws_text(ck, WS_KEY(NULL, "retain"), v[CK_retain], &s);
}

static void documents(ws_ck *ck, bh_node *const *v, bh_client_terms *t) {
  int c;
  const bh_invoicing *inv = &ck->ws->invoicing;
  t->group_by_contract = inv->group_by_contract;
  t->negative_carry = inv->negative_carry;
  t->stale_days = inv->stale_days;
  t->has_max_total = inv->has_max_total;
  t->max_total = inv->max_total;
  if (v[CK_group] && ws_choice(ck, WS_KEY(NULL, "group"), v[CK_group], (const char *const[]){"client", "contract"}, 2, &c)) t->group_by_contract = c == 1;
  if (v[CK_negative] && ws_choice(ck, WS_KEY(NULL, "negative"), v[CK_negative], (const char *const[]){"credit_note", "carry"}, 2, &c)) t->negative_carry = c == 1;
  if (v[CK_stale_days]) ws_int(ck, WS_KEY(NULL, "stale_days"), v[CK_stale_days], 0, 36500, &t->stale_days);
  if (v[CK_max_total] && ws_num(ck, WS_KEY(NULL, "max_total"), v[CK_max_total], WS_MONEY, &t->max_total)) t->has_max_total = true;
}

bool ws_client_resolve(ws_ck *ck, bh_node *node, ws_client_ctx *out) {
  bh_client_terms *t = out->terms;
  size_t before = ck->bad;
  bh_node *v[CK_COUNT];
  *t = (bh_client_terms){.id = ck->id, .ends = BH_DAY_MAX, .file = ck->file, .line = ck->line};
  out->node = node;
  ws_pick(ck, NULL, node, names, CK_COUNT, v, NULL, NULL);
  if (node->kind != BH_NODE_TABLE) return false;
  t->text = ws_json(ck->a, node);
  out->hash = bh_sha256_1(t->text);
  t->name = ck->id;
  if (v[CK_name]) ws_text(ck, WS_KEY(NULL, "name"), v[CK_name], &t->name);
  t->currency = ck->ws->currency;
  if (v[CK_currency]) ws_currency(ck, WS_KEY(NULL, "currency"), v[CK_currency], &t->currency, NULL);
  if (v[CK_ends]) ws_date(ck, WS_KEY(NULL, "ends"), v[CK_ends], BH_DAY_MIN, true, &t->ends);
  if (v[CK_ids] && ws_ids_check(ck, WS_KEY(NULL, "ids"), v[CK_ids])) ids_add(ck, v[CK_ids], false, t);
  taxes(ck, v, t);
  if (v[CK_except]) ws_excepts(ck, WS_KEY(NULL, "except"), v[CK_except], &t->except, &t->except_count);
  if (v[CK_contacts]) contacts(ck, v[CK_contacts], t);
  family(ck, v, out);
  if (v[CK_split]) split(ck, v[CK_split], t);
  documents(ck, v, t);
  unused(ck, v);
  ws_level_nodes n = {v[CK_bill], v[CK_timing], v[CK_prorate], v[CK_true_up], v[CK_adjust], v[CK_uplift], v[CK_section], v[CK_po],
                      v[CK_rule], v[CK_terms], v[CK_approval], v[CK_guard], v[CK_reminders]};
  ws_level_read(ck, NULL, &n, BH_DAY_MIN, &out->level);
  ws_level_under(&out->level, &ck->ws->impl->invoicing_level);
  t->po = out->level.po;
  if (v[CK_pricelist]) out->pricelist = ws_pricelist_of(ck, WS_KEY(NULL, "pricelist"), v[CK_pricelist], t->currency, &out->pricelist_own);
  if (v[CK_discount]) ws_discounts(ck, WS_KEY(NULL, "discount"), v[CK_discount], t->currency, t->currency, BH_DAY_MIN, &out->discounts, &out->discount_count);
  t->card = card(ck, v, t->id);
  return ck->bad == before;
}
