#include "report/scrub.h"
#include <stdlib.h>
#include <strings.h>

enum { TEXT_BYTES_MAX = 64 << 20, WORD_LEN_MAX = 100, KEY_LEN_MAX = 60, WHOLE_LEN_MIN = 4, LEFT_BYTES_MAX = 1 << 20, DAY_LEN = 10 };

typedef struct use { size_t emitted, others; } use; /* of a member's texts: those that the connector emits as names, and those that it does not */
typedef struct pair { bh_str from, to; bool anywhere; } pair; /* anywhere: inside a longer word, too */

struct bh_scrub {
  bh_arena arena;
  const bh_manifest *manifest;
  const bh_pull_option *options; size_t option_count;
  pair *pairs; size_t pair_count, pair_cap; /* whole texts, in the order in which they are replaced: longer ones first, once sorted */
  bool sorted;
  bh_map words;                /* a word in lower case → its stand-in */
  bh_map keep;                 /* words that are no names */
  bh_map tokens, mails;
  size_t word_count, token_count, mail_count;
  bh_map ids;                  /* what the connector emits as an id: it stays what it is */
  bh_map emitted;              /* in lower case, what it emits as a name, a domain, a description or an attribute */
  bh_map members;              /* in lower case and plain: members that are replaced because somebody said so */
  bh_map uses;                 /* of each member, in lower case and plain → use */
  bh_map left_known;
  bh_buf left;                 /* the members whose texts were left as they were, a line each */
};

/* ---- lists of words ---- */

static const char *const stand_ins[] = {"alder", "birch", "cedar", "dogwood", "elm", "fir", "ginkgo", "hazel", "ivy", "juniper", "kauri", "larch", "maple", "nutmeg", "oak",
  "pine", "quince", "rowan", "spruce", "tamarack", "umbra", "viburnum", "willow", "xylem", "yew", "zelkova", "amber", "basalt", "cobalt", "dune", "ember", "fjord", "glade",
  "harbor", "inlet", "jetty", "knoll", "lagoon", "mesa", "notch", "orchid", "prairie", "quarry", "ridge", "summit", "tundra", "upland", "valley", "wharf", "yonder"};
enum { STAND_INS = sizeof stand_ins / sizeof stand_ins[0] };

/* Words of the trade: what tells a class of devices from another, and no customer from another. */
static const char *const trade[] = {"windows", "server", "servers", "linux", "mac", "macos", "os", "ios", "android", "ubuntu", "debian", "red", "hat", "workstation", "workstations", "desktop",
  "laptop", "notebook", "printer", "switch", "router", "firewall", "network", "mobile", "virtual", "machine", "vm", "esx", "esxi", "vmware", "hyper", "pro", "professional",
  "enterprise", "standard", "datacenter", "home", "microsoft", "office", "business", "basic", "premium", "device", "devices", "client", "clients", "customer", "customers", "user", "users",
  "site", "sites", "group", "groups", "license", "licenses", "backup", "monitoring", "managed", "support", "hours", "monthly", "true", "false", "null", "none", "other", "unknown", "default", "active", "inactive", "cancelled", "canceled", "expired", "new", "open", "closed", "completed", "month", "year", "week", "annual", "yearly", "weekly", "daily", "quarterly", "hourly"};

/* Names of members (lower case, without '_', '-', '.' and '@') whose texts are people, places or machines. */
static const char *const personal[] = {"name", "names", "displayname", "firstname", "lastname", "surname", "givenname", "fullname", "middlename", "nickname", "username", "login", "loginname", "user",
  "owner", "assignedto", "resource", "technician", "contact", "contactname", "primarycontact", "lastuser", "lastloggedinuser", "lastloggedonuser", "userprincipalname", "mailnickname", "alias", "mail", "email",
  "emailaddress", "primaryemail", "secondaryemail", "phone", "phonenumber", "telephone", "mobilephone", "mobile", "fax", "street", "streetaddress", "address", "address1", "address2", "addressline1", "addressline2", "city",
  "zip", "zipcode", "postalcode", "hostname", "host", "dnsname", "fqdn", "systemname", "computername", "netbiosname", "machinename", "devicename", "agentname", "domain", "domainname", "website", "url", "ip", "ipaddress",
  "ipaddresses", "publicip", "publicipaddress", "extipaddress", "intipaddress", "localips", "mac", "macaddress", "macaddresses", "serial", "serialnumber", "biosserialnumber", "description", "summary", "subject", "title", "note", "notes", "comment",
  "comments", "internalnotes", "clientname", "customername", "companyname", "company", "organization", "organizationname", "sitename", "accountname", "locationname", "taxid", "vatnumber", "latitude", "longitude"};
