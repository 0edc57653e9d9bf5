#include "common/libp2p/autonat/autonat_request.h"

#include <stdlib.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

COUNTER(autonat_requests_over_limit, "requests to dial back refused: too many "
				     "under way");
COUNTER(autonat_requests_relayed,
    "requests to dial back refused: from a peer behind a relay");

enum {
	REQUEST_MS = 15000, /* for a request to arrive, and its data */
	CLOSE_MS = 5000,    /* for the client to close after the answer */
	OWN_MAX = 32,
};

static bool
is_over_limit(const struct autonat_server *server, const struct peer_id *peer)
{
	const struct autonat_request *request;
	size_t all = 0, of_peer = 0;

	LIST_FOREACH (request, &server->requests, entry) {
		all++;
		of_peer += peer_id_equal(stream_peer(request->stream), peer);
	}
	return all >= AUTONAT_DIALS_MAX || of_peer >= AUTONAT_DIALS_PER_PEER;
}

bool
autonat_request_new(struct autonat_server *server, struct stream *stream,
    const struct stream_handler *handler, event_callback_fn on_timer)
{
	const struct timeval limit = timeval_of_ms(REQUEST_MS);
	struct autonat_request *request;
	struct host_path path;

	if (!host_stream_path(server->host, stream, &path) || path.is_relayed) {
		counter_add(&autonat_requests_relayed, 1);
		stream_reset(stream);
		return false;
	}
	if (is_over_limit(server, stream_peer(stream))) {
		counter_add(&autonat_requests_over_limit, 1);
		stream_reset(stream);
		return false;
	}
	request = xzalloc(sizeof(*request));
	request->server = server;
	request->stream = stream;
	request->client = path.address;
	request->timer =
	    xcheck(evtimer_new(host_base(server->host), on_timer, request));
	event_add(request->timer, &limit);
	LIST_INSERT_HEAD(&server->requests, request, entry);
	stream_set_handler(stream, handler, request);
	return true;
}

void
autonat_request_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct autonat_request *request = arg;

	(void)stream;
	(void)end;
	if (request->dial != NULL)
		autonat_dial_free(request->dial);
	LIST_REMOVE(request, entry);
	event_free(request->timer);
	free(request);
}

bool
autonat_request_dial(struct autonat_request *request,
    const struct multiaddr *addresses, size_t count, bool has_nonce,
    void (*done)(enum autonat_dial_status, const struct multiaddr *, void *))
{
	const struct autonat_dial_config config = {
		.base = host_base(request->server->host),
		.caller = &request->server->caller,
		.peer = *stream_peer(request->stream),
		.addresses = addresses,
		.address_count = count,
		.has_nonce = has_nonce,
		.nonce = request->nonce,
		.done = done,
		.arg = request,
	};

	request->state = AUTONAT_DIALLING;
	request->dial = autonat_dial_new(&config);
	return request->dial != NULL;
}

void
autonat_request_answer(struct autonat_request *request, struct bytes wire)
{
	const struct timeval limit = timeval_of_ms(CLOSE_MS);

	request->state = AUTONAT_ANSWERED;
	request->dial = NULL;
	event_add(request->timer, &limit);
	if (stream_write(request->stream, wire) < 0)
		stream_reset(request->stream);
	else
		stream_finish(request->stream);
}

/* Have we an address by which packets to that one could leave? */
static bool
has_family(const struct host *host, const struct multiaddr *address)
{
	struct multiaddr own[OWN_MAX];
	size_t count = host_addresses(host, false, own, OWN_MAX), i;

	for (i = 0; i < count; i++)
		if (multiaddr_is_same_family(&own[i], address))
			return true;
	return false;
}

bool
autonat_server_dials(
    const struct autonat_server *server, const struct multiaddr *address)
{
	if (!multiaddr_is_dialable(address) ||
	    !host_address_is_dialable(server->host, address))
		return false;
	return server->config.dials_private ||
	       (multiaddr_is_public(address) &&
		   has_family(server->host, address));
}
