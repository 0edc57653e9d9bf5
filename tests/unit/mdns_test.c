/* mdns against recorded packets, crafted ones, and an invented link. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/hex.h"
#include "common/base/xalloc.h"
#include "common/libp2p/mdns.h"
#include "tests/unit/support/vectors.h"

#define TAG   "goop-mdns"
#define ALICE "12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5"
#define BOB   "12D3KooWPqT2nMDSiXUSx5D7fasaxhahxKigVhcqfkKqrLghCq9jxz"

enum { ETH0 = 2, ETH1 = 3, SENT_MAX = 256 };

static struct peer_id
peer(const char *text)
{
	struct peer_id id;

	assert_int_equal(peer_id_parse(text, &id), 0);
	return id;
}

static struct mdns_address
ip(const char *text)
{
	struct mdns_address address = { .family = AF_INET };

	if (inet_pton(AF_INET, text, address.ip) != 1) {
		address.family = AF_INET6;
		assert_int_equal(inet_pton(AF_INET6, text, address.ip), 1);
	}
	return address;
}

static struct monotime
at(int64_t ms)
{
	return (struct monotime){ (1000000 + ms) * 1000 };
}

/* --- a machine with an invented link */

struct sent {
	unsigned int link;
	uint8_t data[MDNS_PACKET_OUT_MAX];
	size_t len;
};

struct world {
	struct mdns *mdns;
	struct mdns_service *service;
	struct sent sent[SENT_MAX];
	size_t sent_count;
	char found[MDNS_ADDRESS_TEXT_SIZE * 4];
	size_t found_count, lost_count, double_count;
};

static void
on_send(unsigned int link, struct bytes packet, void *arg)
{
	struct world *world = arg;
	struct sent *sent = &world->sent[world->sent_count++ % SENT_MAX];

	sent->link = link;
	sent->len = packet.len;
	memcpy(sent->data, packet.data, packet.len);
}

static void
on_found(const struct mdns_found *found, void *arg)
{
	struct world *world = arg;
	char text[MDNS_ADDRESS_TEXT_SIZE];
	size_t i;

	world->found_count++;
	world->found[0] = '\0';
	for (i = 0; i < found->count && i < 3; i++) {
		mdns_address_print(&found->addresses[i], found->link, text);
		strcat(world->found, i > 0 ? " " : "");
		strcat(world->found, text);
	}
}

static void
on_lost(const struct peer_id *id, void *arg)
{
	struct world *world = arg;

	(void)id;
	world->lost_count++;
}

static void
on_double(const struct mdns_address *source, void *arg)
{
	struct world *world = arg;

	(void)source;
	world->double_count++;
}

static const struct mdns_user user = { on_send, on_found, on_lost, on_double };

static struct world *
world_new(void)
{
	struct world *world = xzalloc(sizeof(*world));

	assert_int_equal(mdns_new(TAG, &user, world, &world->mdns), 0);
	assert_int_equal(mdns_service_new(TAG, &world->service), 0);
	return world;
}

static void
world_free(struct world *world)
{
	mdns_free(world->mdns);
	mdns_service_free(world->service);
	free(world);
}

/* Links of one IPv4 address each; count of them from ETH0 on. */
static void
world_links(
    struct world *world, const char *const *ips, size_t count, int64_t ms)
{
	struct mdns_link links[2] = { { .index = ETH0 }, { .index = ETH1 } };
	size_t i;

	for (i = 0; i < count; i++) {
		links[i].addresses[0] = ip(ips[i]);
		links[i].count = 1;
	}
	mdns_set_links(world->mdns, links, count, at(ms));
}

static void
world_up(struct world *world)
{
	static const char *const ips[] = { "10.0.0.1", "10.1.0.1" };
	struct peer_id alice = peer(ALICE);

	mdns_set_self(world->mdns, &alice, 4001, at(0));
	world_links(world, ips, 2, 0);
}

/* Let time pass, doing what is due when it is due. */
static void
world_run(struct world *world, int64_t from, int64_t to)
{
	struct monotime due;

	mdns_run(world->mdns, at(from));
	for (;;) {
		due = mdns_deadline(world->mdns);
		if (due.us > at(to).us)
			return;
		mdns_run(world->mdns, due);
	}
}

