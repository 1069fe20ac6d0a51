/* clients/ids.jsonl: what `map --write` knows. Files that people write are left alone; this one is theirs as well, and its other lines stay as they are. */
#include "batch/contracts.h"
#include "batch/map.h"
#include <errno.h>
#include <sys/stat.h>

enum { FILE_BYTES_MAX = 1 << 30 };

typedef struct entry { bh_str client, text; bh_node *node; } entry; /* node: of an entry with ids; NULL: another line, kept as it is */

static bh_node *object(bh_arena *a, bh_str client)
{
  bh_node *n = bh_node_new(a, BH_NODE_TABLE);
  bh_node_set(a, n, BH_S("id"), bh_node_str(a, client));
  bh_node_set(a, n, BH_S("ids"), bh_node_new(a, BH_NODE_TABLE));
  bh_node_set(a, n, BH_S("type"), bh_node_str(a, BH_S("ids")));
  return n;
}

static void add_name(bh_arena *a, bh_node *ids, bh_str connector, bh_str ref)
{
  bh_node *was = bh_node_gets(ids, connector), *name = bh_node_str(a, ref), *list = bh_node_new(a, BH_NODE_TABLE);
  if (was == NULL) {
    bh_node_set(a, ids, connector, name);
    return;
  }
  list->is_array = true;
  if (was->kind != BH_NODE_TABLE)
    bh_node_push(a, list, was);
  for (size_t i = 0; was->kind == BH_NODE_TABLE && i < was->item_count; i++)
    bh_node_push(a, list, was->items[i]);
  bh_node_push(a, list, name);
  bh_node_set(a, ids, connector, list);
}

static size_t read_file(entry *out, bh_arena *a, bh_str text)
{
  size_t n = 0;
  for (size_t at = 0; at < text.len;) {
    const char *nl = memchr(text.ptr + at, '\n', text.len - at);
    size_t len = nl != NULL ? (size_t)(nl - text.ptr) - at : text.len - at;
    entry *e = &out[n++];
    *e = (entry){ .text = bh_arena_str(a, (bh_str){ text.ptr + at, len }) };
    bh_node *v;
    const bh_node *type = NULL, *id = NULL, *ids = NULL;
    if (bh_json_parse(&v, a, e->text, NULL, NULL) == BH_OK && v->kind == BH_NODE_TABLE) {
      type = bh_node_get(v, "type");
      id = bh_node_get(v, "id");
      ids = bh_node_get(v, "ids");
    }
    if (type != NULL && bh_str_eqz(type->text, "ids") && id != NULL && ids != NULL && ids->kind == BH_NODE_TABLE) {
      e->node = v;
      e->client = id->text;
    }
    at += len + 1;
  }
  return n;
}

static bh_status write_text(billhook *b, bh_arena *a, const char *path, bh_str text, bh_error *err)
{
  bh_contract_bad *bad;
  size_t n;
  bh_str folder = bh_arena_fmt(a, "%.*s/clients", BH_STR_ARG(b->dir));
  bh_status st = bh_contracts_try(&bad, &n, a, b, BH_S("ids"), text, err);
  if (st == BH_OK && n > 0)
    return bh_fail(err, BH_E_WORKSPACE, BH_MAP_FILE ": nothing was written: %.*s", BH_STR_ARG(bad[0].why));
  if (st == BH_OK && mkdir(folder.ptr, 0777) != 0 && errno != EEXIST)
    return bh_fail(err, BH_E_STORE, "cannot make %s: %m", folder.ptr);
  return st == BH_OK ? bh_file_replace(path, text, err) : st;
}

bh_status bh_map_write(billhook *b, bh_arena *a, const bh_map_new *news, size_t n, bh_error *err)
{
  bh_str path = bh_arena_fmt(a, "%.*s/" BH_MAP_FILE, BH_STR_ARG(b->dir));
  bh_buf text;
  bh_buf_init(&text, FILE_BYTES_MAX);
  bh_status st = bh_file_read(&text, path.ptr, err);
  if (st == BH_E_NOTFOUND)
    st = BH_OK;
  size_t lines = 1;
  for (size_t i = 0; i < text.len; i++)
    lines += text.ptr[i] == '\n';
  entry *all = BH_NEWN(a, entry, lines + n + 1);
  size_t count = st == BH_OK ? read_file(all, a, bh_buf_str(&text)) : 0;
  for (size_t i = 0; i < n && st == BH_OK; i++) {
    size_t at = 0;
    while (at < count && !(all[at].node != NULL && bh_str_eq(all[at].client, news[i].client)))
      at++;
    if (at == count)
      all[count++] = (entry){ .client = news[i].client, .node = object(a, news[i].client) };
    all[at].text.len = 0; /* written anew */
    add_name(a, bh_node_get(all[at].node, "ids"), news[i].connector, news[i].ref);
  }
  bh_buf_clear(&text);
  for (size_t i = 0; i < count; i++) {
    if (all[i].text.len > 0)
      bh_buf_puts(&text, all[i].text);
    else if (all[i].node != NULL)
      bh_json_write(&text, all[i].node);
    bh_buf_putc(&text, '\n');
  }
  if (st == BH_OK && text.failed)
    st = bh_fail(err, BH_E_STORE, BH_MAP_FILE " would be larger than 1 GiB");
  if (st == BH_OK)
    st = write_text(b, a, path.ptr, bh_buf_str(&text), err);
  bh_buf_dispose(&text);
  return st;
}
