/* ISO 4217 (list one, without funds codes, metals and test codes): how many minor-unit digits. */
#include "base/dec.h"

/* Each in alphabetical order. BGN and ANG stay for documents from before 2026 and 2025. */
static const char none[] = "BIFCLPDJFGNFISKJPYKMFKRWPYGRWFUGXVNDVUVXAFXOFXPF";
static const char three[] = "BHDIQDJODKWDLYDOMRTND";
static const char two[] =
  "AEDAFNALLAMDANGAOAARSAUDAWGAZNBAMBBDBDTBGNBMDBNDBOBBRLBSDBTNBWPBYNBZDCADCDFCHFCNYCOPCRCCUPCVECZKDKKDOPDZDEGPERNETB"
  "EURFJDFKPGBPGELGHSGIPGMDGTQGYDHKDHNLHTGHUFIDRILSINRIRRJMDKESKGSKHRKPWKYDKZTLAKLBPLKRLRDLSLMADMDLMGAMKDMMKMNTMOPMRU"
  "MURMVRMWKMXNMYRMZNNADNGNNIONOKNPRNZDPABPENPGKPHPPKRPLNQARRONRSDRUBSARSBDSCRSDGSEKSGDSHPSLESOSSRDSSPSTNSVCSYPSZLTHB"
  "TJSTMTTOPTRYTTDTWDTZSUAHUSDUYUUZSVEDVESWSTXCDXCGYERZARZMWZWG";

static bool among(const char *codes, size_t bytes, const char *code)
{
  size_t low = 0, high = bytes / 3;
  while (low < high) {
    size_t middle = low + (high - low) / 2;
    int order = memcmp(code, codes + 3 * middle, 3);
    if (order == 0)
      return true;
    if (order < 0)
      high = middle;
    else
      low = middle + 1;
  }
  return false;
}

int bh_currency_decimals(bh_str code)
{
  if (code.len != 3)
    return -1;
  if (among(two, sizeof two - 1, code.ptr))
    return 2;
  if (among(none, sizeof none - 1, code.ptr))
    return 0;
  if (among(three, sizeof three - 1, code.ptr))
    return 3;
  return -1;
}
