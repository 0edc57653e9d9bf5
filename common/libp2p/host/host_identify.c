#include "common/libp2p/host/host_identify.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/host_peer.h"
#include "common/libp2p/host/host_service.h"
#include "common/libp2p/multiformats/multiaddr_class.h"
#include "common/libp2p/multiformats/multiaddr_protocol.h"

COUNTER(identify_malformed, "identify messages dropped: malformed");
COUNTER(identify_foreign, "identify messages dropped: the key of another peer");
COUNTER(identify_pushes_refused, "identify pushes refused: too many");

#define PROTOCOL_IDENTIFY "/ipfs/id/1.0.0"
#define PROTOCOL_PUSH     "/ipfs/id/push/1.0.0"

enum {
	IDENTIFY_LISTEN_MAX =
	    16, /* of ours that we send; keeps us below 2 KiB */
	IDENTIFY_LEARN_MS = 3600000,  /* how long we trust an address */
	IDENTIFY_PUSH_DELAY_MS = 500, /* for changes that come together */
};

/* --- sending --- */

/* For the peer at address. */
static void
describe(const struct host *host, const struct multiaddr *address,
    struct identify *ret)
{
	struct multiaddr addresses[IDENTIFY_LISTEN_MAX];
	const struct host_service *service;
	size_t count, i;

	identify_init(ret);
	ret->public_key_len = host->identity->identity_key_len;
	memcpy(
	    ret->public_key, host->identity->identity_key, ret->public_key_len);
	/* Loopback addresses are of use only on this machine. */
	count = host_addresses(
	    host, multiaddr_is_local(address), addresses, IDENTIFY_LISTEN_MAX);
	for (i = 0; i < count; i++)
		identify_add_address(ret, &addresses[i]);
	TAILQ_FOREACH (service, &host->services, entry)
		identify_add_protocol(ret, service->protocol);
	ret->observed = *address;
	strncpy(ret->agent, host->agent, sizeof(ret->agent) - 1);
	strncpy(ret->protocol_version, host->protocol_version,
	    sizeof(ret->protocol_version) - 1);
}

static void
send_identify(struct host *host, struct stream *stream)
{
	static const struct stream_handler handler = { .on_data = NULL };
	struct host_peer_row row;
	struct identify identify;
	struct buffer message;

	stream_set_handler(stream, &handler, NULL);
	if (!host_peer(host, stream_peer(stream), &row)) {
		stream_reset(stream);
		return;
	}
	buffer_init(&message, IDENTIFY_MESSAGE_MAX);
	describe(host, &row.address, &identify);
	if (identify_encode(&identify, &message) < 0 ||
	    stream_write(stream, buffer_bytes(&message)) < 0)
		stream_reset(stream);
	else
		stream_finish(stream); /* go waits for our FIN */
	buffer_fini(&message);
	identify_fini(&identify);
}

static void
on_identify(struct host *host, struct stream *stream, void *arg)
{
	(void)arg;
	send_identify(host, stream);
}

/* --- receiving --- */

/* A message on its way to us, in parts. */
struct incoming {
	struct host *host;
	struct identify identify;
	unsigned int parts;
};

static void
learn_addresses(struct host *host, const struct host_peer *peer)
{
	const struct identify *identify = &peer->identify;
	struct host_peer_row row;
	size_t i;

	if (!host_peer(host, &peer->id, &row))
		return;
	for (i = 0; i < identify->listen_count; i++) {
		/* A zone names an interface of the sender. */
		if (identify->listen[i].data[0] == MULTIADDR_IP6ZONE)
			continue;
		/* Its loopback address is not ours, unless it is on this
		 * machine. */
		if (multiaddr_is_local(&identify->listen[i]) &&
		    !multiaddr_is_local(&row.address))
			continue;
		host_learn(
		    host, &peer->id, &identify->listen[i], IDENTIFY_LEARN_MS);
	}
}

