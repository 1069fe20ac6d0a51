/* Names made comparable: without accents, letter case, punctuation and the legal form of a company ("Inc", "GmbH & Co. KG", "S.A. de C.V."). */
#ifndef BH_NAME_KEY_H
#define BH_NAME_KEY_H
#include "base/base.h"

enum { BH_NAME_WORDS_MAX = 24 };
typedef struct bh_name_key {
  bh_str key;                  /* the words without anything between them; empty where nothing is left */
  bh_str words[BH_NAME_WORDS_MAX]; size_t count;
} bh_name_key;
/* Strings live in the arena. More words than there is room for are in the key alone. */
void bh_name_key_of(bh_name_key *out, bh_arena *a, bh_str name);
/* The internet domain of an e-mail address, or what is one itself, in lower case and without "www."; empty where it is none, or one of those that
 * give addresses to everybody. */
bh_str bh_domain_of(bh_arena *a, bh_str address_or_domain);
#endif