static const char *const secret[] = {"token", "accesstoken", "refreshtoken", "idtoken", "sessionid", "session", "auth", "apikey", "password", "passwd", "secret", "clientsecret", "key", "cookie", "csrftoken", "bearer"};

static bool listed(bh_str word, const char *const *list, size_t n) {
  for (size_t i = 0; i < n; i++)
    if (word.len == strlen(list[i]) && strncasecmp(word.ptr, list[i], word.len) == 0) return true;
  return false;
}

/* The member's name without what only decorates it. */
static bh_str plain_key(char out[KEY_LEN_MAX], bh_str key) {
  size_t n = 0;
  for (size_t i = 0; i < key.len && n < KEY_LEN_MAX; i++)
    if (key.ptr[i] != '_' && key.ptr[i] != '-' && key.ptr[i] != '.' && key.ptr[i] != '@') out[n++] = key.ptr[i];
  return (bh_str){out, n};
}

/* ---- words ---- */

static bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (unsigned char)c >= 0x80; }

static size_t word_len(bh_str s) {
  size_t n = 0;
  while (n < s.len && is_letter(s.ptr[n])) n++;
  return n;
}

static bh_str lower(bh_arena *a, bh_str s) {
  char *z = bh_arena_z(a, s);
  for (size_t i = 0; i < s.len; i++)
    if (z[i] >= 'A' && z[i] <= 'Z') z[i] = (char)(z[i] - 'A' + 'a');
  return (bh_str){z, s.len};
}

static void keep_words(bh_scrub *s, bh_str text) {
  for (size_t i = 0; i < text.len;) {
    size_t n = word_len((bh_str){text.ptr + i, text.len - i});
    if (n > 0) bh_map_put(&s->keep, lower(&s->arena, (bh_str){text.ptr + i, n}), s);
    i += n ? n : 1;
  }
}

static const char *stand_in(bh_scrub *s, bh_str word) {
  bh_str key = lower(&s->arena, word);
  const char *found = bh_map_get(&s->words, key);
  if (found != NULL) return found;
  size_t n = s->word_count++;
  found = n < STAND_INS ? stand_ins[n] : bh_arena_fmt(&s->arena, "%s%s", stand_ins[n % STAND_INS], stand_ins[(n / STAND_INS - 1) % STAND_INS]).ptr;
  bh_map_put(&s->words, key, (void *)(uintptr_t)found);
  return found;
}

/* In the case of the word that it stands for. */
static void put_like(bh_buf *out, const char *z, bh_str word) {
  bool first = word.ptr[0] >= 'A' && word.ptr[0] <= 'Z', second = word.len > 1 && word.ptr[1] >= 'A' && word.ptr[1] <= 'Z';
  for (size_t i = 0; z[i]; i++) {
    bool up = i == 0 ? first : first && second;
    bh_buf_putc(out, up ? (char)(z[i] - 'a' + 'A') : z[i]);
  }
}

