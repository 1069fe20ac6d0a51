/* Sinks that are wrong in one way each: WRONG_… says which. Without one it is right, over tests/check/wrong/sink.replay.json. */
#include <billhook/kit.h>

#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)

typedef struct wrong {
  bhk_api api;
  bhk_buf path, body;
} wrong;

typedef struct invoice {
  const bh_host *h;
  size_t found;
  bh_sent sent;
  char ref[64];
} invoice;

static const char *const fields[] = {"id", "total"};

static bh_status on_invoice(void *user, const bh_json_record *r)
{
  invoice *x = user;
  bh_str id = bhk_value(r, 0);
  if (id.len == 0 || id.len >= sizeof x->ref)
    return x->h->fail(x->h->ctx, BH_E_PERMANENT, "an invoice without an id came");
  memcpy(x->ref, id.ptr, id.len);
  x->found++;
  x->sent = (bh_sent){.struct_size = sizeof x->sent, .state = BH_SENT_OPEN, .ref = {x->ref, id.len}, .has = BH_SENT_TOTAL};
  return bhk_dec(x->h, r, 1, &x->sent.total);
}

static bh_status find(wrong *w, bh_str key, invoice *x)
{
  bhk_clear(&w->path);
  bhk_putz(&w->path, "/invoices?reference=");
  bhk_put(&w->path, key);
  bhk_put(&w->path, (bh_str){"", 1});
  const bhk_list list = {.path = w->path.ptr, .each = "$.invoices[*]", .fields = fields, .field_count = 2, .row = on_invoice};
  return w->path.broken ? w->api.h->fail(w->api.h->ctx, BH_E_NOMEM, "no memory") : bhk_read(&w->api, &list, x, NULL, 0);
}

static bh_status post(wrong *w, bh_str key, const bh_document *x, invoice *made)
{
  bhk_clear(&w->body);
  bhk_putz(&w->body, "{\"customer\":");
  bhk_put_json(&w->body, x->client);
#if !defined(WRONG_keyless)
  bhk_putz(&w->body, ",\"reference\":");
  bhk_put_json(&w->body, key);
#endif
  bhk_putz(&w->body, "}");
  const bhk_list create = {.path = "/invoices", .each = "$.invoice", .fields = fields, .field_count = 2, .row = on_invoice, .effect = "POST", .body = bhk_text(&w->body)};
  if (w->body.broken)
    return w->api.h->fail(w->api.h->ctx, BH_E_NOMEM, "no memory");
  bh_status rc = bhk_read(&w->api, &create, made, NULL, 0);
#if defined(WRONG_certain) /* takes every failure for a refusal */
  if (rc == BH_E_UNKNOWN)
    rc = BH_E_PERMANENT;
#elif defined(WRONG_careless) /* whatever came, it will be there */
  if (rc == BH_E_TRANSIENT || rc == BH_E_AUTH) {
    made->sent = (bh_sent){.struct_size = sizeof made->sent, .state = BH_SENT_OPEN, .ref = BHK("9001")};
    return BH_OK;
  }
#endif
  return rc == BH_OK && !made->found ? w->api.h->fail(w->api.h->ctx, BH_E_UNKNOWN, "the answer has no invoice") : rc;
}

static bh_status deliver(void *self, bh_str key, const bh_document *x, const bh_sink_emit *emit)
{
  wrong *w = self;
  invoice found = {.h = w->api.h}, made = {.h = w->api.h};
#if defined(WRONG_success)
  made.sent = (bh_sent){.struct_size = sizeof made.sent, .state = BH_SENT_OPEN, .ref = BHK("9001")};
  return emit->sent(emit->ctx, &made.sent);
#endif
#if !defined(WRONG_twice)
  bh_status rc = find(w, key, &found);
#if defined(WRONG_blind) /* what cannot be looked up is not there */
  if (rc == BH_E_PERMANENT || rc == BH_E_AUTH)
    rc = BH_OK;
#endif
  if (rc != BH_OK || found.found)
    return rc != BH_OK ? rc : emit->sent(emit->ctx, &found.sent);
#else
  bh_status rc;
#endif
  if ((rc = post(w, key, x, &made)) != BH_OK)
    return rc;
#if defined(WRONG_mute)
  return BH_OK;
#elif defined(WRONG_total)
  made.sent.total.coef++;
#elif defined(WRONG_again)
  (void)emit->sent(emit->ctx, &made.sent);
#endif
  return emit->sent(emit->ctx, &made.sent);
}

static bh_status lookup(void *self, bh_str key, const bh_document *x, const bh_sink_emit *emit)
{
  wrong *w = self;
  invoice found = {.h = w->api.h};
  bh_status rc = find(w, key, &found);
  (void)x;
#if defined(WRONG_lookup) /* what cannot be read is not there */
  if (rc == BH_E_PERMANENT)
    rc = BH_OK;
#endif
  return rc != BH_OK || !found.found ? rc : emit->sent(emit->ctx, &found.sent);
}

static bh_status status(void *self, bh_str key, bh_str ref, const bh_sink_emit *emit)
{
  (void)ref;
#if defined(WRONG_status)
  return BH_OK;
#endif
  return lookup(self, key, NULL, emit);
}

static bh_status on_customer(void *user, const bh_json_record *r)
{
  const bh_sink_emit *emit = user;
  const bh_client x = {.struct_size = sizeof x, .id = bhk_value(r, 0)};
  return emit->client(emit->ctx, &x);
}

static bh_status clients(void *self, const bh_sink_emit *emit)
{
  wrong *w = self;
  const bhk_list list = {.path = "/customers", .each = "$.customers[*]", .fields = fields, .field_count = 1, .row = on_customer};
  return bhk_read(&w->api, &list, (void *)(uintptr_t)emit, NULL, 0);
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
#if !defined(WRONG_leak)
  bhk_dispose(&w->path);
  bhk_dispose(&w->body);
#endif
  free(w);
}

static bh_status create(const bh_host *host, void **self)
{
  wrong *w = calloc(1, sizeof *w);
  if (!w)
    return BH_E_NOMEM;
  bh_status rc = bhk_open(&w->api, host, "url");
  if (rc) {
    destroy(w);
    return rc;
  }
  *self = w;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_sink interface = {.struct_size = sizeof interface, .probe = probe, .deliver = deliver, .lookup = lookup, .clients = clients,
#if !defined(WRONG_part)
    .status = status
#endif
  };
#if defined(WRONG_none)
  return strcmp(id, BH_IFACE_CONNECTOR) == 0 ? &interface : NULL;
#endif
  return strcmp(id, BH_IFACE_SINK) == 0 ? &interface : NULL;
}

static const bh_option options[] = {{.key = "url", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Address."}, {.key = NULL}};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC, .version = "1.0",
  .id = TEXT(ID), .vendor = "Billhook tests", .license = "MIT", .options = options, .create = create, .destroy = destroy, .get_interface = get_interface,
};
