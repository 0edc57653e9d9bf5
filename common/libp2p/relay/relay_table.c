#include "common/libp2p/relay/relay_table.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/hash.h"
#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

COUNTER(reservations_over_limit, "reservations refused: too many in all");
COUNTER(
    reservations_over_group, "reservations refused: too many from one address");
COUNTER(strangers_over_limit,
    "reservations refused: too many peers that are not at this server");
COUNTER(reservations_of_strangers,
    "reservations refused or dropped: the peer is not at this server");
COUNTER(circuits_over_limit, "circuits refused: too many in all");
COUNTER(circuits_over_peer_limit, "circuits refused: too many of one peer");
COUNTER(circuits_of_strangers,
    "circuits refused: the asking peer is not at this server");

const struct relay_limits relay_default_limits = {
	.reservations = 1024,
	.reservations_per_group = 64,
	.strangers = 1024,
	.circuits = 512,
	.circuits_per_peer = 64,
	.reservation_s = 3600,
	.grace_s = 60,
	.circuit_s = 1800,
	.circuit_bytes = 128 * 1024 * 1024,
};

enum { GROUP_SIZE = 7 }; /* the family, then IPv4 or the front of IPv6 */

/* A peer with a reservation, with circuits, or that was refused lately. */
struct entry {
	struct peer_id peer;
	struct monotime expires; /* of its reservation; NEVER: it has none */
	struct monotime grace;   /* NEVER: it is known */
	uint8_t group[GROUP_SIZE];
	unsigned int circuits;
	UT_hash_handle hh;
};

struct relay_table {
	struct relay_limits limits;
	struct entry *entries;
	size_t reservations, circuits, graces;
};

struct relay_table *
relay_table_new(const struct relay_limits *limits)
{
	struct relay_table *table = xzalloc(sizeof(*table));

	table->limits = *limits;
	return table;
}

static void
entry_free(struct relay_table *table, struct entry *entry)
{
	HASH_DEL(table->entries, entry);
	free(entry);
}

void
relay_table_free(struct relay_table *table)
{
	struct entry *entry, *next;

	if (table == NULL)
		return;
	HASH_ITER (hh, table->entries, entry, next)
		entry_free(table, entry);
	free(table);
}

static struct entry *
find(const struct relay_table *table, const struct peer_id *peer)
{
	struct entry *entry;

	HASH_FIND(hh, table->entries, peer, sizeof(*peer), entry);
	return entry;
}

static struct entry *
find_or_add(struct relay_table *table, const struct peer_id *peer)
{
	struct entry *entry = find(table, peer);

	if (entry != NULL)
		return entry;
	entry = xzalloc(sizeof(*entry));
	entry->peer = *peer;
	entry->expires = entry->grace = MONOTIME_NEVER;
	HASH_ADD(hh, table->entries, peer, sizeof(entry->peer), entry);
	return entry;
}

static bool
has_reservation(const struct entry *entry)
{
	return entry->expires.us != INT64_MAX;
}

static void
drop_reservation(struct relay_table *table, struct entry *entry)
{
	if (!has_reservation(entry))
		return;
	entry->expires = MONOTIME_NEVER;
	table->reservations--;
}

static bool
has_grace(const struct entry *entry)
{
	return entry->grace.us != INT64_MAX;
}

static void
drop_grace(struct relay_table *table, struct entry *entry)
{
	if (!has_grace(entry))
		return;
	entry->grace = MONOTIME_NEVER;
	table->graces--;
}

static void
begin_grace(struct relay_table *table, struct entry *entry, struct monotime now)
{
	if (has_grace(entry))
		return;
	entry->grace =
	    monotime_add_ms(now, (int64_t)table->limits.grace_s * 1000);
	table->graces++;
}

/* Forget a peer of which nothing is left to know. */
static void
settle(struct relay_table *table, struct entry *entry)
{
	if (!has_reservation(entry) && entry->circuits == 0 &&
	    !has_grace(entry))
		entry_free(table, entry);
}

/* --- reservations --- */

static void
group_of(const struct multiaddr *from, uint8_t group[GROUP_SIZE])
{
	struct sockaddr_storage storage;
	struct sockaddr_in ip4;
	struct sockaddr_in6 ip6;
	struct peer_id none;
	socklen_t len;

	memset(group, 0, GROUP_SIZE);
	if (multiaddr_to_sockaddr(from, &storage, &len, &none) < 0)
		return;
	if (storage.ss_family == AF_INET) {
		memcpy(&ip4, &storage, sizeof(ip4));
		group[0] = 4;
		memcpy(group + 1, &ip4.sin_addr, sizeof(ip4.sin_addr));
	} else {
		memcpy(&ip6, &storage, sizeof(ip6));
		group[0] = 6;
		memcpy(group + 1, &ip6.sin6_addr, GROUP_SIZE - 1);
	}
}

/* Does it count for a peer that is known, or for one that is not? */
static bool
counts(const struct entry *entry, bool is_known)
{
	return has_grace(entry) ? !is_known : has_reservation(entry);
}

static bool
is_group_full(const struct relay_table *table, const struct entry *asking,
    const struct multiaddr *from, bool is_known)
{
	const struct entry *entry, *next;
	unsigned int count = 0;

	if (multiaddr_is_local(from))
		return false;
	HASH_ITER (hh, table->entries, entry, next)
		if (entry != asking && counts(entry, is_known) &&
		    memcmp(entry->group, asking->group, GROUP_SIZE) == 0)
			count++;
	return count >= table->limits.reservations_per_group;
}

