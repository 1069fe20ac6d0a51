/* What travels with a draft until its approval, packed: what it settles, what it posts, and the taxes of a charged key. */
#ifndef BH_SETTLE_H
#define BH_SETTLE_H
#include "base/date.h"
#include "base/wire.h"
#include "store/store.h"

/* A share of a line or discount for tax and revenue: a line is one part, a discount one for each line it lowers. */
typedef struct bh_tax_part {
  int64_t net;                 /* minor, signed */
  bh_str category, product;
  bh_day service;              /* first day in force of the line that it is a share of; not packed: what is fixed needs none */
  bool fixed;                  /* a correction: the taxes of what it corrects */
  bh_str *taxes; bh_dec *rates; size_t tax_count;
} bh_tax_part;
bh_str bh_tax_parts_pack(bh_arena *a, const bh_tax_part *parts, size_t n);
/* False where the bytes are not such a pack. */
bool bh_tax_parts_unpack(bh_tax_part **out, size_t *n, bh_arena *a, bh_str packed);

/* What approving a document settles. */
typedef struct bh_settle_contract { int32_t num; bh_sha hash; bh_day next_due; bh_str currency; int32_t client; /* 0: the document's */ } bh_settle_contract;
/* A client that is billed to the document's. */
typedef struct bh_settle_member { int32_t client; bool whole; bh_sha raw_hash; bh_day next_due, charged_to; } bh_settle_member;
typedef struct bh_settle {
  bool whole;                  /* the client's every contract is settled by this document alone: */
  bh_sha raw_hash; bh_day next_due; /* … so its row can be */
  int64_t pull;
  bh_day charged_to;
  bh_settle_contract *contracts; size_t contract_count;
  bh_settle_member *members; size_t member_count;
} bh_settle;
bh_str bh_settle_pack(bh_arena *a, const bh_settle *s);
bool bh_settle_unpack(bh_settle *out, bh_arena *a, bh_str packed);

/* Postings of an approval: account and amount; they sum to zero. */
typedef struct bh_post { bh_str account; int64_t amount; } bh_post;
bh_str bh_posts_pack(bh_arena *a, const bh_post *p, size_t n);
bool bh_posts_unpack(bh_post **out, size_t *n, bh_arena *a, bh_str packed);
#endif
