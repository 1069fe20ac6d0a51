/* A model whose text parameter `how` says what is wrong with what it emits; and a purchase that is right. */
#include <billhook/plugin.h>
#include <stdlib.h>
#include <string.h>

typedef struct me { const bh_host *host; } me;

static int is(bh_str s, const char *word) { return s.len == strlen(word) && memcmp(s.ptr, word, s.len) == 0; }

static bh_status prepare(void *self, const bh_values *params, void **state)
{
  (void)self;
  *state = (void *)(uintptr_t)params;
  return BH_OK;
}

static bh_status rate(void *self, void *state, const bh_model_input *in, const bh_model_emit *out)
{
  const bh_host *h = ((me *)self)->host;
  bh_str how;
  bh_status rc = h->text(h->ctx, state, "how", &how);
  if (rc)
    return rc;
  bh_priced_line l = {.struct_size = sizeof l, .quantity = {2, 4}, .fraction = {1, 1}, .unit_price = {100, 2, 0}};
  static char big[5000];
  int n = 1;
  if (is(how, "zero-den"))
    l.quantity.den = 0;
  else if (is(how, "negative-fraction-den"))
    l.fraction.den = -1;
  else if (is(how, "scale"))
    l.unit_price.scale = 10;
  else if (is(how, "text"))
    l.text = (bh_str){"\xff\xfe", 2};
  else if (is(how, "short"))
    l.struct_size = 8;
  else if (is(how, "days"))
    l.days = (bh_period){{2020, 1, 1}, {2020, 2, 1}};
  else if (is(how, "many"))
    n = 10001;
  else if (is(how, "carry"))
    return out->carry(out->ctx, 1, (bh_str){big, sizeof big});
  else if (is(how, "ignored")) {
    l.quantity.den = 0;
    (void)out->line(out->ctx, &l);
    l.quantity.den = 1;
  } else if (is(how, "silent"))
    return BH_E_PERMANENT;
  else if (is(how, "reads-undeclared"))
    return h->text(h->ctx, state, "nope", &how);
  else if (is(how, "purchase")) {
    const bh_purchase p = {.struct_size = sizeof p, .date = in->in_force.from, .quantity = {1, 1}, .unit_price = {220000, 2, 0}, .text = {"block", 5}};
    return out->purchase(out->ctx, &p);
  } else if (is(how, "service"))
    return h->get_service(h->ctx, BH_SERVICE_FILE) ? BH_OK : h->fail(h->ctx, BH_E_INVALID, "no files here");
  for (int i = 0; i < n && rc == BH_OK; i++)
    rc = out->line(out->ctx, &l);
  return is(how, "many") ? BH_OK : rc;
}

static bh_status create(const bh_host *host, void **self)
{
  me *m = malloc(sizeof *m);
  if (!m)
    return BH_E_NOMEM;
  m->host = host;
  *self = m;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_model m = {.struct_size = sizeof m, .phase = 1, .prepare = prepare, .rate = rate};
  return strcmp(id, BH_IFACE_MODEL) == 0 ? &m : NULL;
}

static const bh_option options[] = {{.key = "how", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED}, {.key = NULL}};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "test_wild", .version = "1.0", .vendor = "Billhook tests", .license = "MIT", .options = options,
  .create = create, .destroy = free, .get_interface = get_interface,
};
