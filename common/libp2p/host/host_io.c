/*
 * The bytes of a link. One input area serves all links, and one output area is
 * lent to the link that sends: an idle link holds neither. A link whose socket
 * is full keeps its area until it is drained.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/host_private.h"

COUNTER(links_abandoned, "connections that ended from the other side before "
			 "they were ready");
COUNTER(links_congested, "input left waiting: the other side does not read "
			 "our answers");

static void
link_borrow_output(struct link *link)
{
	struct host *host = link->host;

	if (link->output != NULL)
		return;
	link->output = host->spare_output;
	host->spare_output = NULL;
	if (link->output == NULL)
		link->output = xreallocarray(NULL, HOST_OUTPUT_SIZE, 1);
}

void
link_release_output(struct link *link)
{
	struct host *host = link->host;

	if (host->spare_output == NULL)
		host->spare_output = link->output;
	else
		free(link->output);
	link->output = NULL;
	link->output_len = link->output_sent = 0;
}

/* Hand what waits to the kernel. False: it takes no more now. */
static bool
link_send(struct link *link)
{
	size_t left = link->output_len - link->output_sent;
	ssize_t n;

	n = send(link->fd, link->output + link->output_sent, left,
	    MSG_NOSIGNAL | MSG_DONTWAIT);
	if (n == -1 && errno != EAGAIN && errno != EINTR) {
		link_close(link, strerror(errno));
		return false;
	}
	if (n > 0) {
		link->output_sent += (size_t)n;
		link->blocked_since = MONOTIME_NEVER;
	}
	return link->output_sent == link->output_len;
}

static void
link_wait_writable(struct link *link)
{
	if (link->blocked_since.us == INT64_MAX)
		link->blocked_since = monotime_now();
	event_add(link->writable, NULL);
}

/* Send what there is, within one turn's budget. */
static void
link_send_all(struct link *link)
{
	size_t turn = 0;

	while (link->state != LINK_CLOSING) {
		if (link->output == NULL) {
			link_borrow_output(link);
			link->output_len = connection_fill(link->connection,
			    link->output, HOST_OUTPUT_SIZE, monotime_now());
		}
		if (link->output_len == 0)
			break;
		if (!link_send(link)) {
			if (link->state != LINK_CLOSING)
				link_wait_writable(link);
			return;
		}
		turn += link->output_len;
		link->output_len = link->output_sent = 0;
		if (turn >= HOST_TURN_BYTES) {
			link_wake(link);
			break;
		}
		link->output_len = connection_fill(link->connection,
		    link->output, HOST_OUTPUT_SIZE, monotime_now());
	}
	link_release_output(link);
}

/* Input that had to wait while our answers were not read. */
static void
link_take_held(struct link *link)
{
	struct bytes held = buffer_bytes(&link->held);

	if (held.len == 0 || link->state == LINK_CLOSING ||
	    connection_is_congested(link->connection))
		return;
	buffer_consume(&link->held, link_receive(link, held));
	if (link->held.len == 0 && link->state != LINK_CLOSING)
		event_add(link->readable, NULL);
	link_wake(link);
}

void
link_flush(struct link *link)
{
	link_send_all(link);
	link_take_held(link);
	if (link->state == LINK_CLOSING)
		return;
	if (connection_reason(link->connection) != NULL)
		link_close(link, connection_reason(link->connection));
	else
		link_arm_timer(link);
}

static void
link_read_some(struct link *link)
{
	struct host *host = link->host;
	struct bytes input = { host->input, 0 };
	size_t used;
	ssize_t n;

	n = recv(link->fd, host->input, HOST_INPUT_SIZE, MSG_DONTWAIT);
	if (n == -1 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		if (link->state == LINK_UPGRADING)
			counter_add(&links_abandoned, 1);
		link_close(link,
		    n == 0 ? "the other side closed it" : strerror(errno));
		return;
	}
	input.len = (size_t)n;
	used = link_receive(link, input);
	if (used < input.len && link->state != LINK_CLOSING) {
		counter_add(&links_congested, 1);
		buffer_append(&link->held,
		    (struct bytes){ input.data + used, input.len - used });
		event_del(link->readable);
	}
}

/*
 * One recv(2), then what it has set off: the window that it opens must go out
 * before the next, or the other side would stand still meanwhile.
 */
void
link_read(struct link *link)
{
	link_read_some(link);
	if (link->state == LINK_CLOSING)
		return;
	connection_run(link->connection, monotime_now());
	link_flush(link);
}
