/*
 * Presence from a rendezvous server: the filter, and the table that takes what
 * counts. The first byte chooses what is known and whether a list is told;
 * what counts must fit into a row that siblings can be told of.
 */
#include <stdlib.h>

#include "common/base/fault.h"
#include "goop-discoveryd/peers/peer_table.h"
#include "goop-discoveryd/rendezvous/server_filter.h"
#include "proto/field_msgpack.h"

enum { IS_LISTING = 1, IS_PROVEN = 2, IS_OTHER_SERVER = 4, ROW_MAX = 65536 };

static const char self[] =
    "12D3KooWBRFW3HkJCLKSWb4yG6iWRBpgNjbM4FFvNsL5T5JKTqrd";
static uint8_t choice;

static void
on_peer(const struct peer *peer, void *arg)
{
	struct buffer buffer;

	(void)arg;
	buffer_init(&buffer, ROW_MAX);
	if (message_encode_msgpack(&peer_row_message, &peer->row, &buffer) < 0)
		bug("a row breaks its table");
	buffer_fini(&buffer);
}

static void
find_known(const struct peer_id *id, struct server_known *ret, void *arg)
{
	(void)id;
	(void)arg;
	ret->is_proven = (choice & IS_PROVEN) != 0;
}

static const struct peer_table_user user = { on_peer, on_peer };
static const struct peer_table_limits limits = { 2, 20000, 900000, "" };

static void
hear(struct peer_table *table, const struct presence_heard *message,
    struct monotime now)
{
	struct peer_heard heard = { .source = (choice & IS_OTHER_SERVER) != 0
						  ? PEER_OWN_SERVER
						  : PEER_OTHER_SERVER,
		.message = message,
		.wall_ms = 1 };

	peer_table_hear(table, &heard, now);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct server_filter *filter;
	static struct peer_table *table;
	static struct monotime now;
	struct server_said said = { .wall_ms = 1700000000000 };
	struct presence_heard heard;
	struct peer_id id;

	if (size == 0)
		return 0;
	if (filter == NULL) {
		if (peer_id_parse(self, &id) < 0)
			bug("no peer id");
		filter =
		    server_filter_new(&id, 1600000000000, find_known, NULL);
		table = peer_table_new(&limits, &user, NULL);
	}
	choice = data[0];
	now = monotime_add_ms(now, 700);
	said.now = now;
	said.is_listing = (choice & IS_LISTING) != 0;
	said.json = (struct bytes){ data + 1, size - 1 };
	switch (server_filter_check(filter, &said, &heard)) {
	case PRESENCE_HEARD:
		hear(table, &heard, now);
		presence_heard_fini(&heard);
		break;
	case PRESENCE_PUNCH:
		if (heard.presence.addrs.count == 0)
			bug("nothing to dial");
		presence_heard_fini(&heard);
		break;
	default:
		break;
	}
	peer_table_run(table, now);
	return 0;
}