/* Words become others; digits in addresses and numbers become 0 where they are many. */
static bh_str scrub_words(bh_scrub *s, bh_str text) {
  bh_buf out;
  size_t digits = 0;
  bh_buf_init(&out, TEXT_BYTES_MAX);
  for (size_t i = 0; i < text.len; i++) digits += text.ptr[i] >= '0' && text.ptr[i] <= '9';
  for (size_t i = 0; i < text.len;) {
    bh_str rest = {text.ptr + i, text.len - i};
    size_t n = word_len(rest);
    bh_str word = {rest.ptr, n};
    if (n == 0) bh_buf_putc(&out, digits >= 7 && rest.ptr[0] >= '0' && rest.ptr[0] <= '9' ? '0' : rest.ptr[0]);
    else if (n == 1 || n > WORD_LEN_MAX || bh_map_get(&s->keep, lower(&s->arena, word)) != NULL || listed(word, trade, sizeof trade / sizeof trade[0])) bh_buf_puts(&out, word);
    else put_like(&out, stand_in(s, word), word);
    i += n ? n : 1;
  }
  bh_str done = bh_arena_str(&s->arena, bh_buf_str(&out));
  bh_buf_dispose(&out);
  return done;
}

/* ---- whole texts ---- */

static void add_pair(bh_scrub *s, bh_str from, bh_str to, bool anywhere) {
  if (from.len == 0 || bh_str_eq(from, to)) return;
  for (size_t i = 0; i < s->pair_count; i++)
    if (bh_str_eq(s->pairs[i].from, from)) return;
  if (s->pair_count == s->pair_cap) {
    s->pair_cap = s->pair_cap ? s->pair_cap * 2 : 64;
    pair *grown = BH_NEWN(&s->arena, pair, s->pair_cap);
    if (s->pair_count) memcpy(grown, s->pairs, s->pair_count * sizeof *grown);
    s->pairs = grown;
  }
  s->pairs[s->pair_count++] = (pair){bh_arena_str(&s->arena, from), bh_arena_str(&s->arena, to), anywhere};
  s->sorted = false;
}

static bh_str percent(bh_arena *a, bh_str s, bool plus) {
  static const char hex[] = "0123456789ABCDEF";
  bh_buf b;
  bh_buf_init(&b, TEXT_BYTES_MAX);
  for (size_t i = 0; i < s.len; i++) {
    unsigned char c = (unsigned char)s.ptr[i];
    bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) bh_buf_putc(&b, (char)c);
    else if (c == ' ' && plus) bh_buf_putc(&b, '+');
    else { bh_buf_putc(&b, '%'); bh_buf_putc(&b, hex[c >> 4]); bh_buf_putc(&b, hex[c & 15]); }
  }
  bh_str out = bh_arena_str(a, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return out;
}

/* As it stands, and as it stands in a URL or a form. */
static void replace_whole(bh_scrub *s, bh_str from, bh_str to, bool anywhere) {
  add_pair(s, from, to, anywhere);
  add_pair(s, percent(&s->arena, from, false), percent(&s->arena, to, false), anywhere);
  add_pair(s, percent(&s->arena, from, true), percent(&s->arena, to, true), anywhere);
}

static int longer_first(const void *x, const void *y) {
  size_t a = ((const pair *)x)->from.len, b = ((const pair *)y)->from.len;
  return a < b ? 1 : a > b ? -1 : bh_str_cmp(((const pair *)x)->from, ((const pair *)y)->from);
}

static bh_str numbered(bh_scrub *s, bh_map *map, size_t *count, bh_str text, const char *before, const char *after) {
  const char *found = bh_map_get(map, text);
  if (found == NULL) {
    found = bh_arena_fmt(&s->arena, "%s%zu%s", before, ++*count, after).ptr;
    bh_map_put(map, text, (void *)(uintptr_t)found);
  }
  return bh_str_c(found);
}

/* ---- mail addresses, wherever they stand ---- */

static bool mail_char(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == '+'; }

