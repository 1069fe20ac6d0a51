/* Checked option values, as plugins see them: an instance's options, a model's parameters, or one record of either. */
#ifndef BH_VALUES_H
#define BH_VALUES_H
#include "base/base.h"
#include "base/dec.h"
#include "base/json.h"
#include "billing/rating.h"
#include "plugin/pull.h"

typedef struct bh_value {
  const bh_option *option;
  bool set;              /* by the workspace, or by the fallback */
  bool secret;           /* declared so, or given as a reference: never in a message */
  bh_dec number;         /* money, quantity, percent, integer, bool, duration (seconds) */
  bh_day day;            /* date */
  bh_str text;           /* as written */
  bh_values *records;
  size_t record_count;
} bh_value;
struct bh_values { bh_value *items; size_t count; };

/* One value from text, checked against its option. The message names the key, never the value of a secret. */
bh_status bh_value_parse(bh_value *v, bh_arena *a, bh_str text, bh_error *err);
/* A connector's options. Lists and tables come as JSON. Required and absent, unknown, or misfit: BH_E_INVALID. */
bh_status bh_values_of_options(bh_values *out, bh_arena *a, const bh_option *declared, const bh_pull_option *given, size_t n, bh_error *err);
/* A model's bound parameters. */
bh_status bh_values_of_params(bh_values *out, bh_arena *a, const bh_option *declared, const bh_bound *given, size_t n, bh_error *err);

bh_value *bh_values_find(const bh_values *v, const char *key); /* NULL where it is not declared */
#endif
