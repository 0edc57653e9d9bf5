/* admin_page: what only the owner may see (reference 1.2). */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_ADMIN_PAGE_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_ADMIN_PAGE_H

#include "goop-rendezvousd/service/rendezvous_state.h"

/* May who asks see it? If not, the request was answered. */
bool admin_page_admits(struct rendezvous *, struct http_request *);

void serve_admin(struct rendezvous *, struct http_request *);
void serve_admin_status(struct rendezvous *, struct http_request *);
void serve_logs(struct rendezvous *, struct http_request *);
void serve_metrics(struct rendezvous *, struct http_request *);

#endif
