#include "common/libp2p/mdns/mdns.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "common/base/xalloc.h"
#include "common/libp2p/mdns/mdns_responder.h"

COUNTER(mdns_packets_malformed, "mDNS packets that could not be read");
COUNTER(mdns_packets_off_interface,
    "mDNS packets from interfaces that are not ours");
COUNTER(mdns_answers_suppressed, "mDNS answers that the querier already had");
COUNTER(mdns_responses_off_port,
    "mDNS answers from another port than 5353, which are ignored");
COUNTER(mdns_legacy_answered, "mDNS answers to one asker");
COUNTER(mdns_legacy_over_rate, "mDNS questions of one asker: too many");
COUNTER(mdns_addresses_refused, "impossible addresses in mDNS packets");

struct mdns {
	struct mdns_service *service;
	const struct mdns_user *user;
	void *arg;
	struct peer_id self; /* len 0: not known yet */
	uint16_t port;
	struct mdns_responder responders[MDNS_INTERFACES_MAX];
	size_t count;
	struct mdns_peers *peers;
	struct mdns_packet
	    packet; /* scratch for reading; too large for the stack */
};

static void
mdns_on_lost(const struct peer_id *peer, void *arg)
{
	struct mdns *mdns = arg;

	mdns->user->on_lost(peer, mdns->arg);
}

int
mdns_new(
    const char *tag, const struct mdns_user *user, void *arg, struct mdns **ret)
{
	struct mdns_service *service;
	struct mdns *mdns;
	int rc;

	rc = mdns_service_new(tag, &service);
	if (rc < 0)
		return rc;
	mdns = xzalloc(sizeof(*mdns));
	mdns->service = service;
	mdns->user = user;
	mdns->arg = arg;
	mdns->peers = mdns_peers_new(mdns_on_lost, mdns);
	*ret = mdns;
	return 0;
}

void
mdns_free(struct mdns *mdns)
{
	if (mdns == NULL)
		return;
	mdns_peers_free(mdns->peers);
	mdns_service_free(mdns->service);
	free(mdns);
}

/* --- sending */

static void
mdns_send(struct mdns *mdns, const struct mdns_responder *responder,
    const uint8_t *packet, int len)
{
	if (len < 0) /* our own names and limits: should not happen */
		log_warn("mdns packet not sent: %s", strerror(-len));
	else
		mdns->user->send(responder->interface.index,
		    (struct bytes){ packet, (size_t)len }, mdns->arg);
}

static void
mdns_say_self(
    struct mdns *mdns, struct mdns_responder *responder, uint32_t ttl_s)
{
	struct mdns_address addresses[MDNS_OWN_ADDRESSES_MAX];
	uint8_t packet[MDNS_PACKET_OUT_MAX];
	struct mdns_self self = {
		.label = responder->label,
		.peer = &mdns->self,
		.port = mdns->port,
		.addresses = addresses,
		.ttl_s = ttl_s,
	};

	self.count = mdns_interface_announced(
	    &responder->interface, addresses, MDNS_OWN_ADDRESSES_MAX);
	if (mdns->self.len == 0 || self.count == 0)
		return;
	responder->is_announced = ttl_s > 0;
	mdns_send(mdns, responder, packet,
	    mdns_self_encode(mdns->service, &self, packet));
}

static void
mdns_say_goodbye(struct mdns *mdns, struct mdns_responder *responder)
{
	if (responder->is_announced)
		mdns_say_self(mdns, responder, 0);
}

static void
mdns_responder_restart(
    struct mdns *mdns, struct mdns_responder *responder, struct monotime now)
{
	mdns_say_goodbye(mdns, responder);
	mdns_responder_rename(responder);
	mdns_responder_start(responder, now);
}

void
mdns_set_self(struct mdns *mdns, const struct peer_id *peer, uint16_t port,
    struct monotime now)
{
	size_t i;

	if (peer_id_equal(&mdns->self, peer) && mdns->port == port)
		return;
	for (i = 0; i < mdns->count; i++)
		mdns_say_goodbye(mdns, &mdns->responders[i]);
	mdns->self = *peer;
	mdns->port = port;
	mdns_restart(mdns, now);
}

/* --- interfaces */

static struct mdns_responder *
mdns_responder_find(struct mdns *mdns, unsigned int index)
{
	size_t i;

	for (i = 0; i < mdns->count; i++)
		if (mdns->responders[i].interface.index == index)
			return &mdns->responders[i];
	return NULL;
}

