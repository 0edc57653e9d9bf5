/*
 * mdns: finds libp2p nodes on the interfaces of this machine and announces this
 * one, as go-libp2p and js-libp2p do over multicast DNS. A machine without I/O:
 * the caller brings interfaces, packets and the clock, and sends.
 *
 * A peer that was found is unauthenticated until a connection proves its id.
 */
#ifndef COMMON_LIBP2P_MDNS_MDNS_H
#define COMMON_LIBP2P_MDNS_MDNS_H

#include "common/libp2p/mdns/mdns_interface.h"
#include "common/libp2p/mdns/mdns_peers.h"

enum {
	MDNS_INTERFACES_MAX = 32,
	MDNS_JITTER_MS = 250,      /* before the first packet on an interface */
	MDNS_GAP_MAX_MS = 60000,   /* longest, between two queries */
	MDNS_ANSWER_GAP_MS = 1000, /* RFC 6762 section 6: once a second */
	MDNS_ANSWER_DELAY_MIN_MS = 20,
	MDNS_ANSWER_DELAY_MAX_MS = 120,
	MDNS_LEGACY_BURST = 10, /* answers to single askers at once, and then */
	MDNS_LEGACY_PER_SECOND = 5, /* so many: their address may be forged */
	MDNS_RESTART_GAP_MS =
	    3000, /* of an interface on which nothing changed */
};

/* A peer was found. interface: the zone of its link-local addresses. */
struct mdns_found {
	struct peer_id peer;
	unsigned int interface;
	const struct mdns_address *addresses;
	size_t count;
};

struct mdns_user {
	/* Send to the groups of both families on an interface. */
	void (*send)(unsigned int interface, struct bytes packet, void *arg);
	/* Send to one asker there. */
	void (*answer)(unsigned int interface, const struct mdns_address *to,
	    struct bytes packet, void *arg);
	/* New, changed, or found again after a while. */
	void (*on_found)(const struct mdns_found *, void *arg);
	mdns_lost_fn *on_lost;
	/* Another machine announces our own peer id: its key is a copy. */
	void (*on_double)(const struct mdns_address *source, void *arg);
};

struct mdns;

/* tag: the service is TAG.local. 0, or -EINVAL: no DNS name fits the tag. */
int mdns_new(
    const char *tag, const struct mdns_user *, void *arg, struct mdns **ret);
void mdns_free(struct mdns *);

/* Our peer id and port; before that nothing is announced. */
void mdns_set_self(
    struct mdns *, const struct peer_id *, uint16_t port, struct monotime now);

/* The present interfaces. Those that changed start over: goodbye for the old
 * name, a new name, query, announcement; the others query again. */
void mdns_set_interfaces(struct mdns *, const struct mdns_interface *,
    size_t count, struct monotime now);

/* Start over on every interface, after a suspend. */
void mdns_restart(struct mdns *, struct monotime now);

/* A packet sent to the group on an interface. */
void mdns_hear(struct mdns *, unsigned int interface,
    const struct mdns_address *source, struct bytes packet,
    struct monotime now);

/* Send what is due; returns when to call again. */
void mdns_run(struct mdns *, struct monotime now);
struct monotime mdns_deadline(const struct mdns *);

/* Report all peers to on_found again, to a caller that restarted. */
void mdns_tell_all(struct mdns *);

/* Goodbye on every interface. */
void mdns_stop(struct mdns *);

/* Has the peer been heard on any interface? */
bool mdns_knows(const struct mdns *, const struct peer_id *);

size_t mdns_peer_count(const struct mdns *); /* heard, interface by interface */

#endif
