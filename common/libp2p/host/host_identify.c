/* The identify and identify-push services (libp2p identify specification). */
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/host_private.h"
#include "common/libp2p/multiformats/multiaddr_protocol.h"

COUNTER(identify_malformed, "identify messages dropped: malformed");
COUNTER(identify_foreign, "identify messages dropped: the key of another");
COUNTER(identify_pushes_refused, "identify pushes refused: too many");

#define PROTOCOL_IDENTIFY "/ipfs/id/1.0.0"
#define PROTOCOL_PUSH     "/ipfs/id/push/1.0.0"

enum {
	IDENTIFY_LISTEN_MAX = 16,     /* told by us; keeps us below 2 KiB */
	IDENTIFY_LEARN_MS = 3600000,  /* how long we trust an address */
	IDENTIFY_PUSH_DELAY_MS = 500, /* for changes that come together */
};

/* --- telling --- */

static void
describe(const struct host *host, const struct host_connection *connection,
    struct identify *ret)
{
	struct multiaddr addresses[IDENTIFY_LISTEN_MAX];
	const struct service *service;
	size_t count, i;

	identify_init(ret);
	ret->public_key_len = host->identity->identity_key_len;
	memcpy(
	    ret->public_key, host->identity->identity_key, ret->public_key_len);
	/* Loopback addresses are of use only to who is on this machine. */
	count = host_addresses(host, address_is_local(&connection->address),
	    addresses, IDENTIFY_LISTEN_MAX);
	for (i = 0; i < count; i++)
		identify_add_address(ret, &addresses[i]);
	TAILQ_FOREACH (service, &host->services, entry)
		identify_add_protocol(ret, service->protocol);
	ret->observed = connection->address;
	strncpy(ret->agent, host->agent, sizeof(ret->agent) - 1);
	strncpy(ret->protocol_version, host->protocol_version,
	    sizeof(ret->protocol_version) - 1);
}

static void
tell(struct stream *stream, const struct host *host,
    const struct host_connection *connection)
{
	struct identify identify;
	struct buffer message;

	buffer_init(&message, IDENTIFY_MESSAGE_MAX);
	describe(host, connection, &identify);
	if (identify_encode(&identify, &message) < 0 ||
	    stream_write(stream, buffer_bytes(&message)) < 0)
		stream_reset(stream);
	else
		stream_finish(stream); /* go waits for the end */
	buffer_fini(&message);
	identify_fini(&identify);
}

static const struct stream_handler telling = { .on_data = NULL };

/* Any of its connections: all that matters is how it sees us. */
static struct host_connection *
host_connection_of_stream(struct host *host, struct stream *stream)
{
	struct host_peer *peer = host_find_peer(host, stream_peer(stream));

	return peer != NULL ? host_peer_connection(peer) : NULL;
}

static void
on_identify_asked(struct host *host, struct stream *stream, void *arg)
{
	struct host_connection *connection =
	    host_connection_of_stream(host, stream);

	(void)arg;
	stream_set_handler(stream, &telling, NULL);
	if (connection == NULL)
		stream_reset(stream);
	else
		tell(stream, host, connection);
}

/* --- hearing --- */

/* A message on its way to us, in parts. */
struct hearing {
	struct host *host;
	struct identify identify;
	unsigned int parts;
};

static void
learn_addresses(struct host_peer *peer, struct host *host)
{
	const struct identify *identify = &peer->identify;
	struct host_connection *connection = host_peer_connection(peer);
	size_t i;

	for (i = 0; connection != NULL && i < identify->listen_count; i++) {
		/* A zone names an interface of the teller. */
		if (identify->listen[i].data[0] == MULTIADDR_IP6ZONE)
			continue;
		/* Its loopback is not ours, unless it is on this machine. */
		if (address_is_local(&identify->listen[i]) &&
		    !address_is_local(&connection->address))
			continue;
		host_learn(
		    host, &peer->id, &identify->listen[i], IDENTIFY_LEARN_MS);
	}
}

