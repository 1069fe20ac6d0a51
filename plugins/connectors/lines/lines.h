/* Facts as JSON lines, for the connectors jsonl and command: one object a line, its "type" says what it is. */
#ifndef BILLHOOK_LINES_H
#define BILLHOOK_LINES_H
#include "../csv/value.h"
#include <billhook/kit.h>

enum { LINES_MEMBERS_MAX = 128, LINES_ID_BYTES_MAX = 500, LINES_PROSE_BYTES_MAX = 10000 }; /* what the host takes */

typedef struct lines_member {
  size_t key, key_len, text, text_len; /* in lines.text */
  int32_t kind;                        /* BH_JSON_… */
  int known;                           /* it was asked for */
} lines_member;

typedef struct lines {
  const bh_host *host;
  const bh_emit *emit;
  const bh_json_service *json;
  bh_date today;
  /* the line in hand */
  const char *where;                   /* "counts/a.jsonl" */
  uint64_t number;                     /* from 1 */
  bhk_buf text;
  lines_member members[LINES_MEMBERS_MAX];
  size_t member_count;
  int refused;                         /* one of them, and why has been said */
  /* what all lines so far have come to */
  bhk_map clients, named;              /* ids that facts name; those that had a line of their own */
  bhk_map kinds;                       /* of assets → how its rows are dated */
  bhk_map complete;                    /* kind \0 client */
  csv_seen usage;
  int any, assets;                     /* any: a line has come; jsonl asks for each file */
} lines;

/* BH_E_INVALID where the host lends no JSON. After whatever comes back: lines_dispose. */
bh_status lines_begin(lines *l, const bh_host *host, const bh_emit *emit, bh_date today);
/* One line; empty ones are passed over. */
bh_status lines_take(lines *l, const char *where, uint64_t number, bh_str text);
/* Nothing at all is a failure: "no answer" is not "none". */
bh_status lines_had(const lines *l, const char *where);
/* After the last: what is complete, the clients that had no line of their own. */
bh_status lines_end(lines *l);
void lines_dispose(lines *l);
/* An emit that passes on clients alone (of `emit`; NULL: not even those). */
bh_emit lines_clients_only(const bh_emit *emit);

/* ---- member.c: the members of the line in hand ---- */
bh_status lines_read(lines *l, bh_str text);                       /* into members */
/* "FILE:LINE: key: what" */
bh_status lines_bad(const lines *l, const char *key, const char *what);
bh_str lines_key(const lines *l, size_t i);
bh_str lines_value(const lines *l, size_t i);
/* Text or a number as text; null and "" are as if they were not there. */
bh_status lines_text(lines *l, const char *key, bh_str *out);
bh_status lines_need(lines *l, const char *key, bh_str *out);      /* must be there */
bh_status lines_date(lines *l, const char *key, bh_date *out);     /* not there: year 0 */
/* At most `places` decimals; must be there. */
bh_status lines_number(lines *l, const char *key, int places, bh_dec *out);
/* Sets `bit` in *has where it is there. */
bh_status lines_money(lines *l, const char *key, uint32_t bit, uint32_t *has, bh_dec *out);
/* Whatever was not asked for is a mistake … */
bh_status lines_no_more(lines *l, const char *type);
/* … or an attribute. */
bh_status lines_attrs(lines *l, bhk_attrs *out);

/* ---- fact.c ---- */
bh_status lines_fact(lines *l, bh_str type);
#endif
