/* Who is out there: peers that speak, fall silent, leave, answer or do not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/file.h"
#include "goop-discoveryd/peers/peer_cache.h"
#include "goop-discoveryd/peers/peer_table.h"

#define ALICE "12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5"

enum { TTL = 20000, GRACE = 900000, SMALL = 4 };

struct world {
	struct peer_table *table;
	size_t changed, removed;
	struct peer last; /* as it was told; its texts are not kept */
};

static void
on_changed(const struct peer *peer, void *arg)
{
	struct world *world = arg;

	world->changed++;
	world->last = *peer;
	assert_int_equal(peer->row.is_reachable,
	    peer->reach.is_reachable || peer->row.way != NULL);
	assert_int_equal(peer->row.is_offline, peer->state != PEER_ONLINE);
}

static void
on_removed(const struct peer *peer, void *arg)
{
	struct world *world = arg;

	(void)peer;
	world->removed++;
}

static const struct peer_table_user user = { on_changed, on_removed };

static void
world_init(struct world *world, size_t max)
{
	struct peer_table_limits limits = { max, TTL, GRACE, "red" };

	memset(world, 0, sizeof(*world));
	world->table = peer_table_new(&limits, &user, world);
}

static struct monotime
at(int64_t ms)
{
	return (struct monotime){ (1000000 + ms) * 1000 };
}

/* The n-th of as many peers as a test wants. */
static struct peer_id
peer(unsigned int n)
{
	struct peer_id id;

	assert_int_equal(peer_id_parse(ALICE, &id), 0);
	memcpy(id.data + 8, &n, sizeof(n));
	return id;
}

static int
say(struct world *world, unsigned int n, const char *type, int64_t ms)
{
	static const char *items[] = { "/ip4/10.0.0.2/tcp/4001" };
	struct presence_heard message = { .peer = peer(n),
		.presence = { .type = type,
		    .content = "Alice",
		    .addrs = { items, 1 } },
		.is_proven = true,
		.is_fresh = true };
	struct peer_heard heard = {
		.source = PEER_GOSSIP, .message = &message, .wall_ms = 5000 + ms
	};

	return peer_table_hear(world->table, &heard, at(ms));
}

/* An update of a peer of some tag. */
static int
say_tagged(struct world *world, enum peer_source source, unsigned int n,
    const char *tag, int64_t ms)
{
	struct presence_heard message = { .peer = peer(n),
		.presence = {
		    .type = PRESENCE_UPDATE, .content = "A", .tag = tag } };
	struct peer_heard heard = {
		.source = source, .message = &message, .wall_ms = 5000 + ms
	};

	return peer_table_hear(world->table, &heard, at(ms));
}

static enum peer_state
state_of(const struct world *world, unsigned int n)
{
	struct peer_id id = peer(n);
	const struct peer *found = peer_table_find(world->table, &id);

	assert_non_null(found);
	return found->state;
}

static bool
is_reachable(const struct world *world, unsigned int n)
{
	struct peer_id id = peer(n);

	return peer_table_find(world->table, &id)->row.is_reachable;
}

/* Answer the probe that has to be due now. */
static void
probe(struct world *world, bool answered, int64_t ms)
{
	struct peer_id id;

	assert_true(peer_table_next_probe(world->table, at(ms), &id));
	peer_table_probed(world->table, &id, answered, at(ms));
}

static void
lives_from_online_to_forgotten(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, SMALL);
	assert_int_equal(say(&world, 1, PRESENCE_ONLINE, 0), 0);
	assert_int_equal(world.changed, 1);
	assert_int_equal(peer_table_online(world.table), 1);
	say(&world, 1, PRESENCE_UPDATE, 15000);
	assert_int_equal(world.changed, 1); /* nothing new in it */
	peer_table_run(world.table, at(15000 + TTL - 1));
	assert_int_equal(state_of(&world, 1), PEER_ONLINE);
	peer_table_run(world.table, at(15000 + TTL));
	assert_int_equal(state_of(&world, 1), PEER_OFFLINE);
	assert_int_equal(world.changed, 2);
	assert_true(world.last.row.is_offline);
	assert_int_equal(world.last.row.last_seen_ms, 20000);
	peer_table_run(world.table, at(15000 + TTL + GRACE));
	assert_int_equal(state_of(&world, 1), PEER_REMEMBERED);
	assert_int_equal(world.removed, 1);
	say(&world, 1, PRESENCE_UPDATE, 2000000);
	assert_int_equal(state_of(&world, 1), PEER_ONLINE);
	peer_table_free(world.table);
}

