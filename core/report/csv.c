#include "report/csv.h"

static bool needs_quotes(bh_str s) {
  for (size_t i = 0; i < s.len; i++)
    if (s.ptr[i] == ',' || s.ptr[i] == '"' || s.ptr[i] == '\n' || s.ptr[i] == '\r') return true;
  return s.len > 0 && (s.ptr[0] == ' ' || s.ptr[s.len - 1] == ' ');
}

static void put(bh_buf *out, bh_str s, bool formula) {
  bool quote = needs_quotes(s);
  if (quote) bh_buf_putc(out, '"');
  if (formula) bh_buf_putc(out, '\'');
  for (size_t i = 0; i < s.len; i++) {
    if (s.ptr[i] == '"') bh_buf_putc(out, '"');
    bh_buf_putc(out, s.ptr[i]);
  }
  if (quote) bh_buf_putc(out, '"');
}

void bh_csv_text(bh_buf *out, bh_str s) { put(out, s, s.len > 0 && strchr("=+-@\t\r", s.ptr[0]) != NULL); }
void bh_csv_number(bh_buf *out, bh_str s) { put(out, s, false); }
