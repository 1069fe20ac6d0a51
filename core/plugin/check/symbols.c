/* What a plugin exports and what it needs, from its dynamic table as the loader has mapped it. */
#include "plugin/check/inside.h"
#include <dlfcn.h>
#include <elf.h>
#include <link.h>

typedef struct table {
  const ElfW(Sym) *symbols;
  const char *names;
  const uint16_t *versions;      /* NULL: none */
  size_t count;
} table;

/* The highest symbol of any chain, and one more. */
static size_t gnu_count(const uint32_t *hash)
{
  uint32_t buckets = hash[0], first = hash[1], bloom = hash[2], last = 0;
  const uint32_t *bucket = hash + 4 + bloom * (sizeof(ElfW(Addr)) / sizeof(uint32_t)), *chain = bucket + buckets;
  for (uint32_t i = 0; i < buckets; i++)
    if (bucket[i] > last)
      last = bucket[i];
  if (last < first)
    return first; /* nothing is exported: what there is, is needed */
  while (!(chain[last - first] & 1))
    last++;
  return (size_t)last + 1;
}

static bool read_table(table *t, const struct link_map *map)
{
  const uint32_t *gnu = NULL, *sysv = NULL;
  *t = (table){0};
  for (const ElfW(Dyn) *d = map->l_ld; d && d->d_tag != DT_NULL; d++) {
    const void *at = (const void *)d->d_un.d_ptr; /* the loader has made it absolute */
    switch (d->d_tag) {
    case DT_SYMTAB: t->symbols = at; break;
    case DT_STRTAB: t->names = at; break;
    case DT_VERSYM: t->versions = at; break;
    case DT_GNU_HASH: gnu = at; break;
    case DT_HASH: sysv = at; break;
    default: break;
    }
  }
  t->count = sysv ? sysv[1] : gnu ? gnu_count(gnu) : 0;
  return t->symbols && t->names && t->count;
}

bh_status bh_check_each_symbol(bh_check *k, void (*each)(void *ctx, const char *name, bool defined, bool weak, bool bound), void *ctx)
{
  enum { FIRST_VERSION = 2, VERSION_MASK = 0x7fff };
  struct link_map *map = NULL;
  table t;
  void *code = dlopen(k->init.path.ptr, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!code)
    return bh_fail(&k->err, BH_E_INVALID, "cannot load it: %s", dlerror());
  if (dlinfo(code, RTLD_DI_LINKMAP, &map) != 0 || !map || !read_table(&t, map))
    return bh_fail(&k->err, BH_E_INVALID, "cannot read its table of symbols");
  for (size_t i = 1; i < t.count; i++) {
    const ElfW(Sym) *s = &t.symbols[i];
    const char *name = t.names + s->st_name;
    bool defined = s->st_shndx != SHN_UNDEF, weak = ELF64_ST_BIND(s->st_info) == STB_WEAK;
    bool hidden = ELF64_ST_VISIBILITY(s->st_other) == STV_HIDDEN || ELF64_ST_VISIBILITY(s->st_other) == STV_INTERNAL || s->st_shndx == SHN_ABS;
    if (!name[0] || (defined && hidden))
      continue;
    /* A versioned name is bound to a library that the plugin names; any other must be found in it or in what it names. */
    bool versioned = t.versions && (t.versions[i] & VERSION_MASK) >= FIRST_VERSION;
    each(ctx, name, defined, weak, defined || versioned || dlsym(code, name));
  }
  return BH_OK;
}

typedef struct verdict { int exported; char others[300], missing[300]; } verdict;

static void add_name(char *list, const char *name)
{
  size_t n = strlen(list);
  if (n < 240)
    snprintf(list + n, 300 - n, "%s%.50s", n ? ", " : "", name);
}

static void judge(void *ctx, const char *name, bool defined, bool weak, bool bound)
{
  verdict *v = ctx;
  bool runtime = name[0] == '_'; /* the compiler's and the sanitizers' own */
  if (defined && strcmp(name, "billhook_plugin") == 0)
    v->exported++;
  else if (defined && !runtime)
    add_name(v->others, name);
  else if (!defined && !weak && !bound && !runtime)
    add_name(v->missing, name);
  else if (!defined && (strncmp(name, "bh_", 3) == 0 || strncmp(name, "billhook_", 9) == 0))
    add_name(v->missing, name);
}

bh_status bh_check_symbols(bh_check *k)
{
  verdict v = {0};
  bh_status rc = bh_check_each_symbol(k, judge, &v);
  if (rc)
    return rc;
  if (!v.exported)
    return bh_fail(&k->err, BH_E_INVALID, "it exports no billhook_plugin: define it with BH_EXPORT, or let the linker's version script export it");
  if (v.others[0])
    return bh_fail(&k->err, BH_E_INVALID, "it exports more than billhook_plugin: %s; make them static, or link with the SDK's plugin.map", v.others);
  if (v.missing[0])
    return bh_fail(&k->err, BH_E_INVALID, "it needs what none of its libraries has: %s; link with -Wl,-z,defs to see where", v.missing);
  return BH_OK;
}