static void
world_hear(struct world *world, unsigned int link, const char *source,
    struct bytes packet, int64_t ms)
{
	struct mdns_address from = ip(source);

	mdns_hear(world->mdns, link, &from, packet, at(ms));
}

/* How many of the sent packets tell of ourselves with this ttl. */
static size_t
world_told(struct world *world, unsigned int link, uint32_t ttl_s)
{
	struct mdns_packet *packet = xzalloc(sizeof(*packet));
	size_t i, n = 0;

	assert_true(world->sent_count < SENT_MAX);
	for (i = 0; i < world->sent_count; i++) {
		struct sent *sent = &world->sent[i];

		assert_int_equal(
		    mdns_packet_decode(world->service,
			(struct bytes){ sent->data, sent->len }, packet),
		    0);
		n += sent->link == link && packet->count == 1 &&
		     packet->instances[0].ttl_s == ttl_s;
	}
	free(packet);
	return n;
}

static size_t
world_asked(struct world *world, unsigned int link)
{
	struct mdns_packet *packet = xzalloc(sizeof(*packet));
	size_t i, n = 0;

	for (i = 0; i < world->sent_count; i++) {
		struct sent *sent = &world->sent[i];

		assert_int_equal(
		    mdns_packet_decode(world->service,
			(struct bytes){ sent->data, sent->len }, packet),
		    0);
		n += sent->link == link && packet->asks_service;
	}
	free(packet);
	return n;
}

/* --- packets */

static struct bytes
captured(const char *name)
{
	json_t *vectors = vectors_load("mdns"), *entry;
	size_t i;

	json_array_foreach(vectors_get(vectors, "captured"), i, entry)
	{
		if (strcmp(vectors_text(entry, "name"), name) == 0)
			return vectors_hex(entry, "udp_payload");
	}
	fail_msg("no vector %s", name);
	return (struct bytes){ NULL, 0 };
}

static const struct {
	const char *name;
	bool asks;
	const char *asked_label;
	size_t instances;
	uint32_t ttl_s;
	const char *address; /* the last */
} cases[] = {
	{ "js query", true, "", 0, 0, NULL },
	{ "go query", true, "", 0, 0, NULL },
	{ "js response to a query", false, "", 1, 120,
	    "/ip4/127.0.0.1/tcp/4111" },
	{ "go response to a query", false, "", 1, 3200,
	    "/ip4/192.0.2.7/tcp/4222" },
	{ "go probe (query with authority section; ignore it)", false, "", 0, 0,
	    NULL },
	{ "go unsolicited announcement", false, "", 1, 3200,
	    "/ip4/192.0.2.7/tcp/4222" },
	{ "go goodbye (ttl 0)", false, "", 1, 0, "/ip4/192.0.2.7/tcp/4222" },
};

static void
reads_recorded_packets(void **state)
{
	struct mdns_packet *packet = xzalloc(sizeof(*packet));
	struct mdns_service *service;
	char text[MDNS_ADDRESS_TEXT_SIZE];
	size_t i;

	(void)state;
	assert_int_equal(mdns_service_new("GOOP-mdns", &service), 0);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		print_message("case: %s\n", cases[i].name);
		assert_int_equal(mdns_packet_decode(
				     service, captured(cases[i].name), packet),
		    0);
		assert_int_equal(packet->asks_service, cases[i].asks);
		assert_string_equal(packet->asked_label, cases[i].asked_label);
		assert_int_equal(packet->count, cases[i].instances);
		if (packet->count == 0)
			continue;
		assert_int_equal(packet->instances[0].ttl_s, cases[i].ttl_s);
		assert_true(packet->instances[0].count > 0);
		mdns_address_print(
		    &packet->instances[0]
			 .addresses[packet->instances[0].count - 1],
		    0, text);
		assert_string_equal(text, cases[i].address);
	}
	mdns_service_free(service);
	free(packet);
}

static void
writes_the_known_query(void **state)
{
	static const char want[] = "000000000001000000000000"
				   "09676f6f702d6d646e73056c6f63616c00000c0001";
	uint8_t out[MDNS_PACKET_OUT_MAX];
	struct mdns_service *service;
	char hex[2 * MDNS_PACKET_OUT_MAX + 1];
	int len;

	(void)state;
	assert_int_equal(mdns_service_new(TAG, &service), 0);
	len = mdns_query_encode(service, 0, out);
	assert_true(len > 0);
	hex_print((struct bytes){ out, (size_t)len }, hex);
	assert_string_equal(hex, want);
	mdns_service_free(service);
}

