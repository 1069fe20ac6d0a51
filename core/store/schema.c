/* The tables of schema 1, and the steps to those after it. A new store goes through the same steps, so that there is one list.
 * Bulk tables are clustered by the key they are read by; what is looked up rarely has no index. */
#include "store/engine.h"

#define PULLS "since_pull INTEGER NOT NULL, until_pull INTEGER" /* known from … until; NULL: still */

static const char *const tables[] = {
  "CREATE TABLE counter(name TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID",

  /* clients and contracts: the settled digest */
  "CREATE TABLE client(num INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, raw_hash BLOB, next_due INTEGER NOT NULL,"
  " settled_pull INTEGER NOT NULL, charged_to INTEGER NOT NULL, doc_ord INTEGER NOT NULL, open_draft INTEGER NOT NULL) STRICT",
  "CREATE TABLE contract(client INTEGER NOT NULL, id TEXT NOT NULL, num INTEGER NOT NULL, hash BLOB, next_due INTEGER NOT NULL,"
  " currency TEXT NOT NULL, terms TEXT NOT NULL, PRIMARY KEY(client, id)) STRICT, WITHOUT ROWID",
  "CREATE INDEX contract_id ON contract(id)",
  "CREATE TABLE content(num INTEGER PRIMARY KEY, hash BLOB NOT NULL UNIQUE, kind TEXT NOT NULL, text TEXT NOT NULL) STRICT",

  /* documents */
  "CREATE TABLE batch(num INTEGER PRIMARY KEY, day INTEGER NOT NULL, ordinal INTEGER NOT NULL, stats TEXT NOT NULL,"
  " first_doc INTEGER, UNIQUE(day, ordinal)) STRICT", /* first_doc: no document of the batch is before it */
  "CREATE TABLE document(doc INTEGER PRIMARY KEY, client INTEGER NOT NULL, ord INTEGER NOT NULL, type INTEGER NOT NULL,"
  " state INTEGER NOT NULL, by_hand INTEGER NOT NULL, split TEXT NOT NULL, currency TEXT NOT NULL, decimals INTEGER NOT NULL,"
  " batch INTEGER NOT NULL, issue INTEGER NOT NULL, due INTEGER NOT NULL, rated_on INTEGER NOT NULL, pull INTEGER NOT NULL,"
  " subtotal INTEGER NOT NULL, total INTEGER NOT NULL, paid INTEGER NOT NULL, number TEXT, chain INTEGER NOT NULL, hold TEXT NOT NULL,"
  " settle BLOB NOT NULL) STRICT",
  "CREATE UNIQUE INDEX document_client ON document(client, ord)",
  "CREATE INDEX document_draft ON document(client) WHERE state=0",
  "CREATE UNIQUE INDEX document_number ON document(number) WHERE number IS NOT NULL",
  "CREATE TABLE body(doc INTEGER PRIMARY KEY, json TEXT NOT NULL, evidence TEXT NOT NULL, postings BLOB NOT NULL) STRICT",
  "CREATE TABLE line(doc INTEGER NOT NULL, n INTEGER NOT NULL, contract INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY(doc, n))"
  " STRICT, WITHOUT ROWID", /* body: packed, doc_line.c: twenty columns cost three times as much to write as four */
  "CREATE TABLE billed(contract INTEGER NOT NULL, doc INTEGER NOT NULL, until_day INTEGER NOT NULL, PRIMARY KEY(contract, doc))"
  " STRICT, WITHOUT ROWID", /* until_day: the greatest whole_until of the contract's lines there */

  /* approval and the journal */
  "CREATE TABLE series(name TEXT PRIMARY KEY, last INTEGER NOT NULL) STRICT, WITHOUT ROWID",
  "CREATE TABLE chain(place INTEGER PRIMARY KEY, doc INTEGER NOT NULL, hash BLOB NOT NULL) STRICT",
  "CREATE TABLE account(num INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT",
  "CREATE TABLE posting(doc INTEGER NOT NULL, entry INTEGER NOT NULL, n INTEGER NOT NULL, day INTEGER NOT NULL, account INTEGER NOT NULL,"
  " amount INTEGER NOT NULL, PRIMARY KEY(doc, entry, n)) STRICT, WITHOUT ROWID",
  "CREATE TABLE event(doc INTEGER NOT NULL, n INTEGER NOT NULL, at_s INTEGER NOT NULL, who TEXT NOT NULL, what TEXT NOT NULL,"
  " reason TEXT NOT NULL, client INTEGER NOT NULL, PRIMARY KEY(doc, n)) STRICT, WITHOUT ROWID",

  /* facts: days are inclusive here, NULL is "still"; a place is a client as one connector names it, ref '' stands for all of its clients */
  "CREATE TABLE connector(num INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT",
  "CREATE TABLE word(num INTEGER PRIMARY KEY, text TEXT NOT NULL UNIQUE) STRICT", /* kinds, classes, metrics */
  "CREATE TABLE pull(num INTEGER PRIMARY KEY, connector INTEGER NOT NULL, day INTEGER NOT NULL, ok INTEGER NOT NULL, why TEXT NOT NULL) STRICT",
  "CREATE TABLE place(connector INTEGER NOT NULL, ref TEXT NOT NULL, num INTEGER NOT NULL, name TEXT NOT NULL, has INTEGER NOT NULL,"
  " first_pull INTEGER NOT NULL, late_pull INTEGER NOT NULL, PRIMARY KEY(connector, ref)) STRICT, WITHOUT ROWID",
  "CREATE TABLE provides(connector INTEGER NOT NULL, what INTEGER NOT NULL, kind INTEGER NOT NULL, PRIMARY KEY(connector, what, kind))"
  " STRICT, WITHOUT ROWID",
  "CREATE TABLE scope(place INTEGER NOT NULL, kind INTEGER NOT NULL, state INTEGER NOT NULL, " PULLS ", why TEXT NOT NULL,"
  " PRIMARY KEY(place, kind, state, since_pull)) STRICT, WITHOUT ROWID",
  "CREATE TABLE listing(place INTEGER NOT NULL, kind INTEGER NOT NULL, day INTEGER NOT NULL, " PULLS ","
  " PRIMARY KEY(place, kind, day, since_pull)) STRICT, WITHOUT ROWID",
  "CREATE TABLE asset(place INTEGER NOT NULL, kind INTEGER NOT NULL, id TEXT NOT NULL, from_day INTEGER NOT NULL, " PULLS ","
  " to_day INTEGER, class INTEGER NOT NULL, name TEXT NOT NULL, attrs TEXT NOT NULL, PRIMARY KEY(place, kind, id, from_day, since_pull))"
  " STRICT, WITHOUT ROWID",
  "CREATE TABLE quiet(place INTEGER NOT NULL, kind INTEGER NOT NULL, id TEXT NOT NULL, last_day INTEGER NOT NULL, " PULLS ","
  " back_day INTEGER, PRIMARY KEY(place, kind, id, last_day, since_pull)) STRICT, WITHOUT ROWID",
  "CREATE TABLE gauge(place INTEGER NOT NULL, metric INTEGER NOT NULL, from_day INTEGER NOT NULL, " PULLS ", seen_day INTEGER NOT NULL,"
  " coef INTEGER NOT NULL, scale INTEGER NOT NULL, PRIMARY KEY(place, metric, from_day, since_pull)) STRICT, WITHOUT ROWID",
  "CREATE TABLE usage(place INTEGER NOT NULL, day INTEGER NOT NULL, metric INTEGER NOT NULL, id TEXT NOT NULL, " PULLS ","
  " first_pull INTEGER NOT NULL, coef INTEGER NOT NULL, scale INTEGER NOT NULL, description TEXT NOT NULL, attrs TEXT NOT NULL,"
  " PRIMARY KEY(place, day, metric, id, since_pull)) STRICT, WITHOUT ROWID",
  "CREATE UNIQUE INDEX usage_key ON usage(place, metric, id) WHERE until_pull IS NULL",
  "CREATE TABLE charge(place INTEGER NOT NULL, day INTEGER NOT NULL, id TEXT NOT NULL, " PULLS ", first_pull INTEGER NOT NULL,"
  " body BLOB NOT NULL, PRIMARY KEY(place, day, id, since_pull)) STRICT, WITHOUT ROWID", /* body: packed, facts_charge.c */
  "CREATE UNIQUE INDEX charge_key ON charge(place, id) WHERE until_pull IS NULL",
  "CREATE TABLE late(place INTEGER NOT NULL, pull INTEGER NOT NULL, min_day INTEGER NOT NULL, PRIMARY KEY(place, pull)) STRICT, WITHOUT ROWID",
};

