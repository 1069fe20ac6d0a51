/* Gateways that are wrong in one way each: WRONG_… says which. Without one it is right, over tests/check/wrong/gateway.replay.json. */
#include <billhook/kit.h>

#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)

typedef struct wrong {
  bhk_api api;
  bhk_buf path, body;
  bh_str secret;
} wrong;

typedef struct payment {
  const bh_host *h;
  size_t found;
  int refund;
  bh_outcome outcome;
  char ref[64];
} payment;

static const char *const fields[] = {"id", "status", "amount"};

static bh_status on_payment(void *user, const bh_json_record *r)
{
  payment *x = user;
  bh_str id = bhk_value(r, 0);
  int failed = bhk_is(bhk_value(r, 1), "failed");
#if defined(WRONG_declined)
  failed = 0;
#endif
  if (id.len == 0 || id.len >= sizeof x->ref)
    return x->h->fail(x->h->ctx, BH_E_PERMANENT, "a payment without an id came");
  memcpy(x->ref, id.ptr, id.len);
  x->found++;
  x->outcome = (bh_outcome){.struct_size = sizeof x->outcome, .state = failed ? BH_DEBIT_FAILED : x->refund ? BH_DEBIT_REFUNDED : BH_DEBIT_PAID,
    .ref = {x->ref, id.len}, .currency = BHK("USD")};
  bh_status rc = bhk_dec(x->h, r, 2, &x->outcome.amount);
#if !defined(WRONG_cents)
  x->outcome.amount.scale = 2;
#endif
  return rc;
}

static bh_status send(wrong *w, bh_str key, const bh_debit *x, int refund, const bh_gateway_emit *emit)
{
  payment made = {.h = w->api.h, .refund = refund};
  int once = 1;
#if defined(WRONG_charges_twice)
  once = refund;
#elif defined(WRONG_refunds_twice)
  once = !refund;
#endif
  bhk_clear(&w->body);
  bhk_putz(&w->body, "{\"method\":");
  bhk_put_json(&w->body, x->method);
  bhk_putz(&w->body, ",\"reference\":");
  bhk_put_json(&w->body, key);
  bhk_putz(&w->body, "}");
  if (w->body.broken)
    return w->api.h->fail(w->api.h->ctx, BH_E_NOMEM, "no memory");
  const bhk_list post = {.path = refund ? "/refunds" : "/charges", .each = "$.payment", .fields = fields, .field_count = 3, .row = on_payment, .effect = "POST",
    .once = once ? "Idempotency-Key" : NULL, .key = key, .body = bhk_text(&w->body)};
  bh_status rc = bhk_read(&w->api, &post, &made, NULL, 0);
#if defined(WRONG_gives_up) /* what went wrong has failed */
  if (rc == BH_E_UNKNOWN) {
    made.outcome = (bh_outcome){.struct_size = sizeof made.outcome, .state = BH_DEBIT_FAILED, .key = key, .flags = BH_DEBIT_RETRY};
    return emit->outcome(emit->ctx, &made.outcome);
  }
#endif
  if (rc == BH_OK && !made.found)
    rc = w->api.h->fail(w->api.h->ctx, BH_E_UNKNOWN, "the answer has no payment");
  return rc != BH_OK ? rc : emit->outcome(emit->ctx, &made.outcome);
}

static bh_status charge(void *self, bh_str key, const bh_debit *x, const bh_gateway_emit *emit)
{
  return send(self, key, x, 0, emit);
}

static bh_status refund(void *self, bh_str key, const bh_debit *x, const bh_gateway_emit *emit)
{
  return send(self, key, x, 1, emit);
}

static bh_status lookup(void *self, bh_str key, const bh_debit *x, const bh_gateway_emit *emit)
{
  wrong *w = self;
  payment found = {.h = w->api.h, .refund = x->ref.len != 0};
  bhk_clear(&w->path);
  bhk_putz(&w->path, found.refund ? "/refunds?reference=" : "/charges?reference=");
  bhk_put(&w->path, key);
  bhk_put(&w->path, (bh_str){"", 1});
  const bhk_list list = {.path = w->path.ptr, .each = "$.payments[*]", .fields = fields, .field_count = 3, .row = on_payment};
  bh_status rc = w->path.broken ? w->api.h->fail(w->api.h->ctx, BH_E_NOMEM, "no memory") : bhk_read(&w->api, &list, &found, NULL, 0);
  return rc != BH_OK || !found.found ? rc : emit->outcome(emit->ctx, &found.outcome);
}

