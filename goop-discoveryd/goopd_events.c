#include "goop-discoveryd/goopd_events.h"

#include <string.h>

#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/presence/presence_fill.h"
#include "goop-discoveryd/peer_events.h"
#include "proto/field_json.h"

enum { GOODBYE_MS = 500 };

/* --- presence out */

static int
publish(struct discovery *discovery, const char *type, int64_t budget_ms,
    pubsub_publish_done_fn *done)
{
	struct publish_request request = {
		.topic = discovery->context->config->topic
	};
	struct presence presence;
	struct buffer text;
	int rc;

	presence_fill(type, walltime_ms(), &discovery->self,
	    &discovery->profile, &presence);
	presence.tag = xstrdup(discovery->tag);
	buffer_init(&text, PRESENCE_GOSSIP_MAX);
	rc = message_encode_json(&presence_gossip_message, &presence, &text);
	if (rc == 0) {
		gossip_filter_sent(discovery->filter, presence.ts_ms);
		request.data =
		    (struct octets){ buffer_bytes(&text).data, text.len };
		ask_pubsub_publish(goopd_session_client(discovery->goopd),
		    &request, budget_ms, done, discovery);
	} else {
		log_error("presence cannot be written: check the profile in "
			  "the configuration");
	}
	buffer_fini(&text);
	presence_fini(&presence);
	return rc;
}

static void
on_published(
    const struct bus_error *error, const struct publish_reply *reply, void *arg)
{
	struct discovery *discovery = arg;

	(void)reply;
	if (error == NULL || discovery->is_stopping)
		return;
	log_debug("presence not published: %s", error->message);
	announce_timer_failed(&discovery->announce_timer, monotime_now());
	discovery_wake(discovery);
}

void
discovery_run_announce(struct discovery *discovery, struct monotime now)
{
	const char *type = announce_timer_next(&discovery->announce_timer, now);

	if (type != NULL)
		publish(discovery, type, GOOPD_PUBLISH_MS, on_published);
}

static void
on_goodbye(
    const struct bus_error *error, const struct publish_reply *reply, void *arg)
{
	(void)error;
	(void)reply;
	discovery_goodbye_done(arg);
}

void
discovery_say_goodbye(struct discovery *discovery)
{
	if (!goopd_session_is_up(discovery->goopd) ||
	    publish(discovery, PRESENCE_OFFLINE, GOODBYE_MS, on_goodbye) < 0)
		discovery_goodbye_done(discovery);
}

/* --- presence in */

static void
hear_gossip(struct discovery *discovery, const struct presence_heard *message,
    struct monotime now)
{
	const struct peer *known =
	    peer_table_find(discovery->table, &message->peer);
	struct peer_heard heard = {
		.source = PEER_GOSSIP,
		.message = message,
		.wall_ms = walltime_ms(),
	};

	/* mDNS reports later changes. */
	if (known == NULL || known->state != PEER_ONLINE)
		heard.is_near = mdns_io_knows(discovery->mdns, &message->peer);
	discovery_hear(discovery, &heard, now);
}

static void
on_message(const struct pubsub_message *message, void *arg)
{
	struct discovery *discovery = arg;
	struct gossip gossip = {
		.author = message->author,
		.seqno = (uint64_t)message->seqno,
		.data = { message->data.data, message->data.len },
	};
	struct monotime now = monotime_now();
	struct presence_heard heard;

	if (strcmp(message->topic, discovery->context->config->topic) != 0)
		return;
	switch (gossip_filter_check(discovery->filter, &gossip, now, &heard)) {
	case PRESENCE_HEARD:
		hear_gossip(discovery, &heard, now);
		presence_heard_fini(&heard);
		discovery_wake(discovery);
		break;
	case PRESENCE_DOUBLE:
		discovery_note_double(discovery);
		break;
	default:
		break;
	}
}

static void
on_subscriber(const struct pubsub_subscriber *subscriber, void *arg)
{
	struct discovery *discovery = arg;

	if (!subscriber->joined ||
	    strcmp(subscriber->topic, discovery->context->config->topic) != 0)
		return;
	announce_timer_newcomer(&discovery->announce_timer, monotime_now());
	discovery_wake(discovery);
}

/* --- connections */

