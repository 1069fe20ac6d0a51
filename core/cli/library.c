/* libbillhook.so is made from the static core: the names in billhook.map are fetched from it, and what they need. */
#include <billhook/billhook.h>

/* Readable with strings(1) and by a debugger. */
__attribute__((used)) static const char identity[] = "billhook " BILLHOOK_VERSION;