/* Read our packet with libldns itself: what go and js peers look for. */
static void
tells_all_in_one_packet(void **state)
{
	struct mdns_address addresses[2] = { ip("192.168.1.20"),
		ip("2001:db8::1") };
	struct peer_id alice = peer(ALICE);
	struct mdns_self self = { "abc", &alice, 41001, addresses, 2, 120 };
	uint8_t out[MDNS_PACKET_OUT_MAX];
	struct mdns_service *service;
	struct mdns_packet *packet = xzalloc(sizeof(*packet));
	char text[MDNS_ADDRESS_TEXT_SIZE];
	int len;

	(void)state;
	assert_int_equal(mdns_service_new(TAG, &service), 0);
	len = mdns_self_encode(service, &self, out);
	assert_true(len > 0);
	/* QR and AA; 1 answer; SRV, TXT, A, AAAA beside it. */
	assert_memory_equal(out, "\0\0\x84\0\0\0\0\1\0\0\0\4", 12);
	assert_int_equal(mdns_packet_decode(service,
			     (struct bytes){ out, (size_t)len }, packet),
	    0);
	assert_int_equal(packet->count, 1);
	assert_string_equal(packet->instances[0].label, "abc");
	assert_int_equal(packet->instances[0].count, 2);
	mdns_address_print(&packet->instances[0].addresses[1], 0, text);
	assert_string_equal(text, "/ip6/2001:db8::1/tcp/41001");
	free(packet);
	mdns_service_free(service);
}

static void
a_packet_full_of_addresses_fits(void **state)
{
	struct mdns_address addresses[MDNS_LINK_ADDRESSES_MAX];
	struct peer_id alice = peer(ALICE);
	struct mdns_self self = { "abcdefghijklmnopqrstuvwxyz012345", &alice,
		65535, addresses, MDNS_LINK_ADDRESSES_MAX, 120 };
	uint8_t out[MDNS_PACKET_OUT_MAX];
	struct mdns_service *service;
	size_t i;

	(void)state;
	for (i = 0; i < MDNS_LINK_ADDRESSES_MAX; i++) {
		addresses[i] = ip("2001:db8:1111:2222:3333:4444:5555:6666");
		addresses[i].ip[0] = (uint8_t)(0x20 + i);
	}
	assert_int_equal(mdns_service_new(TAG, &service), 0);
	assert_true(mdns_self_encode(service, &self, out) > 0);
	mdns_service_free(service);
}

static const struct {
	const char *name, *tag;
	int want;
} tags[] = {
	{ "usual", "goop-mdns", 0 },
	{ "of several labels", "_p2p._udp", 0 },
	{ "empty", "", -EINVAL },
	{ "dot", ".", -EINVAL },
	{ "two dots", "a..b", -EINVAL },
	{ "label too long",
	    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	    -EINVAL },
};

static void
a_tag_has_to_be_a_name(void **state)
{
	struct mdns_service *service;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
		print_message("case: %s\n", tags[i].name);
		rc = mdns_service_new(tags[i].tag, &service);
		assert_int_equal(rc, tags[i].want);
		if (rc == 0)
			mdns_service_free(service);
	}
}

/* --- hostile packets: an answer around one record of our choice */

static const struct {
	const char *name, *hex;
	int want;
} hostile[] = {
	{ "empty", "", -EBADMSG },
	{ "half a header", "0000840000", -EBADMSG },
	{ "counts that lie", "00008400000000ff00000000", -EBADMSG },
	{ "too many records", "000084000000ffffffffffff", -EBADMSG },
	{ "a name that points to itself",
	    "000000000001000000000000c00c000c0001", -EBADMSG },
	{ "two names that point to each other",
	    "000000000001000000000000c00ec00c000c0001", -EBADMSG },
	{ "a pointer past the end", "000000000001000000000000cfff000c0001",
	    -EBADMSG },
	{ "a name without end", "0000000000010000000000003f616161", -EBADMSG },
	{ "record data past the end",
	    "00008400000000010000000000001000010000007800ff", -EBADMSG },
	{ "an opcode that is no query",
	    "00002800000100000000000009676f6f702d6d646e73056c6f63616c00"
	    "000c0001",
	    0 },
};

