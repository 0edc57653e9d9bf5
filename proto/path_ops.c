#include "proto/path_ops.h"

enum {
	PEER_TEXT_MAX = 128,
	ADDRESS_TEXT_MAX = 512,
	CONNECTIONS_MAX = 2048,
	WAY_MAX = 16,
	AGENT_MAX = 256,
};

/* clang-format off */
static const struct field connection_row_fields[] = {
	FIELD_STR (connection_row, peer_id, "peer_id", PEER_TEXT_MAX, REQUIRED),
	FIELD_STR (connection_row, address, "address", ADDRESS_TEXT_MAX, OPTIONAL),
	FIELD_STR (connection_row, way, "way", WAY_MAX, OPTIONAL),
	FIELD_STR (connection_row, agent, "agent", AGENT_MAX, OPTIONAL),
	FIELD_BOOL(connection_row, is_inbound, "is_inbound", OPTIONAL),
	FIELD_INT (connection_row, streams, "streams", 0, INT64_MAX, OPTIONAL),
	FIELD_INT (connection_row, rtt_us, "rtt_us", 0, INT64_MAX, OPTIONAL),
	FIELD_END
};
const struct message connection_row_message = MESSAGE(connection_row);

static const struct field connections_reply_fields[] = {
	FIELD_LIST(connections_reply, rows, "connections",
	    connection_row_message, CONNECTIONS_MAX, REQUIRED),
	FIELD_END
};
const struct message connections_reply_message = MESSAGE(connections_reply);

static const struct field peer_path_fields[] = {
	FIELD_STR(peer_path, peer_id, "peer_id", PEER_TEXT_MAX, REQUIRED),
	FIELD_STR(peer_path, way, "way", WAY_MAX, OPTIONAL),
	FIELD_INT(peer_path, rtt_us, "rtt_us", 0, INT64_MAX, OPTIONAL),
	FIELD_END
};
const struct message peer_path_message = MESSAGE(peer_path);
/* clang-format on */
