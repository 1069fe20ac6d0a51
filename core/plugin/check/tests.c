/* The tests of the conformance suite, in their order, and the frame that names one. */
#include "base/wire.h"
#include "plugin/check/check.h"

enum { OPTIONS_MAX = 1000 };

const bh_check_test bh_check_tests[] = {
  {"symbols", "exports billhook_plugin alone, and needs nothing of ours", BH_CHECK_ANY, false},
  {"manifest", "the descriptor fits the ABI, and the manifest says what it says", BH_CHECK_ANY, false},
  {"options", "the options are declared so that the host can use them", BH_CHECK_ANY, false},
  {"required", "says which required option is missing", BH_CHECK_ANY, false},
  {"lifecycle", "is made and destroyed a thousand times without growing", BH_CHECK_ANY, false},
  {"process", "leaves locale, umask, signals, folder, environment, threads and descriptors as they were", BH_CHECK_ANY, false},
  {"host-failures", "gives an error when any call of the host fails", BH_CHECK_ANY, false},
  {"cancel", "returns within a second when it is cancelled", BH_CHECK_CONNECTOR | BH_CHECK_OUTWARD, false},
  {"session", "brings facts from the recorded session", BH_CHECK_CONNECTOR, true},
  {"twice", "brings the same facts twice", BH_CHECK_CONNECTOR, true},
  {"growth", "pulls again and again without growing", BH_CHECK_CONNECTOR, true},
  {"chunks", "brings the same facts however the answers are cut into pieces", BH_CHECK_CONNECTOR, true},
  {"truncated", "is not fooled by answers that break off", BH_CHECK_CONNECTOR, true},
  {"empty", "is not fooled by empty answers", BH_CHECK_CONNECTOR, true},
  {"hollow", "is not fooled by {} in place of an answer", BH_CHECK_CONNECTOR, true},
  {"html", "is not fooled by HTML with status 200", BH_CHECK_CONNECTOR, true},
  {"status-401", "takes 401 for a failure", BH_CHECK_CONNECTOR, true},
  {"status-403", "takes 403 for a failure", BH_CHECK_CONNECTOR, true},
  {"status-404", "takes 404 for a failure", BH_CHECK_CONNECTOR, true},
  {"status-429", "takes 429 for a failure", BH_CHECK_CONNECTOR, true},
  {"status-500", "takes 500 for a failure", BH_CHECK_CONNECTOR, true},
  {"status-503", "takes 503 for a failure", BH_CHECK_CONNECTOR, true},
  {"no-connection", "takes a connection that fails for a failure", BH_CHECK_CONNECTOR, true},
  {"pages", "is not fooled by pages that come twice", BH_CHECK_CONNECTOR, true},
  {"cursors", "ends when cursors turn in a circle", BH_CHECK_CONNECTOR, true},
  {"utf8", "is not fooled by text that is not UTF-8", BH_CHECK_CONNECTOR, true},
  {"long-ids", "keeps all 19 digits of ids", BH_CHECK_CONNECTOR, true},
  {"nesting", "survives answers nested 10,000 deep", BH_CHECK_CONNECTOR, true},
  {"files", "is not fooled by files that are cut, empty or something else", BH_CHECK_CONNECTOR, true},
  {"session", "delivers the documents of the session", BH_CHECK_SINK, true},
  {"session", "moves the money of the session", BH_CHECK_GATEWAY, true},
  {"once", "has one effect however often it is asked under one key", BH_CHECK_OUTWARD, true},
  {"growth", "goes out again and again without growing", BH_CHECK_OUTWARD, true},
  {"truncated", "has one effect when an answer breaks off", BH_CHECK_OUTWARD, true},
  {"empty", "has one effect when an answer is empty", BH_CHECK_OUTWARD, true},
  {"hollow", "has one effect when an answer is {}", BH_CHECK_OUTWARD, true},
  {"html", "has one effect when an answer is HTML with status 200", BH_CHECK_OUTWARD, true},
  {"status-401", "has one effect when a request is refused with 401", BH_CHECK_OUTWARD, true},
  {"status-403", "has one effect when a request is refused with 403", BH_CHECK_OUTWARD, true},
  {"status-404", "has one effect when a request is refused with 404", BH_CHECK_OUTWARD, true},
  {"status-429", "has one effect when a request is refused with 429", BH_CHECK_OUTWARD, true},
  {"status-500", "has one effect when an answer is 500, whether it was done or not", BH_CHECK_OUTWARD, true},
  {"status-503", "has one effect when an answer is 503, whether it was done or not", BH_CHECK_OUTWARD, true},
  {"no-connection", "has one effect when there is no connection", BH_CHECK_OUTWARD, true},
  {"lost", "has one effect when the connection is lost after a request was sent, and the lookups fail as well", BH_CHECK_OUTWARD, true},
  {"events", "takes the gateway's webhooks, and no others", BH_CHECK_GATEWAY, true},
  {"cases", "rates its cases as they say", BH_CHECK_MODEL, true},
  {"same", "rates the same input to the same bytes", BH_CHECK_MODEL, false},
  {"order", "does not depend on what was rated before", BH_CHECK_MODEL, false},
  {"growth", "rates again and again without growing", BH_CHECK_MODEL, false},
  {"parts", "rates a run of days as its parts together", BH_CHECK_MODEL, false},
  {"pure", "uses no file, network, clock or chance", BH_CHECK_MODEL, false},
  {"interface", "has the calls of its kind", BH_CHECK_OTHER | BH_CHECK_OUTWARD, false},
};
const size_t bh_check_test_count = sizeof bh_check_tests / sizeof bh_check_tests[0];

void bh_check_init_put(bh_buf *b, const bh_check_init *x)
{
  bh_put_str(b, x->test);
  bh_put_str(b, x->path);
  bh_put_str(b, x->session);
  bh_put_str(b, x->folder);
  bh_put_str(b, x->input);
  bh_put_i64(b, x->seed);
  bh_put_u32(b, (uint32_t)x->option_count);
  for (size_t i = 0; i < x->option_count; i++) {
    bh_put_str(b, x->options[i].key);
    bh_put_str(b, x->options[i].value);
    bh_put_u8(b, x->options[i].secret);
  }
}

bool bh_check_init_get(bh_check_init *out, bh_arena *a, bh_str source)
{
  bh_get g = bh_get_init(source);
  *out = (bh_check_init){0};
  out->test = bh_get_str(&g);
  out->path = bh_get_str(&g);
  out->session = bh_get_str(&g);
  out->folder = bh_get_str(&g);
  out->input = bh_get_str(&g);
  out->seed = bh_get_i64(&g);
  out->option_count = bh_get_count(&g, OPTIONS_MAX);
  out->options = BH_NEWN(a, bh_pull_option, out->option_count + 1);
  for (size_t i = 0; i < out->option_count; i++) {
    out->options[i].key = bh_get_str(&g);
    out->options[i].value = bh_get_str(&g);
    out->options[i].secret = bh_get_u8(&g);
  }
  return bh_get_done(&g);
}
