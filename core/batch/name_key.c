#include "batch/name_key.h"

/* Letters of Latin-1 and Latin Extended-A, U+00C0 to U+017F, as the plain letters that they are read as. */
static const char *const plain[] = {
  "a", "a", "a", "a", "ae", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i", "d", "n", "o", "o", "o", "o", "oe", " ", "o", "u", "u", "u", "ue", "y", "th", "ss",
  "a", "a", "a", "a", "ae", "a", "ae", "c", "e", "e", "e", "e", "i", "i", "i", "i", "d", "n", "o", "o", "o", "o", "oe", " ", "o", "u", "u", "u", "ue", "y", "th", "y",
  "a", "a", "a", "a", "a", "a", "c", "c", "c", "c", "c", "c", "c", "c", "d", "d", "d", "d", "e", "e", "e", "e", "e", "e", "e", "e", "e", "e", "g", "g", "g", "g",
  "g", "g", "g", "g", "h", "h", "h", "h", "i", "i", "i", "i", "i", "i", "i", "i", "i", "i", "ij", "ij", "j", "j", "k", "k", "k", "l", "l", "l", "l", "l", "l", "l",
  "l", "l", "l", "n", "n", "n", "n", "n", "n", "n", "n", "n", "o", "o", "o", "o", "o", "o", "oe", "oe", "r", "r", "r", "r", "r", "r", "s", "s", "s", "s", "s", "s",
  "s", "s", "t", "t", "t", "t", "t", "t", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "u", "w", "w", "y", "y", "y", "z", "z", "z", "z", "z", "z", "s"};
enum { PLAIN_FIRST = 0xC0, PLAIN_COUNT = sizeof plain / sizeof plain[0] };

/* What companies are by law, as it stands at the end of their names, and what stands between: sorted. */
static const char *const legal[] = {
  "ab", "ad", "ag", "and", "aps", "as", "asa", "bhd", "bv", "bvba", "cic", "cio", "co", "company", "corp", "corporation", "cv", "cyf", "da", "dd", "de", "doo", "ead",
  "ec", "eg", "eood", "et", "ev", "gbr", "gk", "gmbh", "hf", "inc", "incorporated", "kft", "kg", "kgaa", "kk", "kommanditgesellschaft", "lda", "limited", "limitee", "llc",
  "llp", "lp", "ltd", "ltda", "ltee", "mbh", "nv", "nyrt", "oao", "ohg", "ood", "oo", "ooo", "ou", "oue", "oy", "oyj", "pao", "plc", "pllc", "private", "pte", "pty",
  "pvt", "rl", "sa", "sab", "sarl", "sas", "sasu", "sau", "sci", "sdn", "se", "sia", "sl", "slu", "sp", "spa", "spolka", "sprl", "srl", "sro", "uab", "ug", "und", "vof", "y", "z",
  "zao", "zoo", "zrt"};

static bool is_legal(bh_str word) {
  for (size_t i = 0; i < sizeof legal / sizeof legal[0]; i++)
    if (bh_str_eqz(word, legal[i])) return true;
  return false;
}

/* What stands between names, and is left out or written in another way as one likes. */
static bool is_joint(bh_str word) {
  return bh_str_eqz(word, "and") || bh_str_eqz(word, "und") || bh_str_eqz(word, "et") || bh_str_eqz(word, "og") || bh_str_eqz(word, "och");
}

/* The code point at *at, which goes behind it. */
static uint32_t next_char(bh_str s, size_t *at) {
  unsigned char c = (unsigned char)s.ptr[*at];
  size_t n = c < 0x80 ? 1 : c < 0xE0 ? 2 : c < 0xF0 ? 3 : 4;
  uint32_t u = n == 1 ? c : c & (0x7Fu >> n);
  for (size_t i = 1; i < n && *at + i < s.len; i++) u = u << 6 | ((unsigned char)s.ptr[*at + i] & 0x3Fu);
  *at += n;
  return u;
}

static void put_char(bh_buf *b, uint32_t u, bh_str as_written) {
  if (u >= 'A' && u <= 'Z') bh_buf_putc(b, (char)(u - 'A' + 'a'));
  else if ((u >= 'a' && u <= 'z') || (u >= '0' && u <= '9')) bh_buf_putc(b, (char)u);
  else if (u == '.' || u == '\'' || u == 0x2019 || (u >= 0x300 && u <= 0x36F)) return; /* "S.A." is "SA", "Joe's" is "Joes"; accents that stand apart */
  else if (u == '&' || u == '+') bh_buf_putz(b, " and ");
  else if (u < PLAIN_FIRST) bh_buf_putc(b, ' ');
  else if (u < PLAIN_FIRST + PLAIN_COUNT) bh_buf_putz(b, plain[u - PLAIN_FIRST]);
  else if (u >= 0x391 && u <= 0x3A9) bh_buf_fmt(b, "%c%c", (char)(0xC0 | (u + 0x20) >> 6), (char)(0x80 | ((u + 0x20) & 0x3F))); /* Greek, Cyrillic: small letters */
  else if (u >= 0x410 && u <= 0x42F) bh_buf_fmt(b, "%c%c", (char)(0xC0 | (u + 0x20) >> 6), (char)(0x80 | ((u + 0x20) & 0x3F)));
  else if (u >= 0x2000 && u <= 0x206F) bh_buf_putc(b, ' '); /* dashes, quotation marks, spaces */
  else bh_buf_puts(b, as_written);
}

