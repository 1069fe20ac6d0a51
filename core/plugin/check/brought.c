/* What a session brought, in words: how much of each kind, and what came without being said to be all there is. */
#include "plugin/check/inside.h"

enum { KINDS_MAX = 40 };

/* Facts of one kind: of assets each kind of theirs is one, of all others what they are. */
typedef struct kind { const char *what; bh_str of; size_t n, outside; } kind;

static const char *plural(const char *what, size_t n)
{
  return n == 1 || strcmp(what, "usage") == 0 ? "" : "s";
}

static size_t count_kinds(kind kinds[KINDS_MAX], const bh_check_facts *f)
{
  size_t count = 0;
  for (size_t i = 0; i < f->count; i++) {
    const bh_check_fact *x = &f->items[i];
    bool asset = strcmp(x->what, "asset") == 0;
    size_t at = 0;
    while (at < count && !(strcmp(kinds[at].what, x->what) == 0 && (!asset || bh_str_eq(kinds[at].of, x->kind))))
      at++;
    if (at == KINDS_MAX)
      continue;
    if (at == count)
      kinds[count++] = (kind){.what = x->what, .of = asset ? x->kind : (bh_str){"", 0}};
    kinds[at].n++;
    kinds[at].outside += asset && bh_check_facts_open(f, x);
  }
  return count;
}

/* Clients first, then what they have. */
static bool is_client(const kind *k) { return strcmp(k->what, "client") == 0; }

void bh_check_brought(bh_check *k, const bh_check_facts *f)
{
  kind kinds[KINDS_MAX];
  size_t count = count_kinds(kinds, f), len = strlen(k->words);
  for (int turn = 0; turn < 2; turn++)
    for (size_t i = 0; i < count && len < sizeof k->words; i++)
      if (is_client(&kinds[i]) == (turn == 0)) {
        int n = snprintf(k->words + len, sizeof k->words - len, "%s%zu %.*s%s%s%s", len ? ", " : "", kinds[i].n, BH_STR_ARG(kinds[i].of), kinds[i].of.len ? " " : "",
                         kinds[i].what, plural(kinds[i].what, kinds[i].n));
        len += n > 0 ? (size_t)n : 0;
      }
  for (size_t i = 0; i < count; i++)
    if (kinds[i].outside)
      bh_check_warn(k, "%zu of %zu assets of the kind \"%.*s\" came outside any scope: one that is gone stays on the bill. scope_begin(), and scope_end() with "
                    "BH_SCOPE_COMPLETE, or with BH_SCOPE_PARTIAL where the platform does not tell all", kinds[i].outside, kinds[i].n, BH_STR_ARG(kinds[i].of));
}
