/* The Unix socket where readers show their tickets. */
#include "goopd/local_stream/local_stream_server.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "proto/goopd_ops.h"

COUNTER(local_stream_callers_refused, "stream connections refused: of another "
				      "user, or too many");
COUNTER(
    local_stream_tickets_wrong, "stream connections without a valid ticket");

enum { BACKLOG = 64, ACCEPT_BATCH = 16 };

struct local_stream_caller { /* connected, ticket not shown yet */
	TAILQ_ENTRY(local_stream_caller) all;
	struct local_stream_server *desk;
	struct event *event;
	int fd;
	uint8_t ticket[TICKET_SIZE];
	size_t len;
};

/* fd stays open: it is the delivery's now, or the caller of this closes it. */
static void
caller_free(struct local_stream_caller *caller)
{
	caller->desk->caller_count--;
	TAILQ_REMOVE(&caller->desk->callers, caller, all);
	event_free(caller->event);
	explicit_bzero(caller->ticket, sizeof(caller->ticket));
	free(caller);
}

static void
caller_refuse(struct local_stream_caller *caller)
{
	counter_add(&local_stream_tickets_wrong, 1);
	close(caller->fd);
	caller_free(caller);
}

static void
on_ticket(evutil_socket_t fd, short what, void *arg)
{
	struct local_stream_caller *caller = arg;
	struct local_stream *local_stream;
	ssize_t n;

	if ((what & EV_TIMEOUT) != 0) {
		caller_refuse(caller);
		return;
	}
	n = recv(fd, caller->ticket + caller->len, TICKET_SIZE - caller->len,
	    MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		caller_refuse(caller);
		return;
	}
	caller->len += (size_t)n;
	if (caller->len < TICKET_SIZE)
		return;
	local_stream = tickets_use(caller->desk->tickets,
	    (struct bytes){ caller->ticket, TICKET_SIZE });
	if (local_stream == NULL) {
		caller_refuse(caller);
		return;
	}
	caller_free(caller);
	local_stream_claim(local_stream, fd);
}

static bool
is_ours(int fd)
{
	struct ucred credentials;
	socklen_t len = sizeof(credentials);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &len) ==
		   0 &&
	       (credentials.uid == geteuid() || credentials.uid == 0);
}

static void
take_caller(struct local_stream_server *desk, int fd)
{
	struct timeval wait = { LOCAL_STREAM_CLAIM_MS / 1000, 0 };
	struct local_stream_caller *caller;

	if (desk->caller_count >= LOCAL_STREAM_CALLERS_MAX || !is_ours(fd)) {
		counter_add(&local_stream_callers_refused, 1);
		close(fd);
		return;
	}
	caller = xzalloc(sizeof(*caller));
	caller->desk = desk;
	caller->fd = fd;
	caller->event =
	    event_new(desk->base, fd, EV_READ | EV_PERSIST, on_ticket, caller);
	event_add(caller->event, &wait);
	desk->caller_count++;
	TAILQ_INSERT_TAIL(&desk->callers, caller, all);
}

static void
on_callers(evutil_socket_t listener, short what, void *arg)
{
	int fd, n;

	(void)what;
	for (n = 0; n < ACCEPT_BATCH; n++) {
		fd =
		    accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd == -1)
			return;
		take_caller(arg, fd);
	}
}

/* Bind, replacing what a killed predecessor left. fd or -errno. */
static int
listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	size_t len = strlen(path);
	int fd, rc = 0;

	if (len >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	memcpy(address.sun_path, path, len + 1);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd == -1)
		return -errno;
	unlink(path);
	/* fchmod before bind: there is no moment with wider rights. */
	if (fchmod(fd, 0600) == -1 ||
	    bind(fd, (struct sockaddr *)&address, sizeof(address)) == -1 ||
	    listen(fd, BACKLOG) == -1)
		rc = -errno;
	if (rc == 0)
		return fd;
	close(fd);
	return rc;
}

int
local_stream_server_open(struct event_base *base, const char *run_directory,
    struct local_stream_server **ret)
{
	CLEANUP_FREE char *path =
	    xasprintf("%s/%s", run_directory, GOOP_STREAM_SOCKET);
	struct local_stream_server *desk;
	int fd;

	fd = listen_at(path);
	if (fd < 0)
		return fd;
	desk = xzalloc(sizeof(*desk));
	desk->base = base;
	desk->fd = fd;
	desk->tickets = tickets_new();
	TAILQ_INIT(&desk->deliveries);
	TAILQ_INIT(&desk->callers);
	desk->listener =
	    event_new(base, fd, EV_READ | EV_PERSIST, on_callers, desk);
	event_add(desk->listener, NULL);
	*ret = desk;
	return 0;
}

void
local_stream_server_close(struct local_stream_server *desk)
{
	struct local_stream_caller *caller;
	struct local_stream *local_stream;

	if (desk == NULL)
		return;
	while ((caller = TAILQ_FIRST(&desk->callers)) != NULL) {
		close(caller->fd);
		caller_free(caller);
	}
	while ((local_stream = TAILQ_FIRST(&desk->deliveries)) != NULL)
		local_stream_end(local_stream);
	event_free(desk->listener);
	close(desk->fd);
	tickets_free(desk->tickets);
	free(desk);
}