static void
mdns_drop_gone(
    struct mdns *mdns, const struct mdns_interface *interfaces, size_t count)
{
	size_t i = 0, j;

	while (i < mdns->count) {
		unsigned int index = mdns->responders[i].interface.index;

		for (j = 0; j < count; j++)
			if (interfaces[j].index == index)
				break;
		if (j < count) {
			i++;
			continue;
		}
		mdns->responders[i] = mdns->responders[--mdns->count];
		mdns_peers_drop_interface(mdns->peers, index);
	}
}

static void
mdns_add_interface(struct mdns *mdns, const struct mdns_interface *interface,
    struct monotime now)
{
	struct mdns_responder *responder;

	if (mdns->count == MDNS_INTERFACES_MAX)
		return;
	responder = &mdns->responders[mdns->count++];
	memset(responder, 0, sizeof(*responder));
	responder->interface = *interface;
	responder->said = monotime_add_ms(now, -MDNS_ANSWER_GAP_MS);
	token_bucket_init(
	    &responder->legacy, MDNS_LEGACY_BURST, MDNS_LEGACY_PER_SECOND, now);
	mdns_responder_rename(responder);
	mdns_responder_start(responder, now);
}

void
mdns_set_interfaces(struct mdns *mdns, const struct mdns_interface *interfaces,
    size_t count, struct monotime now)
{
	struct mdns_responder *responder;
	struct monotime again;
	size_t i;

	mdns_drop_gone(mdns, interfaces, count);
	for (i = 0; i < count; i++) {
		responder = mdns_responder_find(mdns, interfaces[i].index);
		if (responder == NULL) {
			mdns_add_interface(mdns, &interfaces[i], now);
		} else if (!mdns_interface_same(
			       &responder->interface, &interfaces[i])) {
			mdns_say_goodbye(mdns, responder);
			responder->is_announced = false;
			responder->interface = interfaces[i];
			mdns_responder_restart(mdns, responder, now);
		} else if (responder->query_gap_ms > 0) { /* it has begun */
			/* It may be another network with the same address; but
			 * flapping interfaces must not cause a burst of
			 * packets. */
			again = monotime_add_ms(
			    responder->started, MDNS_RESTART_GAP_MS);
			mdns_responder_start(responder,
			    monotime_reached(now, again) ? now : again);
		}
	}
}

void
mdns_restart(struct mdns *mdns, struct monotime now)
{
	size_t i;

	for (i = 0; i < mdns->count; i++)
		mdns_responder_restart(mdns, &mdns->responders[i], now);
}

/* --- timers */

/* 0 s, 1 s, 5 s, 13 s, 29 s, ... then once a minute; a little apart, so that
 * machines that started together do not stay in step. */
static void
mdns_run_query(
    struct mdns *mdns, struct mdns_responder *responder, struct monotime now)
{
	uint8_t packet[MDNS_PACKET_OUT_MAX];
	int64_t gap = responder->query_gap_ms;

	gap = gap == 0 ? 1000 : gap == 1000 ? 4000 : gap * 2;
	if (gap > MDNS_GAP_MAX_MS)
		gap = MDNS_GAP_MAX_MS;
	responder->query_gap_ms = gap;
	responder->query_id = (uint16_t)random_below(UINT16_MAX + 1);
	responder->query_at = monotime_add_ms(
	    now, gap - gap / 16 + random_below((uint32_t)gap / 8));
	mdns_send(mdns, responder, packet,
	    mdns_query_encode(mdns->service, responder->query_id, packet));
}

static void
mdns_run_announce(
    struct mdns *mdns, struct mdns_responder *responder, struct monotime now)
{
	int64_t gap = responder->announce_gap_ms == 0 ? 1000 : MDNS_GAP_MAX_MS;

	responder->announce_gap_ms = gap;
	responder->announce_at = monotime_add_ms(now, gap);
	responder->said = now;
	responder->owes &=
	    ~(unsigned int)MDNS_OWES_SELF; /* this is an answer, too */
	if (responder->owes == 0)
		responder->answer_at = MONOTIME_NEVER;
	mdns_say_self(mdns, responder, MDNS_TTL_S);
}

static void
mdns_run_answer(
    struct mdns *mdns, struct mdns_responder *responder, struct monotime now)
{
	uint8_t packet[MDNS_PACKET_OUT_MAX];

