#include "goopd/host_events.h"

#include <stdlib.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/bus/goopd_bus.h"
#include "goopd/goopd_state.h"

COUNTER(pubsub_not_passed_on, "pubsub messages too large for the bus");

static void
on_connected(struct host *host, const struct peer_id *peer,
    const struct multiaddr *address, bool is_inbound, void *arg)
{
	struct goopd *goopd = arg;
	char id[PEER_ID_TEXT_SIZE], text[MULTIADDR_TEXT_SIZE];
	struct peer_connected event = { id, text, is_inbound };

	(void)host;
	peer_id_print(peer, id);
	multiaddr_print(address, text);
	goopd->peers++;
	goopd_show_status(goopd);
	publish_peer_connected(goopd->context->server, &event);
}

/* goop-discoveryd shows how a peer is connected. */
static void
tell_path(struct goopd *goopd, const struct peer_id *peer)
{
	char id[PEER_ID_TEXT_SIZE];
	struct peer_path event = { .peer_id = id };
	struct host_path path;

	if (goopd->pubsub == NULL)
		return; /* it stops */
	peer_id_print(peer, id);
	if (host_best_path(goopd->host, peer, &path)) {
		event.way = reach_way(&path);
		event.rtt_us = path.rtt_us > 0 ? path.rtt_us : 0;
	}
	publish_peer_path(goopd->context->server, &event);
}

static void
on_path(struct host *host, const struct peer_id *peer,
    const struct host_path *path, bool is_up, void *arg)
{
	(void)host;
	(void)path;
	(void)is_up;
	tell_path(arg, peer);
}

static void
on_identified(struct host *host, const struct peer_id *peer, void *arg)
{
	struct goopd *goopd = arg;

	(void)host;
	pubsub_on_identified(goopd->pubsub, peer);
	reach_on_identified(goopd->reach, peer);
	tell_path(goopd, peer); /* its round trip is measured by now */
}

static void
on_disconnected(struct host *host, const struct peer_id *peer, void *arg)
{
	struct goopd *goopd = arg;
	char id[PEER_ID_TEXT_SIZE];
	struct peer_ref event = { id };

	(void)host;
	if (goopd->pubsub != NULL)
		pubsub_on_disconnected(goopd->pubsub, peer);
	if (goopd->pubsub != NULL)
		reach_on_disconnected(goopd->reach, peer);
	peer_id_print(peer, id);
	goopd->peers--;
	goopd_show_status(goopd);
	publish_peer_disconnected(goopd->context->server, &event);
}

static void
on_addresses(struct host *host, void *arg)
{
	struct goopd *goopd = arg;
	struct own_addresses event = { .port = host_port(host) };

	if (goopd->reach != NULL)
		reach_on_addresses(goopd->reach);
	goopd_addresses(goopd, &event.addresses);
	goopd_show_status(goopd);
	log_info("own addresses changed count=%zu", event.addresses.count);
	publish_own_addresses(goopd->context->server, &event);
	message_fini(&own_addresses_message, &event);
}

const struct host_observer goopd_host_observer = {
	.on_connected = on_connected,
	.on_identified = on_identified,
	.on_disconnected = on_disconnected,
	.on_path = on_path,
	.on_addresses = on_addresses,
};

static void
on_message(struct pubsub *pubsub, const char *topic,
    const struct peer_id *author, uint64_t seqno, struct bytes data, void *arg)
{
	struct goopd *goopd = arg;
	char id[PEER_ID_TEXT_SIZE];
	struct pubsub_message event = {
		.topic = topic,
		.author = id,
		.seqno = (int64_t)(seqno & INT64_MAX),
		.data = { data.data, data.len },
	};

	(void)pubsub;
	if (data.len > GOOP_PUBSUB_DATA_MAX) {
		counter_add(&pubsub_not_passed_on, 1);
		return;
	}
	peer_id_print(author, id);
	publish_pubsub_message(goopd->context->server, &event);
}

static void
on_subscriber(struct pubsub *pubsub, const char *topic,
    const struct peer_id *peer, bool joined, void *arg)
{
	struct goopd *goopd = arg;
	char id[PEER_ID_TEXT_SIZE];
	struct pubsub_subscriber event = { topic, id, joined };

	(void)pubsub;
	peer_id_print(peer, id);
	publish_pubsub_subscriber(goopd->context->server, &event);
}

const struct pubsub_observer goopd_pubsub_observer = {
	.on_message = on_message,
	.on_subscriber = on_subscriber,
};
