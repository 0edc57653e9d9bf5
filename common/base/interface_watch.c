#include "common/base/interface_watch.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/xalloc.h"

enum { INTERFACE_WATCH_BATCH = 64 };

struct interface_watch {
	struct event *readable;
	struct event *settled;
	interface_watch_fn *on_change;
	void *arg;
	int fd;
};

static void
interface_watch_on_settled(evutil_socket_t fd, short what, void *arg)
{
	struct interface_watch *watch = arg;

	(void)fd;
	(void)what;
	watch->on_change(watch->arg);
}

/* The messages are not parsed: that one came is all we want to know. An error
 * (ENOBUFS: some were lost) means the same. */
static void
interface_watch_on_readable(evutil_socket_t fd, short what, void *arg)
{
	static const struct timeval settle = { 0,
		INTERFACE_WATCH_SETTLE_MS * 1000 };
	struct interface_watch *watch = arg;
	uint8_t message[8192];
	int n;

	(void)what;
	for (n = 0; n < INTERFACE_WATCH_BATCH; n++)
		if (recv(fd, message, sizeof(message), 0) == -1 &&
		    errno != ENOBUFS)
			break;
	if (!event_pending(watch->settled, EV_TIMEOUT, NULL))
		event_add(watch->settled, &settle);
}

static int
interface_watch_open(struct interface_watch *watch)
{
	struct sockaddr_nl address = {
		.nl_family = AF_NETLINK,
		.nl_groups =
		    RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
	};

	watch->fd = socket(
	    AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (watch->fd == -1)
		return -errno;
	if (bind(watch->fd, (struct sockaddr *)&address, sizeof(address)) == -1)
		return -errno;
	return 0;
}

int
interface_watch_new(struct event_base *base, interface_watch_fn *on_change,
    void *arg, struct interface_watch **ret)
{
	struct interface_watch *watch = xzalloc(sizeof(*watch));
	int rc;

	watch->on_change = on_change;
	watch->arg = arg;
	rc = interface_watch_open(watch);
	if (rc < 0)
		goto fail;
	rc = -ENOMEM;
	watch->readable = event_new(base, watch->fd, EV_READ | EV_PERSIST,
	    interface_watch_on_readable, watch);
	watch->settled = evtimer_new(base, interface_watch_on_settled, watch);
	if (watch->readable == NULL || watch->settled == NULL ||
	    event_add(watch->readable, NULL) == -1)
		goto fail;
	*ret = watch;
	return 0;

fail:
	interface_watch_free(watch);
	return rc;
}

void
interface_watch_free(struct interface_watch *watch)
{
	if (watch == NULL)
		return;
	if (watch->readable != NULL)
		event_free(watch->readable);
	if (watch->settled != NULL)
		event_free(watch->settled);
	if (watch->fd != -1)
		close(watch->fd);
	free(watch);
}
