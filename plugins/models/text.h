/* Numbers and dates in the words of models: exact, without trailing zeros. */
#ifndef BILLHOOK_MODELS_TEXT_H
#define BILLHOOK_MODELS_TEXT_H
#include "ratio.h"

enum { NUMBER_LEN = 48, DATE_LEN = 12 };

/* "12.5" */
void text_of_dec(char out[NUMBER_LEN], bh_dec d);
/* "2200.00": as money is written, with all of its decimals. */
void text_of_money(char out[NUMBER_LEN], bh_dec d);
/* "12.5", or "1/3" where no decimal of nine places says it. */
void text_of_ratio(char out[NUMBER_LEN], bh_ratio r);
/* "2026-12-01" */
void text_of_date(char out[DATE_LEN], bh_date d);
#endif
