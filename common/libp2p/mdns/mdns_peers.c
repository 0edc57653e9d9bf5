#include "common/libp2p/mdns/mdns_peers.h"

#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/hash.h"
#include "common/base/xalloc.h"

COUNTER(mdns_peers_evicted, "peers heard by mDNS that made room for others");

/* The hash key: all of its bytes, so it is zeroed before it is filled. */
struct mdns_peer_key {
	unsigned int interface;
	struct peer_id peer;
};

struct mdns_peer {
	struct mdns_peer_key key;
	char label[MDNS_LABEL_SIZE];
	struct mdns_address addresses[MDNS_PEER_ADDRESSES_MAX];
	size_t count;
	struct monotime expires;
	struct monotime told;
	UT_hash_handle hh;
};

struct mdns_peers {
	struct mdns_peer *table;  /* in the order in which they were heard */
	struct monotime earliest; /* the earliest expiry */
	mdns_lost_fn *on_lost;
	void *arg;
};

struct mdns_peers *
mdns_peers_new(mdns_lost_fn *on_lost, void *arg)
{
	struct mdns_peers *peers = xzalloc(sizeof(*peers));

	peers->earliest = MONOTIME_NEVER;
	peers->on_lost = on_lost;
	peers->arg = arg;
	return peers;
}

void
mdns_peers_free(struct mdns_peers *peers)
{
	struct mdns_peer *peer, *next;

	if (peers == NULL)
		return;
	HASH_ITER (hh, peers->table, peer, next) {
		HASH_DEL(peers->table, peer);
		free(peer);
	}
	free(peers);
}

bool
mdns_peers_knows(const struct mdns_peers *peers, const struct peer_id *id)
{
	const struct mdns_peer *peer;

	for (peer = peers->table; peer != NULL; peer = peer->hh.next)
		if (peer_id_equal(&peer->key.peer, id))
			return true;
	return false;
}

static void
mdns_peers_remove(struct mdns_peers *peers, struct mdns_peer *peer)
{
	HASH_DEL(peers->table, peer);
	if (!mdns_peers_knows(peers, &peer->key.peer))
		peers->on_lost(&peer->key.peer, peers->arg);
	free(peer);
}

/* The entry, now the last of the order; made if it is missing. */
static struct mdns_peer *
mdns_peers_touch(struct mdns_peers *peers, const struct mdns_heard *heard)
{
	struct mdns_peer_key key;
	struct mdns_peer *peer;

	memset(&key, 0, sizeof(key));
	key.interface = heard->interface;
	key.peer = heard->instance->peer;
	HASH_FIND(hh, peers->table, &key, sizeof(key), peer);
	if (peer != NULL) {
		HASH_DEL(peers->table, peer);
	} else {
		if (HASH_COUNT(peers->table) >= MDNS_PEERS_MAX) {
			counter_add(&mdns_peers_evicted, 1);
			mdns_peers_remove(peers, peers->table);
		}
		peer = xzalloc(sizeof(*peer));
		memcpy(&peer->key, &key, sizeof(key));
	}
	HASH_ADD(hh, peers->table, key, sizeof(key), peer);
	return peer;
}

static bool
mdns_peer_same_addresses(
    const struct mdns_peer *peer, const struct mdns_instance *instance)
{
	size_t i;

	if (peer->count != instance->count)
		return false;
	for (i = 0; i < peer->count; i++)
		if (!mdns_address_equal(
			&peer->addresses[i], &instance->addresses[i]))
			return false;
	return true;
}

static int64_t
mdns_ttl_ms(uint32_t ttl_s)
{
	if (ttl_s < MDNS_PEER_TTL_MIN_S)
		ttl_s = MDNS_PEER_TTL_MIN_S;
	if (ttl_s > MDNS_PEER_TTL_MAX_S)
		ttl_s = MDNS_PEER_TTL_MAX_S;
	return (int64_t)ttl_s * 1000;
}

bool
mdns_peers_hear(struct mdns_peers *peers, const struct mdns_heard *heard,
    struct monotime now)
{
	const struct mdns_instance *instance = heard->instance;
	struct mdns_peer *peer = mdns_peers_touch(peers, heard);
	bool is_news = !mdns_peer_same_addresses(peer, instance) ||
		       strcmp(peer->label, instance->label) != 0 ||
		       monotime_since_ms(now, peer->told) >= MDNS_TELL_AGAIN_MS;

	memcpy(peer->label, instance->label, sizeof(peer->label));
	memcpy(peer->addresses, instance->addresses, sizeof(peer->addresses));
	peer->count = instance->count;
	peer->expires = monotime_add_ms(now, mdns_ttl_ms(instance->ttl_s));
	peers->earliest = monotime_min(peers->earliest, peer->expires);
	if (is_news)
		peer->told = now;
	return is_news;
}

void
mdns_peers_bye(
    struct mdns_peers *peers, unsigned int interface, const char *label)
{
	struct mdns_peer *peer, *next;

	HASH_ITER (hh, peers->table, peer, next)
		if (peer->key.interface == interface &&
		    strcmp(peer->label, label) == 0)
			mdns_peers_remove(peers, peer);
}

void
mdns_peers_drop_interface(struct mdns_peers *peers, unsigned int interface)
{
	struct mdns_peer *peer, *next;

	HASH_ITER (hh, peers->table, peer, next)
		if (peer->key.interface == interface)
			mdns_peers_remove(peers, peer);
}

void
mdns_peers_expire(struct mdns_peers *peers, struct monotime now)
{
	struct mdns_peer *peer, *next;
	struct monotime earliest = MONOTIME_NEVER;

	if (!monotime_reached(now, peers->earliest))
		return;
	HASH_ITER (hh, peers->table, peer, next) {
		if (monotime_reached(now, peer->expires))
			mdns_peers_remove(peers, peer);
		else
			earliest = monotime_min(earliest, peer->expires);
	}
	peers->earliest = earliest;
}

struct monotime
mdns_peers_deadline(const struct mdns_peers *peers)
{
	return peers->earliest;
}

size_t
mdns_peers_count(const struct mdns_peers *peers)
{
	return HASH_COUNT(peers->table);
}

void
mdns_peers_each(const struct mdns_peers *peers, mdns_each_fn *each, void *arg)
{
	const struct mdns_peer *peer;

	for (peer = peers->table; peer != NULL; peer = peer->hh.next)
		each(peer->key.interface, &peer->key.peer, peer->addresses,
		    peer->count, arg);
}
