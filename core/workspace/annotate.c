/* scripts/meta/billhook.lua, the workspace's part: from the lists of keys that the statements know, and the options of models. */
#include "workspace/annotate.h"

static const char *type_of_option(bh_str type) {
  static const struct { const char *type, *lua; } types[] = {{"money", "amount|table"}, {"quantity", "amount|table"}, {"percent", "string|integer|table"},
    {"integer", "integer"}, {"bool", "boolean"}, {"records", "table[]"}};
  for (size_t i = 0; i < sizeof types / sizeof *types; i++)
    if (bh_str_eqz(type, types[i].type)) return types[i].lua;
  return "string";
}

static const ws_annotation *find(const char *class, const char *key) {
  const ws_annotation *any = NULL;
  for (const ws_annotation *a = ws_annotations; a->key; a++) {
    if (strcmp(a->key, key) != 0) continue;
    if (a->in && strcmp(a->in, class) == 0) return a;
    if (!a->in) any = a;
  }
  return any;
}

static bool needed(const char *class, const char *key) {
  static const struct { const char *class, *key; } must[] = {{"billhook.Company", "name"}, {"billhook.Company", "currency"}, {"billhook.Product", "name"},
    {"billhook.Product", "model"}, {"billhook.Client", "name"}, {"billhook.Contract", "client"}, {"billhook.Contract", "starts"}, {"billhook.Charge", "client"}};
  for (size_t i = 0; i < sizeof must / sizeof *must; i++)
    if (strcmp(must[i].class, class) == 0 && strcmp(must[i].key, key) == 0) return true;
  return false;
}

static bh_status class_of(bh_buf *out, const char *class, const ws_names *keys, bh_error *err) {
  bh_buf_fmt(out, "---@class %s\n", class);
  for (size_t i = 0; i < keys->count; i++) {
    const char *key = keys->items[i];
    const ws_annotation *a = find(class, key);
    if (!a) return bh_fail(err, BH_E_INVALID, "%s: the key `%s` has no annotation: give it one in core/workspace/annotations.c", class, key);
    if (strcmp(key, "type") == 0) continue; /* Lua says it by the statement's word */
    if (strcmp(key, "1") == 0) bh_buf_fmt(out, "---@field [1]? %s  %s\n", a->type, a->doc);
    else bh_buf_fmt(out, "---@field %s%s %s  %s\n", key, needed(class, key) ? "" : "?", a->type, a->doc);
  }
  return BH_OK;
}

/* A product, and one class for each model with its parameters. */
static bh_status products(bh_buf *out, bh_plugin_specs specs, bh_error *err) {
  bh_status st = class_of(out, "billhook.Product", &ws_product_keys, err);
  bh_buf_putz(out, "---@field bill? billhook.Schedule  the schedule\n\n");
  for (size_t i = 0; i < specs.count && st == BH_OK; i++) {
    const bh_plugin_spec *s = &specs.items[i];
    if (s->kind != BH_KIND_MODEL) continue;
    bh_buf_fmt(out, "---@class billhook.Product.%.*s: billhook.Product\n", BH_STR_ARG(s->id));
    for (size_t k = 0; k < s->option_count; k++) {
      const bh_option_spec *o = &s->options[k];
      const ws_annotation *a = find("", o->key.ptr); /* what means the same everywhere is said the same */
      bh_buf_fmt(out, "---@field %.*s? %s  ", BH_STR_ARG(o->key), a ? a->type : type_of_option(o->type));
      if (a) bh_buf_fmt(out, "%s\n", a->doc);
      else bh_buf_fmt(out, "%.*s\n", BH_STR_ARG(o->help));
      if (bh_str_eqz(o->type, "money"))
        bh_buf_fmt(out, "---@field %.*ss? table<string, amount>  the same in other currencies\n---@field %.*ss_from? table<string, amount|table>  the same from dates on\n",
                   BH_STR_ARG(o->key), BH_STR_ARG(o->key));
    }
    bh_buf_putc(out, '\n');
  }
  return st;
}

/* A contract's line takes the parameters of any model. */
static bh_status lines(bh_buf *out, bh_error *err) {
  bh_status st = class_of(out, "billhook.ContractLine", &ws_line_keys, err);
  bh_buf_putz(out, "---@field price? amount|table  of one unit; { start = \"42.00\", [\"2027-01-01\"] = \"44.00\" } by date\n"
                   "---@field prices? table<string, amount>  the same in other currencies\n---@field prices_from? table<string, amount>  prices to come, by date\n"
                   "---@field tiers? table[]  { up_to, price, flat }\n---@field [string] any  a parameter of the product's model\n\n");
  return st;
}

static void word(bh_buf *out, const char *name, bool named, const char *class, const char *doc) {
  bh_buf_fmt(out, "---%s\n", doc);
  if (named) bh_buf_fmt(out, "---@param id string\n---@return fun(keys: %s)\nfunction %s(id) end\n\n", class, name);
  else bh_buf_fmt(out, "---@param keys %s\nfunction %s(keys) end\n\n", class, name);
}