static size_t words_of(bh_str *out, size_t max, bh_str text) {
  size_t n = 0;
  for (size_t at = 0; at < text.len && n < max;) {
    while (at < text.len && text.ptr[at] == ' ') at++;
    size_t from = at;
    while (at < text.len && text.ptr[at] != ' ') at++;
    if (at > from) out[n++] = (bh_str){text.ptr + from, at - from};
  }
  return n;
}

void bh_name_key_of(bh_name_key *out, bh_arena *a, bh_str name) {
  bh_buf text, key;
  bh_str words[BH_NAME_WORDS_MAX];
  bh_buf_init(&text, 1 << 20);
  bh_buf_init(&key, 1 << 20);
  *out = (bh_name_key){.key = {"", 0}};
  for (size_t at = 0; at < name.len;) {
    size_t from = at;
    uint32_t u = next_char(name, &at);
    put_char(&text, u, (bh_str){name.ptr + from, (at < name.len ? at : name.len) - from});
  }
  size_t n = words_of(words, BH_NAME_WORDS_MAX, bh_buf_str(&text)), first = n > 1 && bh_str_eqz(words[0], "the") ? 1 : 0;
  if (n > first + 2 && bh_str_eqz(words[n - 2], "a") && bh_str_eqz(words[n - 1], "s")) n -= 2; /* A/S */
  while (n > first + 1 && is_legal(words[n - 1])) n--;
  for (size_t i = first; i < n; i++) {
    if (i > first && is_joint(words[i])) continue;
    bh_buf_puts(&key, words[i]);
    out->words[out->count++] = bh_arena_str(a, words[i]);
  }
  out->key = bh_arena_str(a, bh_buf_str(&key));
  bh_buf_dispose(&text);
  bh_buf_dispose(&key);
}

/* Addresses there say nothing of who one works for. */
static bool is_everybodys(bh_str domain) {
  static const char *const all[] = {"163.com", "aol.com", "bluewin.ch", "bt.com", "btinternet.com", "comcast.net", "fastmail.com", "free.fr", "freenet.de", "gmail.com", "gmx.at",
    "gmx.ch", "gmx.com", "gmx.de", "gmx.net", "googlemail.com", "hey.com", "hotmail.co.uk", "hotmail.com", "hotmail.fr", "icloud.com", "laposte.net", "libero.it", "live.com",
    "mac.com", "mail.com", "mail.ru", "me.com", "msn.com", "onmicrosoft.com", "orange.fr", "outlook.com", "outlook.de", "pm.me", "posteo.de", "proton.me", "protonmail.com", "qq.com",
    "sbcglobal.net", "t-online.de", "verizon.net", "wanadoo.fr", "web.de", "yahoo.co.uk", "yahoo.com", "yahoo.de", "yahoo.fr", "yandex.ru", "ymail.com", "zoho.com"};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    if (bh_str_eqz(domain, all[i])) return true;
  return false;
}

bh_str bh_domain_of(bh_arena *a, bh_str s) {
  const bh_str none = {"", 0};
  for (size_t i = s.len; i-- > 0;)
    if (s.ptr[i] == '@' || s.ptr[i] == '/') { /* the part of an address, or of a URL */
      s = (bh_str){s.ptr + i + 1, s.len - i - 1};
      break;
    }
  bool dot = false;
  for (size_t i = 0; i < s.len; i++) {
    char c = s.ptr[i];
    bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || (unsigned char)c >= 0x80;
    dot |= c == '.' && i > 0 && i + 1 < s.len;
    if (!ok) return none;
  }
  if (!dot) return none;
  bh_str out = bh_arena_str(a, s);
  for (size_t i = 0; i < out.len; i++)
    if (out.ptr[i] >= 'A' && out.ptr[i] <= 'Z') ((char *)(uintptr_t)out.ptr)[i] = (char)(out.ptr[i] - 'A' + 'a');
  if (bh_str_starts(out, BH_S("www."))) out = (bh_str){out.ptr + 4, out.len - 4};
  return is_everybodys(out) ? none : out;
}
