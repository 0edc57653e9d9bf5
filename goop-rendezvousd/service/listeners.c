#include "goop-rendezvousd/service/listeners.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/base/log.h"

static void
complain(const char *bind, int64_t port, int rc)
{
	const char *advice = "";

	if (rc == -EADDRINUSE)
		advice = ": another program uses this port; end it, or set "
			 "presence.rendezvous_port in goop.json";
	else if (rc == -EADDRNOTAVAIL)
		advice = ": this machine has no such address; see "
			 "presence.rendezvous_bind in goop.json";
	else if (rc == -EACCES)
		advice = ": a port below 1024 is for root; use a proxy, or "
			 "set presence.rendezvous_port in goop.json";
	log_error("cannot listen on %s port %lld: %s%s", bind, (long long)port,
	    strerror(-rc), advice);
}

static int
open_one(struct listeners *listeners, const char *bind, int64_t port)
{
	union http_address address;
	char text[LISTENERS_URL_SIZE];
	int rc;

	snprintf(text, sizeof(text),
	    strchr(bind, ':') != NULL ? "[%s]:%d" : "%s:%d", bind, (int)port);
	rc = http_address_parse(text, &address);
	if (rc == 0)
		rc = http_listen(&address, &listeners->fds[listeners->count]);
	if (rc < 0) {
		complain(bind, port, rc);
		return rc;
	}
	if (listeners->count++ == 0)
		listeners->address = address;
	return 0;
}

int
listeners_open(
    const char *bind, int64_t port, bool is_tls, struct listeners *ret)
{
	struct listeners listeners = { .count = 0 };
	int rc;

	rc = open_one(&listeners, bind, port);
	if (rc == 0 && strcmp(bind, "::") == 0)
		rc = open_one(&listeners, "0.0.0.0", port);
	if (rc < 0) {
		listeners_close(&listeners);
		return rc;
	}
	snprintf(listeners.url, sizeof(listeners.url),
	    strchr(bind, ':') != NULL ? "%s://[%s]:%d" : "%s://%s:%d",
	    is_tls ? "https" : "http", bind, (int)port);
	*ret = listeners;
	return 0;
}

void
listeners_close(struct listeners *listeners)
{
	while (listeners->count > 0)
		close(listeners->fds[--listeners->count]);
}
