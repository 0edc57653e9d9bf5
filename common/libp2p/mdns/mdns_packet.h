/*
 * mdns_packet: the multicast DNS packets (RFC 6762) by which libp2p nodes find
 * each other on a LAN: parsing and encoding. DNS itself is libldns. No state,
 * no clock.
 *
 * Hostile packets are the normal case: sizes and counts are capped before
 * anything is allocated, and names are compared without regard to case.
 */
#ifndef COMMON_LIBP2P_MDNS_MDNS_PACKET_H
#define COMMON_LIBP2P_MDNS_MDNS_PACKET_H

#include "common/base/bytes.h"
#include "common/libp2p/mdns/mdns_address.h"
#include "common/libp2p/multiformats/peer_id.h"

enum {
	MDNS_PORT = 5353,
	MDNS_PACKET_IN_MAX = 9000, /* RFC 6762 section 17 */
	MDNS_PACKET_OUT_MAX = 1400,
	MDNS_QUESTIONS_MAX = 16, /* of one packet */
	MDNS_RECORDS_MAX = 256,  /* of one packet, all sections */
	MDNS_INSTANCES_MAX = 16, /* in one packet */
	MDNS_PEER_ADDRESSES_MAX = 32,
	MDNS_OWN_ADDRESSES_MAX = 8, /* sent in one packet */
	MDNS_LABEL_SIZE = 64,       /* a DNS label and its NUL */
	MDNS_TTL_S = 120,
	MDNS_TTL_LEGACY_S = 10, /* RFC 6762 section 6.7 */
};

/* The names of a service tag: TAG.local and the meta name. */
struct mdns_service;
int mdns_service_new(const char *tag, struct mdns_service **ret); /* -EINVAL */
void mdns_service_free(struct mdns_service *);

/* One service instance in a packet. */
struct mdns_instance {
	char label[MDNS_LABEL_SIZE]; /* its own part of the name, lower case */
	uint32_t ttl_s;              /* 0: goodbye */
	struct peer_id peer;         /* len 0: only its name is known */
	struct mdns_address addresses[MDNS_PEER_ADDRESSES_MAX];
	size_t count;
};

/* A question of a resolver that knows only one answer, from the address that it
 * asked from (RFC 6762 section 6.7). */
struct mdns_question {
	uint16_t id;
	uint16_t type;
	enum { MDNS_ASKS_SERVICE, MDNS_ASKS_META, MDNS_ASKS_LABEL } about;
};

struct mdns_packet {
	uint16_t id;
	bool is_response;
	uint16_t asked_type; /* of the last question to us */
	bool asks_service;   /* for the instances of our service */
	bool asks_meta;      /* for the services there are */
	char asked_label[MDNS_LABEL_SIZE]; /* for one instance; "": none */
	struct mdns_instance instances[MDNS_INSTANCES_MAX];
	size_t count;
};

/*
 * Read a packet. Answers count in any section; a query with authority records
 * is a probe (RFC 6762 section 8.1), not a question to us. 0, or -EBADMSG.
 */
int mdns_packet_decode(
    const struct mdns_service *, struct bytes, struct mdns_packet *ret);

/* What we announce on one interface. */
struct mdns_self {
	const char *label;
	const struct peer_id *peer;
	uint16_t port;
	const struct mdns_address *addresses; /* their ports do not matter */
	size_t count;                         /* at least one */
	uint32_t ttl_s;                       /* 0: goodbye */
	const struct mdns_question *question; /* NULL: to the group */
};

/* Each writes one packet into out: its length, or -EINVAL, -ENOBUFS. */
int mdns_query_encode(
    const struct mdns_service *, uint16_t id, uint8_t out[MDNS_PACKET_OUT_MAX]);
int mdns_meta_encode(const struct mdns_service *,
    const struct mdns_question *, /* NULL: to the group */
    uint8_t out[MDNS_PACKET_OUT_MAX]);
int mdns_self_encode(const struct mdns_service *, const struct mdns_self *,
    uint8_t out[MDNS_PACKET_OUT_MAX]);

#endif