static void
leaves_at_once_when_it_says_so(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, SMALL);
	say(&world, 2, PRESENCE_OFFLINE, 0); /* nobody knows it */
	assert_null(peer_table_first(world.table));
	say(&world, 1, PRESENCE_ONLINE, 0);
	probe(&world, true, 10);
	assert_true(is_reachable(&world, 1));
	say(&world, 1, PRESENCE_OFFLINE, 1000);
	assert_int_equal(state_of(&world, 1), PEER_OFFLINE);
	assert_false(is_reachable(&world, 1));
	assert_int_equal(world.changed, 3);
	say(&world, 1, PRESENCE_OFFLINE, 2000);
	assert_int_equal(world.changed, 3);
	peer_table_free(world.table);
}

/* A probe or a connection that is older than the goodbye. */
static void
a_late_answer_does_not_revive(void **state)
{
	struct world world;
	struct peer_id id;

	(void)state;
	world_init(&world, SMALL);
	say(&world, 1, PRESENCE_ONLINE, 0);
	assert_true(peer_table_next_probe(world.table, at(1), &id));
	say(&world, 1, PRESENCE_OFFLINE, 2);
	peer_table_probed(world.table, &id, true, at(3));
	peer_table_connected(world.table, &id, at(4));
	assert_int_equal(state_of(&world, 1), PEER_OFFLINE);
	assert_false(is_reachable(&world, 1));
	peer_table_free(world.table);
}

static void
one_failure_is_not_enough(void **state)
{
	struct world world;
	struct peer_id id = peer(1);

	(void)state;
	world_init(&world, SMALL);
	say(&world, 1, PRESENCE_ONLINE, 0);
	probe(&world, true, 0);
	assert_false(peer_table_next_probe(world.table, at(5000), &id));
	say(&world, 1, PRESENCE_UPDATE, 5000); /* reachable: not probed */
	assert_false(peer_table_next_probe(world.table, at(5000), &id));
	peer_table_disconnected(world.table, &id, at(6000));
	probe(&world, false, 6000);
	assert_true(is_reachable(&world, 1));
	assert_false(peer_table_next_probe(world.table, at(7000), &id));
	probe(&world, false, 6000 + REACHABILITY_RETRY_MS);
	assert_false(is_reachable(&world, 1));
	/* then again, because it speaks, but not at every word */
	say(&world, 1, PRESENCE_UPDATE, 8600);
	assert_false(peer_table_next_probe(world.table, at(8600), &id));
	probe(&world, true, 8500 + REACHABILITY_GAP_MIN_MS);
	assert_true(is_reachable(&world, 1));
	peer_table_free(world.table);
}

static void
asks_less_and_less_often(void **state)
{
	struct world world;
	struct peer_id id;
	int64_t ms;
	int probes = 0;

	(void)state;
	world_init(&world, SMALL);
	for (ms = 0; ms < 600000; ms += 1000) {
		say(&world, 1, PRESENCE_UPDATE, ms);
		if (!peer_table_next_probe(world.table, at(ms), &id))
			continue;
		peer_table_probed(world.table, &id, false, at(ms));
		probes++;
	}
	assert_in_range(probes, 20, 25); /* 2 4 8 16 30 30 ... */
	peer_table_free(world.table);
}

static void
a_connection_proves_it(void **state)
{
	struct world world;
	struct peer_id id = peer(1);

	(void)state;
	world_init(&world, SMALL);
	peer_table_connected(world.table, &id, at(0)); /* unknown: not listed */
	assert_null(peer_table_first(world.table));
	say(&world, 1, PRESENCE_UPDATE, 0);
	peer_table_connected(world.table, &id, at(1));
	assert_true(is_reachable(&world, 1));
	assert_false(peer_table_next_probe(world.table, at(1), &id));
	peer_table_free(world.table);
}

static void
goopd_down_says_nothing_of_peers(void **state)
{
	struct world world;
	struct peer_id id;

	(void)state;
	world_init(&world, SMALL);
	say(&world, 1, PRESENCE_ONLINE, 0);
	probe(&world, true, 0);
	peer_table_probe_all(world.table, at(100));
	assert_true(peer_table_is_probing(world.table, at(100)));
	assert_true(peer_table_next_probe(world.table, at(100), &id));
	peer_table_probe_void(world.table, &id, at(200));
	assert_true(is_reachable(&world, 1));
	/* it was away for an hour; the peer gets its time anew */
	peer_table_grant(world.table, at(3600000));
	peer_table_run(world.table, at(3600000 + TTL - 1));
	assert_int_equal(state_of(&world, 1), PEER_ONLINE);
	peer_table_free(world.table);
}

