/* plan: one level of a family, at the level's price, for the days on which it is in force. The host sees to it that no two levels of a
 * family are in force on one day (BH_OPT_EXCLUSIVE), and prorates. */
#include "../self.h"
#include "../text.h"

enum { LEVEL_LEN = 200 };
typedef struct terms { bh_dec price; char level[LEVEL_LEN]; } terms; /* level: shown where the product has several */

static int same(bh_str a, bh_str b) { return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0); }

static bh_status price_of_level(const bh_host *h, const bh_values *params, bh_str level, terms *t)
{
  for (size_t i = 0; i < h->records(h->ctx, params, "levels"); i++) {
    const bh_values *r = h->record(h->ctx, params, "levels", i);
    bh_str name;
    bh_status rc = h->text(h->ctx, r, "level", &name);
    if (rc)
      return rc;
    if (!same(name, level))
      continue;
    snprintf(t->level, sizeof t->level, "%.*s", (int)name.len, name.ptr);
    return h->dec(h->ctx, r, "price", &t->price);
  }
  return h->fail(h->ctx, BH_E_INVALID, "levels: none is \"%.*s\"", (int)level.len, level.ptr);
}

static bh_status prepare(void *me, const bh_values *params, void **state)
{
  const bh_host *h = ((self *)me)->host;
  terms t = {.level = ""};
  bh_str level;
  bh_status rc = h->text(h->ctx, params, "level", &level);
  if (rc == BH_OK && level.len >= LEVEL_LEN)
    rc = h->fail(h->ctx, BH_E_INVALID, "level: at most %d bytes", LEVEL_LEN - 1);
  if (rc == BH_OK)
    rc = h->has(h->ctx, params, "price") ? h->dec(h->ctx, params, "price", &t.price) : price_of_level(h, params, level, &t);
  return rc ? rc : self_keep(state, &t, sizeof t);
}

static bh_status rate(void *me, void *state, const bh_model_input *in, const bh_model_emit *out)
{
  const terms *t = state;
  bh_status rc = BH_OK;
  for (size_t i = 0; i < in->run_count && rc == BH_OK; i++)
    rc = self_line(out, in->runs[i]->quantity, t->price, in->runs[i]->fraction, in->runs[i]->days, t->level);
  return rc;
}

static const void *get_interface(const char *id)
{
  static const bh_model model = {.struct_size = sizeof model, .phase = 1, .prepare = prepare, .rate = rate, .release = self_release};
  return strcmp(id, BH_IFACE_MODEL) == 0 ? &model : NULL;
}

static const bh_option levels[] = {
  {.key = "level", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Its name."},
  {.key = "price", .type = BH_OPT_MONEY, .flags = BH_OPT_REQUIRED, .help = "Of the level for a whole period; of each unit where there is a count."},
  {.key = NULL},
};

static const bh_option options[] = {
  {.key = "family", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED | BH_OPT_EXCLUSIVE,
   .help = "What the levels belong to: of one family, a contract has one level on a day."},
  {.key = "level", .type = BH_OPT_TEXT, .flags = BH_OPT_REQUIRED, .help = "Which level this is."},
  {.key = "price", .type = BH_OPT_MONEY, .flags = BH_OPT_EITHER, .help = "For a whole period; of each unit where there is a count."},
  {.key = "levels", .type = BH_OPT_RECORDS, .records = levels, .flags = BH_OPT_EITHER, .help = "Several levels with their prices; `level` picks one."},
  {.key = NULL},
};

const bh_plugin billhook_plugin = {
  .struct_size = sizeof(bh_plugin), .abi_major = BH_ABI_MAJOR, .abi_minor = BH_ABI_MINOR, .abi_rc = BH_ABI_RC,
  .id = "plan", .version = "1.0", .vendor = "Billhook", .license = "MIT", .options = options,
  .create = self_create, .destroy = free, .get_interface = get_interface,
};