/* May an unknown peer have a reservation now? Its grace begins with the first
 * one. */
static enum relay_status
judge_stranger(
    struct relay_table *table, struct entry *entry, struct monotime now)
{
	if (!has_grace(entry) && table->graces >= table->limits.strangers) {
		counter_add(&strangers_over_limit, 1);
		return RELAY_RESOURCE_LIMIT_EXCEEDED;
	}
	begin_grace(table, entry, now);
	if (!monotime_reached(now, entry->grace))
		return RELAY_OK;
	counter_add(&reservations_of_strangers, 1);
	return RELAY_PERMISSION_DENIED;
}

static enum relay_status
judge_reservation(struct relay_table *table, struct entry *entry,
    const struct multiaddr *from, bool is_known, struct monotime now)
{
	group_of(from, entry->group);
	if (is_known)
		drop_grace(table, entry);
	if (!has_reservation(entry) &&
	    table->reservations >= table->limits.reservations) {
		counter_add(&reservations_over_limit, 1);
		return RELAY_RESOURCE_LIMIT_EXCEEDED;
	}
	if (is_group_full(table, entry, from, is_known)) {
		counter_add(&reservations_over_group, 1);
		return RELAY_RESERVATION_REFUSED;
	}
	return is_known ? RELAY_OK : judge_stranger(table, entry, now);
}

enum relay_status
relay_table_reserve(struct relay_table *table, const struct peer_id *peer,
    const struct multiaddr *from, bool is_known, struct monotime now)
{
	struct entry *entry = find_or_add(table, peer);
	enum relay_status status;

	status = judge_reservation(table, entry, from, is_known, now);
	if (status == RELAY_OK) {
		table->reservations += !has_reservation(entry);
		entry->expires = monotime_add_ms(
		    now, (int64_t)table->limits.reservation_s * 1000);
	}
	settle(table, entry);
	return status;
}

void
relay_table_leave(struct relay_table *table, const struct peer_id *peer)
{
	struct entry *entry = find(table, peer);

	if (entry == NULL)
		return;
	drop_reservation(table, entry);
	settle(table, entry);
}

/* A grace is remembered for as long again, so that a stranger that comes back
 * does not get another one at once. */
static bool
is_grace_forgotten(const struct relay_table *table, const struct entry *entry,
    struct monotime now)
{
	return has_grace(entry) && monotime_since_ms(now, entry->grace) >=
				       (int64_t)table->limits.grace_s * 1000;
}

/* A peer that has left the server has a grace as well. */
static void
judge_again(struct relay_table *table, struct entry *entry, bool is_known,
    struct monotime now)
{
	if (is_known)
		drop_grace(table, entry);
	else if (has_reservation(entry))
		begin_grace(table, entry, now);
}

void
relay_table_expire(struct relay_table *table,
    bool (*is_known)(const struct peer_id *, void *arg), void *arg,
    struct monotime now)
{
	struct entry *entry, *next;

	HASH_ITER (hh, table->entries, entry, next) {
		judge_again(table, entry, is_known(&entry->peer, arg), now);
		if (has_reservation(entry) &&
		    monotime_reached(now, entry->grace)) {
			counter_add(&reservations_of_strangers, 1);
			drop_reservation(table, entry);
		}
		if (has_reservation(entry) &&
		    monotime_reached(now, entry->expires))
			drop_reservation(table, entry);
		if (is_grace_forgotten(table, entry, now))
			drop_grace(table, entry);
		settle(table, entry);
	}
}

/* --- circuits --- */

static bool
holds_reservation(const struct entry *entry, struct monotime now)
{
	return entry != NULL && has_reservation(entry) &&
	       !monotime_reached(now, entry->expires);
}

enum relay_status
relay_table_connect(struct relay_table *table, const struct peer_id *source,
    bool is_known, const struct peer_id *target, struct monotime now)
{
	const unsigned int most = table->limits.circuits_per_peer;
	struct entry *from = find(table, source), *to = find(table, target);

	if (!is_known && !holds_reservation(from, now)) {
		counter_add(&circuits_of_strangers, 1);
		return RELAY_PERMISSION_DENIED;
	}
	if (peer_id_equal(source, target))
		return RELAY_CONNECTION_FAILED;
	if (!holds_reservation(to, now))
		return RELAY_NO_RESERVATION;
	if (table->circuits >= table->limits.circuits) {
		counter_add(&circuits_over_limit, 1);
		return RELAY_RESOURCE_LIMIT_EXCEEDED;
	}
	if (to->circuits >= most || (from != NULL && from->circuits >= most)) {
		counter_add(&circuits_over_peer_limit, 1);
		return RELAY_RESOURCE_LIMIT_EXCEEDED;
	}
	find_or_add(table, source)->circuits++;
	to->circuits++;
	table->circuits++;
	return RELAY_OK;
}

void
relay_table_release(struct relay_table *table, const struct peer_id *source,
    const struct peer_id *target)
{
	struct entry *from = find(table, source), *to = find(table, target);

	from->circuits--;
	to->circuits--;
	table->circuits--;
	settle(table, from);
	settle(table, to);
}

size_t
relay_table_reservations(const struct relay_table *table)
{
	return table->reservations;
}

size_t
relay_table_circuits(const struct relay_table *table)
{
	return table->circuits;
}
