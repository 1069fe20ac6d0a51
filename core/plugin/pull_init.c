/* The INIT frame of a connector. */
#include "plugin/pull_init.h"
#include "plugin/outward_wire.h"

enum { OPTIONS_MAX = 1000 };

const char *bh_call_name(int32_t call)
{
  static const char *const names[] = {"pull", "probe", "clients", "deliver", "lookup", "status", "charge", "refund", "event"}; /* BH_CALL_… */
  return call >= 0 && call < BH_CALL_COUNT ? names[call] : NULL;
}

void bh_pull_init_put(bh_buf *b, const bh_pull_init *x)
{
  bh_put_str(b, x->plugin);
  bh_put_str(b, x->path);
  bh_put_str(b, x->name);
  bh_put_str(b, x->workspace_dir);
  bh_put_str(b, x->timezone);
  bh_put_str(b, x->cursor);
  bh_put_str(b, x->ca);
  bh_put_i64(b, x->day);
  bh_put_i64(b, x->since);
  bh_put_u8(b, (uint8_t)x->call);
  bh_put_u8(b, x->record);
  bh_put_u8(b, x->programs);
  bh_put_u32(b, (uint32_t)x->option_count);
  for (size_t i = 0; i < x->option_count; i++) {
    bh_put_str(b, x->options[i].key);
    bh_put_str(b, x->options[i].value);
    bh_put_u8(b, x->options[i].secret);
  }
  bh_outward_put(b, &x->outward);
}

static bh_day get_day(bh_get *g)
{
  int64_t v = bh_get_i64(g);
  if (v < BH_DAY_MIN || v > BH_DAY_MAX)
    g->bad = true;
  return g->bad ? 0 : (bh_day)v;
}

bool bh_pull_init_get(bh_pull_init *out, bh_arena *a, bh_str source)
{
  bh_get g = bh_get_init(source);
  *out = (bh_pull_init){0};
  out->plugin = bh_get_str(&g);
  out->path = bh_get_str(&g);
  out->name = bh_get_str(&g);
  out->workspace_dir = bh_get_str(&g);
  out->timezone = bh_get_str(&g);
  out->cursor = bh_get_str(&g);
  out->ca = bh_get_str(&g);
  out->day = get_day(&g);
  out->since = get_day(&g);
  out->call = bh_get_u8(&g);
  out->record = bh_get_u8(&g);
  out->programs = bh_get_u8(&g);
  out->option_count = bh_get_count(&g, OPTIONS_MAX);
  out->options = BH_NEWN(a, bh_pull_option, out->option_count + 1);
  for (size_t i = 0; i < out->option_count; i++) {
    out->options[i].key = bh_get_str(&g);
    out->options[i].value = bh_get_str(&g);
    out->options[i].secret = bh_get_u8(&g);
  }
  bh_outward_get(&out->outward, a, &g);
  return bh_get_done(&g) && out->call >= BH_CALL_PULL && out->call < BH_CALL_COUNT;
}
