/*
 * mapping: what asking a router for a port is about: protocols, one question
 * and its answer, and what an answer means. Addresses are IPv6 ones; IPv4 is
 * mapped (RFC 4291, 2.5.5.2), all zeros are none. Pure.
 */
#ifndef GOOPD_PORT_MAPPER_MAPPING_H
#define GOOPD_PORT_MAPPER_MAPPING_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/socket.h>

/* In the order of preference. PCP: RFC 6887; NAT-PMP: RFC 6886, IPv4 only;
 * UPnP: Internet Gateway Device 1 and 2. */
enum mapping_protocol {
	MAPPING_NO_PROTOCOL,
	MAPPING_PCP,
	MAPPING_NAT_PMP,
	MAPPING_UPNP,
	MAPPING_PROTOCOLS
};

enum mapping_step {
	MAPPING_MAP,   /* map the port, or renew the mapping */
	MAPPING_CHECK, /* is it still there? */
	MAPPING_DELETE /* take it back */
};

/* What came of a question. Of several failures the last in this order says the
 * most. */
#define MAPPING_VERDICTS(X) \
	X(GRANTED, "granted") \
	X(STANDS, "the mapping is still there") \
	X(NO_ROUTER, "there is no router between this machine and the others") \
	X(NOT_ANSWERED, "the router answers neither PCP, NAT-PMP nor UPnP: " \
			"switch one of them on in its settings, or forward " \
			"the port there") \
	X(UNSUPPORTED, "the router does not support it") \
	X(MALFORMED, "the router's answer makes no sense") \
	X(FAILED, "the router could not do it") \
	X(LOST, "the router has forgotten the mapping") \
	X(CONFLICT, "the port is taken by another device") \
	X(TABLE_FULL, \
	    "the router's table of mappings is full: restart it, or " \
	    "remove old ones") \
	X(SWITCHED_OFF, "the router refuses it: allow port mapping in its " \
			"settings") \
	X(NO_PUBLIC_ADDRESS, \
	    "the router has no public address itself: it is " \
	    "behind another router or the provider's (double " \
	    "NAT), where a mapping cannot help")
enum mapping_verdict {
#define MAPPING_VERDICT(name, sentence) MAPPING_##name,
	MAPPING_VERDICTS(MAPPING_VERDICT)
#undef MAPPING_VERDICT
	    MAPPING_VERDICT_COUNT
};

enum {
	MAPPING_NONCE_SIZE = 12,     /* of PCP */
	MAPPING_LIFETIME_S = 7200,   /* asked for */
	MAPPING_LOCATION_SIZE = 160, /* of UPnP: "http://[address]:port/path" */
	MAPPING_PINHOLE_SIZE = 12,   /* of UPnP: a number of 16 bits, as text */
};

/* Where we are in one family. */
struct mapping_network {
	struct in6_addr gateway; /* of the default route; none: no router */
	struct in6_addr own;     /* the address that it is to map to */
	uint32_t interface;      /* its index */
};

struct mapping_ask {
	bool is_ipv6; /* a pinhole: the firewall lets in what comes for us */
	enum mapping_step step;
	enum mapping_protocol protocol; /* none: find one (MAP) */
	struct mapping_network network; /* that the protocol worked in */
	uint16_t internal_port;
	uint16_t external_port; /* suggested, or the granted one; never 0 */
	uint8_t nonce[MAPPING_NONCE_SIZE];
	char location[MAPPING_LOCATION_SIZE]; /* of UPnP, from last time; "" */
	char pinhole[MAPPING_PINHOLE_SIZE];   /* of UPnP, granted; "" */
};

struct mapping_answer {
	enum mapping_verdict verdict;
	enum mapping_protocol protocol; /* that said so */
	struct mapping_network network; /* where we are now */
	struct in6_addr external;       /* the router's; none: it said none */
	uint16_t external_port;         /* after GRANTED never 0 */
	uint32_t lifetime_s;            /* after GRANTED; 0: for good */
	bool has_epoch;
	uint32_t epoch_s; /* since the router started */
	char location[MAPPING_LOCATION_SIZE];
	char pinhole[MAPPING_PINHOLE_SIZE];
};

/* "pcp", "nat-pmp", "upnp"; NULL for none */
const char *mapping_protocol_name(enum mapping_protocol);
const char *mapping_verdict_sentence(enum mapping_verdict);

bool mapping_has(const struct in6_addr *); /* is it one? */
bool mapping_address_equal(const struct in6_addr *, const struct in6_addr *);
bool mapping_network_equal(
    const struct mapping_network *, const struct mapping_network *);

/* From and to text without a zone; "" for none. -EINVAL: it is none. */
int mapping_address_parse(const char *text, struct in6_addr *ret);
void mapping_address_print(
    const struct in6_addr *, char text[INET6_ADDRSTRLEN]);

/* Can the whole internet have this as the address of one machine? */
bool mapping_address_is_public(const struct in6_addr *);

/* To and from the kernel. interface: of a link-local address. The length. */
socklen_t mapping_address_to(const struct in6_addr *, uint16_t port,
    uint32_t interface, struct sockaddr_storage *ret);
void mapping_address_of(const struct sockaddr_storage *, struct in6_addr *ret);

#endif
