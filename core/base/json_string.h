/* What yajl lets pass in string escapes and we do not. For json_read.c alone. */
#ifndef BH_JSON_STRING_H
#define BH_JSON_STRING_H
#include "base/base.h"

/* NULL where every \u escape of the text stands for a character; else what is wrong, and where (offset) in *at. */
const char *bh_json_escapes_check(size_t *at, bh_str text);
/* Where the token that ends before `end` begins. */
size_t bh_json_token_start(bh_str text, size_t end);
#endif
