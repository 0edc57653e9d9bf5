/* publish: POST /publish (reference 1.1). */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_SERVE_PUBLISH_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_SERVE_PUBLISH_H

#include "goop-rendezvousd/rendezvous.h"

void serve_publish(struct rendezvous *, struct http_request *);

#endif
