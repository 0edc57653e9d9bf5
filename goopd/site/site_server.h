/*
 * site_server: serves the files of our site over /goop/site/1.0.0 and 1.1.0.
 * One request per stream; bytes go from the file straight into the packet under
 * construction, as fast as the visitor reads them.
 */
#ifndef GOOPD_SITE_SITE_SERVER_H
#define GOOPD_SITE_SITE_SERVER_H

#include "common/libp2p/host/host.h"
#include "goopd/site/site.h"

enum {
	SITE_REQUEST_MS = 10000, /* until the request is complete */
	SITE_FILES_MAX =
	    256, /* open at the same time; more are answered "busy" */
};

struct site_server;

/* Serve site (borrowed) on the host. */
struct site_server *site_server_new(struct host *, const struct site *);
void site_server_free(struct site_server *); /* after the host's */

#endif
