/* Errors on their way to a person. */
#include "base/base.h"

/* A message that was cut must not end in half a character: it goes into JSON. */
static void cut_at_character(char *message, size_t cap)
{
  bh_str text = bh_str_c(message);
  if (text.len == cap - 1)
    message[bh_utf8_span(text)] = 0;
}

bh_status bh_fail(bh_error *err, bh_status code, const char *fmt, ...)
{
  if (!err)
    return code;
  /* The arguments may point into the message itself. */
  char message[sizeof err->message];
  va_list args;
  va_start(args, fmt);
  vsnprintf(message, sizeof message, fmt, args);
  va_end(args);
  cut_at_character(message, sizeof message);
  err->code = code;
  memcpy(err->message, message, sizeof message);
  return code;
}

bh_status bh_fail_prefix(bh_error *err, const char *fmt, ...)
{
  if (!err)
    return BH_E_BUG; /* the code is lost with the error: callers that care pass one */
  char prefix[sizeof err->message], message[sizeof err->message];
  va_list args;
  va_start(args, fmt);
  vsnprintf(prefix, sizeof prefix, fmt, args);
  va_end(args);
  memcpy(message, err->message, sizeof message);
  bh_fail(err, err->code, "%s: %s", prefix, message);
  return err->code;
}
