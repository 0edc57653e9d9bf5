/*
 * viewer_state: the parts of goop-viewerd that handlers of requests use. Each
 * part has its own header; viewer.c of the root makes and frees them.
 */
#ifndef GOOP_VIEWERD_ROUTES_VIEWER_STATE_H
#define GOOP_VIEWERD_ROUTES_VIEWER_STATE_H

#include "common/daemon/daemon.h"
#include "common/http/server/http_server.h"
#include "common/http/stream/sse_hub.h"
#include "goop-viewerd/access/access.h"
#include "goop-viewerd/access/local_users.h"
#include "goop-viewerd/access/viewer_listen.h"

enum {
	VIEWER_PEER_READERS = 40, /* event streams of peers, of logs */
	VIEWER_LOG_READERS = 24,
	VIEWER_DATA_READERS = 64, /* of changes of tables */
	VIEWER_TRANSFERS = 128,   /* files of sites under way */
	VIEWER_QUERIES = 256,     /* requests to databases under way */
	VIEWER_EXPORTS = 8,       /* downloads of tables under way */
};

struct viewer {
	struct daemon_context *context;
	struct viewer_listen origin;
	struct local_users *local_users;
	struct http_server *http;
	struct settings *settings;
	struct goopd_client *goopd;
	struct peer_feed *peers;
	struct log_feed *logs;
	struct site_transfers *transfers;
	struct data_client *data;
	struct data_exports *exports;
	struct data_feed *changes;     /* of tables */
	struct bus_client *supervisor; /* NULL when goop2 did not start us */
};

#endif
