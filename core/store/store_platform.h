/* What a platform says of itself, beside facts: where its last pull stood, its products, and the vendor's invoice lines. Included by store.h.
 * Nothing of it is billed. Kept as last delivered, in one time: a row that comes again as it is writes nothing. */
#ifndef BH_STORE_PLATFORM_H
#define BH_STORE_PLATFORM_H

/* Where the last good pull stood: the cursor that it left (may be empty), and what it was made with (plugin, version, options), as a hash: zero where
 * there was none. */
typedef struct bh_cursor_row { bh_str text; bh_sha made_with; } bh_cursor_row;
bh_status bh_store_cursor_get(bh_store *s, bh_cursor_row *out, bh_arena *a, bh_str connector, bh_error *err);
bh_status bh_store_cursor_put(bh_store *s, bh_str connector, const bh_cursor_row *row, bh_error *err); /* writes where it differs */
/* The day of the connector's last good pull before which none of its clients was failing: everything until then has been read. BH_DAY_MIN: no such pull. */
bh_status bh_store_whole_day(bh_store *s, bh_day *out, bh_str connector, bh_error *err);

/* The contracts of the platform that the last good pull did not take, as JSON ("[]": none). Written where it differs. */
bh_status bh_store_left_out_get(bh_store *s, bh_str *out, bh_arena *a, bh_str connector, bh_error *err);
bh_status bh_store_left_out_put(bh_store *s, bh_str connector, bh_str json, bh_error *err);

typedef struct bh_platform_product { bh_str connector, id, name; bool has_price; bh_dec price; bool has_cost; bh_dec cost; } bh_platform_product;
bh_status bh_store_product_put(bh_store *s, bool *changed, int32_t connector, const bh_platform_product *row, bh_error *err);
/* Of one connector (by name), or of all where it is empty; by connector and id. */
bh_status bh_store_products(bh_store *s, bh_platform_product **out, size_t *n, bh_arena *a, bh_str connector, bh_error *err);

/* A line of a vendor's invoice, for [from, until). Ids, names and amounts as the vendor has them; amount: net, in major units of the currency. */
typedef struct bh_cost_row {
  bh_str connector, id, client, product, description, currency;
  bh_day from, until;
  bh_dec quantity, amount;
} bh_cost_row;
bh_status bh_store_cost_put(bh_store *s, bool *changed, int32_t connector, const bh_cost_row *row, bh_error *err);
/* Those that touch [from, until), by connector and id. */
bh_status bh_store_costs(bh_store *s, bh_cost_row **out, size_t *n, bh_arena *a, bh_day from, bh_day until, bh_error *err);
#endif
