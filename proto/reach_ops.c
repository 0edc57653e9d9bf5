#include "proto/reach_ops.h"

enum {
	PEER_TEXT_MAX = 128,
	ADDRESS_TEXT_MAX = 512,
	URL_MAX = 1024,
	WORD_MAX = 16,
	SENTENCE_MAX = 512,
	JUDGES_MAX = 1024,
};

/* clang-format off */
#define TEXT(s, m, max) \
	FIELD_STR(s, m, #m, max, OPTIONAL)
#define MILLISECONDS(s, m) \
	FIELD_INT(s, m, #m, 0, INT64_MAX, OPTIONAL)

static const struct field reach_address_fields[] = {
	FIELD_STR (reach_address, address, "address", ADDRESS_TEXT_MAX, REQUIRED),
	FIELD_STR (reach_address, source,  "source",  WORD_MAX, REQUIRED),
	FIELD_STR (reach_address, state,   "state",   WORD_MAX, REQUIRED),
	TEXT      (reach_address, how,   WORD_MAX),
	TEXT      (reach_address, judge, PEER_TEXT_MAX),
	FIELD_INT (reach_address, judges, "judges", 0, JUDGES_MAX, OPTIONAL),
	MILLISECONDS(reach_address, age_ms),
	FIELD_BOOL(reach_address, is_announced, "is_announced", OPTIONAL),
	FIELD_END
};
const struct message reach_address_message = MESSAGE(reach_address);

static const struct field reach_observed_fields[] = {
	FIELD_STR(reach_observed, address, "address", ADDRESS_TEXT_MAX, REQUIRED),
	FIELD_BOOL(reach_observed, is_of_port, "is_of_port", OPTIONAL),
	TEXT     (reach_observed, observer, PEER_TEXT_MAX),
	FIELD_INT(reach_observed, observers, "observers", 0, JUDGES_MAX, OPTIONAL),
	FIELD_END
};
const struct message reach_observed_message = MESSAGE(reach_observed);

static const struct field reach_relay_fields[] = {
	FIELD_STR(reach_relay, peer_id, "peer_id", PEER_TEXT_MAX, REQUIRED),
	TEXT     (reach_relay, server,  URL_MAX),
	TEXT     (reach_relay, address, ADDRESS_TEXT_MAX),
	MILLISECONDS(reach_relay, left_ms),
	TEXT     (reach_relay, error,   SENTENCE_MAX),
	FIELD_END
};
const struct message reach_relay_message = MESSAGE(reach_relay);

static const struct field reach_mapping_fields[] = {
	TEXT(reach_mapping, protocol, WORD_MAX),
	TEXT(reach_mapping, gateway,  ADDRESS_TEXT_MAX),
	TEXT(reach_mapping, outside,  ADDRESS_TEXT_MAX),
	TEXT(reach_mapping, inside,   ADDRESS_TEXT_MAX),
	MILLISECONDS(reach_mapping, left_ms),
	TEXT(reach_mapping, error,    SENTENCE_MAX),
	FIELD_END
};
const struct message reach_mapping_message = MESSAGE(reach_mapping);

#define ROWS(m, type, max) \
	FIELD_LIST(reachability_report, m, #m, type##_message, max, OPTIONAL)
static const struct field reachability_report_fields[] = {
	FIELD_STR(reachability_report, state, "state", WORD_MAX, REQUIRED),
	FIELD_STR(reachability_report, nat,   "nat",   WORD_MAX, REQUIRED),
	FIELD_INT(reachability_report, port,  "port",  0, 65535, OPTIONAL),
	ROWS(addresses,    reach_address,  REACH_ADDRESSES_MAX),
	ROWS(observed,     reach_observed, REACH_OBSERVED_MAX),
	ROWS(relays,       reach_relay,    REACH_RELAYS_MAX),
	ROWS(port_mapping, reach_mapping,  REACH_MAPPINGS_MAX),
	TEXT(reachability_report, port_mapping_state, WORD_MAX),
	FIELD_END
};
const struct message reachability_report_message = MESSAGE(reachability_report);
/* clang-format on */
