#include "goop-discoveryd/rendezvous/wan_dial.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

#include "common/base/xalloc.h"

struct attempt {
	struct wan_dial *dial;
	struct event *event; /* NULL: not begun, or failed */
	int fd;
};

struct wan_dial {
	struct event_base *base;
	struct wan_addresses addresses;
	struct attempt attempts[WAN_ADDRESSES_MAX];
	size_t begun, failed;
	struct event *timer; /* begin the next */
	int error;
	wan_dial_fn *on_done;
	void *arg;
};

static void dial_next(struct wan_dial *);

static void
attempt_end(struct attempt *attempt)
{
	if (attempt->event == NULL)
		return;
	event_free(attempt->event);
	attempt->event = NULL;
	if (attempt->fd != -1)
		close(attempt->fd);
	attempt->fd = -1;
}

/* The last one tells; the owner may free the dial then. */
static void
attempt_failed(struct wan_dial *dial, int error)
{
	dial->failed++;
	dial->error = error;
	if (dial->failed == dial->addresses.count) {
		event_del(dial->timer);
		dial->on_done(error, -1, dial->arg);
	} else if (dial->begun < dial->addresses.count) {
		dial_next(dial);
	}
}

static void
attempt_won(struct attempt *attempt)
{
	struct wan_dial *dial = attempt->dial;
	int one = 1, fd = attempt->fd;
	size_t i;

	attempt->fd = -1; /* the owner's now */
	for (i = 0; i < dial->begun; i++)
		attempt_end(&dial->attempts[i]);
	event_del(dial->timer);
	(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	dial->on_done(0, fd, dial->arg);
}

static void
attempt_on_ready(evutil_socket_t fd, short what, void *arg)
{
	struct attempt *attempt = arg;
	struct wan_dial *dial = attempt->dial;
	socklen_t len = sizeof(int);
	int error = 0;

	(void)what;
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error == 0) {
		attempt_won(attempt);
		return;
	}
	attempt_end(attempt);
	attempt_failed(dial, -error);
}

static int
attempt_begin(struct attempt *attempt, const union wan_address *address)
{
	struct wan_dial *dial = attempt->dial;
	socklen_t len = address->sa.sa_family == AF_INET ? sizeof(address->v4)
							 : sizeof(address->v6);
	int error;

	attempt->fd = socket(address->sa.sa_family,
	    SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (attempt->fd == -1)
		return -errno;
	if (connect(attempt->fd, &address->sa, len) == -1 &&
	    errno != EINPROGRESS) {
		error = -errno;
		close(attempt->fd);
		attempt->fd = -1;
		return error;
	}
	attempt->event = event_new(
	    dial->base, attempt->fd, EV_WRITE, attempt_on_ready, attempt);
	event_add(attempt->event, NULL);
	return 0;
}

static void
dial_next(struct wan_dial *dial)
{
	static const struct timeval stagger = { 0, WAN_DIAL_STAGGER_MS * 1000 };
	struct attempt *attempt = &dial->attempts[dial->begun];
	int error;

	error = attempt_begin(attempt, &dial->addresses.at[dial->begun]);
	dial->begun++;
	if (dial->begun < dial->addresses.count)
		event_add(dial->timer, &stagger);
	if (error < 0)
		attempt_failed(dial, error);
}

static void
dial_on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	dial_next(arg);
}

struct wan_dial *
wan_dial_new(struct event_base *base, const struct wan_addresses *addresses,
    wan_dial_fn *on_done, void *arg)
{
	struct wan_dial *dial = xzalloc(sizeof(*dial));
	size_t i;

	dial->base = base;
	dial->addresses = *addresses;
	dial->on_done = on_done;
	dial->arg = arg;
	for (i = 0; i < WAN_ADDRESSES_MAX; i++)
		dial->attempts[i] = (struct attempt){ dial, NULL, -1 };
	dial->timer = evtimer_new(base, dial_on_timer, dial);
	event_active(dial->timer, EV_TIMEOUT, 0);
	return dial;
}

void
wan_dial_free(struct wan_dial *dial)
{
	size_t i;

	if (dial == NULL)
		return;
	for (i = 0; i < dial->begun; i++)
		attempt_end(&dial->attempts[i]);
	event_free(dial->timer);
	free(dial);
}
