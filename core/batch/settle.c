#include "batch/settle.h"

static bh_str keep(bh_arena *a, bh_buf *b)
{
  bh_require(!b->failed);
  bh_str s = bh_arena_str(a, bh_buf_str(b));
  bh_buf_dispose(b);
  return s;
}

bh_str bh_tax_parts_pack(bh_arena *a, const bh_tax_part *parts, size_t n)
{
  bh_buf b;
  bh_buf_init(&b, 1 << 24);
  bh_put_u32(&b, (uint32_t)n);
  for (size_t i = 0; i < n; i++) {
    const bh_tax_part *p = &parts[i];
    bh_put_i64(&b, p->net);
    bh_put_str(&b, p->category);
    bh_put_str(&b, p->product);
    bh_put_u32(&b, (uint32_t)p->tax_count);
    for (size_t j = 0; j < p->tax_count; j++) {
      bh_put_str(&b, p->taxes[j]);
      bh_put_dec(&b, p->rates[j]);
    }
  }
  return keep(a, &b);
}

bool bh_tax_parts_unpack(bh_tax_part **out, size_t *n, bh_arena *a, bh_str packed)
{
  bh_get g = bh_get_init(packed);
  *n = bh_get_count(&g, UINT32_MAX);
  bh_tax_part *parts = BH_NEWN(a, bh_tax_part, *n ? *n : 1);
  for (size_t i = 0; i < *n && !g.bad; i++) {
    parts[i].net = bh_get_i64(&g);
    parts[i].category = bh_get_str(&g);
    parts[i].product = bh_get_str(&g);
    parts[i].fixed = true;
    parts[i].tax_count = bh_get_count(&g, 1000);
    parts[i].taxes = BH_NEWN(a, bh_str, parts[i].tax_count ? parts[i].tax_count : 1);
    parts[i].rates = BH_NEWN(a, bh_dec, parts[i].tax_count ? parts[i].tax_count : 1);
    for (size_t j = 0; j < parts[i].tax_count; j++) {
      parts[i].taxes[j] = bh_get_str(&g);
      parts[i].rates[j] = bh_get_dec(&g);
    }
  }
  *out = parts;
  return bh_get_done(&g);
}

static void put_sha(bh_buf *b, const bh_sha *s) { bh_buf_put(b, s->b, sizeof s->b); }

static bh_sha get_sha(bh_get *g)
{
  bh_sha s = { { 0 } };
  if (g->bad || (size_t)(g->end - g->at) < sizeof s.b) {
    g->bad = true;
    return s;
  }
  memcpy(s.b, g->at, sizeof s.b);
  g->at += sizeof s.b;
  return s;
}

bh_str bh_settle_pack(bh_arena *a, const bh_settle *s)
{
  bh_buf b;
  bh_buf_init(&b, 1 << 24);
  bh_put_u8(&b, s->whole);
  put_sha(&b, &s->raw_hash);
  bh_put_i64(&b, s->next_due);
  bh_put_i64(&b, s->pull);
  bh_put_i64(&b, s->charged_to);
  bh_put_u32(&b, (uint32_t)s->contract_count);
  for (size_t i = 0; i < s->contract_count; i++) {
    bh_put_i64(&b, s->contracts[i].num);
    put_sha(&b, &s->contracts[i].hash);
    bh_put_i64(&b, s->contracts[i].next_due);
    bh_put_str(&b, s->contracts[i].currency);
  }
  if (s->member_count > 0) { /* of clients that are billed alone nothing more is said */
    for (size_t i = 0; i < s->contract_count; i++)
      bh_put_i64(&b, s->contracts[i].client);
    bh_put_u32(&b, (uint32_t)s->member_count);
    for (size_t i = 0; i < s->member_count; i++) {
      bh_put_i64(&b, s->members[i].client);
      bh_put_u8(&b, s->members[i].whole);
      put_sha(&b, &s->members[i].raw_hash);
      bh_put_i64(&b, s->members[i].next_due);
      bh_put_i64(&b, s->members[i].charged_to);
    }
  }
  return keep(a, &b);
}

bool bh_settle_unpack(bh_settle *out, bh_arena *a, bh_str packed)
{
  bh_get g = bh_get_init(packed);
  *out = (bh_settle){ .whole = bh_get_u8(&g) != 0 };
  out->raw_hash = get_sha(&g);
  out->next_due = (bh_day)bh_get_i64(&g);
  out->pull = bh_get_i64(&g);
  out->charged_to = (bh_day)bh_get_i64(&g);
  out->contract_count = bh_get_count(&g, 1000000);
  out->contracts = BH_NEWN(a, bh_settle_contract, out->contract_count ? out->contract_count : 1);
  for (size_t i = 0; i < out->contract_count && !g.bad; i++) {
    out->contracts[i].num = (int32_t)bh_get_i64(&g);
    out->contracts[i].hash = get_sha(&g);
    out->contracts[i].next_due = (bh_day)bh_get_i64(&g);
    out->contracts[i].currency = bh_get_str(&g);
  }
  if (!g.bad && g.at < g.end) {
    for (size_t i = 0; i < out->contract_count; i++)
      out->contracts[i].client = (int32_t)bh_get_i64(&g);
    out->member_count = bh_get_count(&g, 1000000);
    out->members = BH_NEWN(a, bh_settle_member, out->member_count ? out->member_count : 1);
    for (size_t i = 0; i < out->member_count && !g.bad; i++) {
      out->members[i].client = (int32_t)bh_get_i64(&g);
      out->members[i].whole = bh_get_u8(&g) != 0;
      out->members[i].raw_hash = get_sha(&g);
      out->members[i].next_due = (bh_day)bh_get_i64(&g);
      out->members[i].charged_to = (bh_day)bh_get_i64(&g);
    }
  }
  return bh_get_done(&g);
}

bh_str bh_posts_pack(bh_arena *a, const bh_post *p, size_t n)
{
  bh_buf b;
  bh_buf_init(&b, 1 << 24);
  bh_put_u32(&b, (uint32_t)n);
  for (size_t i = 0; i < n; i++) {
    bh_put_str(&b, p[i].account);
    bh_put_i64(&b, p[i].amount);
  }
  return keep(a, &b);
}

bool bh_posts_unpack(bh_post **out, size_t *n, bh_arena *a, bh_str packed)
{
  bh_get g = bh_get_init(packed);
  *n = bh_get_count(&g, 1000000);
  bh_post *p = BH_NEWN(a, bh_post, *n ? *n : 1);
  for (size_t i = 0; i < *n && !g.bad; i++) {
    p[i].account = bh_get_str(&g);
    p[i].amount = bh_get_i64(&g);
  }
  *out = p;
  return bh_get_done(&g);
}
