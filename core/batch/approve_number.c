/* Numbers: "INV-{year}-{seq:6}". All of the format but {seq} names the series, whose numbers follow one another without a gap. */
#include "batch/approval.h"

static void put_padded(bh_buf *out, int64_t v, size_t width)
{
  char digits[32];
  size_t n = bh_int_format(digits, v);
  for (; n < width; width--)
    bh_buf_putc(out, '0');
  bh_buf_put(out, digits, n);
}

/* {seq} or {seq:6} at the beginning of `rest`: its digits, and its length in the format. */
static size_t seq_width(bh_str rest, size_t *len)
{
  size_t close = 0, width = 1;
  bh_dec w;
  while (close < rest.len && rest.ptr[close] != '}')
    close++;
  if (close > 5 && rest.ptr[4] == ':' && bh_dec_parse(&w, (bh_str){ rest.ptr + 5, close - 5 }, 0) && w.coef >= 1 && w.coef <= 18)
    width = (size_t)w.coef;
  *len = close + 1;
  return width;
}

/* seq NULL: the name of the series. */
static void expand(bh_buf *out, bh_str format, bh_day issue, const int64_t *seq)
{
  int year, month, day;
  bh_day_split(issue, &year, &month, &day);
  bh_buf_clear(out);
  for (size_t i = 0; i < format.len;) {
    bh_str rest = { format.ptr + i, format.len - i };
    size_t len = 1;
    if (bh_str_starts(rest, BH_S("{year}"))) {
      put_padded(out, year, 4);
      len = 6;
    } else if (bh_str_starts(rest, BH_S("{month}"))) {
      put_padded(out, month, 2);
      len = 7;
    } else if (bh_str_starts(rest, BH_S("{seq"))) {
      size_t width = seq_width(rest, &len);
      if (seq != NULL) put_padded(out, *seq, width); else bh_buf_puts(out, BH_S("{seq}"));
    } else {
      bh_buf_putc(out, format.ptr[i]);
    }
    i += len;
  }
}

bh_status bh_approval_number(bh_approval *ap, const bh_doc_row *row)
{
  bh_str format = row->type == BH_DOC_CREDIT_NOTE ? ap->b->ws->invoicing.credit_number : ap->b->ws->invoicing.number;
  int64_t seq = 0;
  expand(&ap->series, format, row->issue, NULL);
  bh_status st = bh_store_series_next(ap->b->store, &seq, bh_buf_str(&ap->series), ap->err);
  expand(&ap->number, format, row->issue, &seq);
  return st;
}
