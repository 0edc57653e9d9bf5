/*
 * mdns_peers: which peer was heard on which interface, at which addresses,
 * until when. Its content is unauthenticated: any machine on the LAN can send
 * it. When it is full, the peer not heard for longest is dropped, so that a
 * flood cannot keep new peers out.
 */
#ifndef COMMON_LIBP2P_MDNS_MDNS_PEERS_H
#define COMMON_LIBP2P_MDNS_MDNS_PEERS_H

#include "common/base/monotime.h"
#include "common/libp2p/mdns/mdns_packet.h"

enum {
	MDNS_PEERS_MAX = 1024,
	MDNS_PEER_TTL_MIN_S = 10,
	MDNS_PEER_TTL_MAX_S = 4500, /* RFC 6762 section 10: 75 minutes */
	MDNS_TELL_AGAIN_MS =
	    30000, /* reported again, even if nothing changed */
};

struct mdns_heard {
	unsigned int interface;
	const struct mdns_instance *instance; /* peer.len > 0, ttl_s > 0 */
};

struct mdns_peers;

/* A peer that is no longer known on any interface. */
typedef void mdns_lost_fn(const struct peer_id *, void *arg);
/* One entry: its addresses and its interface. */
typedef void mdns_each_fn(unsigned int interface, const struct peer_id *,
    const struct mdns_address *, size_t count, void *arg);

struct mdns_peers *mdns_peers_new(mdns_lost_fn *on_lost, void *arg);
void mdns_peers_free(struct mdns_peers *);

/* Note an instance. True if it is to be reported: a new peer, other addresses,
 * or the last report is MDNS_TELL_AGAIN_MS old. */
bool mdns_peers_hear(
    struct mdns_peers *, const struct mdns_heard *, struct monotime now);

/* The instance with this label said goodbye on this interface. */
void mdns_peers_bye(
    struct mdns_peers *, unsigned int interface, const char *label);

/* The interface is gone, and with it its peers. */
void mdns_peers_drop_interface(struct mdns_peers *, unsigned int interface);

/* Drop peers that expired; returns when to call again. */
void mdns_peers_expire(struct mdns_peers *, struct monotime now);
struct monotime mdns_peers_deadline(const struct mdns_peers *);

/* Is it heard on any interface? */
bool mdns_peers_knows(const struct mdns_peers *, const struct peer_id *);

size_t mdns_peers_count(const struct mdns_peers *);
void mdns_peers_each(const struct mdns_peers *, mdns_each_fn *, void *arg);

#endif
