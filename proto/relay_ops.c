#include "proto/relay_ops.h"

enum {
	PEER_TEXT_MAX = RELAY_PEER_TEXT_MAX,
	ADDRESS_TEXT_MAX = 512,
	URL_MAX = 1024,
	ERROR_TEXT_MAX = 512,
};

/* clang-format off */
static const struct field peer_ids_fields[] = {
	FIELD_STRS(peer_ids, peer_ids, "peer_ids", PEER_TEXT_MAX, RELAY_PEERS_MAX, REQUIRED),
	FIELD_END
};
const struct message peer_ids_message = MESSAGE(peer_ids);

static const struct field relay_offer_fields[] = {
	FIELD_STR (relay_offer, server,    "server",    URL_MAX, REQUIRED),
	FIELD_STR (relay_offer, peer_id,   "peer_id",   PEER_TEXT_MAX,  OPTIONAL),
	FIELD_STRS(relay_offer, addresses, "addresses",
	    ADDRESS_TEXT_MAX, RELAY_OFFERED_ADDRESSES_MAX, OPTIONAL),
	FIELD_END
};
const struct message relay_offer_message = MESSAGE(relay_offer);

static const struct field relay_report_fields[] = {
	FIELD_STR (relay_report, peer_id,        "peer_id",        PEER_TEXT_MAX, REQUIRED),
	FIELD_STRS(relay_report, addresses,      "addresses",
	    ADDRESS_TEXT_MAX, RELAY_TOLD_ADDRESSES_MAX, OPTIONAL),
	FIELD_INT (relay_report, reservations,   "reservations",   0, INT64_MAX, OPTIONAL),
	FIELD_INT (relay_report, circuits,       "circuits",       0, INT64_MAX, OPTIONAL),
	FIELD_INT (relay_report, circuits_total, "circuits_total", 0, INT64_MAX, OPTIONAL),
	FIELD_INT (relay_report, refused_total,  "refused_total",  0, INT64_MAX, OPTIONAL),
	FIELD_INT (relay_report, bytes_total,    "bytes_total",    0, INT64_MAX, OPTIONAL),
	FIELD_END
};
const struct message relay_report_message = MESSAGE(relay_report);

static const struct field relay_pulse_fields[] = {
	FIELD_STR (relay_pulse, peer_id, "peer_id", PEER_TEXT_MAX, REQUIRED),
	FIELD_END
};
const struct message relay_pulse_message = MESSAGE(relay_pulse);

/* The keys, and that which there always are, are the original's. */
static const struct field refresh_answer_fields[] = {
	FIELD_BOOL(refresh_answer, has_circuit, "has_circuit", REQUIRED),
	FIELD_BOOL(refresh_answer, ok,          "ok",          REQUIRED),
	FIELD_BOOL(refresh_answer, recovering,  "recovering",  OPTIONAL),
	FIELD_STR (refresh_answer, error,       "error", ERROR_TEXT_MAX, OPTIONAL),
	FIELD_END
};
const struct message refresh_answer_message = MESSAGE(refresh_answer);
/* clang-format on */

RENDEZVOUSD_OPS(OP_DEFINE)
RELAYD_OPS(OP_DEFINE)
