#include "common/libp2p/autonat/autonat_server.h"

#include <stdlib.h>

#include "common/base/counter.h"
#include "common/base/random.h"
#include "common/base/xalloc.h"
#include "common/libp2p/autonat/autonat1_message.h"
#include "common/libp2p/autonat/autonat1_server.h"
#include "common/libp2p/autonat/autonat_request.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

COUNTER(autonat_requests_malformed, "requests to dial back that make no sense");
COUNTER(autonat_requests_refused,
    "requests to dial back refused: too many within a minute");
COUNTER(autonat_dials, "addresses dialled for other peers");
COUNTER(autonat_data_taken,
    "bytes that peers sent to have an address dialled that is not theirs");

enum {
	PIECE_MIN = 100,    /* of data, but for the last one */
	WAIT_MAX_MS = 3000, /* after the data, so that many who send data
			       cannot make us dial all at once */
};

static void
answer(struct autonat_request *request, enum autonat_status status,
    enum autonat_dial_status dial_status)
{
	const struct autonat_message message = {
		.type = AUTONAT_DIAL_RESPONSE,
		.status = status,
		.index = request->index,
		.dial_status = dial_status,
	};
	struct buffer wire;

	buffer_init(&wire, AUTONAT_MESSAGE_MAX);
	if (autonat_message_encode(&message, &wire) == 0)
		autonat_request_answer(request, buffer_bytes(&wire));
	buffer_fini(&wire);
}

static void
on_dialled(
    enum autonat_dial_status status, const struct multiaddr *address, void *arg)
{
	(void)address;
	answer(arg, AUTONAT_OK, status);
}

static void
dial(struct autonat_request *request)
{
	counter_add(&autonat_dials, 1);
	if (!autonat_request_dial(
		request, &request->address, 1, true, on_dialled))
		answer(request, AUTONAT_INTERNAL_ERROR, AUTONAT_DIAL_UNUSED);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct autonat_request *request = arg;

	(void)fd;
	(void)what;
	if (request->state == AUTONAT_WAITING)
		dial(request);
	else
		stream_reset(request->stream);
}

static void
ask_for_data(struct autonat_request *request)
{
	struct autonat_message message = {
		.type = AUTONAT_DATA_REQUEST,
		.index = request->index,
	};
	struct buffer wire;

	message.data_wanted = AUTONAT_DATA_MIN +
			      random_below(AUTONAT_DATA_MAX - AUTONAT_DATA_MIN);
	request->data_left = message.data_wanted;
	request->state = AUTONAT_TAKING;
	buffer_init(&wire, AUTONAT_MESSAGE_MAX);
	if (autonat_message_encode(&message, &wire) < 0 ||
	    stream_write(request->stream, buffer_bytes(&wire)) < 0)
		stream_reset(request->stream);
	buffer_fini(&wire);
}

/* The first address that we would dial counts, and no other. */
static bool
choose(struct autonat_request *request, const struct autonat_message *message)
{
	size_t i;

	for (i = 0; i < message->address_count; i++)
		if (autonat_server_dials(
			request->server, &message->addresses[i])) {
			request->address = message->addresses[i];
			request->index = (uint32_t)i;
			return true;
		}
	return false;
}

static void
take_request(
    struct autonat_request *request, const struct autonat_message *message)
{
	const struct peer_id *peer = stream_peer(request->stream);
	struct autonat_budget *budget = &request->server->budget;
	struct monotime now = monotime_now();
	bool is_own;

	request->nonce = message->nonce;
	if (!autonat_budget_take(budget, peer, AUTONAT_REQUEST_V2, now)) {
		counter_add(&autonat_requests_refused, 1);
		answer(request, AUTONAT_REQUEST_REJECTED, AUTONAT_DIAL_UNUSED);
		return;
	}
	if (!choose(request, message)) {
		answer(request, AUTONAT_DIAL_REFUSED, AUTONAT_DIAL_UNUSED);
		return;
	}
	is_own = multiaddr_is_same_ip(&request->address, &request->client);
	if (is_own) {
		dial(request);
	} else if (autonat_budget_take_data(budget, peer, now)) {
		ask_for_data(request);
	} else {
		counter_add(&autonat_requests_refused, 1);
		answer(request, AUTONAT_REQUEST_REJECTED, AUTONAT_DIAL_UNUSED);
	}
}

/* False: the client cheats. */
static bool
take_data(struct autonat_request *request, size_t len)
{
	const struct timeval wait = timeval_of_ms(random_below(WAIT_MAX_MS));

	counter_add(&autonat_data_taken, len);
	if (len < request->data_left) {
		request->data_left -= len;
		return len >= PIECE_MIN;
	}
	request->data_left = 0;
	request->state = AUTONAT_WAITING;
	event_add(request->timer, &wait);
	return true;
}

static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct autonat_request *request = arg;
	struct autonat_message message;
	size_t len, used = 0;
	int rc = 0;

	while (request->state <= AUTONAT_TAKING && used < bytes.len) {
		rc = autonat_message_decode(
		    (struct bytes){ bytes.data + used, bytes.len - used },
		    &message, &len);
		if (rc == AUTONAT_MORE) {
			stream_resume(stream); /* when more has come */
			return used;
		}
		if (rc == 0 && request->state == AUTONAT_READING &&
		    message.type == AUTONAT_DIAL_REQUEST)
			take_request(request, &message);
		else if (rc < 0 || request->state != AUTONAT_TAKING ||
			 message.type != AUTONAT_DATA_RESPONSE ||
			 !take_data(request, message.data_len))
			break;
		used += len;
	}
	if (request->state <= AUTONAT_TAKING && used < bytes.len) {
		counter_add(&autonat_requests_malformed, 1);
		stream_reset(stream);
	}
	return bytes.len;
}

static void
on_stream(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = on_data,
		.on_close = autonat_request_on_close,
	};

	(void)host;
	autonat_request_new(arg, stream, &handler, on_timer);
}

/* --- the server --- */

struct autonat_server *
autonat_server_new(
    struct host *host, const struct autonat_server_config *config)
{
	struct autonat_server *server = xzalloc(sizeof(*server));

	server->host = host;
	server->config = *config;
	LIST_INIT(&server->requests);
	autonat_budget_init(&server->budget);
	if (autonat_caller_make(&server->caller) == 0)
		return server;
	free(server);
	return NULL;
}

void
autonat_server_free(struct autonat_server *server)
{
	if (server == NULL)
		return;
	noise_identity_wipe(&server->caller.identity);
	free(server);
}

void
autonat_server_set_open(struct autonat_server *server, bool is_open)
{
	if (server->is_open == is_open)
		return;
	server->is_open = is_open;
	if (is_open) {
		host_serve(
		    server->host, AUTONAT_PROTOCOL_DIAL, on_stream, server);
		host_serve(server->host, AUTONAT1_PROTOCOL,
		    autonat1_server_on_stream, server);
	} else {
		host_unserve(server->host, AUTONAT_PROTOCOL_DIAL);
		host_unserve(server->host, AUTONAT1_PROTOCOL);
	}
}
