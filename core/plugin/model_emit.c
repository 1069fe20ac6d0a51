/* What models emit, with its bounds. */
#include "plugin/model_emit.h"
#include "plugin/sizes.h"

enum { TEXT_LEN_MAX = 1000, NOTES_MAX = 100, NOTE_LEN_MAX = 300 };

static bh_status refuse(bh_model_sink *s, const char *what)
{
  if (!s->bad) {
    s->bad = BH_E_INVALID;
    snprintf(s->why, sizeof s->why, "%s", what);
  }
  return bh_host_fail(s->host, BH_E_INVALID, "%s", what);
}

static bool date_real(bh_date d)
{
  return d.year >= 1 && d.year <= 9999 && d.month >= 1 && d.month <= 12 && d.day >= 1 && d.day <= bh_month_days(d.year, d.month);
}

static bool take_ratio(bh_ratio *out, bh_ratio r)
{
  return r.den > 0 && bh_ratio_make(out, r.num, r.den);
}

static bh_status add(bh_model_sink *s, const bh_model_line *l)
{
  if (s->count == BH_LINES_MAX)
    return refuse(s, "it emitted more than 10,000 lines");
  if (s->count == s->cap) {
    size_t cap = s->cap ? s->cap * 2 : 8;
    bh_model_line *lines = BH_NEWN(s->arena, bh_model_line, cap);
    if (s->count)
      memcpy(lines, s->lines, s->count * sizeof *lines);
    s->lines = lines;
    s->cap = cap;
  }
  s->lines[s->count++] = *l;
  return BH_OK;
}

static bh_status check_common(bh_model_sink *s, bh_model_line *l, bh_ratio quantity, bh_ratio fraction, bh_dec price, bh_str text)
{
  if (!take_ratio(&l->quantity, quantity))
    return refuse(s, "it emitted a line whose quantity is no ratio (the denominator must be above 0)");
  if (!take_ratio(&l->fraction, fraction))
    return refuse(s, "it emitted a line whose fraction is no ratio (the denominator must be above 0)");
  if (price.scale < 0 || price.scale > BH_DEC_SCALE_MAX)
    return refuse(s, "it emitted a line whose unit price is no decimal (0 to 9 places)");
  if ((text.len && !text.ptr) || text.len > TEXT_LEN_MAX || !bh_utf8_ok(text))
    return refuse(s, "it emitted a line whose text is not UTF-8 of at most 1,000 bytes");
  l->unit_price = (bh_dec){price.coef, price.scale, 0};
  l->text = bh_arena_str(s->arena, text);
  return BH_OK;
}

static bh_status emit_line(void *ctx, const bh_priced_line *x)
{
  bh_model_sink *s = ctx;
  bh_model_line l = {.from = s->line->from, .until = s->line->until};
  if (x->struct_size < BH_PRICED_LINE_1_0)
    return refuse(s, "it emitted a line that is too short (struct_size)");
  bh_status rc = check_common(s, &l, x->quantity, x->fraction, x->unit_price, x->text);
  if (rc)
    return rc;
  if (x->days.from.year != 0) {
    if (!date_real(x->days.from) || !date_real(x->days.until))
      return refuse(s, "it emitted a line with a date that is none");
    l.from = bh_civil_day(x->days.from);
    l.until = bh_civil_day(x->days.until);
    if (l.from >= l.until || l.from < s->line->from || l.until > s->line->until)
      return refuse(s, "it emitted a line whose days lie outside those in force");
  }
  return add(s, &l);
}

static bh_status emit_purchase(void *ctx, const bh_purchase *x)
{
  bh_model_sink *s = ctx;
  bh_model_line l = {0};
  if (x->struct_size < BH_PURCHASE_1_0)
    return refuse(s, "it emitted a purchase that is too short (struct_size)");
  bh_status rc = check_common(s, &l, x->quantity, (bh_ratio){1, 1}, x->unit_price, x->text);
  if (rc)
    return rc;
  if (!date_real(x->date))
    return refuse(s, "it emitted a purchase with a date that is none");
  l.from = bh_civil_day(x->date);
  l.until = l.from + 1;
  if (l.from < s->line->from || l.until > s->line->until)
    return refuse(s, "it emitted a purchase on a day that is not in force");
  return add(s, &l);
}

static bh_status emit_carry(void *ctx, uint32_t version, bh_str bytes)
{
  bh_model_sink *s = ctx;
  if (bytes.len > BH_CARRY_BYTES_MAX || (bytes.len && !bytes.ptr))
    return refuse(s, "its carry is larger than 4 KiB");
  if (version == 0)
    return refuse(s, "its carry has no version");
  if (!s->line->carries)
    return refuse(s, "it keeps a carry, and no option of the line that says so (BH_OPT_CARRY) is set");
  bh_buf b;
  bh_buf_init(&b, BH_CARRY_BYTES_MAX + 16);
  bh_put_u32(&b, version);
  bh_buf_puts(&b, bytes);
  s->carry = bh_arena_str(s->arena, bh_buf_str(&b));
  bh_buf_dispose(&b);
  return BH_OK;
}

static bh_status emit_note(void *ctx, bh_str text)
{
  bh_model_sink *s = ctx;
  if (s->note_count == NOTES_MAX)
    return refuse(s, "it gave more than 100 notes");
  if (text.len == 0 || !text.ptr || text.len > NOTE_LEN_MAX || !bh_utf8_ok(text) || memchr(text.ptr, '\n', text.len))
    return refuse(s, "it gave a note that is not one line of UTF-8 of at most 300 bytes");
  if (s->note_count++)
    bh_buf_putc(&s->notes, '\n');
  bh_buf_puts(&s->notes, text);
  return BH_OK;
}

bool bh_carry_open(uint32_t *version, bh_str *bytes, bh_str stored)
{
  *version = 0;
  *bytes = (bh_str){"", 0};
  if (stored.len == 0)
    return true;
  bh_get g = bh_get_init(stored);
  *version = bh_get_u32(&g);
  *bytes = (bh_str){g.at, (size_t)(g.end - g.at)};
  return !g.bad && bytes->len <= BH_CARRY_BYTES_MAX;
}

void bh_model_sink_init(bh_model_sink *s, bh_host_ctx *host, bh_arena *arena, const bh_rate_line *line)
{
  *s = (bh_model_sink){.host = host, .arena = arena, .line = line, .carry = {"", 0}};
  bh_buf_init(&s->notes, NOTES_MAX * (NOTE_LEN_MAX + 1));
  s->table = (bh_model_emit){.struct_size = sizeof s->table, .ctx = s, .line = emit_line, .purchase = emit_purchase, .carry = emit_carry,
    .note = emit_note};
}