static bh_str scrub_mails(bh_scrub *s, bh_str text) {
  if (memchr(text.ptr, '@', text.len) == NULL) return text;
  bh_buf out;
  size_t done = 0;
  bh_buf_init(&out, TEXT_BYTES_MAX);
  for (size_t i = 0; i < text.len; i++) {
    if (text.ptr[i] != '@') continue;
    size_t from = i, to = i + 1;
    bool dot = false;
    while (from > done && mail_char(text.ptr[from - 1])) from--;
    while (to < text.len && mail_char(text.ptr[to])) dot |= text.ptr[to++] == '.';
    while (to > i + 1 && (text.ptr[to - 1] == '.' || text.ptr[to - 1] == '-')) to--;
    if (from == i || !dot) continue;
    bh_buf_put(&out, text.ptr + done, from - done);
    bh_buf_puts(&out, numbered(s, &s->mails, &s->mail_count, lower(&s->arena, (bh_str){text.ptr + from, to - from}), "person-", "@mail.example"));
    done = to;
    i = to - 1;
  }
  bh_buf_put(&out, text.ptr + done, text.len - done);
  bh_str made = bh_arena_str(&s->arena, bh_buf_str(&out));
  bh_buf_dispose(&out);
  return made;
}

/* ---- options ---- */

static const bh_manifest_option *declared(const bh_manifest *m, bh_str key) {
  for (size_t i = 0; i < m->option_count; i++)
    if (bh_str_eq(m->options[i].key, key)) return &m->options[i];
  return NULL;
}

static bool is_secret(const bh_scrub *s, const bh_pull_option *o) {
  const bh_manifest_option *d = declared(s->manifest, o->key);
  return o->secret || (d != NULL && d->secret);
}

static bool is_person(const bh_pull_option *o) {
  static const char *const keys[] = {"user", "username", "email", "login", "account", "company", "tenant", "domain", "client_id"};
  return listed(o->key, keys, sizeof keys / sizeof keys[0]);
}

/* "https://rmm.acme.example:8443/api" → "rmm.acme.example:8443", or empty. */
static bh_str host_of(bh_str url) {
  const char *at = memmem(url.ptr, url.len, "://", 3);
  if (at == NULL) return (bh_str){"", 0};
  at += 3;
  size_t left = (size_t)(url.ptr + url.len - at), n = 0;
  while (n < left && at[n] != '/' && at[n] != '?' && at[n] != '#') n++;
  return (bh_str){at, n};
}

static void learn_option(bh_scrub *s, const bh_pull_option *o) {
  bh_str host = host_of(o->value);
  if (is_secret(s, o)) {
    replace_whole(s, o->value, bh_arena_fmt(&s->arena, "secret-%.*s", BH_STR_ARG(o->key)), true);
  } else if (host.len) {
    bh_str named = bh_arena_fmt(&s->arena, "%.*s.example", BH_STR_ARG(o->key));
    bool plain = bh_str_starts(o->value, BH_S("http://"));
    if (plain) replace_whole(s, bh_arena_fmt(&s->arena, "http://%.*s", BH_STR_ARG(host)), bh_arena_fmt(&s->arena, "https://%.*s", BH_STR_ARG(named)), true);
    else if (bh_str_starts(o->value, BH_S("ws://"))) replace_whole(s, bh_arena_fmt(&s->arena, "ws://%.*s", BH_STR_ARG(host)), bh_arena_fmt(&s->arena, "wss://%.*s", BH_STR_ARG(named)), true);
    replace_whole(s, host, named, true);
  } else if (is_person(o)) {
    replace_whole(s, o->value, bh_arena_fmt(&s->arena, "%.*s-1", BH_STR_ARG(o->key)), false);
  } else {
    keep_words(s, o->value);
  }
}

bh_scrub *bh_scrub_new(const bh_manifest *m, const bh_pull_option *options, size_t n) {
  bh_scrub *s = calloc(1, sizeof *s);
  if (s == NULL) bh_out_of_memory(sizeof *s);
  s->manifest = m;
  s->options = options;
  s->option_count = n;
  bh_arena_init(&s->arena);
  bh_map_init(&s->words, &s->arena);
  bh_map_init(&s->keep, &s->arena);
  bh_map_init(&s->tokens, &s->arena);
  bh_map_init(&s->mails, &s->arena);
  bh_map_init(&s->ids, &s->arena);
  bh_map_init(&s->emitted, &s->arena);
  bh_map_init(&s->members, &s->arena);
  bh_map_init(&s->uses, &s->arena);
  bh_map_init(&s->left_known, &s->arena);
  bh_buf_init(&s->left, LEFT_BYTES_MAX);
  for (size_t i = 0; i < m->option_count; i++) {
    keep_words(s, m->options[i].fallback);
    for (size_t c = 0; c < m->options[i].choice_count; c++) keep_words(s, m->options[i].choices[c]);
  }
  for (size_t i = 0; i < n; i++) learn_option(s, &options[i]);
  return s;
}