static void
full_of_the_absent_makes_room(void **state)
{
	struct world world;
	unsigned int n;

	(void)state;
	world_init(&world, SMALL);
	for (n = 0; n < SMALL; n++) {
		say(&world, n, PRESENCE_ONLINE, n);
		probe(&world, true, n);
	}
	assert_int_equal(
	    say(&world, 99, PRESENCE_ONLINE, 100), PEER_TABLE_FULL);
	say(&world, 2, PRESENCE_OFFLINE, 200);
	say(&world, 1, PRESENCE_OFFLINE, 201);
	assert_int_equal(say(&world, 99, PRESENCE_ONLINE, 300), 0);
	assert_int_equal(world.removed, 1);
	assert_int_equal(state_of(&world, 99), PEER_ONLINE);
	assert_int_equal(state_of(&world, 2), PEER_OFFLINE); /* 1 is older */
	peer_table_free(world.table);
}

static void
full_of_made_up_peers_makes_room(void **state)
{
	struct peer_id second = peer(2);
	struct world world;
	unsigned int n;

	(void)state;
	world_init(&world, SMALL);
	say(&world, 1, PRESENCE_ONLINE, 0);
	probe(&world, true, 0);
	for (n = 2; n <= SMALL; n++)
		say(&world, n, PRESENCE_ONLINE, n);
	assert_int_equal(say(&world, 99, PRESENCE_ONLINE, 100), 0);
	assert_int_equal(world.removed, 1);
	assert_int_equal(state_of(&world, 1), PEER_ONLINE);
	assert_int_equal(state_of(&world, 99), PEER_ONLINE);
	assert_null(peer_table_find(world.table, &second)); /* the oldest */
	peer_table_free(world.table);
}

/* --- the cache */

static const char cached[] =
    "{\"peers\":[{\"peer_id\":\"" ALICE "\",\"label\":\"Alice\","
    "\"last_seen_ms\":1000,\"is_reachable\":true,\"addresses\":"
    "[\"/ip4/10.0.0.2/tcp/4001\",\"/ip4/127.0.0.1/tcp/1\"]},"
    "{\"peer_id\":\"nonsense\"}]}";

static void
remembers_and_tries(void **state)
{
	struct world world;
	struct peer_id id;
	char *why = NULL;

	(void)state;
	world_init(&world, SMALL);
	assert_int_equal(
	    peer_cache_decode(bytes_of(cached), world.table, at(0), &why), 0);
	assert_non_null(peer_table_first(world.table));
	assert_true(world.last.row.is_offline);
	assert_false(world.last.row.is_reachable);
	assert_int_equal(peer_table_first(world.table)->row.addresses.count, 1);
	assert_string_equal(peer_table_first(world.table)->row.source, "cache");
	assert_true(peer_table_next_probe(world.table, at(0), &id));
	peer_table_probed(world.table, &id, true, at(50));
	assert_false(world.last.row.is_offline);
	assert_true(world.last.row.is_reachable);
	peer_table_free(world.table);
}

static const struct {
	const char *name, *text;
} damaged[] = {
	{ "empty", "" },
	{ "torn", "{\"peers\":[{\"peer_id\":\"12D3K" },
	{ "another shape", "[1,2,3]" },
	{ "no peers", "{}" },
	{ "a number for a text", "{\"peers\":[{\"peer_id\":1}]}" },
};

static void
a_damaged_cache_is_refused_whole(void **state)
{
	struct world world;
	size_t i;
	char *why;

	(void)state;
	world_init(&world, SMALL);
	for (i = 0; i < ARRAY_SIZE(damaged); i++) {
		print_message("case: %s\n", damaged[i].name);
		why = NULL;
		assert_int_equal(peer_cache_decode(bytes_of(damaged[i].text),
				     world.table, at(0), &why),
		    -EBADMSG);
		assert_non_null(why);
		free(why);
		assert_null(peer_table_first(world.table));
	}
	peer_table_free(world.table);
}

