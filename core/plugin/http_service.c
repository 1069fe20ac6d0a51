/* The HTTP service. */
#include "plugin/connector.h"
const bh_http_service *bh_http_service_get(void) { return NULL; }
void bh_http_close(bh_connector_run *r) { (void)r; }
