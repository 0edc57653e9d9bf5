/*
 * site_transfer: one file of a site on its way from goopd to a client. The head
 * comes over the bus, the body over goopd.stream, one piece at a time. If goopd
 * dies meanwhile, the file is opened again and continued, if the peer can serve
 * ranges of that version.
 */
#ifndef GOOP_VIEWERD_SITE_SITE_TRANSFER_H
#define GOOP_VIEWERD_SITE_SITE_TRANSFER_H

#include <event2/event.h>

#include "common/http/server/http_request.h"
#include "goop-viewerd/goopd/goopd_client.h"
#include "goop-viewerd/access/visit_path.h"

enum {
	SITE_OPEN_MS = 20 * 1000,   /* for a dial and an answer */
	SITE_RESTART_MS = 3 * 1000, /* for goopd to come back */
	SITE_RETRY_MS = 50,
	SITE_STALL_MS = 60 * 1000, /* no byte from the peer */
};

struct site_transfers;

/* run_directory: of goopd.stream. At most max at a time. */
struct site_transfers *site_transfers_new(struct event_base *,
    struct goopd_client *, const char *run_directory, unsigned int max);
void site_transfers_free(struct site_transfers *); /* NULL is fine */

/* How the file is answered with. */
struct site_manner {
	void (*put_headers)(struct http_request *); /* those of its origin */
	/* At the site's own origin: shown as a page, which may move to the
	 * address that the site wants; and if it is missing, the site's own
	 * page for that is shown. */
	bool is_page;
	bool is_icon; /* there: if it is missing, one is made */
};

/* Answer the request with the file. */
void site_transfer_start(struct site_transfers *, struct http_request *,
    const struct visit_path *, const struct site_manner *);

#endif