static void
hostile_packets_are_refused(void **state)
{
	struct mdns_packet *packet = xzalloc(sizeof(*packet));
	uint8_t wire[256];
	struct mdns_service *service;
	size_t i, len;

	(void)state;
	assert_int_equal(mdns_service_new(TAG, &service), 0);
	for (i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
		print_message("case: %s\n", hostile[i].name);
		len = strlen(hostile[i].hex) / 2;
		assert_int_equal(hex_parse(hostile[i].hex, wire, len), 0);
		assert_int_equal(mdns_packet_decode(service,
				     (struct bytes){ wire, len }, packet),
		    hostile[i].want);
		assert_false(packet->asks_service);
		assert_int_equal(packet->count, 0);
	}
	mdns_service_free(service);
	free(packet);
}

/* Every prefix and every single changed byte of a real packet. */
static void
damaged_packets_do_no_harm(void **state)
{
	struct world *world = world_new();
	struct bytes whole = captured("go response to a query");
	uint8_t *wire = xmemdup(whole.data, whole.len), *copy;
	size_t i, len = whole.len;

	(void)state;
	world_up(world);
	for (i = 0; i < len; i++) {
		copy = xmemdup(wire, i + 1);
		world_hear(
		    world, ETH0, "10.0.0.9", (struct bytes){ copy, i }, 10);
		free(copy);
		wire[i] ^= 0xff;
		world_hear(
		    world, ETH0, "10.0.0.9", (struct bytes){ wire, len }, 20);
		wire[i] ^= 0xff;
	}
	free(wire);
	world_free(world);
}

/* --- behaviour in time */

static void
asks_and_announces(void **state)
{
	struct world *world = world_new();

	(void)state;
	world_up(world);
	world_run(world, 0, 250);
	assert_int_equal(world_asked(world, ETH0), 1);
	assert_int_equal(world_asked(world, ETH1), 1);
	assert_int_equal(world_told(world, ETH0, MDNS_TTL_S), 1);
	world_run(world, 250, 10000); /* +1 s, +4 s */
	assert_int_equal(world_asked(world, ETH0), 3);
	assert_int_equal(world_told(world, ETH0, MDNS_TTL_S), 2);
	world_run(world, 10000, 310000);
	assert_in_range(world_asked(world, ETH0), 8, 11);
	assert_in_range(world_told(world, ETH0, MDNS_TTL_S), 6, 7);
	mdns_stop(world->mdns);
	assert_int_equal(world_told(world, ETH0, 0), 1);
	assert_int_equal(world_told(world, ETH1, 0), 1);
	world_free(world);
}

static void
says_nothing_before_it_knows_itself(void **state)
{
	static const char *const ips[] = { "10.0.0.1" };
	struct world *world = world_new();
	struct bytes query = captured("go query");

	(void)state;
	world_links(world, ips, 1, 0);
	world_run(world, 0, 3000);
	world_hear(world, ETH0, "10.0.0.9", query, 3000);
	world_run(world, 3000, 5000);
	assert_true(world_asked(world, ETH0) > 0);
	assert_int_equal(world_told(world, ETH0, MDNS_TTL_S), 0);
	mdns_stop(world->mdns);
	assert_int_equal(world_told(world, ETH0, 0), 0);
	world_free(world);
}

static void
answers_at_most_once_a_second(void **state)
{
	struct world *world = world_new();
	struct bytes query = captured("js query");
	size_t before;
	int64_t ms;

	(void)state;
	world_up(world);
	world_run(world, 0, 10000);
	before = world_told(world, ETH0, MDNS_TTL_S);
	for (ms = 10000; ms < 15000; ms += 10) {
		world_hear(world, ETH0, "10.0.0.9", query, ms);
		world_run(world, ms, ms + 9);
	}
	assert_in_range(
	    world_told(world, ETH0, MDNS_TTL_S), before + 4, before + 6);
	/* and the last asker is answered too */
	before = world_told(world, ETH0, MDNS_TTL_S);
	world_run(world, 15000, 16200);
	assert_int_equal(world_told(world, ETH0, MDNS_TTL_S), before + 1);
	assert_int_equal(world_told(world, ETH1, MDNS_TTL_S), 2);
	world_free(world);
}

