/* Everything that a connector emits in one call, as JSON lines: contracts and products, too, which no count shows.
 *
 *   pull_dump PLUGINS_DIR PLUGIN YYYY-MM-DD TIMEZONE WORKSPACE [KEY=VALUE…]     lists of tables as JSON; a KEY that begins with '!' is a secret
 *
 * Exit status 0: the pull succeeded. 1: it failed, and the reason stands on standard error.
 */
#include "base/dec.h"
#include "plugin/pull.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPTIONS_MAX = 64 };

static bh_buf line;

static void begin(bh_jw *w, const char *type)
{
  bh_buf_clear(&line);
  bh_jw_init(w, &line);
  bh_jw_obj(w);
  bh_jw_key_any(w, "type");
  bh_jw_z(w, type);
}

static void put(bh_jw *w, const char *key, bh_str value)
{
  bh_jw_key_any(w, key);
  bh_jw_str(w, value);
}

static void put_dec(bh_jw *w, const char *key, bh_dec d, bool there)
{
  char text[48];
  bh_jw_key_any(w, key);
  if (there)
    bh_dec_format(text, d);
  bh_jw_z(w, there ? text : NULL);
}

static void put_day(bh_jw *w, const char *key, bh_day d)
{
  bh_jw_key_any(w, key);
  bh_jw_day(w, d);
}

static bh_status end(bh_jw *w)
{
  bh_jw_obj_end(w);
  bh_str s = bh_buf_str(&line);
  printf("%.*s\n", (int)s.len, s.ptr);
  return BH_OK;
}

static bh_status on_client(void *ctx, bh_str id, bh_str name, bh_str domain, bh_error *err)
{
  bh_jw w;
  begin(&w, "client");
  put(&w, "id", id);
  put(&w, "name", name);
  put(&w, "domain", domain);
  return end(&w);
}

static bh_status on_asset(void *ctx, const bh_pull_asset *x, bh_error *err)
{
  bh_jw w;
  begin(&w, "asset");
  put(&w, "client", x->client);
  put(&w, "kind", x->kind);
  put(&w, "class", x->klass);
  put(&w, "id", x->id);
  put(&w, "name", x->name);
  bh_jw_key_any(&w, "attrs");
  bh_jw_raw(&w, x->attrs);
  if (x->last_seen != BH_DAY_MIN)
    put_day(&w, "last_seen", x->last_seen);
  return end(&w);
}

static bh_status on_gauge(void *ctx, const bh_pull_gauge *x, bh_error *err)
{
  bh_jw w;
  begin(&w, "gauge");
  put(&w, "client", x->client);
  put(&w, "metric", x->metric);
  put_day(&w, "date", x->day);
  put_dec(&w, "value", x->value, true);
  return end(&w);
}

static bh_status on_usage(void *ctx, const bh_pull_usage *x, bh_error *err)
{
  bh_jw w;
  begin(&w, "usage");
  put(&w, "client", x->client);
  put(&w, "metric", x->metric);
  put(&w, "id", x->id);
  put_day(&w, "date", x->day);
  put_dec(&w, "quantity", x->quantity, true);
  put(&w, "description", x->description);
  bh_jw_key_any(&w, "attrs");
  bh_jw_raw(&w, x->attrs);
  return end(&w);
}

static bh_status on_charge(void *ctx, const bh_pull_charge *x, bh_error *err)
{
  bh_jw w;
  begin(&w, "charge");
  put(&w, "client", x->client);
  put(&w, "id", x->id);
  put(&w, "product", x->product);
  put(&w, "description", x->description);
  put(&w, "po", x->po);
  put(&w, "contract", x->contract);
  put_day(&w, "date", x->day);
  put_dec(&w, "quantity", x->quantity, true);
  put_dec(&w, "unit_price", x->price, x->has_price);
  put_dec(&w, "cost", x->cost, x->has_cost);
  return end(&w);
}