static void
connected(struct discovery *discovery, const char *peer_id)
{
	struct peer_id id;

	if (peer_id_parse(peer_id, &id) < 0)
		return;
	dialer_connected(discovery->dialer, &id);
	peer_table_connected(discovery->table, &id, monotime_now());
}

static void
take_path(struct discovery *discovery, const char *peer_id, const char *way,
    int64_t rtt_us)
{
	struct peer_id id;

	if (peer_id_parse(peer_id, &id) == 0)
		peer_table_set_way(discovery->table, &id, way, rtt_us);
}

static void
on_connected(const char *peer_id, void *arg)
{
	struct discovery *discovery = arg;

	connected(discovery, peer_id);
	discovery_wake(discovery);
}

static void
on_disconnected(const char *peer_id, void *arg)
{
	struct discovery *discovery = arg;
	struct monotime now = monotime_now();
	struct peer_id id;

	if (peer_id_parse(peer_id, &id) < 0)
		return;
	dialer_disconnected(discovery->dialer, &id, now);
	peer_table_disconnected(discovery->table, &id, now);
	discovery_wake(discovery);
}

/* --- goopd itself */

static void
take_self(struct discovery *discovery, const struct identity_reply *identity)
{
	struct peer_id id;

	message_fini(&identity_reply_message, &discovery->self);
	message_copy(&identity_reply_message, identity, &discovery->self);
	if (peer_id_parse(identity->peer_id, &id) < 0) {
		log_error("goopd has no peer id: %s", identity->peer_id);
		return;
	}
	gossip_filter_set_self(discovery->filter, &id);
	if (identity->port > 0 && identity->port <= UINT16_MAX)
		mdns_io_set_self(
		    discovery->mdns, &id, (uint16_t)identity->port);
	discovery_self_changed(discovery);
}

static void
on_up(const struct identity_reply *identity,
    const struct connections_reply *connections, void *arg)
{
	const struct connection_row *rows = connections->rows.items;
	struct discovery *discovery = arg;
	struct monotime now = monotime_now();
	size_t i;

	log_info("goopd is up peer=%s connections=%zu", identity->peer_id,
	    connections->rows.count);
	take_self(discovery, identity);
	dialer_reset(discovery->dialer, now);
	peer_table_grant(discovery->table, now);
	peer_table_forget_ways(discovery->table);
	for (i = 0; i < connections->rows.count; i++) {
		connected(discovery, rows[i].peer_id);
		take_path(
		    discovery, rows[i].peer_id, rows[i].way, rows[i].rtt_us);
	}
	announce_timer_up(&discovery->announce_timer, now);
	rendezvous_client_up(discovery->rendezvous, identity->peer_id, now);
	rendezvous_client_tell_relays(discovery->rendezvous);
	mdns_io_tell_all(discovery->mdns);
	discovery_tell_goopd(discovery);
	discovery_set_status(discovery);
	discovery_wake(discovery);
}

static void
on_down(void *arg)
{
	struct discovery *discovery = arg;

	if (!discovery->is_stopping)
		log_warn("goopd is gone: waiting for it");
	peer_table_forget_ways(discovery->table);
	announce_timer_down(&discovery->announce_timer);
	rendezvous_client_down(discovery->rendezvous);
	discovery_set_status(discovery);
	discovery_wake(discovery);
}

static void
on_addresses(const struct own_addresses *own, void *arg)
{
	struct discovery *discovery = arg;
	struct identity_reply now = discovery->self, identity;

	if (now.peer_id == NULL)
		return;
	now.addresses = own->addresses;
	now.port = own->port;
	if (message_equal(&identity_reply_message, &now, &discovery->self))
		return;
	/* A copy, since what is borrowed is freed on the way. */
	message_copy(&identity_reply_message, &now, &identity);
	take_self(discovery, &identity);
	message_fini(&identity_reply_message, &identity);
}

static void
on_path(const struct peer_path *path, void *arg)
{
	struct discovery *discovery = arg;

	take_path(discovery, path->peer_id, path->way, path->rtt_us);
	discovery_wake(discovery);
}

const struct goopd_session_user discovery_goopd_user = {
	on_up,
	on_down,
	on_message,
	on_subscriber,
	on_connected,
	on_disconnected,
	on_addresses,
	on_path,
};