/* Our own announcement, turned into a query that lists it as known. */
static void
is_silent_when_known(void **state)
{
	struct world *world = world_new();
	struct mdns_packet *packet = xzalloc(sizeof(*packet));
	const char *label;
	struct buffer buffer;
	size_t i, before;

	(void)state;
	world_up(world);
	world_run(world, 0, 10000);
	for (i = 0; i < world->sent_count; i++) {
		mdns_packet_decode(world->service,
		    (struct bytes){ world->sent[i].data, world->sent[i].len },
		    packet);
		if (packet->count == 1 && world->sent[i].link == ETH0)
			break;
	}
	assert_true(i < world->sent_count);
	label = packet->instances[0].label;
	assert_int_equal(strlen(label), 32);
	buffer_init(&buffer, MDNS_PACKET_IN_MAX);
	buffer_append(&buffer,
	    (struct bytes){ (const uint8_t *)"\0\0\0\0\0\1\0\1\0\0\0\0"
					     "\x9goop-mdns\x5local\0\0\xc\0\1"
					     "\xc0\xc\0\xc\0\1\0\0\0\x3c\0\x23"
					     "\x20",
		12 + 21 + 12 + 1 });
	buffer_append(&buffer, bytes_of(label));
	buffer_append(&buffer, (struct bytes){ (const uint8_t *)"\xc0\xc", 2 });
	before = world_told(world, ETH0, MDNS_TTL_S);
	world_hear(world, ETH0, "10.0.0.9", buffer_bytes(&buffer), 10000);
	world_run(world, 10000, 12000);
	assert_int_equal(world_told(world, ETH0, MDNS_TTL_S), before);
	buffer_fini(&buffer);
	free(packet);
	world_free(world);
}

static void
finds_and_loses_a_peer(void **state)
{
	struct world *world = world_new();
	struct bytes packet = captured("go response to a query");

	(void)state;
	world_up(world);
	world_hear(world, ETH0, "10.0.0.9", packet, 1000);
	/* 127.0.0.1 of another machine is not theirs */
	assert_string_equal(world->found, "/ip4/192.0.2.7/tcp/4222");
	assert_int_equal(world->found_count, 1);
	world_hear(world, ETH0, "10.0.0.9", packet, 2000);
	assert_int_equal(world->found_count, 1);
	world_hear(world, ETH1, "10.1.0.9", packet, 2500);
	assert_int_equal(world->found_count, 2);
	world_hear(world, ETH0, "10.0.0.9", packet, 40000);
	assert_int_equal(world->found_count, 3);
	mdns_tell_all(world->mdns);
	assert_int_equal(world->found_count, 5);
	packet = captured("go goodbye (ttl 0)");
	world_hear(world, ETH0, "10.0.0.9", packet, 41000);
	assert_int_equal(world->lost_count, 0); /* still there on eth1 */
	world_hear(world, ETH1, "10.1.0.9", packet, 41000);
	assert_int_equal(world->lost_count, 1);
	assert_int_equal(mdns_peer_count(world->mdns), 0);
	world_free(world);
}

static void
trusts_loopback_of_this_machine(void **state)
{
	struct world *world = world_new();
	struct bytes packet = captured("js response to a query");

	(void)state;
	world_up(world);
	world_hear(world, ETH0, "10.0.0.9", packet, 1000);
	assert_int_equal(world->found_count, 0);
	world_hear(world, ETH0, "10.1.0.1", packet, 1000);
	assert_string_equal(world->found, "/ip4/127.0.0.1/tcp/4111");
	/* silent for its 120 s */
	world_run(world, 1000, 120999);
	assert_int_equal(world->lost_count, 0);
	world_run(world, 120999, 121001);
	assert_int_equal(world->lost_count, 1);
	world_free(world);
}

static void
forgets_those_of_a_link_that_goes(void **state)
{
	static const char *const ips[] = { "10.0.0.1" };
	struct world *world = world_new();
	struct bytes packet = captured("go response to a query");

	(void)state;
	world_up(world);
	world_hear(world, ETH1, "10.1.0.9", packet, 1000);
	world_links(world, ips, 1, 2000);
	assert_int_equal(world->lost_count, 1);
	world_hear(world, ETH1, "10.1.0.9", packet, 3000);
	assert_int_equal(world->found_count, 1);
	world_free(world);
}

