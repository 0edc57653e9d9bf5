#include "goopd/local_stream/local_stream.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/monotime.h"
#include "common/base/shared_ring.h"
#include "common/base/xalloc.h"
#include "goopd/local_stream/tickets.h"
#include "proto/goopd_ops.h"

COUNTER(local_stream_unclaimed, "tickets that were not used in time");
COUNTER(local_stream_stalled, "local streams ended: the reader took nothing");
COUNTER(local_stream_left, "local streams that the reader closed early");
COUNTER(local_stream_over_limit, "requests refused: too many local streams");
COUNTER(local_stream_bytes, "bytes handed to local readers");
COUNTER(local_stream_rings, "local streams through shared memory");
COUNTER(local_stream_rings_refused, "local streams without a ring: too many");
COUNTER(local_stream_callers_refused, "connections to goopd.stream refused: of "
				      "another user, or too many");
COUNTER(local_stream_tickets_wrong,
    "connections to goopd.stream without a valid ticket");

enum {
	BACKLOG = 64,
	ACCEPT_BATCH = 16,
	RINGS_MAX = 16,
	SENDFILE_MAX = 4 * 1024 * 1024, /* at once, then others have a turn */
};

struct local_stream_server {
	struct event_base *base;
	struct event *listener;
	struct tickets *tickets;
	TAILQ_HEAD(local_stream_list, local_stream) streams;
	unsigned int stream_count, ring_count;
	TAILQ_HEAD(caller_list, local_stream_caller) callers;
	unsigned int caller_count;
	int fd;
};

struct local_stream {
	TAILQ_ENTRY(local_stream) all;
	struct local_stream_server *server;
	const struct local_stream_source *source;
	void *arg;
	int fd; /* -1: not claimed yet */
	bool is_failed;
	struct event *deadline;
	struct event *room;
	struct event *left;
	struct shared_ring ring; /* none: bytes go over the socket */
	struct event *bell;
	bool owes_bell, awaits_bell;
};

/* --- rings */

