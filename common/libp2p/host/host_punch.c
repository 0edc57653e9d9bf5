#include "common/libp2p/host/host_punch.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/host_listen.h"
#include "common/libp2p/host/host_punch_private.h"
#include "common/libp2p/host/host_tcp.h"
#include "common/libp2p/multiformats/multiaddr_class.h"
#include "common/libp2p/stream/multistream.h"

COUNTER(punches_over_limit, "holes not punched: too many at once");
COUNTER(punch_accepts, "punched connections that came to the listener");
COUNTER(punch_sides_changed, "punched connections whose client the first bytes "
			     "decided");

enum {
	ACCEPTED_MAX = 4, /* of one punch, undecided */
	SOCKETS_MAX = HOST_PUNCH_ADDRESSES_MAX + ACCEPTED_MAX,
	HEAD_LEN = MULTISTREAM_HEADER_LEN,
};

/* An address that is dialled, or a connection whose client is not known yet. */
struct punch_socket {
	struct host_punch *punch;
	struct multiaddr address;
	int fd; /* -1: none now */
	struct event *event;
	unsigned int dials;
	bool is_dialled; /* else it was accepted */
	bool is_connected;
};

struct host_punch {
	LIST_ENTRY(host_punch) entry;
	struct host *host;
	struct peer_id peer;
	bool is_client;
	int64_t silence_ms;
	struct monotime dial_until;
	struct punch_socket sockets[SOCKETS_MAX];
	size_t count;
	struct event *timer; /* the end; or done, soon */
	int error;
	host_punched_fn *done;
	void *arg;
};

/* --- one socket --- */

static void
socket_close(struct punch_socket *socket)
{
	if (socket->event != NULL)
		event_free(socket->event);
	socket->event = NULL;
	if (socket->fd != -1)
		close(socket->fd);
	socket->fd = -1;
}

static void
socket_wait(
    struct punch_socket *socket, short what, int64_t ms, event_callback_fn then)
{
	struct timeval wait = timeval_of_ms(ms);

	if (socket->event != NULL)
		event_free(socket->event);
	socket->event = xcheck(event_new(socket->punch->host->base,
	    what == 0 ? -1 : socket->fd, what, then, socket));
	event_add(socket->event, &wait);
}

/* It becomes a connection like others. */
static void
socket_hand_over(struct punch_socket *socket, bool is_client)
{
	struct host_punch *punch = socket->punch;
	struct host_connection *connection;
	int fd = socket->fd;

	if (is_client != punch->is_client || !socket->is_dialled)
		counter_add(&punch_sides_changed, 1);
	socket->fd = -1;
	socket_close(socket);
	connection = host_tcp_new(punch->host, fd, is_client, &socket->address);
	connection->is_punched = true;
	/* Another peer behind the same router may dial us, too. */
	if (socket->is_dialled)
		connection->expected = punch->peer;
	host_connection_start(connection);
}

/* --- whose turn is it? --- */

/* How much has come; 0: nothing yet, -1: it is over. */
static ssize_t
peek(const struct punch_socket *socket)
{
	uint8_t head[HEAD_LEN + 1];
	ssize_t n =
	    recv(socket->fd, head, sizeof(head), MSG_PEEK | MSG_DONTWAIT);

	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n == 0 ? -1 : n;
}

/* A header with a proposal: the peer is the client. A header alone: it is a
 * server, like we were. Nothing: it waits, as we do. */
static void
on_head(evutil_socket_t fd, short what, void *arg)
{
	struct punch_socket *socket = arg;
	ssize_t n = peek(socket);

	(void)fd;
	(void)what;
	if (n == -1)
		socket_close(socket);
	else
		socket_hand_over(socket, n <= HEAD_LEN);
}

static void
on_first_bytes(evutil_socket_t fd, short what, void *arg)
{
	struct punch_socket *socket = arg;

	if ((what & EV_TIMEOUT) != 0 || peek(socket) > HEAD_LEN ||
	    peek(socket) == -1)
		on_head(fd, what, arg);
	else
		socket_wait(socket, 0, HOST_PUNCH_HEAD_MS, on_head);
}

static void
socket_listen(struct punch_socket *socket)
{
	socket->is_connected = true;
	socket_wait(socket, EV_READ, socket->punch->silence_ms, on_first_bytes);
}

/* --- dialling --- */

static void dial(struct punch_socket *);

static void
on_again(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	dial(arg);
}

/* Refused, by the peer's router or before it has opened: once more, soon. */
static void
dial_failed(struct punch_socket *socket, int error)
{
	log_debug("hole punching: a socket failed: %s", strerror(error));
	socket_close(socket);
	if ((error == ECONNREFUSED || error == ECONNRESET) &&
	    ++socket->dials < HOST_PUNCH_DIALS_MAX &&
	    !monotime_reached(monotime_now(), socket->punch->dial_until))
		socket_wait(socket, 0, (int64_t)random_below(HOST_PUNCH_GAP_MS),
		    on_again);
}