	if (responder->owes & MDNS_OWES_SELF)
		mdns_say_self(mdns, responder, MDNS_TTL_S);
	if (responder->owes & MDNS_OWES_META)
		mdns_send(mdns, responder, packet,
		    mdns_meta_encode(mdns->service, NULL, packet));
	responder->said = now;
	responder->owes = 0;
	responder->answer_at = MONOTIME_NEVER;
}

void
mdns_run(struct mdns *mdns, struct monotime now)
{
	struct mdns_responder *responder;
	size_t i;

	for (i = 0; i < mdns->count; i++) {
		responder = &mdns->responders[i];
		if (monotime_reached(now, responder->query_at))
			mdns_run_query(mdns, responder, now);
		if (monotime_reached(now, responder->announce_at))
			mdns_run_announce(mdns, responder, now);
		if (monotime_reached(now, responder->answer_at))
			mdns_run_answer(mdns, responder, now);
	}
	mdns_peers_expire(mdns->peers, now);
}

struct monotime
mdns_deadline(const struct mdns *mdns)
{
	struct monotime deadline = mdns_peers_deadline(mdns->peers);
	size_t i;

	for (i = 0; i < mdns->count; i++) {
		const struct mdns_responder *responder = &mdns->responders[i];

		deadline = monotime_min(deadline, responder->query_at);
		deadline = monotime_min(deadline, responder->announce_at);
		deadline = monotime_min(deadline, responder->answer_at);
	}
	return deadline;
}

void
mdns_stop(struct mdns *mdns)
{
	size_t i;

	for (i = 0; i < mdns->count; i++)
		mdns_say_goodbye(mdns, &mdns->responders[i]);
	mdns->count = 0;
}

/* --- receiving */

static bool
mdns_is_ours(const struct mdns *mdns, const struct mdns_address *source)
{
	size_t i;

	for (i = 0; i < mdns->count; i++)
		if (mdns_interface_has(&mdns->responders[i].interface, source))
			return true;
	return mdns_address_is_loopback(source);
}

/* Does the querier already know us, for at least half of the TTL (RFC 6762
 * section 7.1)? */
static bool
mdns_is_known(const struct mdns *mdns, const struct mdns_responder *responder)
{
	const struct mdns_packet *packet = &mdns->packet;
	size_t i;

	for (i = 0; i < packet->count; i++)
		if (strcmp(packet->instances[i].label, responder->label) == 0 &&
		    packet->instances[i].ttl_s >= MDNS_TTL_S / 2)
			return true;
	return false;
}

static void
mdns_hear_questions(struct mdns *mdns, struct mdns_responder *responder,
    const struct mdns_address *source, struct monotime now)
{
	const struct mdns_packet *packet = &mdns->packet;
	bool asks_us = packet->asks_service ||
		       strcmp(packet->asked_label, responder->label) == 0;

	if (mdns->self.len == 0 || responder->interface.count == 0)
		return;
	if (packet->id == responder->query_id && mdns_is_ours(mdns, source))
		return;
	if (asks_us && mdns_is_known(mdns, responder))
		counter_add(&mdns_answers_suppressed, 1);
	else if (asks_us)
		mdns_responder_owe(responder, MDNS_OWES_SELF, now);
	if (packet->asks_meta)
		mdns_responder_owe(responder, MDNS_OWES_META, now);
}

static int
mdns_legacy_encode(struct mdns *mdns, const struct mdns_responder *responder,
    const struct mdns_question *question, uint8_t out[MDNS_PACKET_OUT_MAX])
{
	struct mdns_address addresses[MDNS_OWN_ADDRESSES_MAX];
	struct mdns_self self = {
		.label = responder->label,
		.peer = &mdns->self,
		.port = mdns->port,
		.addresses = addresses,
		.ttl_s = MDNS_TTL_LEGACY_S,
		.question = question,
	};

	if (question->about == MDNS_ASKS_META)
		return mdns_meta_encode(mdns->service, question, out);
	self.count = mdns_interface_announced(
	    &responder->interface, addresses, MDNS_OWN_ADDRESSES_MAX);
	return mdns_self_encode(mdns->service, &self, out);
}

/* The asker is a simple resolver, and hears nothing that is sent to the group
 * (RFC 6762 section 6.7). */
