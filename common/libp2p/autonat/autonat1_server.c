#include "common/libp2p/autonat/autonat1_server.h"

#include "common/libp2p/autonat/autonat1_message.h"
#include "common/libp2p/autonat/autonat_request.h"

static void
answer(struct autonat_request *request, enum autonat1_status status,
    const struct multiaddr *address)
{
	struct autonat1_message message = {
		.type = AUTONAT1_DIAL_RESPONSE,
		.status = status,
	};
	struct buffer wire;

	if (address != NULL)
		message.addresses[message.address_count++] = *address;
	buffer_init(&wire, AUTONAT1_MESSAGE_MAX);
	if (autonat1_message_encode(&message, &wire) == 0)
		autonat_request_answer(request, buffer_bytes(&wire));
	buffer_fini(&wire);
}

static void
on_dialled(
    enum autonat_dial_status status, const struct multiaddr *address, void *arg)
{
	if (status == AUTONAT_DIALLED && address != NULL)
		answer(arg, AUTONAT1_OK, address);
	else
		answer(arg, AUTONAT1_DIAL_ERROR, NULL);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct autonat_request *request = arg;

	(void)fd;
	(void)what;
	stream_reset(request->stream);
}

/* Nothing proves that the client wants to be dialled: only the IP address from
 * which it asks is, at that port and at those that it names. */
static size_t
choose(const struct autonat_request *request,
    const struct autonat1_message *message, struct multiaddr *ret)
{
	size_t count = 0, i;

	ret[count++] = request->client;
	for (i = 0;
	     i < message->address_count && count < AUTONAT1_ADDRESSES_MAX; i++)
		if (multiaddr_with_port(&request->client,
			multiaddr_port(&message->addresses[i]),
			&ret[count]) == 0)
			count++;
	return autonat_server_dials(request->server, &request->client) ? count
								       : 0;
}

static void
take_request(
    struct autonat_request *request, const struct autonat1_message *message)
{
	const struct peer_id *peer = stream_peer(request->stream);
	struct multiaddr addresses[AUTONAT1_ADDRESSES_MAX];
	size_t count = choose(request, message, addresses);

	if (message->peer.len > 0 && !peer_id_equal(&message->peer, peer))
		answer(request, AUTONAT1_BAD_REQUEST, NULL);
	else if (count == 0 || !autonat_budget_take(&request->server->budget,
				   peer, AUTONAT_REQUEST_V1, monotime_now()))
		answer(request, AUTONAT1_DIAL_REFUSED, NULL);
	else if (!autonat_request_dial(
		     request, addresses, count, false, on_dialled))
		answer(request, AUTONAT1_INTERNAL_ERROR, NULL);
}

static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct autonat_request *request = arg;
	struct autonat1_message message;
	size_t len;
	int rc;

	if (request->state != AUTONAT_READING)
		return bytes.len;
	rc = autonat1_message_decode(bytes, &message, &len);
	if (rc == AUTONAT1_MORE) {
		stream_resume(stream); /* when more has come */
		return 0;
	}
	if (rc == 0 && message.type == AUTONAT1_DIAL)
		take_request(request, &message);
	else
		answer(request, AUTONAT1_BAD_REQUEST, NULL);
	return bytes.len;
}

void
autonat1_server_on_stream(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = on_data,
		.on_close = autonat_request_on_close,
	};

	(void)host;
	autonat_request_new(arg, stream, &handler, on_timer);
}