/* What was heard so far becomes what we know of the peer. */
static void
hearing_apply(struct hearing *hearing, const struct peer_id *id)
{
	const struct identify *heard = &hearing->identify;
	struct host *host = hearing->host;
	struct host_peer *peer = host_find_peer(host, id);
	struct peer_id of_key;
	size_t i;

	if (peer == NULL)
		return;
	if (heard->public_key_len > 0 &&
	    (peer_id_of_public_key(
		 (struct bytes){ heard->public_key, heard->public_key_len },
		 &of_key) < 0 ||
		!peer_id_equal(&of_key, id))) {
		counter_add(&identify_foreign, 1);
		return;
	}
	identify_fini(&peer->identify);
	for (i = 0; i < heard->protocol_count; i++)
		identify_add_protocol(&peer->identify, heard->protocols[i]);
	for (i = 0; i < heard->listen_count; i++)
		identify_add_address(&peer->identify, &heard->listen[i]);
	strcpy(peer->identify.agent, heard->agent);
	peer->is_identified = true;
	learn_addresses(peer, host);
	if (host->observer.on_identified != NULL)
		host->observer.on_identified(host, &peer->id, host->arg);
}

static size_t
hearing_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct hearing *hearing = arg;
	size_t len = 0;
	int rc;

	rc = identify_decode(bytes, &hearing->identify, &len);
	if (rc == IDENTIFY_MORE) {
		stream_resume(stream); /* when more has come */
		return 0;
	}
	if (rc < 0 || ++hearing->parts > IDENTIFY_PARTS_MAX) {
		counter_add(&identify_malformed, 1);
		stream_reset(stream);
		return bytes.len;
	}
	hearing_apply(hearing, stream_peer(stream));
	if (len < bytes.len)
		return len +
		       hearing_on_data(stream,
			   (struct bytes){ bytes.data + len, bytes.len - len },
			   arg);
	return len;
}

static void
hearing_on_end(struct stream *stream, void *arg)
{
	(void)arg;
	stream_finish(stream);
}

static void
hearing_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct hearing *hearing = arg;

	(void)stream;
	(void)end;
	identify_fini(&hearing->identify);
	free(hearing);
}

static void
hear(struct host *host, struct stream *stream)
{
	static const struct stream_handler handler = {
		.on_data = hearing_on_data,
		.on_end = hearing_on_end,
		.on_close = hearing_on_close,
	};
	struct hearing *hearing = xzalloc(sizeof(*hearing));

	hearing->host = host;
	identify_init(&hearing->identify);
	stream_set_handler(stream, &handler, hearing);
}

static void
on_asked_answer(struct stream *stream, int error, void *arg)
{
	(void)stream;
	(void)error;
	(void)arg;
}

static const char *const identify_protocols[] = { PROTOCOL_IDENTIFY };
static const char *const push_protocols[] = { PROTOCOL_PUSH };

void
host_identify_fetch(struct host_connection *connection)
{
	struct stream *stream = connection_open(connection->machine,
	    identify_protocols, 1, true, on_asked_answer, NULL, monotime_now());

	if (stream == NULL)
		return;
	hear(connection->host, stream);
	stream_finish(stream); /* there is nothing to ask with */
}

static void
on_push(struct host *host, struct stream *stream, void *arg)
{
	struct host_peer *peer = host_find_peer(host, stream_peer(stream));

	(void)arg;
	if (peer == NULL ||
	    !token_bucket_take(&peer->pushes, 1, monotime_now())) {
		counter_add(&identify_pushes_refused, 1);
		stream_reset(stream);
		return;
	}
	hear(host, stream);
	stream_finish(stream);
}

/* --- pushing --- */

static void
push_to(struct host *host, struct host_peer *peer)
{
	struct host_connection *connection = host_peer_connection(peer);
	struct stream *stream;

	if (connection == NULL ||
	    !identify_speaks(&peer->identify, PROTOCOL_PUSH))
		return;
	stream = connection_open(connection->machine, push_protocols, 1, true,
	    on_asked_answer, NULL, monotime_now());
	if (stream == NULL)
		return;
	stream_set_handler(stream, &telling, NULL);
	tell(stream, host, connection);
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
	host->push_timer = evtimer_new(host->base, on_push_timer, host);
	if (host->push_timer == NULL)
		die("no memory for a timer");
	host_add_service(host, PROTOCOL_IDENTIFY, on_identify_asked, NULL)
	    ->is_upkeep = true;
	host_add_service(host, PROTOCOL_PUSH, on_push, NULL)->is_upkeep = true;
}
