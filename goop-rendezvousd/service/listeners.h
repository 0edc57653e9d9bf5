/*
 * listeners: the sockets that the server listens on: one, or two for all
 * addresses of both families.
 */
#ifndef GOOP_RENDEZVOUSD_SERVICE_LISTENERS_H
#define GOOP_RENDEZVOUSD_SERVICE_LISTENERS_H

#include <stddef.h>

#include "common/http/server/http_listen.h"

enum { LISTENERS_MAX = 2, LISTENERS_URL_SIZE = 80 };

struct listeners {
	int fds[LISTENERS_MAX];
	size_t count;
	union http_address address; /* of the first */
	char url[LISTENERS_URL_SIZE];
};

/* Listen on an address, without brackets, and a port: "::" means 0.0.0.0 too.
 * 0, or -errno after logging what to do. */
int listeners_open(
    const char *bind, int64_t port, bool is_tls, struct listeners *ret);
void listeners_close(struct listeners *);

#endif
