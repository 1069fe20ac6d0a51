/* Calling billing models (in the rating worker): loads them, keeps prepared parameters by content, checks what they emit. */
#ifndef BH_MODEL_H
#define BH_MODEL_H
#include "base/date.h"
#include "base/wire.h"
#include "billing/rating.h"

typedef struct bh_models bh_models;
bh_status bh_models_new(bh_models **out, bh_error *err);
void bh_models_free(bh_models *m);
/* Loads a model's .so (trust checks, ABI, interface billhook.model/1) under its id. */
bh_status bh_models_load(bh_models *m, bh_str id, const char *path, bh_error *err);
/* Lines of this model fail with this reason: it could not be loaded. */
void bh_models_refuse(bh_models *m, bh_str id, bh_str why);
/* Told before each call into a model, with its id, and with an empty one after it: so that whoever dies there is known. NULL: nobody is told. */
void bh_models_watch(bh_models *m, void (*entering)(void *ctx, bh_str id), void *ctx);

/* One emitted line: the host multiplies and rounds. */
typedef struct bh_model_line { bh_ratio quantity; bh_dec unit_price; bh_ratio fraction; bh_str text; bh_day from, until; } bh_model_line;
/* A line that a model of phase 2 may see: rated, and named by the model's option of type products. */
typedef struct bh_model_amount { const bh_owed_line *line; bh_str contract; } bh_model_amount;
typedef struct bh_model_result { bh_model_line *lines; size_t count; bh_str carry_out; bh_str notes; } bh_model_result;
/* Which lines a products option names: its text is "all", or the JSON of { "product": […], "tax": […], … }. False where it is neither. */
bool bh_products_of(bh_of *out, bh_arena *a, bh_str option);
/* Phase of a loaded model: 1 or 2; 0 where it is not loaded. */
int bh_models_phase(const bh_models *m, bh_str id);
/* Rates one line. The error names the model and says what was wrong with what it gave. */
bh_status bh_models_rate(bh_models *m, bh_model_result *out, bh_arena *a, const bh_rate_line *line, bh_str currency, int32_t decimals,
                         bh_rounding rounding, const bh_model_amount *amounts, size_t amount_count, bh_error *err);
#endif
