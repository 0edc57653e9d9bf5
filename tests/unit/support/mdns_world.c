#include "tests/unit/support/mdns_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "common/base/xalloc.h"
#include "tests/unit/support/vectors.h"

struct peer_id
peer(const char *text)
{
	struct peer_id id;

	assert_int_equal(peer_id_parse(text, &id), 0);
	return id;
}

struct mdns_address
ip(const char *text)
{
	struct mdns_address address = { .family = AF_INET };

	if (inet_pton(AF_INET, text, address.ip) != 1) {
		address.family = AF_INET6;
		assert_int_equal(inet_pton(AF_INET6, text, address.ip), 1);
	}
	return address;
}

struct monotime
at(int64_t ms)
{
	return (struct monotime){ (1000000 + ms) * 1000 };
}

struct bytes
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

static void
on_send(unsigned int interface, struct bytes packet, void *arg)
{
	struct world *world = arg;
	struct sent *sent = &world->sent[world->sent_count++ % SENT_MAX];

	sent->interface = interface;
	sent->len = packet.len;
	memcpy(sent->data, packet.data, packet.len);
}

static void
on_answer(unsigned int interface, const struct mdns_address *to,
    struct bytes packet, void *arg)
{
	struct world *world = arg;

	world->answer.interface = interface;
	world->answer.len = packet.len;
	memcpy(world->answer.data, packet.data, packet.len);
	world->answered = *to;
	world->answer_count++;
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
		mdns_address_print(
		    &found->addresses[i], found->interface, text);
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

static const struct mdns_user user = { on_send, on_answer, on_found, on_lost,
	on_double };

struct world *
world_new(void)
{
	struct world *world = xzalloc(sizeof(*world));

	assert_int_equal(mdns_new(MDNS_TAG, &user, world, &world->mdns), 0);
	assert_int_equal(mdns_service_new(MDNS_TAG, &world->service), 0);
	return world;
}

void
world_free(struct world *world)
{
	mdns_free(world->mdns);
	mdns_service_free(world->service);
	free(world);
}

void
world_interfaces(
    struct world *world, const char *const *ips, size_t count, int64_t ms)
{
	struct mdns_interface interfaces[2] = { { .index = ETH0 },
		{ .index = ETH1 } };
	size_t i;

	for (i = 0; i < count; i++) {
		interfaces[i].addresses[0] = ip(ips[i]);
		interfaces[i].count = 1;
	}
	mdns_set_interfaces(world->mdns, interfaces, count, at(ms));
}

void
world_up(struct world *world)
{
	static const char *const ips[] = { "10.0.0.1", "10.1.0.1" };
	struct peer_id alice = peer(ALICE);

	mdns_set_self(world->mdns, &alice, 4001, at(0));
	world_interfaces(world, ips, 2, 0);
}

void
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

void
world_hear(struct world *world, unsigned int interface, const char *source,
    struct bytes packet, int64_t ms)
{
	world_hear_from(world, interface, source, MDNS_PORT, packet, ms);
}

void
world_hear_from(struct world *world, unsigned int interface, const char *source,
    uint16_t port, struct bytes packet, int64_t ms)
{
	struct mdns_address from = ip(source);

	from.port = port;
	mdns_hear(world->mdns, interface, &from, packet, at(ms));
}

size_t
world_told(struct world *world, unsigned int interface, uint32_t ttl_s)
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
		n += sent->interface == interface && packet->count == 1 &&
		     packet->instances[0].ttl_s == ttl_s;
	}
	free(packet);
	return n;
}

size_t
world_asked(struct world *world, unsigned int interface)
{
	struct mdns_packet *packet = xzalloc(sizeof(*packet));
	size_t i, n = 0;

	for (i = 0; i < world->sent_count; i++) {
		struct sent *sent = &world->sent[i];

		assert_int_equal(
		    mdns_packet_decode(world->service,
			(struct bytes){ sent->data, sent->len }, packet),
		    0);
		n += sent->interface == interface && packet->asks_service;
	}
	free(packet);
	return n;
}
