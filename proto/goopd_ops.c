#include "proto/goopd_ops.h"

enum {
	HEADER_MAX = 1024, /* an HTTP header's value, an ETag, a MIME type */
};

/* clang-format off */
#define PEER_ID(s, need) \
	FIELD_STR(s, peer_id, "peer_id", GOOP_PEER_TEXT_MAX, need)
#define ADDRESS(s, need) \
	FIELD_STR(s, address, "address", GOOP_ADDRESS_TEXT_MAX, need)
#define ADDRESSES(s, need) \
	FIELD_STRS(s, addresses, "addresses", GOOP_ADDRESS_TEXT_MAX, \
	    GOOP_ADDRESSES_MAX, need)
#define TOPIC(s) \
	FIELD_STR(s, topic, "topic", GOOP_TOPIC_MAX, REQUIRED)
#define COUNT(s, m, need) \
	FIELD_INT(s, m, #m, 0, INT64_MAX, need)

static const struct field identity_reply_fields[] = {
	PEER_ID  (identity_reply, REQUIRED),
	FIELD_STR(identity_reply, peer_id_base36, "peer_id_base36", GOOP_PEER_TEXT_MAX, OPTIONAL),
	ADDRESSES(identity_reply, OPTIONAL),
	FIELD_INT(identity_reply, port, "port", 0, 65535, OPTIONAL),
	FIELD_END
};
const struct message identity_reply_message = MESSAGE(identity_reply);

static const struct field peer_addresses_fields[] = {
	PEER_ID   (peer_addresses, REQUIRED),
	ADDRESSES (peer_addresses, OPTIONAL),
	FIELD_BOOL(peer_addresses, is_at_server, "is_at_server", OPTIONAL),
	FIELD_END
};
const struct message peer_addresses_message = MESSAGE(peer_addresses);

static const struct field peer_profile_fields[] = {
	PEER_ID  (peer_profile, REQUIRED),
	FIELD_STR(peer_profile, email, "email", GOOP_EMAIL_MAX, OPTIONAL),
	FIELD_END
};
const struct message peer_profile_message = MESSAGE(peer_profile);

static const struct field peer_ref_fields[] = {
	PEER_ID(peer_ref, REQUIRED),
	FIELD_END
};
const struct message peer_ref_message = MESSAGE(peer_ref);

static const struct field peer_probe_reply_fields[] = {
	FIELD_BOOL(peer_probe_reply, is_reachable, "is_reachable", REQUIRED),
	FIELD_STR (peer_probe_reply, label, "label", GOOP_LABEL_MAX, OPTIONAL),
	ADDRESS   (peer_probe_reply, OPTIONAL),
	COUNT     (peer_probe_reply, took_ms, OPTIONAL),
	FIELD_END
};
const struct message peer_probe_reply_message = MESSAGE(peer_probe_reply);

static const struct field topic_ref_fields[] = {
	TOPIC(topic_ref),
	FIELD_END
};
const struct message topic_ref_message = MESSAGE(topic_ref);

static const struct field publish_request_fields[] = {
	TOPIC      (publish_request),
	FIELD_BYTES(publish_request, data, "data", GOOP_PUBSUB_DATA_MAX, REQUIRED),
	FIELD_END
};
const struct message publish_request_message = MESSAGE(publish_request);

static const struct field publish_reply_fields[] = {
	COUNT(publish_reply, peers, REQUIRED),
	FIELD_END
};
const struct message publish_reply_message = MESSAGE(publish_reply);

static const struct field site_open_fields[] = {
	PEER_ID   (site_open, REQUIRED),
	FIELD_STR (site_open, path, "path", GOOP_PATH_MAX, REQUIRED),
	FIELD_BOOL(site_open, head_only, "head_only", OPTIONAL),
	FIELD_STR (site_open, range, "range", HEADER_MAX, OPTIONAL),
	FIELD_STR (site_open, if_none_match, "if_none_match", HEADER_MAX, OPTIONAL),
	FIELD_STR (site_open, if_modified_since, "if_modified_since", HEADER_MAX, OPTIONAL),
	FIELD_STR (site_open, if_range, "if_range", HEADER_MAX, OPTIONAL),
	FIELD_STR (site_open, if_match, "if_match", HEADER_MAX, OPTIONAL),
	FIELD_STR (site_open, if_unmodified_since, "if_unmodified_since", HEADER_MAX, OPTIONAL),
	FIELD_END
};
const struct message site_open_message = MESSAGE(site_open);

static const struct field site_head_fields[] = {
	FIELD_INT  (site_head, status, "status", 100, 599, REQUIRED),
	FIELD_STR  (site_head, type, "type", HEADER_MAX, OPTIONAL),
	COUNT      (site_head, size, OPTIONAL),
	COUNT      (site_head, from, OPTIONAL),
	COUNT      (site_head, length, OPTIONAL),
	FIELD_STR  (site_head, etag, "etag", HEADER_MAX, OPTIONAL),
	FIELD_STR  (site_head, last_modified, "last_modified", 64, OPTIONAL),
	FIELD_BOOL (site_head, ranges, "ranges", OPTIONAL),
	FIELD_BOOL (site_head, by_path, "by_path", OPTIONAL),
	FIELD_BYTES(site_head, ticket, "ticket", GOOP_TICKET_SIZE, OPTIONAL),
	FIELD_END
};
const struct message site_head_message = MESSAGE(site_head);

static const struct field sign_request_fields[] = {
	FIELD_BYTES(sign_request, data, "data", GOOP_SIGNED_MAX, REQUIRED),
	FIELD_END
};
const struct message sign_request_message = MESSAGE(sign_request);

static const struct field sign_reply_fields[] = {
	FIELD_BYTES(sign_reply, signature, "signature", GOOP_SIGNATURE_SIZE, REQUIRED),
	FIELD_END
};
const struct message sign_reply_message = MESSAGE(sign_reply);

static const struct field data_ask_fields[] = {
	PEER_ID    (data_ask, REQUIRED),
	FIELD_STR  (data_ask, op,         "op",         GOOP_DATA_OP_MAX, REQUIRED),
	FIELD_STR  (data_ask, request_id, "request_id", GOOP_DATA_REQUEST_ID_MAX, OPTIONAL),
	FIELD_BYTES(data_ask, body,       "body",       GOOP_DATA_REQUEST_MAX, OPTIONAL),
	FIELD_END
};
const struct message data_ask_message = MESSAGE(data_ask);

static const struct field data_reply_fields[] = {
	FIELD_BYTES(data_reply, data, "data", GOOP_DATA_INLINE_MAX, OPTIONAL),
	COUNT      (data_reply, length, OPTIONAL),
	FIELD_BYTES(data_reply, ticket, "ticket", GOOP_TICKET_SIZE, OPTIONAL),
	FIELD_END
};
const struct message data_reply_message = MESSAGE(data_reply);

static const struct field data_change_fields[] = {
	FIELD_STR(data_change, table, "table", GOOP_TABLE_MAX, REQUIRED),
	FIELD_END
};
const struct message data_change_message = MESSAGE(data_change);

static const struct field pubsub_message_fields[] = {
	TOPIC      (pubsub_message),
	FIELD_STR  (pubsub_message, author, "author", GOOP_PEER_TEXT_MAX, REQUIRED),
	/* The wire carries 64 bits; one that looks negative here is legal. */
	FIELD_INT  (pubsub_message, seqno, "seqno", INT64_MIN, INT64_MAX, OPTIONAL),
	FIELD_BYTES(pubsub_message, data, "data", GOOP_PUBSUB_DATA_MAX, OPTIONAL),
	FIELD_END
};
const struct message pubsub_message_message = MESSAGE(pubsub_message);

static const struct field pubsub_subscriber_fields[] = {
	TOPIC     (pubsub_subscriber),
	PEER_ID   (pubsub_subscriber, REQUIRED),
	FIELD_BOOL(pubsub_subscriber, joined, "joined", REQUIRED),
	FIELD_END
};
const struct message pubsub_subscriber_message = MESSAGE(pubsub_subscriber);

static const struct field peer_connected_fields[] = {
	PEER_ID   (peer_connected, REQUIRED),
	ADDRESS   (peer_connected, OPTIONAL),
	FIELD_BOOL(peer_connected, is_inbound, "is_inbound", OPTIONAL),
	FIELD_END
};
const struct message peer_connected_message = MESSAGE(peer_connected);

static const struct field own_addresses_fields[] = {
	ADDRESSES(own_addresses, OPTIONAL),
	FIELD_INT(own_addresses, port, "port", 0, 65535, OPTIONAL),
	FIELD_END
};
const struct message own_addresses_message = MESSAGE(own_addresses);
/* clang-format on */

GOOPD_OPS(OP_DEFINE)
GOOPD_EVENTS(EVENT_DEFINE)