/* Store what has arrived so far as the peer's identify. */
static void
incoming_apply(struct incoming *incoming, const struct stream *stream)
{
	const struct peer_id *id = stream_peer(stream);
	const struct identify *news = &incoming->identify;
	struct host *host = incoming->host;
	struct host_peer *peer = host_peer_find(host, id);
	struct peer_id of_key;
	size_t i;

	if (peer == NULL)
		return;
	if (news->public_key_len > 0 &&
	    (peer_id_of_public_key(
		 (struct bytes){ news->public_key, news->public_key_len },
		 &of_key) < 0 ||
		!peer_id_equal(&of_key, id))) {
		counter_add(&identify_foreign, 1);
		return;
	}
	identify_fini(&peer->identify);
	for (i = 0; i < news->protocol_count; i++)
		identify_add_protocol(&peer->identify, news->protocols[i]);
	for (i = 0; i < news->listen_count; i++)
		identify_add_address(&peer->identify, &news->listen[i]);
	memcpy(peer->identify.agent, news->agent, sizeof(news->agent));
	if (news->observed.len > 0)
		host_peer_note_observed(peer, stream, &news->observed);
	peer->is_identified = true;
	learn_addresses(host, peer);
	if (host->observer.on_identified != NULL)
		host->observer.on_identified(host, &peer->id, host->arg);
}

static size_t
incoming_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct incoming *incoming = arg;
	size_t len = 0;
	int rc;

	rc = identify_decode(bytes, &incoming->identify, &len);
	if (rc == IDENTIFY_MORE) {
		stream_resume(stream); /* when more has come */
		return 0;
	}
	if (rc < 0 || ++incoming->parts > IDENTIFY_PARTS_MAX) {
		counter_add(&identify_malformed, 1);
		stream_reset(stream);
		return bytes.len;
	}
	incoming_apply(incoming, stream);
	if (len < bytes.len)
		return len +
		       incoming_on_data(stream,
			   (struct bytes){ bytes.data + len, bytes.len - len },
			   arg);
	return len;
}

static void
incoming_on_end(struct stream *stream, void *arg)
{
	(void)arg;
	stream_finish(stream);
}

static void
incoming_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct incoming *incoming = arg;

	(void)stream;
	(void)end;
	identify_fini(&incoming->identify);
	free(incoming);
}

static void
receive_identify(struct host *host, struct stream *stream)
{
	static const struct stream_handler handler = {
		.on_data = incoming_on_data,
		.on_end = incoming_on_end,
		.on_close = incoming_on_close,
	};
	struct incoming *incoming = xzalloc(sizeof(*incoming));

	incoming->host = host;
	identify_init(&incoming->identify);
	stream_set_handler(stream, &handler, incoming);
}

void
host_identify_fetch(struct host *host, struct host_peer *peer)
{
	static const char *const protocol[] = { PROTOCOL_IDENTIFY };
	struct stream *stream = host_peer_open_upkeep(peer, protocol);

	if (stream == NULL)
		return;
	receive_identify(host, stream);
	stream_finish(stream); /* a request is empty */
}

static void
on_push(struct host *host, struct stream *stream, void *arg)
{
	struct host_peer *peer = host_peer_find(host, stream_peer(stream));

	(void)arg;
	if (peer == NULL ||
	    !token_bucket_take(&peer->pushes, 1, monotime_now())) {
		counter_add(&identify_pushes_refused, 1);
		stream_reset(stream);
		return;
	}
	receive_identify(host, stream);
	stream_finish(stream);
}

/* --- pushing --- */

static void
push_to(struct host *host, struct host_peer *peer)
{
	static const char *const protocol[] = { PROTOCOL_PUSH };
	struct stream *stream;

	if (!identify_speaks(&peer->identify, PROTOCOL_PUSH))
		return;
	stream = host_peer_open_upkeep(peer, protocol);
	if (stream != NULL)
		send_identify(host, stream);
}

static void
on_push_timer(evutil_socket_t fd, short what, void *arg)
{
	struct host *host = arg;
	struct host_peer *peer, *next;

	(void)fd;
	(void)what;
	HASH_ITER (hh, host->peers, peer, next)
		push_to(host, peer);
}

void
host_identify_changed(struct host *host)
{
	static const struct timeval delay = { 0,
		IDENTIFY_PUSH_DELAY_MS * 1000 };

	if (HASH_COUNT(host->peers) > 0)
		event_add(host->push_timer, &delay);
}

void
host_identify_init(struct host *host)
{
	host->push_timer = xcheck(evtimer_new(host->base, on_push_timer, host));
	host_service_add(host, PROTOCOL_IDENTIFY, on_identify, NULL)
	    ->is_upkeep = true;
	host_service_add(host, PROTOCOL_PUSH, on_push, NULL)->is_upkeep = true;
}

void
host_identify_free(struct host *host)
{
	if (host->push_timer != NULL)
		event_free(host->push_timer);
}