/* A full socket is full of bells that the reader has not read. */
static void
ring_bell(struct local_stream *local_stream)
{
	char bell = 0;

	(void)send(local_stream->fd, &bell, 1, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static void
on_bell_due(evutil_socket_t fd, short what, void *arg)
{
	struct local_stream *local_stream = arg;

	(void)fd;
	(void)what;
	local_stream->owes_bell = false;
	if (shared_ring_rested(&local_stream->ring))
		ring_bell(local_stream);
}

static void
ring_open(struct local_stream *local_stream)
{
	struct local_stream_server *server = local_stream->server;
	char wish = 0;
	int fd = -1;

	/* Sent together with the ticket, or not at all. */
	if (recv(local_stream->fd, &wish, 1, MSG_DONTWAIT) != 1)
		return;
	if (wish != SHARED_RING_WISH || server->ring_count >= RINGS_MAX ||
	    shared_ring_make(&local_stream->ring, &fd) < 0)
		counter_add(&local_stream_rings_refused, 1);
	if (shared_ring_answer(local_stream->fd, fd) < 0)
		shared_ring_close(&local_stream->ring); /* the reader is gone */
	if (fd != -1)
		close(fd);
	if (local_stream->ring.memory == NULL)
		return;
	counter_add(&local_stream_rings, 1);
	server->ring_count++;
	local_stream->bell =
	    event_new(server->base, -1, 0, on_bell_due, local_stream);
}

static void
ring_close(struct local_stream *local_stream)
{
	if (local_stream->ring.memory == NULL)
		return;
	local_stream->server->ring_count--;
	event_free(local_stream->bell);
	shared_ring_close(&local_stream->ring);
}

/* len more bytes are in the ring. A waiting reader gets a bell at each step,
 * and when this turn of the loop ends. */
static void
publish(struct local_stream *local_stream, size_t len)
{
	if (shared_ring_wrote(&local_stream->ring, len))
		ring_bell(local_stream);
	if (!local_stream->owes_bell)
		event_active(local_stream->bell, EV_TIMEOUT, 0);
	local_stream->owes_bell = true;
}

static ssize_t
ring_write(struct local_stream *local_stream, struct bytes bytes)
{
	size_t done = 0;
	uint8_t *to;
	ssize_t room;

	while (done < bytes.len) {
		room = shared_ring_room(&local_stream->ring, &to);
		if (room < 0)
			return room;
		if (room == 0)
			break;
		if ((size_t)room > bytes.len - done)
			room = (ssize_t)(bytes.len - done);
		memcpy(to, bytes.data + done, (size_t)room);
		publish(local_stream, (size_t)room);
		done += (size_t)room;
	}
	local_stream->awaits_bell = done < bytes.len;
	return (ssize_t)done;
}

static ssize_t
ring_read_file(struct local_stream *local_stream, int fd, off_t at, size_t len)
{
	uint8_t *to;
	ssize_t room = shared_ring_room(&local_stream->ring, &to), n;

	if (room <= 0)
		return room < 0 ? room : -EAGAIN;
	n = pread(fd, to, len < (size_t)room ? len : (size_t)room, at);
	if (n == -1)
		return -EIO;
	if (n == 0)
		return -ENODATA;
	publish(local_stream, (size_t)n);
	return n;
}

/* --- streams */

static void
set_deadline(struct local_stream *local_stream, int64_t ms)
{
	struct timeval wait = timeval_of_ms(ms);

	evtimer_add(local_stream->deadline, &wait);
}

static void
end(struct local_stream *local_stream)
{
	local_stream->source->on_gone(local_stream, local_stream->arg);
	local_stream_free(local_stream);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct local_stream *local_stream = arg;

	(void)fd;
	(void)what;
	if (local_stream->is_failed)
		counter_add(&local_stream_left, 1);
	else if (local_stream->fd == -1)
		counter_add(&local_stream_unclaimed, 1);
	else
		counter_add(&local_stream_stalled, 1);
	end(local_stream);
}

/* on_gone follows from the event loop, never from within a source's call. */
static void
fail(struct local_stream *local_stream)
{
	local_stream->is_failed = true;
	set_deadline(local_stream, 0);
}

static void
on_room(evutil_socket_t fd, short what, void *arg)
{
	struct local_stream *local_stream = arg;

	(void)fd;
	(void)what;
	if (!local_stream->is_failed)
		local_stream->source->on_room(local_stream, local_stream->arg);
}

/* Nothing is left to read: the reader is gone, or closed only its writing
 * half. */
static void
on_half_closed(struct local_stream *local_stream)
{
	struct pollfd poll_fd = { .fd = local_stream->fd };

	event_del(local_stream->left);
	if (poll(&poll_fd, 1, 0) == 1 &&
	    (poll_fd.revents & (POLLHUP | POLLERR)) != 0)
		fail(local_stream);
}

/* A reader of a ring announces room there; others send nothing after the
 * ticket. */
static void
on_readable(evutil_socket_t fd, short what, void *arg)
{
	struct local_stream *local_stream = arg;
	char bells[64];
	ssize_t n = recv(fd, bells, sizeof(bells), MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0)
		on_half_closed(local_stream);
	else if (local_stream->awaits_bell)
		on_room(fd, what, local_stream);
}

struct local_stream *
local_stream_new(struct local_stream_server *server,
    const struct local_stream_source *source, void *arg,
    struct bytes *ret_ticket)
{
	struct local_stream *local_stream = xzalloc(sizeof(*local_stream));

	if (!tickets_add(server->tickets, local_stream, ret_ticket) ||
	    server->stream_count >= TICKETS_MAX) {
		tickets_drop(server->tickets, local_stream);
		counter_add(&local_stream_over_limit, 1);
		free(local_stream);
		return NULL;
	}
	server->stream_count++;
	TAILQ_INSERT_TAIL(&server->streams, local_stream, all);
	local_stream->server = server;
	local_stream->source = source;
	local_stream->arg = arg;
	local_stream->fd = -1;
	local_stream->deadline =
	    evtimer_new(server->base, on_deadline, local_stream);
	set_deadline(local_stream, LOCAL_STREAM_CLAIM_MS);
	return local_stream;
}

static void
claim(struct local_stream *local_stream, int fd)
{
	int size = LOCAL_STREAM_BUFFER;

	/* Fewer turns of the loop for the same bytes. */
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	local_stream->fd = fd;
	local_stream->room = event_new(
	    local_stream->server->base, fd, EV_WRITE, on_room, local_stream);
	local_stream->left = event_new(local_stream->server->base, fd,
	    EV_READ | EV_PERSIST, on_readable, local_stream);
	ring_open(local_stream);
	event_add(local_stream->left, NULL);
	event_add(local_stream->room, NULL);
	set_deadline(local_stream, LOCAL_STREAM_STALL_MS);
}

static void
took(struct local_stream *local_stream, size_t len)
{
	counter_add(&local_stream_bytes, len);
	set_deadline(local_stream, LOCAL_STREAM_STALL_MS);
}

/* After a send of n: wait for room, or give up. Returns what was taken. */
static size_t
after_send(struct local_stream *local_stream, ssize_t n, uint64_t wanted)
{
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		fail(local_stream);
		return 0;
	}
	if (n > 0)
		took(local_stream, (size_t)n);
	if (n < 0 || (uint64_t)n < wanted)
		event_add(local_stream->room, NULL);
	return n > 0 ? (size_t)n : 0;
}

static size_t
write_to_ring(struct local_stream *local_stream, struct bytes bytes)
{
	ssize_t n = ring_write(local_stream, bytes);

	if (n < 0)
		fail(local_stream);
	else if (n > 0)
		took(local_stream, (size_t)n);
	return n > 0 ? (size_t)n : 0;
}

size_t
local_stream_write(struct local_stream *local_stream, struct bytes bytes)
{
	ssize_t n;

	if (local_stream->fd == -1 || local_stream->is_failed || bytes.len == 0)
		return 0;
	if (local_stream->ring.memory != NULL)
		return write_to_ring(local_stream, bytes);
	n = send(local_stream->fd, bytes.data, bytes.len,
	    MSG_DONTWAIT | MSG_NOSIGNAL);
	return after_send(local_stream, n, bytes.len);
}

/* Fill the ring, within one turn's budget. */
static ssize_t
read_to_ring(
    struct local_stream *local_stream, int fd, uint64_t *offset, uint64_t len)
{
	uint64_t budget = len < SHARED_RING_SIZE ? len : SHARED_RING_SIZE;
	uint64_t done = 0;
	ssize_t n = 0;

	while (done < budget && n >= 0) {
		n = ring_read_file(
		    local_stream, fd, (off_t)*offset, (size_t)(budget - done));
		if (n > 0) {
			*offset += (uint64_t)n;
			done += (uint64_t)n;
		}
	}
	local_stream->awaits_bell = n == -EAGAIN;
	if (n >= 0 && done < len)
		event_add(
		    local_stream->room, NULL); /* continued in the next turn */
	else if (n == -EPROTO)
		fail(local_stream);
	else if (n < 0 && n != -EAGAIN)
		return n;
	if (done > 0)
		took(local_stream, (size_t)done);
	return (ssize_t)done;
}

ssize_t
local_stream_send_file(
    struct local_stream *local_stream, int fd, uint64_t *offset, uint64_t len)
{
	off_t at = (off_t)*offset;
	ssize_t n;

	if (local_stream->fd == -1 || local_stream->is_failed || len == 0)
		return 0;
	if (local_stream->ring.memory != NULL)
		return read_to_ring(local_stream, fd, offset, len);
	n = sendfile(local_stream->fd, fd, &at,
	    len < SENDFILE_MAX ? (size_t)len : SENDFILE_MAX);
	if (n == 0)
		return -ENODATA;
	if (n == -1 && errno == EIO)
		return -EIO;
	*offset = (uint64_t)at;
	return (ssize_t)after_send(local_stream, n, len);
}

void
local_stream_free(struct local_stream *local_stream)
{
	tickets_drop(local_stream->server->tickets, local_stream);
	local_stream->server->stream_count--;
	TAILQ_REMOVE(&local_stream->server->streams, local_stream, all);
	event_free(local_stream->deadline);
	ring_close(local_stream);
	if (local_stream->fd != -1) {
		event_free(local_stream->room);
		event_free(local_stream->left);
		close(local_stream->fd);
	}
	free(local_stream);
}

/* --- the socket where readers show their tickets */

struct local_stream_caller { /* connected, ticket not shown yet */
	TAILQ_ENTRY(local_stream_caller) all;
	struct local_stream_server *server;
	struct event *event;
	int fd;
	uint8_t ticket[TICKET_SIZE];
	size_t len;
};

/* fd stays open: it belongs to a stream now, or is closed by our caller. */
static void
caller_free(struct local_stream_caller *caller)
{
	caller->server->caller_count--;
	TAILQ_REMOVE(&caller->server->callers, caller, all);
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
	local_stream = tickets_use(caller->server->tickets,
	    (struct bytes){ caller->ticket, TICKET_SIZE });
	if (local_stream == NULL) {
		caller_refuse(caller);
		return;
	}
	caller_free(caller);
	claim(local_stream, fd);
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
take_caller(struct local_stream_server *server, int fd)
{
	struct timeval wait = { LOCAL_STREAM_CLAIM_MS / 1000, 0 };
	struct local_stream_caller *caller;

	if (server->caller_count >= LOCAL_STREAM_CALLERS_MAX || !is_ours(fd)) {
		counter_add(&local_stream_callers_refused, 1);
		close(fd);
		return;
	}
	caller = xzalloc(sizeof(*caller));
	caller->server = server;
	caller->fd = fd;
	caller->event = event_new(
	    server->base, fd, EV_READ | EV_PERSIST, on_ticket, caller);
	event_add(caller->event, &wait);
	server->caller_count++;
	TAILQ_INSERT_TAIL(&server->callers, caller, all);
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

/* Bind; a socket of an earlier process is replaced. fd or -errno. */
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
	struct local_stream_server *server;
	int fd;

	fd = listen_at(path);
	if (fd < 0)
		return fd;
	server = xzalloc(sizeof(*server));
	server->base = base;
	server->fd = fd;
	server->tickets = tickets_new();
	TAILQ_INIT(&server->streams);
	TAILQ_INIT(&server->callers);
	server->listener =
	    event_new(base, fd, EV_READ | EV_PERSIST, on_callers, server);
	event_add(server->listener, NULL);
	*ret = server;
	return 0;
}

void
local_stream_server_close(struct local_stream_server *server)
{
	struct local_stream_caller *caller;
	struct local_stream *local_stream;

	if (server == NULL)
		return;
	while ((caller = TAILQ_FIRST(&server->callers)) != NULL) {
		close(caller->fd);
		caller_free(caller);
	}
	while ((local_stream = TAILQ_FIRST(&server->streams)) != NULL)
		end(local_stream);
	event_free(server->listener);
	close(server->fd);
	tickets_free(server->tickets);
	free(server);
}