void bh_scrub_free(bh_scrub *s) {
  if (s == NULL) return;
  bh_buf_dispose(&s->left);
  bh_arena_dispose(&s->arena);
  free(s);
}

/* ---- answers ---- */

typedef enum nature { PLAIN, PERSONAL, TOKEN } nature;

/* What a "name" inside these is, is a word of the platform's: {"billingCycle": {"name": "Quarterly"}}. */
static bool names_a_kind(bh_str parent) {
  static const char *const endings[] = {"type", "status", "state", "cycle", "role", "category", "class", "os", "system", "kind", "level", "priority", "unit", "currency", "product", "sku", "plan", "field", "fields"};
  char room[KEY_LEN_MAX];
  bh_str plain = plain_key(room, parent);
  for (size_t i = 0; i < sizeof endings / sizeof endings[0]; i++) {
    size_t n = strlen(endings[i]);
    if (plain.len >= n && strncasecmp(plain.ptr + plain.len - n, endings[i], n) == 0) return true;
  }
  return false;
}

static nature nature_of(bh_scrub *s, bh_str parent, bh_str key, bh_str value) {
  char room[KEY_LEN_MAX];
  bh_str plain = plain_key(room, key);
  if (bh_map_get(&s->members, lower(&s->arena, plain)) != NULL) return PERSONAL;
  const use *u = bh_map_get(&s->uses, lower(&s->arena, plain));
  if (names_a_kind(parent)) return PLAIN;
  if (listed(plain, secret, sizeof secret / sizeof secret[0])) return TOKEN;
  /* JSON-RPC answers a login with a bare text */
  if (bh_str_eqz(plain, "result") && value.len >= 16 && memchr(value.ptr, ' ', value.len) == NULL) return TOKEN;
  return listed(plain, personal, sizeof personal / sizeof personal[0]) || (u != NULL && u->emitted && u->emitted >= u->others && bh_map_get(&s->ids, value) == NULL) ? PERSONAL : PLAIN;
}

static bh_str made_of(bh_scrub *s, nature what, bh_str value) {
  if (what == TOKEN) return numbered(s, &s->tokens, &s->token_count, value, "token-", "");
  return scrub_words(s, scrub_mails(s, value));
}

static void learn(bh_scrub *s, bh_str parent, bh_str key, const bh_node *n) {
  if (n->kind == BH_NODE_STR && n->text.len) {
    nature what = nature_of(s, parent, key, n->text);
    /* what is short would be found in every other text; where it stands alone it is replaced all the same */
    if (what != PLAIN && n->text.len >= WHOLE_LEN_MIN && host_of(n->text).len == 0) replace_whole(s, n->text, made_of(s, what, n->text), what == TOKEN);
  }
  for (size_t i = 0; n->kind == BH_NODE_TABLE && i < n->item_count; i++) learn(s, parent, key, n->items[i]);
  for (size_t i = 0; n->kind == BH_NODE_TABLE && i < n->field_count; i++) learn(s, key, n->fields[i].key, n->fields[i].value);
}

void bh_scrub_member(bh_scrub *s, const char *name) {
  char room[KEY_LEN_MAX];
  const char *dot = strrchr(name, '.'); /* as bh_scrub_left() names it: what it stands in does not matter */
  bh_map_put(&s->members, lower(&s->arena, plain_key(room, bh_str_c(dot ? dot + 1 : name))), s);
}