static void
the_file_comes_back_the_same(void **state)
{
	struct peer_id first;
	char template[] = "/tmp/peer_cache_XXXXXX";
	struct world before, after;
	const struct peer *a, *b;
	int dirfd;

	(void)state;
	assert_non_null(mkdtemp(template));
	dirfd = open(template, O_RDONLY | O_DIRECTORY);
	assert_true(dirfd >= 0);
	world_init(&before, SMALL);
	world_init(&after, SMALL);
	say(&before, 1, PRESENCE_ONLINE, 0);
	say(&before, 2, PRESENCE_ONLINE, 10);
	first = peer(1);
	peer_table_set_way(before.table, &first, "lan", 300);
	assert_int_equal(peer_cache_save(dirfd, before.table), 0);
	assert_int_equal(peer_cache_load(dirfd, after.table, at(0)), 2);
	for (b = peer_table_first(after.table); b != NULL; b = b->hh.next) {
		a = peer_table_find(before.table, &b->id);
		assert_non_null(a);
		assert_null(b->row.way); /* it is not connected any more */
		assert_string_equal(a->row.label, b->row.label);
		assert_int_equal(a->row.last_seen_ms, b->row.last_seen_ms);
		assert_string_equal(
		    a->row.addresses.items[0], b->row.addresses.items[0]);
	}
	/* a damaged one is set aside, and the next save works */
	assert_int_equal(
	    file_replace(dirfd, PEER_CACHE_FILE, bytes_of("{\"peers"), 0600),
	    0);
	assert_int_equal(peer_cache_load(dirfd, after.table, at(0)), 0);
	assert_int_equal(faccessat(dirfd, PEER_CACHE_DAMAGED, R_OK, 0), 0);
	assert_int_equal(peer_cache_save(dirfd, before.table), 0);
	unlinkat(dirfd, PEER_CACHE_FILE, 0);
	unlinkat(dirfd, PEER_CACHE_DAMAGED, 0);
	close(dirfd);
	rmdir(template);
	peer_table_free(before.table);
	peer_table_free(after.table);
}

static void
a_way_may_come_before_the_peer_speaks(void **state)
{
	struct peer_id id = peer(1);
	struct world world;

	(void)state;
	world_init(&world, SMALL);
	peer_table_set_way(world.table, &id, "relayed", 52000);
	assert_int_equal(world.changed, 0);
	say(&world, 1, PRESENCE_ONLINE, 0);
	assert_string_equal(world.last.row.way, "relayed");
	assert_int_equal(world.last.row.rtt_us, 52000);
	assert_true(world.last.row.is_reachable);
	peer_table_free(world.table);
}

static void
a_way_makes_reachable(void **state)
{
	struct peer_id id = peer(1);
	struct world world;

	(void)state;
	world_init(&world, SMALL);
	say(&world, 1, PRESENCE_ONLINE, 0);
	assert_false(world.last.row.is_reachable);
	peer_table_set_way(world.table, &id, "direct", 0);
	assert_true(world.last.row.is_reachable);
	peer_table_set_way(world.table, &id, "direct", 0);
	assert_int_equal(world.changed, 2); /* once a change */
	peer_table_set_way(world.table, &id, "by pigeon", 0);
	assert_null(world.last.row.way);
	peer_table_set_way(world.table, &id, "lan", 700);
	peer_table_forget_ways(world.table);
	assert_null(world.last.row.way);
	assert_false(world.last.row.is_reachable);
	peer_table_free(world.table);
}

/* --- tags: ours is red */

static void
another_tag_does_not_count(void **state)
{
	struct world world;
	struct peer_id id = peer(1);

	(void)state;
	world_init(&world, SMALL);
	assert_int_equal(
	    say_tagged(&world, PEER_GOSSIP, 1, "blue", 0), PEER_TABLE_STRANGER);
	assert_null(peer_table_find(world.table, &id));
	assert_int_equal(say_tagged(&world, PEER_GOSSIP, 1, "red", 0), 0);
	assert_int_equal(state_of(&world, 1), PEER_ONLINE);
	/* it changes its tag: it is gone at once, and not tried */
	assert_int_equal(say_tagged(&world, PEER_GOSSIP, 1, "blue", 1000),
	    PEER_TABLE_STRANGER);
	assert_int_equal(state_of(&world, 1), PEER_REMEMBERED);
	assert_int_equal(world.removed, 1);
	peer_table_connected(world.table, &id, at(1000));
	assert_int_equal(state_of(&world, 1), PEER_REMEMBERED);
	peer_table_probe_absent(world.table, at(1000));
	assert_false(peer_table_next_probe(world.table, at(9000), &id));
	/* what says no tag is of the one it was met under */
	assert_int_equal(say_tagged(&world, PEER_GOSSIP, 1, NULL, 2000),
	    PEER_TABLE_STRANGER);
	assert_int_equal(say_tagged(&world, PEER_GOSSIP, 2, NULL, 2000), 0);
	/* and back */
	assert_int_equal(say_tagged(&world, PEER_GOSSIP, 1, "red", 3000), 0);
	assert_int_equal(state_of(&world, 1), PEER_ONLINE);
	peer_table_free(world.table);
}

