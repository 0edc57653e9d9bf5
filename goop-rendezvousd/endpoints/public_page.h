/* public_page: the public pages: how to connect, the number of peers,
 * invitations, the docs, and the files of the pages. */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_PUBLIC_PAGE_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_PUBLIC_PAGE_H

#include "goop-rendezvousd/service/rendezvous_state.h"

void serve_index(struct rendezvous *, struct http_request *);
void serve_join(struct rendezvous *, struct http_request *);
void serve_docs(struct rendezvous *, struct http_request *);
void serve_docs_moved(struct rendezvous *, struct http_request *);
void serve_online(struct rendezvous *, struct http_request *);
void serve_asset(struct rendezvous *, struct http_request *);
void serve_icon(struct rendezvous *, struct http_request *);

#endif