/* "UNIX HEX" */
static bh_status check_signature(wrong *w, bh_str body, bh_str header, int64_t now_s)
{
  const bh_host *h = w->api.h;
  const char *space = header.len ? memchr(header.ptr, ' ', header.len) : NULL;
  int64_t at = 0;
  int right = 0;
  bh_status refused = BH_E_AUTH;
#if defined(WRONG_trusting)
  return BH_OK;
#elif defined(WRONG_word)
  refused = BH_E_INVALID;
#endif
  if (!space)
    return h->fail(h->ctx, refused, "no signature");
  bh_str time = {header.ptr, (size_t)(space - header.ptr)}, hex = {space + 1, header.len - time.len - 1};
  for (size_t i = 0; i < time.len && i < 12; i++)
    at = at * 10 + (time.ptr[i] - '0');
  bhk_clear(&w->body);
#if !defined(WRONG_timeless)
  bhk_put(&w->body, time);
#endif
  bhk_putz(&w->body, ".");
#if defined(WRONG_bodiless)
  body.len = body.len > 10 ? 10 : body.len;
#endif
  bhk_put(&w->body, body);
#if defined(WRONG_prefix)
  bh_str whole = {NULL, 0};
  bh_status rc = w->api.http->hmac(h->ctx, "sha256", w->secret, bhk_text(&w->body), "hex", &whole);
  right = rc == BH_OK && hex.len <= whole.len && memcmp(hex.ptr, whole.ptr, hex.len) == 0;
#else
  bh_status rc = bhk_signed(&w->api, w->secret, bhk_text(&w->body), hex, &right);
#endif
  if (rc != BH_OK)
    return rc;
  if (!right)
    return h->fail(h->ctx, refused, "a wrong signature");
#if defined(WRONG_old)
  return BH_OK;
#elif defined(WRONG_future)
  return at < now_s - 300 ? h->fail(h->ctx, refused, "too old") : BH_OK;
#else
  return at < now_s - 300 || at > now_s + 300 ? h->fail(h->ctx, refused, "too old") : BH_OK;
#endif
}

static bh_status event(void *self, bh_str body, const bh_str *headers, size_t header_count, int64_t now_s, const bh_gateway_emit *emit)
{
  wrong *w = self;
  payment x = {.h = w->api.h};
  bh_str signature = bhk_header_of(headers, header_count, "X-Signature");
#if defined(WRONG_case)
  signature.len = 0;
  for (size_t i = 0; i < header_count; i += 2)
    if (bhk_is(headers[i], "X-Signature"))
      signature = headers[i + 1];
#endif
  bh_status rc = check_signature(w, body, signature, now_s);
  const bh_json_query q = {.struct_size = sizeof q, .each = "$.payment", .fields = fields, .field_count = 3, .record = on_payment, .user = &x};
  const bh_json_query *const queries[] = {&q};
  if (rc == BH_OK)
    rc = w->api.json->text(w->api.h->ctx, body, queries, 1);
  return rc != BH_OK || !x.found ? rc : emit->outcome(emit->ctx, &x.outcome);
}

static bh_status probe(void *self)
{
  (void)self;
  return BH_OK;
}

/* ---- an instance ---- */

static void destroy(void *self)
{
  wrong *w = self;
  bhk_api_dispose(&w->api);
  bhk_dispose(&w->path);
  bhk_dispose(&w->body);
  free(w);
}

static bh_status create(const bh_host *host, void **self)
{
  wrong *w = calloc(1, sizeof *w);
  if (!w)
    return BH_E_NOMEM;
  bh_status rc = bhk_open(&w->api, host, "url");
  if (rc == BH_OK)
    rc = bhk_needed(host, "secret", &w->secret);
  if (rc) {
    destroy(w);
    return rc;
  }
  *self = w;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_gateway interface = {.struct_size = sizeof interface, .probe = probe, .charge = charge, .refund = refund, .lookup = lookup, .event = event};
  return strcmp(id, BH_IFACE_GATEWAY) == 0 ? &interface : NULL;
}

static const bh_option options[] = {
  {.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Address."},
  {.key = "secret", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_SECRET, .help = "Of webhooks."},
  {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC, .version = "1.0",
  .id = TEXT(ID), .vendor = "Billhook tests", .license = "MIT", .options = options, .create = create, .destroy = destroy, .get_interface = get_interface,
};