void bh_scrub_id(bh_scrub *s, bh_str id) {
  if (id.len && bh_map_get(&s->ids, id) == NULL) bh_map_put(&s->ids, bh_arena_str(&s->arena, id), s);
}

void bh_scrub_emitted(bh_scrub *s, bh_str attribute, bh_str value) {
  bh_str known = lower(&s->arena, value);
  bool letters = false;
  for (size_t i = 0; i < value.len; i++) letters |= is_letter(value.ptr[i]);
  /* what is an id as well, or a number, holds the session together; what an attribute calls a type, a status … is the platform's word */
  if (!letters || bh_map_get(&s->ids, value) != NULL || bh_map_get(&s->emitted, known) != NULL || names_a_kind(attribute)) return;
  bh_map_put(&s->emitted, known, s);
  if (value.len >= WHOLE_LEN_MIN && host_of(value).len == 0) replace_whole(s, value, made_of(s, PERSONAL, value), false);
}

static void count_use(bh_scrub *s, bh_str parent, bh_str key, bh_str value) {
  char room[KEY_LEN_MAX];
  bh_str plain = lower(&s->arena, plain_key(room, key));
  bool emitted = bh_map_get(&s->emitted, lower(&s->arena, value)) != NULL;
  if (key.len == 0 || names_a_kind(parent) || names_a_kind(key) || bh_map_get(&s->ids, value) != NULL) return;
  use *u = bh_map_get(&s->uses, plain);
  if (u == NULL) bh_map_put(&s->uses, plain, u = BH_NEW(&s->arena, use));
  *(emitted ? &u->emitted : &u->others) += 1;
}

static void count_uses(bh_scrub *s, bh_str parent, bh_str key, const bh_node *n) {
  if (n->kind == BH_NODE_STR && n->text.len) count_use(s, parent, key, n->text);
  for (size_t i = 0; n->kind == BH_NODE_TABLE && i < n->item_count; i++) count_uses(s, parent, key, n->items[i]);
  for (size_t i = 0; n->kind == BH_NODE_TABLE && i < n->field_count; i++) count_uses(s, key, n->fields[i].key, n->fields[i].value);
}

void bh_scrub_count(bh_scrub *s, const bh_node *answer) { count_uses(s, BH_S(""), BH_S(""), answer); }

bh_str bh_scrub_left(const bh_scrub *s) { return bh_buf_str(&s->left); }

void bh_scrub_learn(bh_scrub *s, const bh_node *answer) { learn(s, BH_S(""), BH_S(""), answer); }

static bool in_word(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

static bool is_hex(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'F') || (c >= 'a' && c <= 'f'); }

/* "Cancelled" is not to be found in "dateCancelled"; in "%20Cancelled" it is. */
static bool stands_alone(bh_str text, size_t at, size_t len) {
  bool coded = at >= 3 && text.ptr[at - 3] == '%' && is_hex(text.ptr[at - 2]) && is_hex(text.ptr[at - 1]);
  if (at > 0 && !coded && in_word(text.ptr[at - 1]) && in_word(text.ptr[at])) return false;
  return at + len == text.len || !in_word(text.ptr[at + len]) || !in_word(text.ptr[at + len - 1]);
}

static bool fits(const pair *p, bh_str text, size_t at) {
  return text.ptr[at] == p->from.ptr[0] && bh_str_starts((bh_str){text.ptr + at, text.len - at}, p->from) && (p->anywhere || stands_alone(text, at, p->from.len));
}

/* Longest first, and nothing that was put in is replaced again. */
bh_str bh_scrub_text(bh_scrub *s, bh_arena *a, bh_str text) {
  bh_buf out;
  if (!s->sorted && s->pair_count > 1) qsort(s->pairs, s->pair_count, sizeof *s->pairs, longer_first);
  s->sorted = true;
  bh_buf_init(&out, TEXT_BYTES_MAX);
  for (size_t i = 0; i < text.len;) {
    const pair *found = NULL;
    for (size_t p = 0; p < s->pair_count && found == NULL; p++)
      if (fits(&s->pairs[p], text, i)) found = &s->pairs[p];
    if (found != NULL) bh_buf_puts(&out, found->to);
    else bh_buf_putc(&out, text.ptr[i]);
    i += found ? found->from.len : 1;
  }
  bh_str done = scrub_mails(s, bh_arena_str(&s->arena, bh_buf_str(&out)));
  bh_buf_dispose(&out);
  return bh_arena_str(a, done);
}

