/* Stores that nobody keeps: for what is rated to be looked at, and not to be billed. */
#include "store/engine.h"

/* What connectors have brought, and what it is named by; documents, and what they settled, stay behind. */
static const char *const fact_tables[] = {"connector", "word", "pull", "place", "provides", "scope", "listing", "asset", "asset_pack", "quiet", "gauge", "usage", "charge",
                                          "late", "counter"};

/* By the columns that the other store has: its schema may be an older one. */
static bh_status copy_table(bh_store *s, const char *table, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "SELECT group_concat(name) FROM pragma_table_info(?1, 'source')", err);
  if (!st) return bh_code(err);
  bh_bind_str(st, 1, bh_str_c(table));
  int more = bh_sql_step(s, st, err);
  char sql[2000] = "";
  bh_str columns = more > 0 ? bh_col_view(st, 0) : (bh_str){"", 0};
  if (columns.len) snprintf(sql, sizeof sql, "INSERT INTO main.%s(%.*s) SELECT %.*s FROM source.%s", table, BH_STR_ARG(columns), BH_STR_ARG(columns), table);
  bh_sql_done(s, st);
  return more < 0 ? bh_code(err) : sql[0] ? bh_sql_exec(s, sql, err) : BH_OK; /* a table of a later schema: the other store has nothing in it */
}

static bh_status copy_facts(bh_store *s, const char *from, bh_error *err) {
  sqlite3_stmt *st = bh_sql(s, "ATTACH ?1 AS source", err);
  if (!st) return bh_code(err);
  bh_buf uri;
  bh_buf_init(&uri, 3 * 4096 + 64);
  bh_status status = bh_store_uri(&uri, from) ? BH_OK : bh_fail(err, BH_E_STORE, "%s: the path is too long", from);
  if (status == BH_OK) bh_bind_str(st, 1, bh_str_c(uri.ptr));
  if (status == BH_OK) status = bh_sql_run(s, st, err);
  else bh_sql_done(s, st);
  bh_buf_dispose(&uri);
  if (status == BH_OK) status = bh_sql_exec(s, "BEGIN", err);
  for (size_t i = 0; status == BH_OK && i < sizeof fact_tables / sizeof fact_tables[0]; i++) status = copy_table(s, fact_tables[i], err);
  if (status == BH_OK) status = bh_sql_exec(s, "COMMIT", err);
  bh_sql_forget(s);
  return status == BH_OK ? bh_sql_exec(s, "DETACH source", err) : status;
}

bh_status bh_store_scratch(bh_store **out, const char *facts_of, bh_error *err) {
  *out = NULL;
  bh_store *s = bh_handle_new("a scratch store", BH_STORE_WRITE);
  if (!s) return bh_fail(err, BH_E_NOMEM, "out of memory for a scratch store");
  bh_status status = BH_OK;
  /* without a name: a temporary file of SQLite's own, in memory while it is small, and gone when it is closed */
  int flags = SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_URI | SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (sqlite3_open_v2("", &s->db, flags, NULL) != SQLITE_OK) status = bh_sql_fail(s, err, NULL);
  if (status == BH_OK) status = bh_set_up(s, err);
  if (status == BH_OK) status = bh_sql_exec(s, "PRAGMA synchronous=OFF", err);
  if (status == BH_OK) status = bh_schema_create(s, err);
  if (status == BH_OK && facts_of) status = copy_facts(s, facts_of, err);
  if (status != BH_OK) bh_store_close(s);
  else *out = s;
  return status;
}
