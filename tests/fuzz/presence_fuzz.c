/*
 * Presence from strangers: the filter, the table and the cache. The first byte
 * chooses the author; what was accepted must be listed, and what the cache
 * writes it must read.
 */
#include <stdlib.h>

#include "common/base/fault.h"
#include "goop-discoveryd/peers/peer_cache.h"
#include "goop-discoveryd/peers/gossip_filter.h"
#include "proto/field_json.h"

static const char *const authors[] = {
	"12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5",
	"12D3KooWBRFW3HkJCLKSWb4yG6iWRBpgNjbM4FFvNsL5T5JKTqrd",
	"12D3KooWBtg3aaRMjxwedh83aGiUkwSxDwUZkzuJcfaqUmo7R3pq",
	"QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN",
};

static void
on_peer(const struct peer *peer, void *arg)
{
	(void)arg;
	if (peer->row.peer_id == NULL)
		bug("a peer without id");
}

static const struct peer_table_user user = { on_peer, on_peer };
static const struct peer_table_limits limits = { 2, 20000, 900000, "" };

static void
cache_round_trip(const struct peer_table *table, struct monotime now)
{
	struct peer_table *again = peer_table_new(&limits, &user, NULL);
	struct peers_reply reply = { { NULL, 0 } };
	struct peer_row rows[2];
	const struct peer *peer;
	struct buffer buffer;
	char *why = NULL;

	for (peer = peer_table_first(table); peer != NULL; peer = peer->hh.next)
		rows[reply.peers.count++] = peer->row;
	reply.peers.items = rows;
	buffer_init(&buffer, PEER_CACHE_BYTES_MAX);
	if (message_encode_json(&peers_reply_message, &reply, &buffer) < 0 ||
	    peer_cache_decode(buffer_bytes(&buffer), again, now, &why) < 0)
		bug("the cache does not read what it wrote");
	for (peer = peer_table_first(table); peer != NULL; peer = peer->hh.next)
		if (peer_table_find(again, &peer->id) == NULL)
			bug("a peer was lost on its way");
	buffer_fini(&buffer);
	peer_table_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct gossip_filter *filter;
	static struct peer_table *table;
	static struct monotime now;
	static uint64_t seqno;
	struct presence_heard message;
	struct peer_heard heard = {
		.source = PEER_GOSSIP, .message = &message, .wall_ms = 1
	};
	struct gossip gossip;

	if (size == 0)
		return 0;
	if (filter == NULL) {
		filter = gossip_filter_new();
		table = peer_table_new(&limits, &user, NULL);
	}
	now = monotime_add_ms(now, 700);
	gossip = (struct gossip){ authors[data[0] % 4], ++seqno,
		{ data + 1, size - 1 } };
	if (gossip_filter_check(filter, &gossip, now, &message) ==
	    PRESENCE_HEARD) {
		if (peer_table_hear(table, &heard, now) == 0 &&
		    !presence_is(&message.presence, PRESENCE_OFFLINE) &&
		    peer_table_find(table, &message.peer) == NULL)
			bug("accepted, but not listed");
		presence_heard_fini(&message);
		cache_round_trip(table, now);
	}
	peer_table_run(table, now);
	return 0;
}