/* Whether a person should know that it stays: words, and neither a day nor an id that the connector emits. */
static bool worth_telling(const bh_scrub *s, bh_str value) {
  bh_day day;
  bool letters = false;
  for (size_t i = 0; i < value.len; i++) letters |= is_letter(value.ptr[i]);
  return letters && bh_map_get(&s->ids, value) == NULL && !(value.len >= DAY_LEN && bh_day_parse(&day, (bh_str){value.ptr, DAY_LEN}));
}

static void note_left(bh_scrub *s, bh_str parent, bh_str key, bh_str value) {
  if (key.len == 0 || !worth_telling(s, value)) return;
  bh_str name = parent.len ? bh_arena_fmt(&s->arena, "%.*s.%.*s", BH_STR_ARG(parent), BH_STR_ARG(key)) : key;
  if (bh_map_get(&s->left_known, name) != NULL) return;
  bh_map_put(&s->left_known, bh_arena_str(&s->arena, name), s);
  bh_buf_puts(&s->left, name);
  bh_buf_putc(&s->left, '\n');
}

static bh_str scrub_value(bh_scrub *s, bh_arena *a, bh_str parent, bh_str key, bh_str value) {
  nature what = value.len ? nature_of(s, parent, key, value) : PLAIN;
  bh_str host = host_of(value), out;
  if (what == PLAIN && bh_map_get(&s->emitted, lower(&s->arena, value)) != NULL) what = PERSONAL;
  if (host.len) { /* the next page's address must stay one; anybody else's is a name */
    out = bh_scrub_text(s, a, value);
    if (what != PERSONAL || !bh_str_eq(host_of(out), host)) return out;
    return bh_arena_fmt(a, "https://%.*s", BH_STR_ARG(scrub_words(s, (bh_str){host.ptr, (size_t)(value.ptr + value.len - host.ptr)})));
  }
  out = what == PLAIN ? bh_scrub_text(s, a, value) : made_of(s, what, value);
  if (bh_str_eq(out, value)) note_left(s, parent, key, value);
  return out;
}

static bh_node *tree(bh_scrub *s, bh_arena *a, bh_str parent, bh_str key, const bh_node *n) {
  bh_node *out = bh_node_new(a, n->kind);
  *out = (bh_node){.kind = n->kind, .boolean = n->boolean, .is_array = n->is_array, .integer = n->integer, .text = n->text};
  if (n->kind == BH_NODE_STR) out->text = scrub_value(s, a, parent, key, n->text);
  for (size_t i = 0; n->kind == BH_NODE_TABLE && i < n->item_count; i++) bh_node_push(a, out, tree(s, a, parent, key, n->items[i]));
  for (size_t i = 0; n->kind == BH_NODE_TABLE && i < n->field_count; i++) bh_node_add(a, out, n->fields[i].key, tree(s, a, key, n->fields[i].key, n->fields[i].value));
  return out;
}

bh_node *bh_scrub_tree(bh_scrub *s, bh_arena *a, const bh_node *n) { return tree(s, a, BH_S(""), BH_S(""), n); }

bh_str bh_scrub_option(bh_scrub *s, bh_arena *a, const bh_pull_option *o) { return bh_scrub_text(s, a, o->value); }

bh_str bh_scrub_token(bh_scrub *s, bh_str token) { return token.len ? made_of(s, TOKEN, token) : token; }

void bh_scrub_same_token(bh_scrub *s, bh_str token, bh_str first) {
  bh_map_put(&s->tokens, token, (void *)(uintptr_t)made_of(s, TOKEN, first).ptr);
}