/* A server may bring clusters together; when it is silent they part. */
static void
a_server_names_another_tag(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, SMALL);
	assert_int_equal(say_tagged(&world, PEER_OTHER_SERVER, 1, NULL, 0), 0);
	assert_int_equal(
	    say_tagged(&world, PEER_GOSSIP, 1, "blue", 0), PEER_TABLE_STRANGER);
	assert_int_equal(state_of(&world, 1), PEER_ONLINE);
	assert_string_equal(world.last.row.source, "wan");
	say_tagged(&world, PEER_GOSSIP, 1, "blue", TTL - 1000);
	peer_table_run(world.table, at(TTL));
	assert_int_equal(state_of(&world, 1), PEER_OFFLINE);
	peer_table_free(world.table);
}

/* mDNS is asked by our tag: who answers is ours, also if it says none. */
static void
mdns_makes_it_one_of_ours(void **state)
{
	struct world world;
	struct peer_id id = peer(1);

	(void)state;
	world_init(&world, SMALL);
	say_tagged(&world, PEER_OTHER_SERVER, 1, NULL, 0);
	say_tagged(&world, PEER_GOSSIP, 1, "blue", 0);
	peer_table_set_near(world.table, &id, true);
	assert_int_equal(say_tagged(&world, PEER_GOSSIP, 1, NULL, 0), 0);
	assert_string_equal(
	    peer_table_find(world.table, &id)->row.source, "lan and wan");
	peer_table_free(world.table);
}

/* The cache knows under which tag a peer was met. */
static void
a_cached_peer_of_another_tag_is_not_tried(void **state)
{
	static const char *const tags[] = { "red", "blue", NULL };
	char text[PEER_ID_TEXT_SIZE];
	struct peer_row row = { .peer_id = text };
	struct world world;
	struct peer_id id;
	size_t i;

	(void)state;
	world_init(&world, SMALL);
	for (i = 0; i < ARRAY_SIZE(tags); i++) {
		id = peer((unsigned int)i);
		peer_id_print(&id, text);
		row.tag = tags[i];
		peer_table_remember(world.table, &row, 0, at(0));
	}
	assert_int_equal(world.changed, 2);
	assert_int_equal(state_of(&world, 1), PEER_REMEMBERED);
	assert_true(peer_table_deadline(world.table).us > at(0).us);
	probe(&world, true, 0);
	probe(&world, true, 0);
	assert_false(peer_table_next_probe(world.table, at(9000), &id));
	/* one met on a LAN says itself of which tag it is */
	assert_int_equal(state_of(&world, 0), PEER_OFFLINE);
	assert_int_equal(state_of(&world, 2), PEER_ONLINE);
	assert_int_equal(say_tagged(&world, PEER_GOSSIP, 0, "red", 100), 0);
	assert_int_equal(state_of(&world, 0), PEER_ONLINE);
	peer_table_free(world.table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lives_from_online_to_forgotten),
		cmocka_unit_test(leaves_at_once_when_it_says_so),
		cmocka_unit_test(a_late_answer_does_not_revive),
		cmocka_unit_test(one_failure_is_not_enough),
		cmocka_unit_test(asks_less_and_less_often),
		cmocka_unit_test(a_connection_proves_it),
		cmocka_unit_test(a_way_may_come_before_the_peer_speaks),
		cmocka_unit_test(a_way_makes_reachable),
		cmocka_unit_test(goopd_down_says_nothing_of_peers),
		cmocka_unit_test(full_of_the_absent_makes_room),
		cmocka_unit_test(full_of_made_up_peers_makes_room),
		cmocka_unit_test(remembers_and_tries),
		cmocka_unit_test(a_damaged_cache_is_refused_whole),
		cmocka_unit_test(the_file_comes_back_the_same),
		cmocka_unit_test(another_tag_does_not_count),
		cmocka_unit_test(a_server_names_another_tag),
		cmocka_unit_test(mdns_makes_it_one_of_ours),
		cmocka_unit_test(a_cached_peer_of_another_tag_is_not_tried),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
