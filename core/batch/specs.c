#include "batch/specs.h"

static bh_option_spec *options(bh_arena *a, const bh_manifest_option *from, size_t n)
{
  bh_option_spec *to = BH_NEWN(a, bh_option_spec, n ? n : 1);
  for (size_t i = 0; i < n; i++)
    to[i] = (bh_option_spec){ .key = from[i].key, .type = from[i].type, .required = from[i].required, .secret = from[i].secret,
      .carry = from[i].carry, .exclusive = from[i].exclusive, .either = from[i].either,
      .fallback = from[i].fallback, .help = from[i].help, .choices = from[i].choices, .choice_count = from[i].choice_count,
      .records = options(a, from[i].records, from[i].record_count), .record_count = from[i].record_count };
  return to;
}

static bh_plugin_kind kind_of(bh_str kind)
{
  if (bh_str_eqz(kind, "model")) return BH_KIND_MODEL;
  if (bh_str_eqz(kind, "sink")) return BH_KIND_SINK;
  if (bh_str_eqz(kind, "gateway")) return BH_KIND_GATEWAY;
  if (bh_str_eqz(kind, "tax")) return BH_KIND_TAX;
  return BH_KIND_CONNECTOR;
}

void bh_specs_from(bh_plugin_specs *out, bh_arena *a, const bh_plugin_set *set)
{
  bh_plugin_spec *specs = BH_NEWN(a, bh_plugin_spec, set->count ? set->count : 1);
  for (size_t i = 0; i < set->count; i++) {
    const bh_manifest *m = &set->items[i];
    specs[i] = (bh_plugin_spec){ .id = m->id, .version = m->version, .kind = kind_of(m->kind), .phase = m->phase, .by_day = m->by_day,
      .options = options(a, m->options, m->option_count), .option_count = m->option_count };
  }
  *out = (bh_plugin_specs){ specs, set->count };
}
