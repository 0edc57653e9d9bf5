#include "common/http/server/http_takeover.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <event2/http.h>
#include <event2/keyvalq_struct.h>

#include "common/http/server/http_connection.h"

/*
 * evhttp shuts the socket down by its number when it frees its connection:
 * something else takes that number first, and the socket a new one. Not
 * standard error or the like, which may be sockets.
 */
static int
put_aside(int fd, int *ret)
{
	int aside, stand_in, rc = 0;

	aside = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	if (aside == -1)
		return -errno;
	stand_in = eventfd(0, EFD_CLOEXEC);
	if (stand_in == -1 || dup3(stand_in, fd, O_CLOEXEC) == -1)
		rc = -errno;
	if (stand_in != -1)
		(void)close(stand_in);
	if (rc < 0)
		(void)close(aside);
	else
		*ret = aside;
	return rc;
}

static int
take_input(struct bufferevent *bev, struct buffer *early)
{
	struct evbuffer *input = bufferevent_get_input(bev);
	size_t len = evbuffer_get_length(input);

	return buffer_append(
	    early, (struct bytes){ evbuffer_pullup(input, -1), len });
}

/* Let the session go on through another number of its socket. */
static int
hand_over(struct http_connection *connection, int fd, int aside,
    struct http_wire *ret)
{
	const struct http_transport *transport = &connection->server->transport;
	int rc;

	if (transport->take == NULL) {
		http_wire_init(ret, aside);
		return 0;
	}
	rc = transport->take(connection->bev, aside, ret);
	if (rc == 0)
		return 0;
	(void)dup3(aside, fd, O_CLOEXEC);
	(void)close(aside);
	return rc;
}

int
http_connection_take_over(struct http_connection *connection,
    struct http_wire *ret, struct buffer *early)
{
	bool is_plain = connection->server->transport.take == NULL;
	int fd = bufferevent_getfd(connection->bev), aside = -1, rc;
	short enabled = bufferevent_get_enabled(connection->bev);
	size_t before = early->len;

	rc = take_input(connection->bev, early);
	if (rc < 0)
		return rc;
	/* The kernel watches the socket, not its number: it must stop first. */
	bufferevent_disable(connection->bev, EV_READ | EV_WRITE);
	rc = put_aside(fd, &aside);
	if (rc == 0)
		rc = hand_over(connection, fd, aside, ret);
	if (rc < 0) {
		early->len = before;
		bufferevent_enable(connection->bev, enabled);
		return rc;
	}
	evhttp_connection_free(connection->evcon);
	if (!is_plain) /* the bufferevent closes no socket: transport.take */
		(void)close(fd);
	return 0;
}

int
http_takeover(
    struct http_request *request, struct http_wire *ret, struct buffer *early)
{
	void (*on_gone)(void *) = request->on_gone;
	int rc;

	request->on_gone = NULL;
	rc = http_connection_take_over(request->connection, ret, early);
	if (rc < 0)
		request->on_gone = on_gone;
	return rc;
}

static int
print_date(struct buffer *to)
{
	static const char days[][4] = { "Sun", "Mon", "Tue", "Wed", "Thu",
		"Fri", "Sat" };
	static const char months[][4] = { "Jan", "Feb", "Mar", "Apr", "May",
		"Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };
	time_t now = (time_t)(walltime_ms() / 1000);
	struct tm tm;

	gmtime_r(&now, &tm);
	return buffer_printf(to, "Date: %s, %02d %s %d %02d:%02d:%02d GMT\r\n",
	    days[tm.tm_wday], tm.tm_mday, months[tm.tm_mon], tm.tm_year + 1900,
	    tm.tm_hour, tm.tm_min, tm.tm_sec);
}

int
http_head_print(
    const struct http_request *request, int status, struct buffer *to)
{
	const struct evkeyval *header;
	int rc;

	rc = buffer_printf(
	    to, "HTTP/1.1 %d %s\r\n", status, http_reason(status));
	if (rc == 0)
		rc = print_date(to);
	TAILQ_FOREACH (
	    header, evhttp_request_get_output_headers(request->req), next) {
		if (rc == 0)
			rc = buffer_printf(
			    to, "%s: %s\r\n", header->key, header->value);
	}
	return rc;
}
