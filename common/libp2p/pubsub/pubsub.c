#include "common/libp2p/pubsub/pubsub.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "common/libp2p/pubsub/pubsub_state.h"

COUNTER(pubsub_streams_stalled, "pubsub streams reset: an RPC took too long");

struct pubsub_link *
pubsub_link_find(const struct pubsub *pubsub, const struct peer_id *peer)
{
	struct pubsub_link *link;

	HASH_FIND(hh, pubsub->links, peer, sizeof(*peer), link);
	return link;
}

void
pubsub_drain(struct pubsub *pubsub)
{
	const struct pubsub_observer *observer = pubsub->observer;
	struct gossipsub_event event;

	while (gossipsub_next_event(pubsub->router, &event)) {
		if (!gossipsub_has_joined(pubsub->router, event.topic))
			; /* left meanwhile, maybe by a callback */
		else if (event.type == GOSSIPSUB_DELIVERY)
			observer->on_message(pubsub, event.topic, &event.peer,
			    event.seqno, event.data, pubsub->arg);
		else if (observer->on_subscriber != NULL)
			observer->on_subscriber(pubsub, event.topic,
			    &event.peer, event.type == GOSSIPSUB_SUBSCRIBED,
			    pubsub->arg);
		gossipsub_event_fini(&event);
	}
}

static int
on_sign(struct bytes message, uint8_t signature[64], void *arg)
{
	struct pubsub *pubsub = arg;

	return pubsub->sign(message, signature, pubsub->arg);
}

/* Did we connect to it? The router trusts those peers a bit more. */
static bool
is_outbound(const struct pubsub *pubsub, const struct peer_id *peer)
{
	struct host_peer_row row;

	return host_peer(pubsub->host, peer, &row) && !row.is_inbound;
}

/* Find or make; NULL if the router has no room. */
static struct pubsub_link *
link_get(struct pubsub *pubsub, const struct peer_id *peer)
{
	struct pubsub_link *link = pubsub_link_find(pubsub, peer);

	if (link != NULL)
		return link;
	if (gossipsub_add_peer(pubsub->router, peer, is_outbound(pubsub, peer),
		monotime_now()) != 0)
		return NULL;
	link = xzalloc(sizeof(*link));
	link->pubsub = pubsub;
	link->peer = *peer;
	HASH_ADD(hh, pubsub->links, peer, sizeof(link->peer), link);
	return link;
}

static void
link_drop(struct pubsub_link *link)
{
	struct pubsub *pubsub = link->pubsub;

	if (link->opening != NULL)
		host_cancel(link->opening);
	pubsub_pipe_abandon(&link->in);
	pubsub_pipe_abandon(&link->out);
	gossipsub_remove_peer(pubsub->router, &link->peer);
	HASH_DEL(pubsub->links, link);
	free(link);
}

static void
on_stream(struct host *host, struct stream *stream, void *arg)
{
	struct pubsub_link *link = link_get(arg, stream_peer(stream));

	(void)host;
	if (link == NULL) {
		stream_reset(stream);
		return;
	}
	pubsub_pipe_abandon(
	    &link->in); /* the newer one counts, as in go and js */
	link->in = pubsub_pipe_new(link, stream, &pubsub_in_handler);
	pubsub_link_open(link);
}

void
pubsub_on_identified(struct pubsub *pubsub, const struct peer_id *peer)
{
	static const char js_agent[] = "js-libp2p";
	struct pubsub_link *link;
	size_t i = 0;

	while (i < PUBSUB_PROTOCOL_COUNT &&
	       !host_peer_speaks(pubsub->host, peer, pubsub_protocols[i]))
		i++;
	link = i < PUBSUB_PROTOCOL_COUNT ? link_get(pubsub, peer)
					 : pubsub_link_find(pubsub, peer);
	if (link == NULL)
		return;
	if (strncmp(host_peer_agent(pubsub->host, peer), js_agent,
		sizeof(js_agent) - 1) == 0)
		gossipsub_set_js(pubsub->router, peer);
	pubsub_link_open(link);
}

