/* clients/: entries on their way through the sorters. */
#ifndef BH_WORKSPACE_ENTRIES_H
#define BH_WORKSPACE_ENTRIES_H
#include "base/sort.h"
#include "workspace/family.h"
#include "workspace/internal.h"

typedef enum ws_kind { WS_CLIENT = '0', WS_CONTRACT = '1', WS_CHARGE = '2', WS_IDS = '3' } ws_kind; /* in the order of sorting; IDS: more names of the client */
typedef struct ws_file {
  bh_str name, path;           /* as messages have it, and where it is */
  bool generated;              /* written by a connector with contracts = true */
  bool over;                   /* read in addition: its entries take the place of others with their ids */
} ws_file;

typedef struct ws_entry {
  ws_kind kind;
  bh_str id, text;
  size_t text_at, id_at;       /* offsets while the buffer still grows */
  uint32_t file;
  int32_t line;
} ws_entry;

struct bh_client_iter {
  bh_workspace *ws;
  bh_mistakes *m;
  bh_arena arena;
  bh_sorter *entries, *refs, *contracts; /* refs: who belongs to whom; contracts: whose they are. Apart, each comes in order mostly */
  ws_file *files; uint32_t file_count;
  bh_map over; bool any_over;  /* kinds and ids that files read in addition have said */
  bh_map rules;                /* contract id → ws_lua_rule */
  ws_lua_rule **rule_list; size_t rule_count, rule_cap;
  ws_families families;
  bool by_unit;                /* clients that are billed together come last, side by side: */
  bh_sorter *deferred;         /* … their entries, by unit */
  bool from_deferred;
  const bh_tie *ties; size_t tie_count;
  bool ahead; bh_str key, payload; /* the record after the current client's */
  bool done, torn;             /* torn: a file was not read to its end; unknown ids are no news */
  bh_str id;                   /* of the current client; its bytes in `text` */
  size_t id_at;
  bh_buf text;
  ws_entry *current; size_t current_count, current_cap;
};

/* What a shallow look at a JSON line finds: its top-level strings of these names. */
typedef struct ws_scan { bh_str type, id, client, contract; } ws_scan;
bool ws_scan_line(bh_str line, ws_scan *out); /* false: look closer (escapes, other kinds of values, mistakes) */

typedef struct ws_place { uint32_t file; int32_t line; } ws_place;
bh_status ws_entry_add(bh_client_iter *it, ws_kind kind, bh_str id, bh_str client, ws_place at, bh_str text, bh_error *err);
bh_status ws_jsonl_read(bh_client_iter *it, uint32_t file, bh_error *err);
bh_status ws_clients_lua_read(bh_client_iter *it, bool over, bh_error *err);
bh_status ws_refs_check(bh_client_iter *it, bh_error *err);
/* Notes a client whose text names a parent or another payer; then, once all entries are sorted, what they are to one another. */
void ws_kin_note(bh_client_iter *it, bh_str id, bh_str text);
bh_status ws_families_build(bh_client_iter *it, bh_error *err);
const ws_kin *ws_kin_unit(const bh_client_iter *it, bh_str id); /* NULL: billed alone, or not asked for */
const ws_kin *ws_kin_of(const bh_client_iter *it, bh_str id); /* NULL: an ordinary client */
void ws_record_read(bh_str key, bh_str payload, bh_str *client, ws_kind *kind, bh_str *id, ws_place *at, bh_str *text);
/* Puts the `ids` of an entry of that kind on its client's statement. */
void ws_ids_join(ws_ck *ck, bh_node *client, const bh_node *entry);
static inline const char *ws_kind_word(ws_kind k) { return k == WS_CLIENT ? "client" : k == WS_CONTRACT ? "contract" : k == WS_CHARGE ? "charge" : "ids"; }
#endif
