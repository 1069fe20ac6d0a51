/* What a pull came to, as JSON. */
#include "batch/pull.h"

bh_str bh_contract_left_words(bh_arena *a, const bh_left_out *x) { return bh_arena_fmt(a, "contract \"%.*s\": %.*s", BH_STR_ARG(x->contract), BH_STR_ARG(x->why)); }

void bh_left_out_json(bh_jw *w, const bh_contracts_done *d)
{
  bh_jw_arr(w);
  for (size_t i = 0; i < d->left_count; i++) {
    const bh_left_out *x = &d->left[i];
    bh_jw_obj(w);
    bh_jw_key(w, "contract"); bh_jw_str(w, x->contract);
    bh_jw_key(w, "client"); bh_jw_str(w, x->client);
    bh_jw_key(w, "products");
    bh_jw_arr(w);
    for (size_t k = 0; k < x->product_count; k++)
      bh_jw_str(w, x->products[k]);
    bh_jw_arr_end(w);
    bh_jw_key(w, "tax");
    if (x->tax.len) bh_jw_str(w, x->tax); else bh_jw_null(w);
    bh_jw_key(w, "why"); bh_jw_str(w, x->why);
    bh_jw_obj_end(w);
  }
  bh_jw_arr_end(w);
}

void bh_pulled_json(bh_jw *w, const bh_pulled *p)
{
  char seconds[32];
  bh_dec s = { .coef = p->took_ms, .scale = 3 };
  size_t n = bh_dec_format_trim(seconds, s);
  bh_jw_obj(w);
  bh_jw_key(w, "name"); bh_jw_str(w, p->name);
  bh_jw_key(w, "ok"); bh_jw_bool(w, p->ok);
  bh_jw_key(w, "assets"); bh_jw_int(w, p->assets);
  bh_jw_key(w, "gauges"); bh_jw_int(w, p->gauges);
  bh_jw_key(w, "usage"); bh_jw_int(w, p->usage);
  bh_jw_key(w, "charges"); bh_jw_int(w, p->charges);
  if (p->products) { bh_jw_key(w, "products"); bh_jw_int(w, p->products); }
  if (p->costs) { bh_jw_key(w, "costs"); bh_jw_int(w, p->costs); }
  bh_jw_key(w, "changed"); bh_jw_int(w, p->changed);
  bh_jw_key(w, "gone"); bh_jw_int(w, p->gone);
  bh_jw_key(w, "unmapped");
  bh_jw_arr(w);
  for (size_t i = 0; i < p->unmapped_count; i++)
    bh_jw_str(w, p->unmapped[i]);
  for (size_t i = 0; i < p->done.left_count; i++) {
    bh_buf words;
    bh_buf_init(&words, 1 << 20);
    bh_buf_fmt(&words, "contract %.*s", BH_STR_ARG(p->done.left[i].contract));
    bh_jw_str(w, bh_buf_str(&words));
    bh_buf_dispose(&words);
  }
  bh_jw_arr_end(w);
  if (p->contracts) {
    bh_jw_key(w, "contracts");
    bh_jw_obj(w);
    bh_jw_key(w, "sent"); bh_jw_int(w, p->done.sent);
    bh_jw_key(w, "written"); bh_jw_int(w, p->done.written);
    bh_jw_key(w, "changed"); bh_jw_int(w, p->done.changed);
    bh_jw_key(w, "gone"); bh_jw_int(w, p->done.gone);
    bh_jw_key(w, "left_out");
    bh_left_out_json(w, &p->done);
    bh_jw_obj_end(w);
  }
  bh_jw_key(w, "seconds"); bh_jw_raw(w, (bh_str){ seconds, n });
  bh_jw_key(w, "peak_kib"); bh_jw_int(w, p->peak_kib); /* its worker's memory */
  bh_jw_key(w, "error");
  if (p->error.len) bh_jw_str(w, p->error); else bh_jw_null(w);
  bh_jw_obj_end(w);
}
