/* Models that are wrong in one way each: WRONG_… says which. Without one it is right: the quantity at a price. */
#include <billhook/plugin.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define TEXT2(x) #x
#define TEXT(x) TEXT2(x)

typedef struct wrong { const bh_host *host; int64_t before; } wrong;

static bh_status prepare(void *self, const bh_values *params, void **state)
{
  const bh_host *h = ((wrong *)self)->host;
  bh_dec price = {100, 2, 0};
#if defined(WRONG_required)
  bh_status rc = BH_OK;
  if (h->has(h->ctx, params, "price"))
    rc = h->dec(h->ctx, params, "price", &price);
#else
  bh_status rc = h->dec(h->ctx, params, "price", &price);
#endif
  if (rc)
    return rc;
  bh_dec *kept = malloc(sizeof *kept);
  if (!kept)
    return BH_E_NOMEM;
  *kept = price;
  *state = kept;
  return BH_OK;
}

static bh_status rate(void *self, void *state, const bh_model_input *in, const bh_model_emit *out)
{
  wrong *w = self;
  bh_status rc = BH_OK;
#if defined(WRONG_service)
  (void)w->host->get_service(w->host->ctx, BH_SERVICE_FILE);
#elif defined(WRONG_file) /* past libc, so that only the kernel sees it */
  (void)syscall(SYS_openat, -100, "/etc/hostname", 0, 0);
#endif
  for (size_t i = 0; i < in->run_count && rc == BH_OK; i++) {
    bh_priced_line line = {.struct_size = sizeof line, .quantity = in->runs[i]->quantity, .fraction = in->runs[i]->fraction, .unit_price = *(const bh_dec *)state,
      .days = in->runs[i]->days};
#if defined(WRONG_cases)
    line.quantity.num++;
#elif defined(WRONG_order)
    if (w->before > line.quantity.num)
      line.quantity.num++;
    w->before = line.quantity.num;
#elif defined(WRONG_same)
    static int calls;
    line.unit_price.coef += calls++;
#elif defined(WRONG_parts)
    if (i > 0)
      break;
#elif defined(WRONG_clock)
    line.quantity.num += time(NULL) == 0;
#endif
    rc = out->line(out->ctx, &line);
#if defined(WRONG_ignores_emit)
    rc = BH_OK;
#endif
  }
  (void)w;
  return rc;
}

static void release(void *self, void *state)
{
  (void)self;
#if !defined(WRONG_leak)
  free(state);
#else
  (void)state;
#endif
}

static bh_status create(const bh_host *host, void **self)
{
  wrong *w = calloc(1, sizeof *w);
  if (!w)
    return BH_E_NOMEM;
  w->host = host;
  *self = w;
  return BH_OK;
}

static const void *get_interface(const char *id)
{
  static const bh_model interface = {.struct_size = sizeof interface, .phase = 1, .prepare = prepare, .rate = rate, .release = release};
  return strcmp(id, BH_IFACE_MODEL) == 0 ? &interface : NULL;
}

static const bh_option options[] = {{.key = "price", .type = BH_OPT_MONEY, .flags = BH_OPT_REQUIRED, .help = "Of one."}, {.key = NULL}};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = TEXT(ID), .version = "1.0", .vendor = "Billhook tests", .license = "MIT", .options = options,
  .create = create, .destroy = free, .get_interface = get_interface,
};
