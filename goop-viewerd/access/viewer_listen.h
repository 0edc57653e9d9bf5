/*
 * viewer_listen: the sockets that the viewer listens on, and the host names
 * that they answer to.
 */
#ifndef GOOP_VIEWERD_ACCESS_VIEWER_LISTEN_H
#define GOOP_VIEWERD_ACCESS_VIEWER_LISTEN_H

#include "common/http/server/http_listen.h"
#include "goop-viewerd/access/access.h"

enum { OWN_ORIGIN_SOCKETS = 2 }; /* loopback of both families */

struct viewer_listen {
	union http_address address;
	struct access_names names;
	int sockets[OWN_ORIGIN_SOCKETS]; /* -1: none */
	char url[128];                   /* "http://127.0.0.1:8080/" */
};

/*
 * Listen on viewer.http_addr. As in the original, an empty host and 0.0.0.0
 * mean 127.0.0.1. On loopback also on [::1], if it is available. With port 0,
 * the last port is used again if it is free (it is stored in run_directory), so
 * that open tabs survive a restart. 0, or -errno after logging which key is
 * wrong and how to change it.
 */
int viewer_listen_open(const char *http_addr, const char *run_directory,
    struct viewer_listen *ret);

#endif