static void
mdns_hear_legacy(struct mdns *mdns, struct mdns_responder *responder,
    const struct mdns_address *source, struct monotime now)
{
	const struct mdns_packet *asked = &mdns->packet;
	struct mdns_question question = {
		.id = asked->id,
		.type = asked->asked_type,
		.about = asked->asks_service ? MDNS_ASKS_SERVICE
			 : asked->asks_meta  ? MDNS_ASKS_META
					     : MDNS_ASKS_LABEL,
	};
	uint8_t packet[MDNS_PACKET_OUT_MAX];
	int len;

	if (mdns->self.len == 0 || responder->interface.count == 0 ||
	    (question.about == MDNS_ASKS_LABEL &&
		strcmp(asked->asked_label, responder->label) != 0))
		return;
	if (!token_bucket_take(&responder->legacy, 1, now)) {
		counter_add(&mdns_legacy_over_rate, 1);
		return;
	}
	len = mdns_legacy_encode(mdns, responder, &question, packet);
	if (len < 0)
		return;
	counter_add(&mdns_legacy_answered, 1);
	mdns->user->answer(responder->interface.index, source,
	    (struct bytes){ packet, (size_t)len }, mdns->arg);
}

static void
mdns_report(unsigned int interface, const struct peer_id *peer,
    const struct mdns_address *addresses, size_t count, void *arg)
{
	struct mdns *mdns = arg;
	struct mdns_found found = {
		.peer = *peer,
		.interface = interface,
		.addresses = addresses,
		.count = count,
	};

	mdns->user->on_found(&found, mdns->arg);
}

/* Loopback addresses are valid only from this machine. */
static void
mdns_filter_loopback(struct mdns_instance *instance)
{
	size_t i, kept = 0;

	for (i = 0; i < instance->count; i++) {
		if (mdns_address_is_loopback(&instance->addresses[i]))
			counter_add(&mdns_addresses_refused, 1);
		else
			instance->addresses[kept++] = instance->addresses[i];
	}
	instance->count = kept;
}

static bool
mdns_is_echo(const struct mdns *mdns, const char *label)
{
	size_t i;

	for (i = 0; i < mdns->count; i++)
		if (strcmp(mdns->responders[i].label, label) == 0 ||
		    strcmp(mdns->responders[i].old_label, label) == 0)
			return true;
	return false;
}

static void
mdns_hear_instance(struct mdns *mdns, struct mdns_responder *responder,
    const struct mdns_address *source, struct mdns_instance *instance,
    struct monotime now)
{
	bool from_here = mdns_is_ours(mdns, source);
	struct mdns_heard heard = { responder->interface.index, instance };

	if (mdns_is_echo(mdns, instance->label))
		return;
	if (instance->ttl_s == 0) {
		mdns_peers_bye(
		    mdns->peers, responder->interface.index, instance->label);
		return;
	}
	if (instance->peer.len == 0)
		return;
	if (peer_id_equal(&instance->peer, &mdns->self)) {
		mdns->user->on_double(source, mdns->arg);
		return;
	}
	if (!from_here)
		mdns_filter_loopback(instance);
	if (instance->count > 0 && mdns_peers_hear(mdns->peers, &heard, now))
		mdns_report(responder->interface.index, &instance->peer,
		    instance->addresses, instance->count, mdns);
}

void
mdns_hear(struct mdns *mdns, unsigned int interface,
    const struct mdns_address *source, struct bytes wire, struct monotime now)
{
	struct mdns_responder *responder = mdns_responder_find(mdns, interface);
	size_t i;

	if (responder == NULL) {
		counter_add(&mdns_packets_off_interface, 1);
		return;
	}
	if (mdns_packet_decode(mdns->service, wire, &mdns->packet) < 0) {
		counter_add(&mdns_packets_malformed, 1);
		return;
	}
	if (source->port != MDNS_PORT) { /* any program may have that port */
		if (mdns->packet.is_response)
			counter_add(&mdns_responses_off_port, 1);
		else
			mdns_hear_legacy(mdns, responder, source, now);
		return;
	}
	mdns_hear_questions(mdns, responder, source, now);
	for (i = 0; i < mdns->packet.count; i++)
		mdns_hear_instance(
		    mdns, responder, source, &mdns->packet.instances[i], now);
}

void
mdns_tell_all(struct mdns *mdns)
{
	mdns_peers_each(mdns->peers, mdns_report, mdns);
}

bool
mdns_knows(const struct mdns *mdns, const struct peer_id *id)
{
	return mdns_peers_knows(mdns->peers, id);
}

size_t
mdns_peer_count(const struct mdns *mdns)
{
	return mdns_peers_count(mdns->peers);
}