/* Steps to schemas after 1: appended to, and never edited once released. */
static const bh_migration migrations[] = {
  {1, /* to 2 */
   /* contracts whose adjustments have a rhythm: when their differences were last looked at */
   "CREATE TABLE looked(contract INTEGER PRIMARY KEY, day INTEGER NOT NULL) STRICT;"
   /* lines of the client stand on documents of the payer */
   "CREATE TABLE payer(payer INTEGER NOT NULL, client INTEGER NOT NULL, PRIMARY KEY(payer, client)) STRICT, WITHOUT ROWID;"
   /* the journal: what deferred revenue is earned over (NULL: nothing is deferred, as in all that schema 1 posted) */
   "ALTER TABLE posting ADD COLUMN from_day INTEGER;"
   "ALTER TABLE posting ADD COLUMN until_day INTEGER;"
   /* payments and what follows from them; in the journal with doc = -num */
   "CREATE TABLE money(num INTEGER PRIMARY KEY, kind INTEGER NOT NULL, client INTEGER NOT NULL, currency TEXT NOT NULL, decimals INTEGER NOT NULL,"
   " day INTEGER NOT NULL, amount INTEGER NOT NULL, unused INTEGER NOT NULL, doc INTEGER NOT NULL, method TEXT NOT NULL, reference TEXT NOT NULL,"
   " reason TEXT NOT NULL, who TEXT NOT NULL, at_s INTEGER NOT NULL) STRICT;"
   "CREATE INDEX money_client ON money(client);"
   "CREATE INDEX money_unused ON money(client) WHERE unused>0;"
   "CREATE TABLE settled(money INTEGER NOT NULL, doc INTEGER NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY(money, doc)) STRICT, WITHOUT ROWID;"
   "CREATE INDEX settled_doc ON settled(doc);"
   /* credit notes of schema 1 become customer credit, as they do at approval now */
   "INSERT INTO money(kind,client,currency,decimals,day,amount,unused,doc,method,reference,reason,who,at_s)"
   " SELECT 3,client,currency,decimals,issue,-total,-total,doc,'','','brought forward','',0 FROM document WHERE type=1 AND state=1 AND total<0 ORDER BY doc;"
   "INSERT INTO settled(money,doc,amount) SELECT num,doc,-amount FROM money;"
   "INSERT OR IGNORE INTO account(name) SELECT 'customer-credit' FROM money LIMIT 1;"
   "INSERT INTO posting(doc,entry,n,day,account,amount) SELECT -num,0,0,day,(SELECT num FROM account WHERE name='receivable'),amount FROM money;"
   "INSERT INTO posting(doc,entry,n,day,account,amount) SELECT -num,0,1,day,(SELECT num FROM account WHERE name='customer-credit'),-amount FROM money;"
   "UPDATE document SET paid=total WHERE type=1 AND state=1 AND total<0;"
   /* what people decide by hand: keys to be re-rated, and holds */
   "CREATE TABLE reopened(contract INTEGER NOT NULL, key TEXT NOT NULL, whole_from INTEGER NOT NULL, whole_until INTEGER NOT NULL,"
   " wish INTEGER NOT NULL, settled INTEGER NOT NULL, book INTEGER NOT NULL, rule INTEGER NOT NULL, pull INTEGER NOT NULL,"
   " as_of INTEGER NOT NULL, PRIMARY KEY(contract, key, whole_from, whole_until)) STRICT, WITHOUT ROWID;"
   "CREATE TABLE by_hand_hold(client INTEGER NOT NULL, doc INTEGER NOT NULL, until_day INTEGER NOT NULL, at_s INTEGER NOT NULL,"
   " who TEXT NOT NULL, reason TEXT NOT NULL, PRIMARY KEY(client, doc)) STRICT, WITHOUT ROWID;"
   /* what platforms say of themselves: where their clients are on the internet, where the last pull stood, products, invoice lines of vendors */
   "ALTER TABLE place ADD COLUMN domain TEXT NOT NULL DEFAULT '';"
   "CREATE TABLE pull_cursor(connector INTEGER PRIMARY KEY, text TEXT NOT NULL, made_with BLOB NOT NULL) STRICT;"
   "CREATE TABLE left_out(connector INTEGER PRIMARY KEY, json TEXT NOT NULL) STRICT;" /* contracts that the last pull did not take */
   "CREATE TABLE platform_product(connector INTEGER NOT NULL, id TEXT NOT NULL, name TEXT NOT NULL, price INTEGER, price_scale INTEGER,"
   " cost INTEGER, cost_scale INTEGER, PRIMARY KEY(connector, id)) STRICT, WITHOUT ROWID;"
   "CREATE TABLE vendor_cost(connector INTEGER NOT NULL, id TEXT NOT NULL, from_day INTEGER NOT NULL, until_day INTEGER NOT NULL,"
   " body BLOB NOT NULL, PRIMARY KEY(connector, id)) STRICT, WITHOUT ROWID;" /* body: packed, platform_cost.c */
  },
  {2, /* to 3 */
   /* assets that came many at a time and hold still: facts_pack.c */
   "CREATE TABLE asset_pack(place INTEGER NOT NULL, kind INTEGER NOT NULL, first_id TEXT NOT NULL, first_day INTEGER NOT NULL, since_pull INTEGER NOT NULL,"
   " last_id TEXT NOT NULL, rows BLOB NOT NULL, PRIMARY KEY(place, kind, first_id, first_day, since_pull)) STRICT, WITHOUT ROWID;"
  },
};
enum { MIGRATIONS = sizeof migrations / sizeof migrations[0] };