static void
on_dialled(evutil_socket_t fd, short what, void *arg)
{
	struct punch_socket *socket = arg;
	socklen_t len = sizeof(int);
	int error = 0;

	if ((what & EV_TIMEOUT) != 0) {
		socket_close(socket);
		return;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == -1)
		error = errno;
	if (error != 0)
		dial_failed(socket, error);
	else if (socket->punch->is_client)
		socket_hand_over(socket, true);
	else
		socket_listen(socket);
}

/* EADDRNOTAVAIL: the peer's packet was here first, and the listener has the
 * connection. */
static void
dial(struct punch_socket *socket)
{
	struct host_punch *punch = socket->punch;
	struct sockaddr_storage storage;
	struct peer_id none;
	socklen_t len;
	int fd;

	if (multiaddr_to_sockaddr(&socket->address, &storage, &len, &none) < 0)
		return;
	fd = host_listen_socket(punch->host, storage.ss_family);
	if (fd < 0) {
		dial_failed(socket, -fd);
		return;
	}
	socket->fd = fd;
	if (connect(fd, (struct sockaddr *)&storage, len) == -1 &&
	    errno != EINPROGRESS)
		dial_failed(socket, errno);
	else
		socket_wait(socket, EV_WRITE, HOST_PUNCH_DIAL_MS, on_dialled);
}

/* --- all of them --- */

static void
punch_free(struct host_punch *punch)
{
	size_t i;

	for (i = 0; i < punch->count; i++)
		socket_close(&punch->sockets[i]);
	LIST_REMOVE(punch, entry);
	punch->host->punch_count--;
	event_free(punch->timer);
	free(punch);
}

void
host_punch_cancel(struct host_punch *punch)
{
	punch_free(punch);
}

static void
on_over(evutil_socket_t fd, short what, void *arg)
{
	struct host_punch *punch = arg;
	struct host *host = punch->host;
	host_punched_fn *done = punch->done;
	void *done_arg = punch->arg;
	int error = punch->error;

	(void)fd;
	(void)what;
	punch_free(punch);
	done(host, error, done_arg);
}

struct host_punch *
host_punch(struct host *host, const struct peer_id *peer,
    const struct multiaddr *addresses, size_t count, bool is_client,
    int64_t rtt_ms, host_punched_fn *done, void *arg)
{
	struct host_punch *punch = xzalloc(sizeof(*punch));
	struct timeval end = timeval_of_ms(HOST_PUNCH_MS);
	size_t i;

	punch->host = host;
	punch->peer = *peer;
	punch->is_client = is_client;
	/* Twice as long for one of the two, or both would begin. */
	punch->silence_ms =
	    (rtt_ms + HOST_PUNCH_SILENCE_MS) * (is_client ? 1 : 2);
	punch->dial_until = monotime_add_ms(monotime_now(), HOST_PUNCH_DIAL_MS);
	punch->error = -ETIMEDOUT;
	punch->done = done;
	punch->arg = arg;
	punch->timer = xcheck(evtimer_new(host->base, on_over, punch));
	LIST_INSERT_HEAD(&host->punches, punch, entry);
	if (host->punch_count++ >= HOST_PUNCHES_MAX) {
		counter_add(&punches_over_limit, 1);
		punch->error = -EBUSY;
		end = (struct timeval){ 0, 0 };
		count = 0;
	}
	event_add(punch->timer, &end);
	for (i = 0; i < count && i < HOST_PUNCH_ADDRESSES_MAX; i++) {
		punch->sockets[i] = (struct punch_socket){ .punch = punch,
			.address = addresses[i],
			.fd = -1,
			.is_dialled = true };
		punch->count++;
		dial(&punch->sockets[i]);
	}
	return punch;
}

/* --- for host.c and host_listen.c --- */

static struct host_punch *
punch_towards(const struct host *host, const struct multiaddr *from)
{
	struct host_punch *punch;
	size_t i;

	LIST_FOREACH (punch, &host->punches, entry)
		for (i = 0; i < punch->count; i++)
			if (punch->sockets[i].is_dialled &&
			    multiaddr_is_same_ip(
				&punch->sockets[i].address, from))
				return punch;
	return NULL;
}

bool
punch_take(struct host *host, int fd, const struct multiaddr *from)
{
	struct host_punch *punch = punch_towards(host, from);
	struct punch_socket *socket;

	if (punch == NULL || punch->count == SOCKETS_MAX)
		return false;
	counter_add(&punch_accepts, 1);
	socket = &punch->sockets[punch->count++];
	*socket =
	    (struct punch_socket){ .punch = punch, .address = *from, .fd = fd };
	socket_listen(socket);
	return true;
}

void
punch_on_ready(const struct host_connection *connection)
{
	static const struct timeval at_once = { 0, 0 };
	const struct peer_id *peer = connection_remote(connection->machine);
	struct host_punch *punch;

	if (host_connection_is_relayed(connection))
		return;
	LIST_FOREACH (punch, &connection->host->punches, entry)
		if (peer_id_equal(&punch->peer, peer)) {
			punch->error = 0;
			event_add(punch->timer, &at_once);
		}
}

void
punch_free_all(struct host *host)
{
	struct host_punch *punch;

	while ((punch = LIST_FIRST(&host->punches)) != NULL) {
		punch->error = -ECANCELED;
		on_over(-1, 0, punch);
	}
}
