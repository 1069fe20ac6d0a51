/* What every model here has of itself: the host. */
#ifndef BILLHOOK_MODELS_SELF_H
#define BILLHOOK_MODELS_SELF_H
#include <billhook/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct self { const bh_host *host; } self;

static inline bh_status self_create(const bh_host *host, void **out)
{
  self *s = malloc(sizeof *s);
  if (!s)
    return BH_E_NOMEM;
  s->host = host;
  *out = s;
  return BH_OK;
}

/* Keeps a copy of what prepare() has read; release() is self_release. */
static inline bh_status self_keep(void **state, const void *terms, size_t bytes)
{
  void *kept = malloc(bytes);
  if (!kept)
    return BH_E_NOMEM;
  memcpy(kept, terms, bytes);
  *state = kept;
  return BH_OK;
}

static inline void self_release(void *me, void *state)
{
  (void)me;
  free(state);
}

static inline bh_str self_str(const char *text) { return (bh_str){text, strlen(text)}; }

/* One line; `text` may be empty. */
static inline bh_status self_line(const bh_model_emit *out, bh_ratio quantity, bh_dec price, bh_ratio fraction, bh_period days, const char *text)
{
  const bh_priced_line line = {.struct_size = sizeof line, .quantity = quantity, .fraction = fraction, .unit_price = price,
    .text = {text, strlen(text)}, .days = days};
  return out->line(out->ctx, &line);
}

static inline bh_status self_too_large(const bh_host *h) { return h->fail(h->ctx, BH_E_INVALID, "a number is too large, or too fine"); }
#endif
