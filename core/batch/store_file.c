/* The store as a file: bringing it forward, and a copy of it. */
#include "batch/engine.h"
#include "base/json.h"

static int answer(billhook *b, bh_status st, bh_error *err, const char *key, bh_str path, const billhook_out *out)
{
  if (st == BH_OK) {
    bh_buf json;
    bh_jw w;
    bh_buf_init(&json, 1 << 16);
    bh_jw_init(&w, &json);
    bh_jw_obj(&w);
    bh_jw_key(&w, key); bh_jw_str(&w, path);
    bh_jw_key(&w, "schema"); bh_jw_int(&w, BH_STORE_SCHEMA);
    bh_jw_obj_end(&w);
    bh_out_line(out, &json);
    bh_buf_dispose(&json);
  }
  return bh_engine_end(b, st, err);
}

int billhook_store_migrate(billhook *b, const billhook_out *out)
{
  bh_error err = { 0 };
  bh_status st = bh_engine_store(b, BH_STORE_WRITE); /* opening it to write brings it forward */
  if (st != BH_OK)
    err = b->error;
  return answer(b, st, &err, "store", st == BH_OK ? bh_store_path(b->store) : BH_S(""), out);
}

int billhook_store_backup(billhook *b, const char *file, const billhook_out *out)
{
  bh_error err = { 0 };
  bh_status st = bh_engine_store(b, BH_STORE_READ);
  if (st != BH_OK)
    err = b->error;
  else
    st = bh_store_backup(b->store, file, &err);
  return answer(b, st, &err, "backup", bh_str_c(file), out);
}