/* A label we use, from what was sent on a link last. */
static void
last_label(struct world *world, unsigned int link, char ret[MDNS_LABEL_SIZE])
{
	struct mdns_packet *packet = xzalloc(sizeof(*packet));
	size_t i;

	ret[0] = '\0';
	for (i = 0; i < world->sent_count; i++) {
		mdns_packet_decode(world->service,
		    (struct bytes){ world->sent[i].data, world->sent[i].len },
		    packet);
		if (world->sent[i].link == link && packet->count == 1 &&
		    packet->instances[0].ttl_s > 0)
			strcpy(ret, packet->instances[0].label);
	}
	free(packet);
}

static void
a_new_address_gets_a_new_name(void **state)
{
	static const char *const changed[] = { "10.0.0.2", "10.1.0.1" };
	struct world *world = world_new();
	char before[2][MDNS_LABEL_SIZE], after[2][MDNS_LABEL_SIZE];

	(void)state;
	world_up(world);
	world_run(world, 0, 60000);
	last_label(world, ETH0, before[0]);
	last_label(world, ETH1, before[1]);
	world_links(world, changed, 2, 60000);
	assert_int_equal(world_told(world, ETH0, 0), 1);
	assert_int_equal(world_told(world, ETH1, 0), 0);
	world->sent_count = 0;
	world_run(world, 60000, 60250);
	assert_int_equal(world_asked(world, ETH0), 1);
	assert_int_equal(world_asked(world, ETH1), 1); /* asked again too */
	last_label(world, ETH0, after[0]);
	last_label(world, ETH1, after[1]);
	assert_string_not_equal(before[0], after[0]);
	assert_string_equal(before[1], after[1]);
	world_free(world);
}

/* Links that flap elsewhere a thousand times do not make this one chatter. */
static void
flapping_links_do_not_chatter(void **state)
{
	static const char *const ips[] = { "10.0.0.1", "10.1.0.1" };
	struct world *world = world_new();
	int64_t ms;

	(void)state;
	world_up(world);
	world_run(world, 0, 1000);
	world->sent_count = 0;
	for (ms = 1000; ms < 31000; ms += 100) {
		world_links(world, ips, 1 + (size_t)(ms / 100 % 2), ms);
		world_run(world, ms, ms + 99);
	}
	assert_in_range(world_asked(world, ETH0), 8, 22);
	world_free(world);
}

static void
suspend_starts_over(void **state)
{
	struct world *world = world_new();

	(void)state;
	world_up(world);
	world_run(world, 0, 100000);
	world->sent_count = 0;
	mdns_restart(world->mdns, at(9000000));
	world_run(world, 9000000, 9000250);
	assert_int_equal(world_told(world, ETH0, 0), 1);
	assert_int_equal(world_told(world, ETH0, MDNS_TTL_S), 1);
	assert_int_equal(world_asked(world, ETH0), 1);
	world_free(world);
}

static void
its_own_echo_is_nobody(void **state)
{
	struct world *world = world_new();
	struct sent *sent;
	size_t i, n;

	(void)state;
	world_up(world);
	world_run(world, 0, 2000);
	for (i = 0, n = world->sent_count; i < n; i++) {
		sent = &world->sent[i];
		world_hear(world, sent->link, "10.0.0.1",
		    (struct bytes){ sent->data, sent->len }, 2000);
		world_hear(world, sent->link, "10.0.0.99",
		    (struct bytes){ sent->data, sent->len }, 2000);
	}
	assert_int_equal(world->found_count, 0);
	assert_int_equal(world->double_count, 0);
	world_free(world);
}

/* Another peer on this machine asks from the same address and is answered. */
static void
its_own_question_is_not_answered(void **state)
{
	struct world *world = world_new();
	struct bytes query = captured("go query");
	size_t i, n, before;

	(void)state;
	world_up(world);
	world_run(world, 0, 250);
	for (i = 0, n = world->sent_count; i < n; i++)
		world_hear(world, world->sent[i].link, "10.0.0.1",
		    (struct bytes){ world->sent[i].data, world->sent[i].len },
		    250);
	world_run(world, 250, 3000);
	before = world_told(world, ETH0, MDNS_TTL_S);
	assert_int_equal(before, 2); /* as announced */
	world_hear(world, ETH0, "10.0.0.1", query, 3000);
	world_run(world, 3000, 3500);
	assert_int_equal(world_told(world, ETH0, MDNS_TTL_S), before + 1);
	world_free(world);
}

