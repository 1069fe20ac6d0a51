/* Answers money_oracle.py: reads one case a line, writes one result a line ("overflow" where the function says so).
 *
 *   amount COEF SCALE QNUM QDEN FNUM FDEN DECIMALS MODE     → minor
 *   scale MINOR NUM DEN MODE                                → minor
 *   split TOTAL WEIGHT…                                     → shares
 *   add|sub|mul|div COEF SCALE COEF SCALE                   → coef scale
 *   round COEF SCALE TO MODE                                → coef scale
 *   radd|rsub|rmul|rdiv NUM DEN NUM DEN                     → num den
 *   rshow NUM DEN PLACES                                    → text exact
 *   rround NUM DEN SCALE MODE                               → coef scale
 */
#include "base/dec.h"
#include <inttypes.h>
#include <stdlib.h>

enum { FIELDS_MAX = 64, LINE_BYTES_MAX = 8192 };

static int64_t number(const char *text)
{
  bh_dec d;
  bh_require(bh_dec_parse(&d, bh_str_c(text), 0));
  return d.coef;
}

static bh_dec dec(char **f)
{
  return (bh_dec){number(f[0]), (int32_t)number(f[1]), 0};
}

static bh_ratio ratio(char **f)
{
  bh_ratio r;
  bh_require(bh_ratio_make(&r, number(f[0]), number(f[1])));
  return r;
}

static void say_dec(bool ok, bh_dec d)
{
  if (ok)
    printf("%" PRId64 " %d\n", d.coef, d.scale);
  else
    printf("overflow\n");
}

static void say_ratio(bool ok, bh_ratio r)
{
  if (ok)
    printf("%" PRId64 " %" PRId64 "\n", r.num, r.den);
  else
    printf("overflow\n");
}

static void say_minor(bool ok, int64_t minor)
{
  if (ok)
    printf("%" PRId64 "\n", minor);
  else
    printf("overflow\n");
}

static void split(char **f, size_t n)
{
  int64_t weights[FIELDS_MAX], out[FIELDS_MAX];
  for (size_t i = 1; i < n; i++)
    weights[i - 1] = number(f[i]);
  if (!bh_money_split(out, number(f[0]), weights, n - 1)) {
    printf("overflow\n");
    return;
  }
  for (size_t i = 0; i + 1 < n; i++)
    printf("%s%" PRId64, i ? " " : "", out[i]);
  printf("\n");
}

static void show_ratio(char **f)
{
  char text[32];
  bool exact;
  bh_ratio_format_dec(text, ratio(f), (int)number(f[2]), &exact);
  printf("%s %d\n", text, exact);
}

static void answer(const char *what, char **f, size_t n)
{
  static const struct { const char *name; bool (*call)(bh_dec *, bh_dec, bh_dec); } decs[] = {
    {"add", bh_dec_add}, {"sub", bh_dec_sub}, {"mul", bh_dec_mul}, {"div", bh_dec_div}};
  static const struct { const char *name; bool (*call)(bh_ratio *, bh_ratio, bh_ratio); } ratios[] = {
    {"radd", bh_ratio_add}, {"rsub", bh_ratio_sub}, {"rmul", bh_ratio_mul}, {"rdiv", bh_ratio_div}};
  bh_str op = bh_str_c(what);
  bh_dec d = {0};
  bh_ratio r = {0, 1};
  int64_t minor = 0;
  for (size_t i = 0; i < 4; i++)
    if (bh_str_eqz(op, decs[i].name)) {
      bool ok = decs[i].call(&d, dec(f), dec(f + 2));
      say_dec(ok, d);
      return;
    } else if (bh_str_eqz(op, ratios[i].name)) {
      bool ok = ratios[i].call(&r, ratio(f), ratio(f + 2));
      say_ratio(ok, r);
      return;
    }
  if (bh_str_eqz(op, "amount")) {
    bool ok = bh_money_amount(&minor, dec(f), ratio(f + 2), ratio(f + 4), (int)number(f[6]), (bh_rounding)number(f[7]));
    say_minor(ok, minor);
  } else if (bh_str_eqz(op, "scale")) {
    bool ok = bh_money_scale(&minor, number(f[0]), number(f[1]), number(f[2]), (bh_rounding)number(f[3]));
    say_minor(ok, minor);
  } else if (bh_str_eqz(op, "split")) {
    split(f, n);
  } else if (bh_str_eqz(op, "round")) {
    bool ok = bh_dec_round(&d, dec(f), (int)number(f[2]), (bh_rounding)number(f[3]));
    say_dec(ok, d);
  } else if (bh_str_eqz(op, "rround")) {
    bool ok = bh_ratio_round(&d, ratio(f), (int)number(f[2]), (bh_rounding)number(f[3]));
    say_dec(ok, d);
  } else if (bh_str_eqz(op, "rshow")) {
    show_ratio(f);
  } else {
    printf("unknown %s\n", what);
  }
}

int main(void)
{
  static char line[LINE_BYTES_MAX];
  while (fgets(line, sizeof line, stdin)) {
    char *fields[FIELDS_MAX] = {NULL}, *rest = NULL;
    size_t n = 0;
    for (char *word = strtok_r(line, " \n", &rest); word && n < FIELDS_MAX; word = strtok_r(NULL, " \n", &rest))
      fields[n++] = word;
    if (n)
      answer(fields[0], fields + 1, n - 1);
  }
  return 0;
}
