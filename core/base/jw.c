/* Straight JSON writing: the writer knows only where commas go. */
#include "base/date.h"
#include "base/dec.h"
#include "base/json.h"

enum { DEPTH_MAX = 32 };

void bh_jw_init(bh_jw *w, bh_buf *out)
{
  *w = (bh_jw){.out = out};
}

/* Before every value and every key. Between values at depth 0 there is nothing: one document a writer. */
static void separate(bh_jw *w)
{
  if (w->after_key) {
    w->after_key = false;
    return;
  }
  if (w->depth == 0)
    return;
  uint32_t bit = (uint32_t)1 << (w->depth - 1);
  if (!(w->first_mask & bit))
    bh_buf_putc(w->out, ',');
  w->first_mask &= ~bit;
}

static void begin(bh_jw *w, char c)
{
  separate(w);
  bh_require(w->depth < DEPTH_MAX);
  w->first_mask |= (uint32_t)1 << w->depth;
  w->depth++;
  bh_buf_putc(w->out, c);
}

static void end(bh_jw *w, char c)
{
  bh_require(w->depth > 0 && !w->after_key);
  w->depth--;
  bh_buf_putc(w->out, c);
}

void bh_jw_obj(bh_jw *w)
{
  begin(w, '{');
}

void bh_jw_obj_end(bh_jw *w)
{
  end(w, '}');
}

void bh_jw_arr(bh_jw *w)
{
  begin(w, '[');
}

void bh_jw_arr_end(bh_jw *w)
{
  end(w, ']');
}

void bh_jw_key_plain(bh_jw *w, const char *key, size_t len)
{
  separate(w);
  char *room = bh_buf_room(w->out, len + 3);
  if (room) {
    room[0] = '"';
    memcpy(room + 1, key, len);
    room[len + 1] = '"';
    room[len + 2] = ':';
    w->out->len += len + 3;
  }
  w->after_key = true;
}

void bh_jw_key_any(bh_jw *w, const char *key)
{
  separate(w);
  bh_json_str(w->out, bh_str_c(key));
  bh_buf_putc(w->out, ':');
  w->after_key = true;
}

void bh_jw_str(bh_jw *w, bh_str s)
{
  separate(w);
  bh_json_str(w->out, s);
}

void bh_jw_z(bh_jw *w, const char *z)
{
  if (z)
    bh_jw_str(w, bh_str_c(z));
  else
    bh_jw_null(w);
}

void bh_jw_raw(bh_jw *w, bh_str json)
{
  separate(w);
  bh_buf_puts(w->out, json);
}

void bh_jw_int(bh_jw *w, int64_t v)
{
  char text[32];
  bh_jw_raw(w, (bh_str){text, bh_int_format(text, v)});
}

void bh_jw_bool(bh_jw *w, bool v)
{
  bh_jw_raw(w, v ? BH_S("true") : BH_S("false"));
}

void bh_jw_null(bh_jw *w)
{
  bh_jw_raw(w, BH_S("null"));
}

/* Digits, a point and a sign: nothing to escape. */
static void quoted(bh_jw *w, const char *text, size_t len)
{
  separate(w);
  char *room = bh_buf_room(w->out, len + 2);
  if (!room)
    return;
  room[0] = '"';
  memcpy(room + 1, text, len);
  room[len + 1] = '"';
  w->out->len += len + 2;
}

void bh_jw_money(bh_jw *w, int64_t minor, int decimals)
{
  char text[32];
  size_t len = bh_money_format(text, minor, decimals);
  quoted(w, text, len);
}

void bh_jw_day(bh_jw *w, int32_t day)
{
  char text[12];
  if (day <= BH_DAY_MIN || day >= BH_DAY_MAX) {
    bh_jw_null(w);
    return;
  }
  size_t len = bh_day_format(text, day);
  quoted(w, text, len);
}
