/*
 * relay_table: who may use a relay: its reservations, the circuits of each
 * peer, and the limits of both. Bookkeeping only: callers bring the clock and
 * say which peers are known.
 */
#ifndef COMMON_LIBP2P_RELAY_RELAY_TABLE_H
#define COMMON_LIBP2P_RELAY_RELAY_TABLE_H

#include "common/base/monotime.h"
#include "common/libp2p/relay/relay_message.h"

/* Each refusal has a counter. A group is one IPv4 address or one IPv6 /48.
 * Peers that are not known take no place of a group from those that are. */
struct relay_limits {
	unsigned int reservations;           /* in all;                  1024 */
	unsigned int reservations_per_group; /* homes share an address;    64 */
	unsigned int strangers;              /* all peers of a server whose
						relay has restarted;     1024 */
	unsigned int circuits;               /* in all;                   512 */
	unsigned int circuits_per_peer;      /* as source and as target;   64 */
	unsigned int reservation_s;          /* then it is renewed;      3600 */
	unsigned int grace_s;                /* for a peer that reserves before
						it is known;               60 */
	unsigned int circuit_s;              /* then it ends;            1800 */
	uint64_t circuit_bytes;              /* in each direction;    128 MiB */
};
extern const struct relay_limits relay_default_limits;

struct relay_table;

struct relay_table *relay_table_new(const struct relay_limits *);
void relay_table_free(struct relay_table *);

/*
 * A peer asks for a reservation, from that address. RELAY_OK: it has one for
 * limits.reservation_s, instead of an older one. An unknown peer keeps it for
 * limits.grace_s, once: RELAY_PERMISSION_DENIED after that.
 */
enum relay_status relay_table_reserve(struct relay_table *,
    const struct peer_id *, const struct multiaddr *from, bool is_known,
    struct monotime now);

/* Its last connection is gone, and its reservation with it. */
void relay_table_leave(struct relay_table *, const struct peer_id *);

/* A circuit is asked for. RELAY_OK: it counts until relay_table_release(). */
enum relay_status relay_table_connect(struct relay_table *,
    const struct peer_id *source, bool is_known, const struct peer_id *target,
    struct monotime now);
void relay_table_release(struct relay_table *, const struct peer_id *source,
    const struct peer_id *target);

/* Drop what has expired, and what unknown peers hold beyond the grace. */
void relay_table_expire(struct relay_table *,
    bool (*is_known)(const struct peer_id *, void *arg), void *arg,
    struct monotime now);

size_t relay_table_reservations(const struct relay_table *);
size_t relay_table_circuits(const struct relay_table *);

#endif
