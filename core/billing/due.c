/* Payment terms (BILLING 7): a handful of phrases, read word by word. */
#include "billing/rating.h"

enum { NET_DAYS_MAX = 3650 };

typedef struct phrase { const char *at, *end; } phrase;

static void skip_blanks(phrase *p) {
  while (p->at < p->end && (*p->at == ' ' || *p->at == '\t')) p->at++;
}

static char lower(char c) { return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c; }
static bool is_letter(char c) { return lower(c) >= 'a' && lower(c) <= 'z'; }
static bool is_digit(char c) { return c >= '0' && c <= '9'; }

/* Takes these words (lower case, one blank between) if they come next; else leaves the phrase as it is. */
static bool take(phrase *p, const char *words) {
  phrase q = *p;
  skip_blanks(&q);
  for (const char *w = words; *w != '\0'; w++) {
    if (*w == ' ') {
      if (q.at == q.end || (*q.at != ' ' && *q.at != '\t')) return false;
      skip_blanks(&q);
    } else if (q.at == q.end || lower(*q.at++) != *w) {
      return false;
    }
  }
  if (q.at < q.end && is_letter(*q.at) && is_letter(q.at[-1])) return false;
  *p = q;
  return true;
}

static bool take_number(phrase *p, int32_t *out, int32_t max) {
  skip_blanks(p);
  const char *first = p->at;
  int32_t n = 0;
  while (p->at < p->end && is_digit(*p->at) && n <= max) n = n * 10 + (*p->at++ - '0');
  *out = n;
  return p->at > first && n <= max;
}

static bool ended(phrase p) {
  skip_blanks(&p);
  return p.at == p.end;
}

/* Day n of the month that is `ahead` months after d's, or that month's last. */
static bh_day month_day(bh_day d, int ahead, int32_t n) {
  int year, month, day;
  bh_day_split(d, &year, &month, &day);
  month += ahead;
  if (month > 12) year++, month -= 12;
  int last = bh_month_days(year, month);
  return bh_day_make(year, month, n < last ? (int)n : last);
}

static bool read_terms(bh_day *out, phrase p, bh_day issue) {
  int32_t n;
  if (take(&p, "due on receipt")) return *out = issue, ended(p);
  if (take(&p, "net")) {
    if (!take_number(&p, &n, NET_DAYS_MAX)) return false;
    *out = issue + n;
    if (ended(p)) return true;
    bool eom = take(&p, "end of month");
    *out = month_day(*out, 0, 31);
    return eom && ended(p);
  }
  if (take(&p, "end of month")) {
    *out = month_day(issue, 0, 31);
    if (ended(p)) return true;
    if (!take(&p, "+") || !take_number(&p, &n, NET_DAYS_MAX)) return false;
    *out += n;
    return ended(p);
  }
  if (!take(&p, "day") || !take_number(&p, &n, 31) || n < 1) return false;
  if (ended(p)) { /* the next such day, today included */
    *out = month_day(issue, 0, n);
    if (*out < issue) *out = month_day(issue, 1, n);
    return true;
  }
  *out = month_day(issue, 1, n);
  return take(&p, "of next month") && ended(p);
}

bh_status bh_due_date(bh_day *out, bh_str terms, bh_day issue, bh_error *err) {
  bh_day due;
  if (terms.len == 0 || !read_terms(&due, (phrase){terms.ptr, terms.ptr + terms.len}, issue))
    return bh_fail(err, BH_E_INVALID,
                   "\"%.*s\" is no payment term: expected \"net 30\", \"due on receipt\", \"end of month\", "
                   "\"net 30 end of month\", \"end of month + 10\", \"day 20\" or \"day 20 of next month\"",
                   (int)(terms.len < 80 ? terms.len : 80), terms.len == 0 ? "" : terms.ptr);
  *out = due;
  return BH_OK;
}
