/* admin_page: the pages and JSON that need the password of the administrator.
 */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_ADMIN_PAGE_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_ADMIN_PAGE_H

#include "goop-rendezvousd/service/rendezvous_state.h"

/* Did the request come with the password? If not, it was answered. */
bool admin_page_admits(struct rendezvous *, struct http_request *);

void serve_admin(struct rendezvous *, struct http_request *);
void serve_admin_status(struct rendezvous *, struct http_request *);
void serve_logs(struct rendezvous *, struct http_request *);
void serve_metrics(struct rendezvous *, struct http_request *);

#endif