static bh_status header(bh_store *s, int64_t *app, int64_t *version, bh_error *err) {
  bh_status status = bh_sql_int(s, app, "PRAGMA application_id", 0, err);
  return status == BH_OK ? bh_sql_int(s, version, "PRAGMA user_version", 0, err) : status;
}

bh_status bh_schema_create(bh_store *s, bh_error *err) {
  char mark[100];
  snprintf(mark, sizeof mark, "PRAGMA application_id=%d; PRAGMA user_version=%d;", BH_STORE_APPLICATION_ID, BH_STORE_SCHEMA);
  bh_status status = bh_sql_exec(s, "BEGIN EXCLUSIVE", err);
  for (size_t i = 0; status == BH_OK && i < sizeof tables / sizeof tables[0]; i++) status = bh_sql_exec(s, tables[i], err);
  for (size_t i = 0; status == BH_OK && i < MIGRATIONS; i++) status = bh_sql_exec(s, migrations[i].sql, err);
  if (status == BH_OK) status = bh_sql_exec(s, mark, err);
  return status == BH_OK ? bh_sql_exec(s, "COMMIT", err) : status; /* what fails is thrown away with its file */
}

bh_status bh_schema_check(bh_store *s, bh_error *err) {
  int64_t app = 0, version = 0;
  bh_status status = header(s, &app, &version, err);
  if (status != BH_OK) return status;
  if (app != BH_STORE_APPLICATION_ID)
    return bh_fail(err, BH_E_STORE, "%s: a database of another application, not a Billhook store", s->path);
  if (version > BH_STORE_SCHEMA)
    return bh_fail(err, BH_E_STORE, "%s: written by a newer Billhook (schema %lld, this program knows up to %d): upgrade Billhook",
                   s->path, (long long)version, BH_STORE_SCHEMA);
  if (version == BH_STORE_SCHEMA) return BH_OK;
  if (s->mode == BH_STORE_READ)
    return bh_fail(err, BH_E_STORE, "%s: schema %lld is older than this program's %d: `billhook store migrate` brings it forward",
                   s->path, (long long)version, BH_STORE_SCHEMA);
  return bh_schema_migrate(s, migrations, MIGRATIONS, BH_STORE_SCHEMA, err);
}
