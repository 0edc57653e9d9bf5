/*
 * mdns_world: an mDNS machine on invented interfaces, and what it said there;
 * for the tests of mdns. Addresses and peer ids by their texts.
 */
#ifndef TESTS_UNIT_SUPPORT_MDNS_WORLD_H
#define TESTS_UNIT_SUPPORT_MDNS_WORLD_H

#include "common/libp2p/mdns/mdns.h"

#define MDNS_TAG "goop-mdns"
#define ALICE    "12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5"

enum { ETH0 = 2, ETH1 = 3, SENT_MAX = 256 };

struct sent {
	unsigned int interface;
	uint8_t data[MDNS_PACKET_OUT_MAX];
	size_t len;
};

struct world {
	struct mdns *mdns;
	struct mdns_service *service;
	struct sent sent[SENT_MAX];
	size_t sent_count;
	struct sent answer; /* the last to one asker, */
	struct mdns_address answered;
	size_t answer_count;
	char found[MDNS_ADDRESS_TEXT_SIZE * 4]; /* the last, its addresses */
	size_t found_count, lost_count, double_count;
};

struct peer_id peer(const char *text);
struct mdns_address ip(const char *text);
struct monotime at(int64_t ms);

/* A recorded packet of tests/vectors/mdns.json. */
struct bytes captured(const char *name);

struct world *world_new(void);
void world_free(struct world *);

/* Links of one IPv4 address each; count of them from ETH0 on. */
void world_interfaces(
    struct world *, const char *const *ips, size_t count, int64_t ms);
/* Alice, port 4001, with both interfaces. */
void world_up(struct world *);

/* Let time pass, doing what is due when it is due. */
void world_run(struct world *, int64_t from, int64_t to);
void world_hear(struct world *, unsigned int interface, const char *source,
    struct bytes packet, int64_t ms);
/* The same, from another port than 5353. */
void world_hear_from(struct world *, unsigned int interface, const char *source,
    uint16_t port, struct bytes packet, int64_t ms);

/* How many of the sent packets tell of ourselves with this ttl. */
size_t world_told(struct world *, unsigned int interface, uint32_t ttl_s);
/* How many ask. */
size_t world_asked(struct world *, unsigned int interface);

#endif