/* In the order of ws_words. */
static const struct { const char *class; bool named; const char *doc; } words[WS_W_COUNT] = {
  [WS_W_COMPANY] = {"billhook.Company", false, "Who bills."},
  [WS_W_STORE] = {"{ url: string }", false, "Where the store is; billhook.db where left out."},
  [WS_W_INVOICING] = {"billhook.Invoicing", false, "Defaults of all invoices."},
  [WS_W_CONNECTOR] = {"{ plugin: string, contracts?: boolean, ca?: string, [string]: any }", true, "A platform that counts come from; its plugin's options stand beside."},
  [WS_W_SINK] = {"{ plugin: string, [string]: any }", true, "Where invoices go."},
  [WS_W_GATEWAY] = {"{ plugin: string, [string]: any }", true, "Where money comes from."},
  [WS_W_TAX] = {"billhook.Tax", true, "A tax."},
  [WS_W_IDENTITY] = {"billhook.Identity", false, "One device that two connectors see counts once."},
  [WS_W_PRODUCT] = {"billhook.AnyProduct", true, "Something that is sold."},
  [WS_W_PRICELIST] = {"table<string, amount|table>", true, "Other prices for some clients."},
  [WS_W_TEMPLATE] = {"billhook.Template", true, "Lines that contracts share."},
  [WS_W_CLIENT] = {"billhook.Client", true, "A client."},
  [WS_W_CONTRACT] = {"billhook.Contract", true, "A contract of a client."},
  [WS_W_CHARGE] = {"billhook.Charge", true, "A one-off that is in no contract."},
};

static bh_status statements(bh_buf *out, bh_plugin_specs specs, bh_error *err) {
  static const struct { const char *class; const ws_names *keys; } classes[] = {
    {"billhook.Schedule", &ws_bill_keys}, {"billhook.Discount", &ws_discount_keys}, {"billhook.Company", &ws_company_keys}, {"billhook.Invoicing", &ws_invoicing_keys},
    {"billhook.Tax", &ws_tax_keys}, {"billhook.Identity", &ws_identity_keys}, {"billhook.Template", &ws_template_keys}, {"billhook.Client", &ws_client_keys},
    {"billhook.Contract", &ws_contract_keys}, {"billhook.Charge", &ws_charge_keys}};
  bh_status st = BH_OK;
  bh_buf_putz(out, "---@class billhook.Address\n---@field street? string\n---@field city? string\n---@field postcode? string\n---@field region? string\n---@field country? string\n\n");
  for (size_t i = 0; i < sizeof classes / sizeof *classes && st == BH_OK; i++) {
    st = class_of(out, classes[i].class, classes[i].keys, err);
    bh_buf_putc(out, '\n');
  }
  if (st == BH_OK) st = lines(out, err);
  if (st == BH_OK) st = products(out, specs, err);
  bh_buf_putz(out, "---@alias billhook.AnyProduct billhook.Product");
  for (size_t i = 0; i < specs.count; i++)
    if (specs.items[i].kind == BH_KIND_MODEL) bh_buf_fmt(out, "|billhook.Product.%.*s", BH_STR_ARG(specs.items[i].id));
  bh_buf_putz(out, "\n\n");
  for (int i = 0; i < WS_W_COUNT && st == BH_OK; i++) {
    if (i == WS_W_RULE) continue; /* with what a rule is given */
    if (!words[i].doc) st = bh_fail(err, BH_E_INVALID, "the word `%s` has no annotation: give it one in core/workspace/annotate.c", ws_words[i]);
    else word(out, ws_words[i], words[i].named, words[i].class, words[i].doc);
  }
  return st;
}

static bh_status functions(bh_buf *out, const char *prefix, const ws_test_word *list, bh_annotate_fn print, bh_error *err) {
  for (const ws_test_word *w = list; w->name; w++) {
    if (!w->doc) return bh_fail(err, BH_E_INVALID, "`%s%s` of tests has no annotation: give it one where it is registered", prefix, w->name);
    print(out, prefix, w->name, w->tags, w->doc);
  }
  return BH_OK;
}

bh_status bh_workspace_annotate(bh_buf *out, bh_plugin_specs specs, bh_annotate_fn print, bh_error *err) {
  bh_status st = statements(out, specs, err);
  bh_buf_putz(out, "---An invoice as `show --json` has it; amounts, prices, quantities and rates are decimals.\n---@class billhook.Invoice\n---@field lines table[]\n"
                   "---@field discounts table[]\n---@field taxes table[]\n---@field subtotal decimal\n---@field total decimal\n"
                   "---@field hold { reason: string, message: string }?\n---@field [string] any\nlocal invoice = {}\n\n");
  if (st == BH_OK) st = functions(out, "invoice:", ws_invoice_methods, print, err);
  bh_buf_putz(out, "---@class billhook.Expectation\nlocal expectation = {}\n\n");
  if (st == BH_OK) st = functions(out, "expectation:", ws_test_checks, print, err);
  return st == BH_OK ? functions(out, "", ws_test_functions, print, err) : st;
}