static bh_status on_scope(void *ctx, bh_str kind, bh_str client, bool complete, bh_error *err)
{
  bh_jw w;
  begin(&w, "scope");
  put(&w, "kind", kind);
  put(&w, "client", client);
  bh_jw_key_any(&w, "complete");
  bh_jw_bool(&w, complete);
  return end(&w);
}

static bh_status on_client_failed(void *ctx, bh_str client, bh_str why, bh_error *err)
{
  bh_jw w;
  begin(&w, "failed");
  put(&w, "client", client);
  put(&w, "why", why);
  return end(&w);
}

static bh_status on_contract(void *ctx, bh_str client, bh_str id, bh_str json, bh_error *err)
{
  bh_jw w;
  begin(&w, "contract");
  put(&w, "client", client);
  put(&w, "id", id);
  bh_jw_key_any(&w, "json");
  bh_jw_raw(&w, json);
  return end(&w);
}

static bh_status on_product(void *ctx, const bh_pull_product *x, bh_error *err)
{
  bh_jw w;
  begin(&w, "product");
  put(&w, "id", x->id);
  put(&w, "name", x->name);
  put_dec(&w, "price", x->price, x->has_price);
  put_dec(&w, "cost", x->cost, x->has_cost);
  return end(&w);
}

static bh_status on_cost(void *ctx, const bh_pull_cost *x, bh_error *err)
{
  bh_jw w;
  begin(&w, "cost");
  put(&w, "client", x->client);
  put(&w, "id", x->id);
  put(&w, "product", x->product);
  put(&w, "description", x->description);
  put(&w, "currency", x->currency);
  put_day(&w, "from", x->from);
  put_day(&w, "until", x->until);
  put_dec(&w, "quantity", x->quantity, true);
  put_dec(&w, "amount", x->amount, true);
  return end(&w);
}

static const bh_pull_sink sink = {.client = on_client, .asset = on_asset, .gauge = on_gauge, .usage = on_usage, .charge = on_charge, .scope = on_scope,
  .client_failed = on_client_failed, .contract = on_contract, .product = on_product, .cost = on_cost};

static size_t read_options(bh_pull_option *out, int argc, char **argv)
{
  size_t n = 0;
  for (int i = 6; i < argc && n < OPTIONS_MAX; i++) {
    char *key = argv[i], *value = strchr(argv[i], '=');
    if (!value)
      continue;
    *value++ = 0;
    bool secret = key[0] == '!';
    out[n++] = (bh_pull_option){bh_str_c(key + secret), bh_str_c(value), secret};
  }
  return n;
}

int main(int argc, char **argv)
{
  static bh_pull_option options[OPTIONS_MAX];
  bh_plugin_set *set;
  bh_error err = {0};
  bh_day day;
  if (argc < 6 || !bh_day_parse(&day, bh_str_c(argv[3])) || bh_plugins_find(&set, argv[1], NULL, false, &err) != BH_OK) {
    fprintf(stderr, "pull_dump PLUGINS_DIR PLUGIN YYYY-MM-DD TIMEZONE WORKSPACE [KEY=VALUE…]\n%s\n", err.message);
    return 2;
  }
  const bh_manifest *plugin = bh_plugins_get(set, bh_str_c(argv[2]));
  if (!plugin) {
    fprintf(stderr, "there is no plugin %s\n", argv[2]);
    return 2;
  }
  bh_buf_init(&line, 64 << 20);
  bh_pull_job job = {.name = BH_S("psa"), .plugin = plugin, .options = options, .option_count = read_options(options, argc, argv),
    .workspace_dir = bh_str_c(argv[5]), .timezone = bh_str_c(argv[4]), .day = day, .timeout_s = 60, .cursor = {"", 0}, .ca = {"", 0}};
  bh_status rc = bh_pull_run(&job, 1, &sink, NULL, &err);
  if (rc == BH_OK)
    rc = job.status;
  if (rc)
    fprintf(stderr, "%s\n", job.error.message[0] ? job.error.message : err.message);
  bh_buf_dispose(&line);
  bh_plugins_free(set);
  return rc ? 1 : 0;
}
