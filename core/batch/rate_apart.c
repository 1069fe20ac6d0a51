/* Models that did not come with this program: their clients are rated in workers of their own. What such a model writes over, or how it ends, is then
 * nobody's matter but theirs. */
#include "batch/rate_pool_impl.h"
#include <stdlib.h>

enum { FOREIGN_BITS = 63 };
#define TAKEN UINT64_MAX /* no set of models: it has 64 bits */

void bh_pool_find_foreign(bh_pool *p)
{
  int n = 0;
  p->foreign = BH_NEWN(&p->arena, uint64_t, p->plugins->count + 1);
  for (size_t i = 0; i < p->plugins->count; i++) {
    const bh_manifest *m = &p->plugins->items[i];
    if (!bh_str_eqz(m->kind, "model") || !m->trusted || m->ours)
      continue;
    p->foreign[i] = (uint64_t)1 << (n < FOREIGN_BITS ? n++ : FOREIGN_BITS - 1);
    p->any_foreign = true;
  }
}

static uint64_t models_of(const bh_pool *p, const bh_billing *b)
{
  uint64_t models = 0;
  for (size_t i = 0; i < p->plugins->count; i++)
    for (size_t k = 0; k < b->line_count && p->foreign[i]; k++)
      if (bh_str_eq(b->lines[k].model, p->plugins->items[i].id)) {
        models |= p->foreign[i];
        break;
      }
  return models;
}

uint64_t *bh_pool_models_of(const bh_pool *p, const bh_billing *const *billings, size_t n)
{
  uint64_t *out = NULL;
  for (size_t i = 0, end; i < n; i = end) {
    uint64_t models = 0;
    for (end = i; end < n && bh_str_eq(billings[end]->client, billings[i]->client); end++)
      models |= models_of(p, billings[end]);
    if (models && !out && !(out = calloc(n, sizeof *out)))
      bh_out_of_memory(n * sizeof *out);
    for (size_t k = i; k < end && models; k++)
      out[k] = models;
  }
  return out;
}

bool bh_pool_part(bh_pool_group *out, uint64_t *models, const bh_billing *const *billings, size_t n)
{
  size_t first = 0, count = 0;
  while (first < n && models[first] == TAKEN)
    first++;
  if (first == n)
    return false;
  uint64_t wanted = models[first];
  for (size_t i = first; i < n; i++)
    count += models[i] == wanted;
  const bh_billing **list = malloc(count * (sizeof *list + sizeof *out->place));
  if (!list)
    bh_out_of_memory(count * sizeof *list);
  *out = (bh_pool_group){ .billings = list, .models = wanted, .place = (uint32_t *)(list + count), .held = list };
  for (size_t i = first; i < n; i++)
    if (models[i] == wanted) {
      list[out->n] = billings[i];
      out->place[out->n++] = (uint32_t)i;
      models[i] = TAKEN;
    }
  return true;
}

/* As many work at one set of models as there are jobs; one that has nothing to do gives way to another set. */
int bh_pool_pick_apart(const bh_pool *p, uint64_t models)
{
  int own = -1, free_one = -1, same = 0;
  for (int w = p->jobs; w < p->worker_count; w++) {
    const bh_pool_worker *x = &p->workers[w];
    if (x->process != NULL && x->models == models) {
      same++;
      if (x->load < BH_POOL_FRAMES_A_WORKER && (own < 0 || x->load < p->workers[own].load))
        own = w;
    } else if (x->load == 0 && (free_one < 0 || p->workers[free_one].process != NULL)) {
      free_one = w;
    }
  }
  bool more = free_one >= 0 && same < p->jobs;
  if (own >= 0 && (p->workers[own].load == 0 || !more || p->workers[free_one].process != NULL))
    return own;
  return more ? free_one : -1;
}
