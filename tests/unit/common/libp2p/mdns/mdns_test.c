/* The mDNS machine on an invented interface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include <ldns/ldns.h>

#include "common/base/array.h"
#include "common/base/buffer.h"
#include "common/base/xalloc.h"
#include "tests/unit/support/mdns_world.h"

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
	world_interfaces(world, ips, 1, 0);
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
		if (packet->count == 1 && world->sent[i].interface == ETH0)
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
forgets_those_of_a_interface_that_goes(void **state)
{
	static const char *const ips[] = { "10.0.0.1" };
	struct world *world = world_new();
	struct bytes packet = captured("go response to a query");

	(void)state;
	world_up(world);
	world_hear(world, ETH1, "10.1.0.9", packet, 1000);
	world_interfaces(world, ips, 1, 2000);
	assert_int_equal(world->lost_count, 1);
	world_hear(world, ETH1, "10.1.0.9", packet, 3000);
	assert_int_equal(world->found_count, 1);
	world_free(world);
}

/* A label we use, from what was sent on an interface last. */
static void
last_label(
    struct world *world, unsigned int interface, char ret[MDNS_LABEL_SIZE])
{
	struct mdns_packet *packet = xzalloc(sizeof(*packet));
	size_t i;

	ret[0] = '\0';
	for (i = 0; i < world->sent_count; i++) {
		mdns_packet_decode(world->service,
		    (struct bytes){ world->sent[i].data, world->sent[i].len },
		    packet);
		if (world->sent[i].interface == interface &&
		    packet->count == 1 && packet->instances[0].ttl_s > 0)
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
	world_interfaces(world, changed, 2, 60000);
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
flapping_interfaces_do_not_chatter(void **state)
{
	static const char *const ips[] = { "10.0.0.1", "10.1.0.1" };
	struct world *world = world_new();
	int64_t ms;

	(void)state;
	world_up(world);
	world_run(world, 0, 1000);
	world->sent_count = 0;
	for (ms = 1000; ms < 31000; ms += 100) {
		world_interfaces(world, ips, 1 + (size_t)(ms / 100 % 2), ms);
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
		world_hear(world, sent->interface, "10.0.0.1",
		    (struct bytes){ sent->data, sent->len }, 2000);
		world_hear(world, sent->interface, "10.0.0.99",
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
		world_hear(world, world->sent[i].interface, "10.0.0.1",
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
an_ipv6_only_interface_has_its_zone(void **state)
{
	struct mdns_interface interface = { .index = ETH0, .count = 1 };
	struct world *alice = world_new(), *bob = world_new();
	struct peer_id ids[2] = { peer(ALICE) };
	size_t i;

	(void)state;
	peer_id_decode(peer_id_bytes(&ids[0]), &ids[1]);
	ids[1].data[10] ^= 1;
	interface.addresses[0] = ip("fe80::1");
	mdns_set_self(alice->mdns, &ids[0], 4001, at(0));
	mdns_set_interfaces(alice->mdns, &interface, 1, at(0));
	world_run(alice, 0, 300);
	interface.addresses[0] = ip("fe80::2");
	mdns_set_self(bob->mdns, &ids[1], 4001, at(0));
	mdns_set_interfaces(bob->mdns, &interface, 1, at(0));
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
	struct mdns_self self = { "abc", NULL, 1, &home, 1, 3200, NULL };
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

/* --- other ports than 5353 */

static void
an_answer_from_another_port_is_ignored(void **state)
{
	struct world *world = world_new();
	struct bytes answer = captured("go response to a query");

	(void)state;
	world_up(world);
	world_hear_from(world, ETH0, "10.0.0.9", 12345, answer, 10);
	assert_int_equal(world->found_count, 0);
	world_hear(world, ETH0, "10.0.0.9", answer, 20);
	assert_int_equal(world->found_count, 1);
	world_free(world);
}

/* A query as simple resolvers send it, for one name and type. */
static size_t
ask_once(const char *name, ldns_rr_type type, uint8_t out[512])
{
	ldns_pkt *packet = ldns_pkt_query_new(
	    ldns_dname_new_frm_str(name), type, LDNS_RR_CLASS_IN, LDNS_RD);
	uint8_t *wire;
	size_t len;

	ldns_pkt_set_id(packet, 0x1234);
	assert_int_equal(ldns_pkt2wire(&wire, packet, &len), LDNS_STATUS_OK);
	memcpy(out, wire, len);
	free(wire);
	ldns_pkt_free(packet);
	return len;
}

static void
check_section(const ldns_rr_list *section)
{
	size_t i;

	for (i = 0; i < ldns_rr_list_rr_count(section); i++) {
		const ldns_rr *record = ldns_rr_list_rr(section, i);

		assert_int_equal(ldns_rr_get_class(record), LDNS_RR_CLASS_IN);
		assert_true(ldns_rr_ttl(record) <= MDNS_TTL_LEGACY_S);
	}
}

static void
a_question_from_another_port_is_answered_there(void **state)
{
	static const struct {
		const char *name;
		ldns_rr_type type, want;
	} cases[] = {
		{ "goop-mdns.local.", LDNS_RR_TYPE_PTR, LDNS_RR_TYPE_PTR },
		{ "Goop-mDNS.local.", LDNS_RR_TYPE_ANY, LDNS_RR_TYPE_PTR },
		{ "_services._dns-sd._udp.local.", LDNS_RR_TYPE_PTR,
		    LDNS_RR_TYPE_PTR },
		{ "other.local.", LDNS_RR_TYPE_PTR, 0 },
		{ "x.goop-mdns.local.", LDNS_RR_TYPE_TXT, 0 },
	};
	struct world *world = world_new();
	uint8_t query[512];
	size_t i, len, sent;
	ldns_pkt *packet;

	(void)state;
	world_up(world);
	world_run(world, 0, 3000);
	sent = world->sent_count;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		world->answer_count = 0;
		len = ask_once(cases[i].name, cases[i].type, query);
		world_hear_from(world, ETH0, "10.0.0.9", 40000,
		    (struct bytes){ query, len }, 3000);
		if (world->answer_count != (cases[i].want != 0))
			fail_msg("%s: %zu answers", cases[i].name,
			    world->answer_count);
		if (cases[i].want == 0)
			continue;
		assert_int_equal(world->answered.port, 40000);
		assert_int_equal(ldns_wire2pkt(&packet, world->answer.data,
				     world->answer.len),
		    LDNS_STATUS_OK);
		assert_int_equal(ldns_pkt_id(packet), 0x1234);
		assert_int_equal(ldns_pkt_qdcount(packet), 1);
		assert_int_equal(ldns_rr_get_type(ldns_rr_list_rr(
				     ldns_pkt_question(packet), 0)),
		    cases[i].type);
		assert_int_equal(ldns_rr_get_type(ldns_rr_list_rr(
				     ldns_pkt_answer(packet), 0)),
		    cases[i].want);
		check_section(ldns_pkt_answer(packet));
		check_section(ldns_pkt_additional(packet));
		ldns_pkt_free(packet);
	}
	world_run(world, 3000, 4500);
	assert_int_equal(world->sent_count, sent); /* the group hears nothing */
	world_free(world);
}

/* The asker's address may be forged: others must not be flooded by us. */
static void
answers_to_single_askers_are_bounded(void **state)
{
	struct world *world = world_new();
	uint8_t query[512];
	size_t i, len = ask_once("goop-mdns.local.", LDNS_RR_TYPE_PTR, query);

	(void)state;
	world_up(world);
	for (i = 0; i < 100; i++)
		world_hear_from(world, ETH0, "10.0.0.9", 40000,
		    (struct bytes){ query, len }, 3000);
	assert_int_equal(world->answer_count, MDNS_LEGACY_BURST);
	world_free(world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damaged_packets_do_no_harm),
		cmocka_unit_test(asks_and_announces),
		cmocka_unit_test(says_nothing_before_it_knows_itself),
		cmocka_unit_test(answers_at_most_once_a_second),
		cmocka_unit_test(is_silent_when_known),
		cmocka_unit_test(finds_and_loses_a_peer),
		cmocka_unit_test(trusts_loopback_of_this_machine),
		cmocka_unit_test(forgets_those_of_a_interface_that_goes),
		cmocka_unit_test(a_new_address_gets_a_new_name),
		cmocka_unit_test(flapping_interfaces_do_not_chatter),
		cmocka_unit_test(suspend_starts_over),
		cmocka_unit_test(its_own_echo_is_nobody),
		cmocka_unit_test(its_own_question_is_not_answered),
		cmocka_unit_test(a_copy_of_the_key_is_noticed),
		cmocka_unit_test(an_ipv6_only_interface_has_its_zone),
		cmocka_unit_test(a_flood_is_bounded),
		cmocka_unit_test(an_answer_from_another_port_is_ignored),
		cmocka_unit_test(
		    a_question_from_another_port_is_answered_there),
		cmocka_unit_test(answers_to_single_askers_are_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
