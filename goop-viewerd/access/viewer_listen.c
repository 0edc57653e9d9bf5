#include "goop-viewerd/access/viewer_listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"

static int
parse(const char *http_addr, union http_address *ret)
{
	int rc = http_address_parse(http_addr, ret);

	if (rc == 0 && ret->sa.sa_family == AF_INET &&
	    ret->v4.sin_addr.s_addr == htonl(INADDR_ANY))
		ret->v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	return rc;
}

/* --- the port of before */

enum { PORT_FILE_MAX = 8, PORT_FILE_MODE = 0600 };

static char *
port_file(const char *run_directory)
{
	return xasprintf("%s/viewer.port", run_directory);
}

/* 0 if there was none. */
static uint16_t
remembered_port(const char *run_directory)
{
	CLEANUP_FREE char *path = port_file(run_directory);
	CLEANUP_FREE uint8_t *text = NULL;
	struct bytes digits;
	uint64_t port;

	if (file_read(AT_FDCWD, path, PORT_FILE_MAX, &text, &digits.len) < 0)
		return 0;
	digits.data = text;
	if (text_parse_u64(digits, &port) < 0 || port > UINT16_MAX)
		return 0;
	return (uint16_t)port;
}

static void
remember_port(const char *run_directory, uint16_t port)
{
	CLEANUP_FREE char *path = port_file(run_directory);
	char text[PORT_FILE_MAX];

	snprintf(text, sizeof(text), "%u", port);
	(void)file_replace(AT_FDCWD, path, bytes_of(text), PORT_FILE_MODE);
}

static int
listen_on_any(const char *run_directory, struct viewer_listen *origin)
{
	union http_address address = origin->address;
	uint16_t port = remembered_port(run_directory);
	int rc;

	http_address_set_port(&address, port);
	if (port != 0 && http_listen(&address, &origin->sockets[0]) == 0) {
		origin->address = address;
		return 0;
	}
	rc = http_listen(&origin->address, &origin->sockets[0]);
	if (rc == 0)
		remember_port(
		    run_directory, http_address_port(&origin->address));
	return rc;
}

/* --- */

/* A browser may resolve localhost to either family. */
static void
listen_on_v6(struct viewer_listen *origin)
{
	union http_address v6 = { .v6 = { .sin6_family = AF_INET6,
				      .sin6_addr = IN6ADDR_LOOPBACK_INIT } };
	int rc;

	http_address_set_port(&v6, origin->names.port);
	rc = http_listen(&v6, &origin->sockets[1]);
	if (rc == -EADDRINUSE)
		log_warn("another program listens on [::1]:%u: names under "
			 "localhost, which sites use, may lead to it; set "
			 "viewer.http_addr in goop.json to another port",
		    origin->names.port);
	else if (rc < 0)
		log_debug("viewer does not listen on [::1] port=%u",
		    origin->names.port);
}

static void
name_it(struct viewer_listen *origin)
{
	char text[INET6_ADDRSTRLEN];
	struct http_host *host = &origin->names.configured;
	bool v6 = origin->address.sa.sa_family == AF_INET6;
	const void *at = v6 ? (const void *)&origin->address.v6.sin6_addr
			    : (const void *)&origin->address.v4.sin_addr;

	inet_ntop(origin->address.sa.sa_family, at, text, sizeof(text));
	snprintf(host->name, sizeof(host->name), v6 ? "[%s]" : "%s", text);
	host->port = origin->names.port;
	snprintf(origin->url, sizeof(origin->url), "http://%.80s:%u/",
	    host->name, host->port);
}

static void
explain(const char *http_addr, int rc)
{
	if (rc == -EADDRINUSE)
		log_error("viewer cannot listen address=%s reason=\"the port "
			  "is taken\": set viewer.http_addr in goop.json to "
			  "another port, or to 127.0.0.1:0 for any free one",
		    http_addr);
	else
		log_error("viewer cannot listen address=%s reason=\"%s\": set "
			  "viewer.http_addr in goop.json to an address of "
			  "this machine, such as 127.0.0.1:8080",
		    http_addr, strerror(-rc));
}

int
viewer_listen_open(
    const char *http_addr, const char *run_directory, struct viewer_listen *ret)
{
	struct viewer_listen origin = { .sockets = { -1, -1 } };
	int rc = parse(http_addr, &origin.address);

	if (rc == 0 && http_address_port(&origin.address) == 0)
		rc = listen_on_any(run_directory, &origin);
	else if (rc == 0)
		rc = http_listen(&origin.address, &origin.sockets[0]);
	if (rc < 0) {
		explain(http_addr, rc);
		return rc;
	}
	origin.names.port = http_address_port(&origin.address);
	if (origin.address.sa.sa_family == AF_INET &&
	    http_address_is_loopback(&origin.address))
		listen_on_v6(&origin);
	name_it(&origin);
	*ret = origin;
	return 0;
}