static void
a_copy_of_the_key_is_noticed(void **state)
{
	struct world *world = world_new(), *other = world_new();
	size_t i;

	(void)state;
	world_up(world);
	world_up(other);
	world_run(other, 0, 2000);
	for (i = 0; i < other->sent_count; i++)
		world_hear(world, ETH0, "10.0.0.99",
		    (struct bytes){ other->sent[i].data, other->sent[i].len },
		    2000);
	assert_int_equal(world->found_count, 0);
	assert_true(world->double_count > 0);
	world_free(world);
	world_free(other);
}

static void
an_ipv6_only_link_has_its_zone(void **state)
{
	struct mdns_link link = { .index = ETH0, .count = 1 };
	struct world *alice = world_new(), *bob = world_new();
	struct peer_id ids[2] = { peer(ALICE) };
	size_t i;

	(void)state;
	peer_id_decode(peer_id_bytes(&ids[0]), &ids[1]);
	ids[1].data[10] ^= 1;
	link.addresses[0] = ip("fe80::1");
	mdns_set_self(alice->mdns, &ids[0], 4001, at(0));
	mdns_set_links(alice->mdns, &link, 1, at(0));
	world_run(alice, 0, 300);
	link.addresses[0] = ip("fe80::2");
	mdns_set_self(bob->mdns, &ids[1], 4001, at(0));
	mdns_set_links(bob->mdns, &link, 1, at(0));
	for (i = 0; i < alice->sent_count; i++)
		world_hear(bob, ETH0, "fe80::1",
		    (struct bytes){ alice->sent[i].data, alice->sent[i].len },
		    300);
	assert_string_equal(bob->found, "/ip6zone/2/ip6/fe80::1/tcp/4001");
	world_free(alice);
	world_free(bob);
}

static void
a_flood_is_bounded(void **state)
{
	struct mdns_address home = ip("10.0.0.9");
	struct world *world = world_new();
	struct mdns_self self = { "abc", NULL, 1, &home, 1, 3200 };
	struct peer_id id = peer(ALICE);
	uint8_t out[MDNS_PACKET_OUT_MAX];
	int len, i;

	(void)state;
	world_up(world);
	self.peer = &id;
	for (i = 1; i < 3000; i++) {
		memcpy(id.data + 8, &i, sizeof(i));
		len = mdns_self_encode(world->service, &self, out);
		assert_true(len > 0);
		world_hear(world, ETH0, "10.0.0.9",
		    (struct bytes){ out, (size_t)len }, 1000);
	}
	assert_int_equal(mdns_peer_count(world->mdns), MDNS_PEERS_MAX);
	assert_int_equal(world->found_count, 2999);
	world_free(world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_recorded_packets),
		cmocka_unit_test(writes_the_known_query),
		cmocka_unit_test(tells_all_in_one_packet),
		cmocka_unit_test(a_packet_full_of_addresses_fits),
		cmocka_unit_test(a_tag_has_to_be_a_name),
		cmocka_unit_test(hostile_packets_are_refused),
		cmocka_unit_test(damaged_packets_do_no_harm),
		cmocka_unit_test(asks_and_announces),
		cmocka_unit_test(says_nothing_before_it_knows_itself),
		cmocka_unit_test(answers_at_most_once_a_second),
		cmocka_unit_test(is_silent_when_known),
		cmocka_unit_test(finds_and_loses_a_peer),
		cmocka_unit_test(trusts_loopback_of_this_machine),
		cmocka_unit_test(forgets_those_of_a_link_that_goes),
		cmocka_unit_test(a_new_address_gets_a_new_name),
		cmocka_unit_test(flapping_links_do_not_chatter),
		cmocka_unit_test(suspend_starts_over),
		cmocka_unit_test(its_own_echo_is_nobody),
		cmocka_unit_test(its_own_question_is_not_answered),
		cmocka_unit_test(a_copy_of_the_key_is_noticed),
		cmocka_unit_test(an_ipv6_only_link_has_its_zone),
		cmocka_unit_test(a_flood_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