void
pubsub_on_disconnected(struct pubsub *pubsub, const struct peer_id *peer)
{
	struct pubsub_link *link = pubsub_link_find(pubsub, peer);

	if (link == NULL)
		return;
	link_drop(link);
	pubsub_drain(pubsub);
}

/* --- the service */

static void
link_tick(struct pubsub_link *link, struct monotime now)
{
	struct pubsub_pipe *in = link->in;

	if (in != NULL && in->partial.len > 0 &&
	    monotime_since_ms(now, in->since) > PUBSUB_PARTIAL_MS) {
		counter_add(&pubsub_streams_stalled, 1);
		pubsub_pipe_abandon(&link->in);
	}
	if (link->out == NULL && monotime_reached(now, link->reopen))
		pubsub_link_open(link);
}

static void
on_heartbeat(evutil_socket_t fd, short what, void *arg)
{
	struct pubsub *pubsub = arg;
	struct monotime now = monotime_now();
	struct pubsub_link *link, *next;

	(void)fd;
	(void)what;
	pubsub_count_queued(pubsub);
	HASH_ITER (hh, pubsub->links, link, next)
		link_tick(link, now);
	gossipsub_heartbeat(pubsub->router, now);
	pubsub_drain(pubsub);
}

struct pubsub *
pubsub_new(struct host *host, const struct pubsub_observer *observer,
    pubsub_sign_fn *sign, void *arg)
{
	static const struct timeval period = {
		.tv_sec = GOSSIPSUB_HEARTBEAT_MS / 1000
	};
	struct pubsub *pubsub = xzalloc(sizeof(*pubsub));
	size_t i;

	pubsub->host = host;
	pubsub->observer = observer;
	pubsub->sign = sign;
	pubsub->arg = arg;
	pubsub->router = gossipsub_new(
	    &(struct gossipsub_config){
		.self = *host_self(host),
		/* Nanoseconds, as go: above those of earlier runs. */
		.first_seqno = (uint64_t)walltime_ms() * 1000000,
		.sign = on_sign,
		.send = pubsub_send,
		.arg = pubsub,
	    },
	    monotime_now());
	pubsub->heartbeat =
	    event_new(host_base(host), -1, EV_PERSIST, on_heartbeat, pubsub);
	event_add(pubsub->heartbeat, &period);
	for (i = 0; i < PUBSUB_PROTOCOL_COUNT; i++)
		host_serve(host, pubsub_protocols[i], on_stream, pubsub);
	return pubsub;
}

void
pubsub_free(struct pubsub *pubsub)
{
	struct pubsub_link *link, *next;

	if (pubsub == NULL)
		return;
	event_free(pubsub->heartbeat);
	HASH_ITER (hh, pubsub->links, link, next)
		link_drop(link);
	gossipsub_free(pubsub->router);
	free(pubsub);
}

void
pubsub_join(struct pubsub *pubsub, const char *topic)
{
	if (gossipsub_join(pubsub->router, topic) != 0)
		bug("pubsub: cannot join \"%s\"", topic);
	pubsub_drain(pubsub);
}

void
pubsub_leave(struct pubsub *pubsub, const char *topic)
{
	gossipsub_leave(pubsub->router, topic, monotime_now());
}

int
pubsub_publish(struct pubsub *pubsub, const char *topic, struct bytes data,
    size_t *ret_peers)
{
	size_t peers;
	int rc;

	rc = gossipsub_publish(
	    pubsub->router, topic, data, monotime_now(), &peers);
	if (rc == 0 && ret_peers != NULL)
		*ret_peers = peers;
	return rc;
}

const struct gossipsub *
pubsub_router(const struct pubsub *pubsub)
{
	return pubsub->router;
}
