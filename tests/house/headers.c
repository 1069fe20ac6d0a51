/* The public headers alone, in a dialect that the test names. */
#include <billhook/plugin.h>
#include <billhook/billhook.h>
#include <billhook/plugin.h>

const void *headers_used(void);
const void *headers_used(void) { return billhook_version(); }
