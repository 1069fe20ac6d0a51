/* The JSON service. */
#include "plugin/connector.h"
const bh_json_service *bh_json_service_get(void) { return NULL; }
