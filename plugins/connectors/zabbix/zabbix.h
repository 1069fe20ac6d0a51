/* The zabbix connector's own declarations. One pull runs from top to bottom in one thread. */
#ifndef ZABBIX_H
#define ZABBIX_H
#include <billhook/plugin.h>
#include <stdbool.h>
#include <string.h>

enum {
  ZBX_BODY_BYTES_MAX = 64 * 1024 * 1024, /* a request: the group and host ids asked for */
  ZBX_CHUNK = 500,                       /* hosts or users read in full by one call: an answer stays below about a megabyte */
  ZBX_ROUNDS_MAX = 5,                    /* listings before a Zabbix that keeps changing is given up for now */
  ZBX_ATTRS_MAX = 90,                    /* the host takes 100 an asset */
  ZBX_WORD_BYTES_MAX = 500,              /* what the host takes as a class or an attribute's name */
  ZBX_PARTS_MAX = 1000                   /* groups, tags, templates of one host; groups of one user */
};

#define ZBX_TEXT(s) ((bh_str){(s), sizeof(s) - 1})

static inline bool zbx_eq(bh_str a, bh_str b)
{
  return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

/* ---- text.c ---- */

/* A growing text; once it could not grow it stays broken, and what was added since is lost. */
typedef struct zbx_buf { char *ptr; size_t len, cap; bool broken; } zbx_buf;
bool zbx_room(zbx_buf *b, size_t more); /* false: broken */
void zbx_put(zbx_buf *b, bh_str s);
void zbx_putz(zbx_buf *b, const char *s);
void zbx_put_number(zbx_buf *b, uint64_t n);
void zbx_put_json(zbx_buf *b, bh_str s); /* quoted and escaped */
void zbx_buf_dispose(zbx_buf *b);

/* Ids are unsigned 64-bit numbers, sent as strings. */
typedef struct zbx_ids { uint64_t *v; size_t n, cap; } zbx_ids;
bool zbx_ids_add(zbx_ids *ids, uint64_t id);            /* false: no memory */
void zbx_ids_sort(zbx_ids *ids);                        /* ascending, each once */
bool zbx_ids_has(const zbx_ids *sorted, uint64_t id);
void zbx_put_ids(zbx_buf *b, const uint64_t *v, size_t n); /* ["1","2"] */
void zbx_ids_dispose(zbx_ids *ids);

bool zbx_number(uint64_t *out, bh_str s);               /* decimal digits alone, within 64 bits */
bool zbx_glob(bh_str pattern, bh_str s);                /* * stands for anything, the rest for itself */

/* ---- rpc.c ---- */

/* An entry of the option `templates`: hosts linked to such a template have the class. */
typedef struct zbx_rule { bh_str pattern, klass; bool fits; } zbx_rule;

typedef struct zbx {
  const bh_host *h;
  const bh_http_service *http;
  const bh_json_service *json;
  bh_str token, user, password, prefix, class_tag, class_default;
  bool include_disabled, with_users, nested_top;
  zbx_rule *rules;
  size_t rule_count;
  char *endpoint;             /* …/api_jsonrpc.php */
  size_t endpoint_len;
  /* Of the open session. */
  zbx_buf session;            /* what user.login gave; empty with a token */
  bool bearer;                /* 6.4 and newer: Authorization, else "auth" in the body */
  bool hostgroups;            /* 6.2 and newer: selectHostGroups */
  bool trusted;               /* one authenticated call has succeeded */
  uint64_t call_id;
  zbx_buf body, header;
} zbx;

/* Asks the version (without credentials), logs in where there is a password. */
bh_status zbx_open(zbx *z);
/* Logs out, so that sessions do not pile up in Zabbix. rc: what the work came to; after trouble with the server nothing is sent, so that
 * its reason stays the last one. */
void zbx_close(zbx *z, bh_status rc);
/* One call. `params`: its JSON. `scalar` (or NULL): a result that is one text or number is appended to it, anything else is an error;
 * else the result goes through `queries` (paths from "$.result"), in the order of the document. An error that Zabbix reports becomes a
 * status with the reason recorded. */
bh_status zbx_call(zbx *z, const char *method, const zbx_buf *params, zbx_buf *scalar, const bh_json_query *const *queries, size_t query_count);
/* The same for a *.get with "countOutput". `shared`: further parameters ("\"groupids\":[…]"), may be empty. */
bh_status zbx_count(zbx *z, const char *method, const zbx_buf *shared, uint64_t *out);
bh_status zbx_no_memory(zbx *z);

/* ---- walk.c ---- */

/* Reads all things of one sort in full: lists their ids, compares with the count, reads them ZBX_CHUNK at a time, and lists again until
 * nothing unread is left. So a short answer is never taken for a short list, and each thing is handed over once. */
typedef struct zbx_walk {
  const char *method;              /* "host.get" */
  const char *id, *ids, *what;     /* "hostid", "hostids", "hosts" */
  zbx_buf shared;                  /* parameters of every call: which ones */
  zbx_buf detail;                  /* parameters of the calls that read in full */
  const char *const *fields;       /* of a thing; the first is its id */
  size_t field_count;
  const bh_json_query *const *parts; /* queries below a thing ("$.result[*].tags[*]"): they come before it */
  size_t part_count;
  /* Called once a thing, after its parts. *took false: it does not belong to what was listed (any more); it counts as not read, and if
   * it goes on being listed, the pull fails. */
  bh_status (*item)(void *user, uint64_t id, const bh_json_record *r, bool *took);
  void (*reset)(void *user);       /* forget the parts had so far */
  void *user;
} zbx_walk;
bh_status zbx_walk_run(zbx *z, const zbx_walk *w);

/* ---- clients.c ---- */

/* A host group (or user group) below the prefix, and the client that it stands for. */
typedef struct zbx_group { uint64_t id; bh_str path; size_t client; } zbx_group;
typedef struct zbx_groups { zbx_group *v; size_t n, cap; } zbx_groups;   /* sorted by id once read */
typedef struct zbx_client { bh_str ref; bool devices, users; } zbx_client; /* which of its lists are complete */
typedef struct zbx_clients { zbx_client *v; size_t n, cap; } zbx_clients;

/* Everything that a pull knows about who is who. */
typedef struct zbx_map { zbx *z; zbx_groups hosts, users; zbx_clients clients; } zbx_map;
/* Host groups and, where asked for, user groups. None at all below the prefix is BH_E_INVALID: it is never read as zero. */
bh_status zbx_map_read(zbx_map *m, zbx *z);
void zbx_map_dispose(zbx_map *m);
bh_status zbx_map_emit(const zbx_map *m, const bh_emit *emit);
const zbx_group *zbx_group_find(const zbx_groups *g, uint64_t id); /* NULL where it is not below the prefix */
/* Scopes of every client, begun before the first asset and ended after all have been counted. */
bh_status zbx_scopes_begin(const zbx_map *m, const bh_emit *emit);
bh_status zbx_scopes_complete(const zbx_map *m, const bh_emit *emit);

/* ---- templates.c ---- */
bh_status zbx_rules_read(zbx *z);  /* the option */
/* Zabbix leaves templates that the account may not read out of its hosts without a word, and their class would be another: each entry
 * must fit a template that can be seen. BH_E_INVALID names the one that does not. */
bh_status zbx_rules_check(zbx *z);
/* The first entry's class that fits one of a host's templates; NULL where none does. */
const zbx_rule *zbx_rule_find(const zbx *z, const bh_str *templates, size_t n);

/* ---- hosts.c, users.c ---- */
bh_status zbx_hosts_pull(const zbx_map *m, const bh_emit *emit);
bh_status zbx_users_pull(const zbx_map *m, const bh_emit *emit);
#endif
