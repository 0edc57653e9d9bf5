#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/libp2p/mdns/mdns_packet.h"
#include "goop-discoveryd/discovery.h"
#include "common/presence/presence_addresses.h"

#define LABEL_DEFAULT "hello" /* goop-protocols 1.3 */

/* --- presence out */

const char *
discovery_label(const struct discovery *discovery)
{
	const char *label = discovery->profile.label;

	return label != NULL && *label != '\0' ? label : LABEL_DEFAULT;
}

/* The original leaves out what is empty. */
static const char *
unless_empty(const char *text)
{
	return text != NULL && *text != '\0' ? text : NULL;
}

/* The members are borrowed; addresses belongs to the caller. */
static void
presence_fill(const struct discovery *discovery, const char *type,
    const struct strings *addresses, struct presence *ret)
{
	const struct self_profile *profile = &discovery->profile;

	*ret = (struct presence){
		.type = type,
		.peer_id = discovery->self.peer_id,
		.ts_ms = walltime_ms(),
	};
	if (strcmp(type, PRESENCE_OFFLINE) == 0)
		return;
	ret->content = discovery_label(discovery);
	ret->email = unless_empty(profile->email);
	ret->video_disabled = profile->video_disabled;
	ret->active_template = unless_empty(profile->active_template);
	ret->addrs = *addresses;
	ret->client_version = GOOP_VERSION;
}

static int
discovery_publish(struct discovery *discovery, const char *type,
    int64_t budget_ms, pubsub_publish_done_fn *done)
{
	struct strings addresses = { NULL, 0 };
	struct presence presence;
	struct buffer text;
	struct peer_id self;
	int rc;

	strings_copy(&discovery->self.addresses, &addresses);
	if (peer_id_parse(discovery->self.peer_id, &self) == 0)
		presence_addresses_filter(
		    &addresses, &self, PRESENCE_ADDRESSES_DIAL);
	presence_fill(discovery, type, &addresses, &presence);
	buffer_init(&text, PRESENCE_GOSSIP_MAX);
	rc = message_encode_json(&presence_gossip_message, &presence, &text);
	if (rc == 0) {
		gossip_filter_sent(discovery->guard, presence.ts_ms);
		goopd_session_publish(discovery->goopd, buffer_bytes(&text),
		    budget_ms, done, discovery);
	} else {
		log_error("presence cannot be written: check the profile in "
			  "the configuration");
	}
	buffer_fini(&text);
	strings_free(&addresses);
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
discovery_run_announce_timer(struct discovery *discovery, struct monotime now)
{
	const char *type = announce_timer_next(&discovery->announce_timer, now);

	if (type != NULL)
		discovery_publish(
		    discovery, type, GOOPD_PUBLISH_MS, on_published);
}

static void
on_goodbye(
    const struct bus_error *error, const struct publish_reply *reply, void *arg)
{
	(void)error;
	(void)reply;
	discovery_goodbye_said(arg);
}

void
discovery_say_goodbye(struct discovery *discovery)
{
	if (!goopd_session_is_up(discovery->goopd) ||
	    discovery_publish(discovery, PRESENCE_OFFLINE, DISCOVERY_GOODBYE_MS,
		on_goodbye) < 0)
		discovery_goodbye_said(discovery);
}

/* --- presence in */

void
discovery_hear(struct discovery *discovery, const struct peer_heard *heard,
    struct monotime now)
{
	const struct presence_heard *message = heard->message;
	const struct peer *peer;
	bool is_online;

	if (peer_table_hear(discovery->table, heard, now) == PEER_TABLE_FULL)
		return;
	peer = peer_table_find(discovery->table, &message->peer);
	is_online = peer != NULL && peer->state == PEER_ONLINE;
	if (!is_online)
		dialer_unwant(discovery->dialer, &message->peer);
	else if (!presence_is(&message->presence, PRESENCE_OFFLINE))
		dialer_want(discovery->dialer, &message->peer, now);
}

static void
discovery_hear_gossip(struct discovery *discovery,
    const struct presence_heard *message, struct monotime now)
{
	const struct peer *known =
	    peer_table_find(discovery->table, &message->peer);
	struct peer_heard heard = {
		.source = PEER_GOSSIP,
		.message = message,
		.wall_ms = walltime_ms(),
	};

	/* Later changes are told by mDNS. */
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
	switch (gossip_filter_check(discovery->guard, &gossip, now, &heard)) {
	case PRESENCE_HEARD:
		discovery_hear_gossip(discovery, &heard, now);
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
discovery_connected(struct discovery *discovery, const char *peer_id)
{
	struct peer_id id;

	if (peer_id_parse(peer_id, &id) < 0)
		return;
	dialer_connected(discovery->dialer, &id);
	peer_table_connected(discovery->table, &id, monotime_now());
}

static void
on_connected(const char *peer_id, void *arg)
{
	struct discovery *discovery = arg;

	discovery_connected(discovery, peer_id);
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
discovery_take_self(
    struct discovery *discovery, const struct identity_reply *identity)
{
	struct peer_id id;

	message_fini(&identity_reply_message, &discovery->self);
	message_copy(&identity_reply_message, identity, &discovery->self);
	if (peer_id_parse(identity->peer_id, &id) < 0) {
		log_error("goopd has no peer id: %s", identity->peer_id);
		return;
	}
	gossip_filter_set_self(discovery->guard, &id);
	if (identity->port > 0 && identity->port <= UINT16_MAX)
		mdns_io_set_self(
		    discovery->mdns, &id, (uint16_t)identity->port);
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
	discovery_take_self(discovery, identity);
	dialer_reset(discovery->dialer, now);
	peer_table_grant(discovery->table, now);
	for (i = 0; i < connections->rows.count; i++)
		discovery_connected(discovery, rows[i].peer_id);
	announce_timer_up(&discovery->announce_timer, now);
	rendezvous_client_up(discovery->wan, identity->peer_id, now);
	mdns_io_tell_all(discovery->mdns);
	discovery_teach_emails(discovery);
	discovery_set_status(discovery);
	discovery_wake(discovery);
}

static void
on_down(void *arg)
{
	struct discovery *discovery = arg;

	if (!discovery->is_stopping)
		log_warn("goopd is gone: waiting for it");
	announce_timer_down(&discovery->announce_timer);
	rendezvous_client_down(discovery->wan);
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
	discovery_take_self(discovery, &identity);
	message_fini(&identity_reply_message, &identity);
	announce_timer_changed(&discovery->announce_timer, monotime_now());
	rendezvous_client_changed(discovery->wan, monotime_now());
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
};
