/* Who is out there, by whose word: gossip, and two rendezvous servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "common/base/array.h"
#include "goop-discoveryd/peers/peer_table.h"

#define ALICE "12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5"

enum { TTL = 20000, GRACE = 900000, SMALL = 4 };

struct world {
	struct peer_table *table;
};

static void
on_peer(const struct peer *peer, void *arg)
{
	(void)arg;
	assert_int_equal(peer->row.is_offline, peer->state != PEER_ONLINE);
}

static void
on_removed(const struct peer *peer, void *arg)
{
	(void)peer;
	(void)arg;
}

static const struct peer_table_user user = { on_peer, on_removed };

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

static enum peer_state
state_of(const struct world *world, unsigned int n)
{
	struct peer_id id = peer(n);
	const struct peer *found = peer_table_find(world->table, &id);

	assert_non_null(found);
	return found->state;
}

/* What a server tells; the label and what is said of it in one letter each:
 * p proven, f proven and fresh, v verified. */
static int
server_says(struct world *world, enum peer_source source, const char *type,
    const char *label, const char *how, int64_t ms)
{
	struct presence_heard message = { .peer = peer(1),
		.presence = { .type = type,
		    .content = label,
		    .ts_ms = ms,
		    .verified = strchr(how, 'v') != NULL },
		.is_proven = strpbrk(how, "pf") != NULL,
		.is_fresh = strchr(how, 'f') != NULL };
	struct peer_heard heard = {
		.source = source, .message = &message, .wall_ms = 5000 + ms
	};

	return peer_table_hear(world->table, &heard, at(ms));
}

static const struct peer_row *
row_of(const struct world *world)
{
	struct peer_id id = peer(1);
	const struct peer *found = peer_table_find(world->table, &id);

	assert_non_null(found);
	return &found->row;
}

static void
online_while_anybody_says_so(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, SMALL);
	server_says(&world, PEER_OTHER_SERVER, PRESENCE_ONLINE, "Al", "v", 0);
	assert_string_equal(row_of(&world)->source, "wan");
	assert_true(row_of(&world)->is_verified);
	assert_false(row_of(&world)->is_proven);
	server_says(&world, PEER_OWN_SERVER, PRESENCE_UPDATE, "Al", "", 1);
	say(&world, 1, PRESENCE_UPDATE, 2);
	assert_true(row_of(&world)->is_proven);
	server_says(&world, PEER_OTHER_SERVER, PRESENCE_OFFLINE, NULL, "", 3);
	assert_int_equal(state_of(&world, 1), PEER_ONLINE);
	assert_false(row_of(&world)->is_verified); /* was its word alone */
	peer_table_run(world.table, at(1 + TTL));
	assert_int_equal(state_of(&world, 1), PEER_ONLINE);
	peer_table_run(world.table, at(2 + TTL));
	assert_int_equal(state_of(&world, 1), PEER_OFFLINE);
	assert_int_equal(
	    peer_table_deadline(world.table).us, at(2 + TTL + GRACE).us);
	peer_table_free(world.table);
}

static void
the_last_word_gone_is_offline_at_once(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, SMALL);
	server_says(&world, PEER_OTHER_SERVER, PRESENCE_ONLINE, "Al", "", 0);
	server_says(&world, PEER_OWN_SERVER, PRESENCE_OFFLINE, NULL, "", 1);
	assert_int_equal(state_of(&world, 1), PEER_ONLINE);
	server_says(&world, PEER_OTHER_SERVER, PRESENCE_OFFLINE, NULL, "", 2);
	assert_int_equal(state_of(&world, 1), PEER_OFFLINE);
	peer_table_free(world.table);
}

static const struct {
	const char *name, *how;
	enum peer_state want;
} goodbyes[] = {
	{ "a server's", "", PEER_ONLINE },
	{ "an old one of the peer", "p", PEER_ONLINE },
	{ "the peer's own", "f", PEER_OFFLINE },
};

static void
only_its_own_goodbye_ends_all(void **state)
{
	struct world world;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(goodbyes); i++) {
		print_message("case: %s\n", goodbyes[i].name);
		world_init(&world, SMALL);
		say(&world, 1, PRESENCE_ONLINE, 0);
		server_says(
		    &world, PEER_OTHER_SERVER, PRESENCE_ONLINE, "Al", "f", 0);
		server_says(
		    &world, PEER_OWN_SERVER, PRESENCE_ONLINE, "Al", "f", 0);
		server_says(&world, PEER_OWN_SERVER, PRESENCE_OFFLINE, NULL,
		    goodbyes[i].how, 1);
		assert_int_equal(state_of(&world, 1), goodbyes[i].want);
		peer_table_free(world.table);
	}
}

/* The other server passes on what it heard before the goodbye. */
static void
a_late_repetition_does_not_revive(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, SMALL);
	server_says(&world, PEER_OTHER_SERVER, PRESENCE_ONLINE, "Al", "f", 100);
	say(&world, 1, PRESENCE_OFFLINE, 200);
	server_says(&world, PEER_OTHER_SERVER, PRESENCE_UPDATE, "Al", "f", 100);
	assert_int_equal(state_of(&world, 1), PEER_OFFLINE);
	server_says(&world, PEER_OTHER_SERVER, PRESENCE_ONLINE, "Al", "f", 300);
	assert_int_equal(state_of(&world, 1), PEER_ONLINE);
	peer_table_free(world.table);
}

static void
what_is_signed_is_not_displaced(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, SMALL);
	server_says(&world, PEER_OTHER_SERVER, PRESENCE_ONLINE, "Al", "f", 0);
	server_says(&world, PEER_OWN_SERVER, PRESENCE_ONLINE, "Eve", "", 1);
	assert_string_equal(row_of(&world)->label, "Al");
	server_says(&world, PEER_OWN_SERVER, PRESENCE_UPDATE, "Bo", "f", 2);
	assert_string_equal(row_of(&world)->label, "Bo");
	/* the other one repeats what it told before */
	server_says(&world, PEER_OTHER_SERVER, PRESENCE_UPDATE, "Al", "f", 3);
	assert_string_equal(row_of(&world)->label, "Bo");
	server_says(&world, PEER_OTHER_SERVER, PRESENCE_UPDATE, "Cy", "f", 4);
	assert_string_equal(row_of(&world)->label, "Cy");
	peer_table_free(world.table);
}

/* Delta mode: nothing is repeated, the stream's life is everybody's. */
static void
a_stream_renews_everybody(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, SMALL);
	server_says(&world, PEER_OTHER_SERVER, PRESENCE_ONLINE, "Al", "f", 0);
	peer_table_renew(
	    world.table, PEER_OWN_SERVER, 999999, 70000, at(10000));
	peer_table_renew(
	    world.table, PEER_OTHER_SERVER, 35000, 80000, at(15000));
	assert_int_equal(peer_table_count(world.table, PEER_OTHER_SERVER), 1);
	peer_table_run(world.table, at(15000 + 34999));
	assert_int_equal(state_of(&world, 1), PEER_ONLINE);
	/* it died: the TTL is left */
	peer_table_renew(world.table, PEER_OTHER_SERVER, TTL, 85000, at(20000));
	peer_table_run(world.table, at(20000 + TTL));
	assert_int_equal(state_of(&world, 1), PEER_OFFLINE);
	assert_int_equal(row_of(&world)->last_seen_ms, 85000);
	assert_int_equal(peer_table_count(world.table, PEER_OTHER_SERVER), 0);
	peer_table_free(world.table);
}

static void
whom_a_server_does_not_name_has_the_ttl_left(void **state)
{
	struct peer_id id = peer(1);
	struct world world;

	(void)state;
	world_init(&world, SMALL);
	server_says(&world, PEER_OTHER_SERVER, PRESENCE_ONLINE, "Al", "f", 0);
	peer_table_synced(world.table, PEER_OTHER_SERVER, at(1)); /* a change */
	assert_int_equal(state_of(&world, 1), PEER_ONLINE);
	peer_table_begin(world.table, PEER_OTHER_SERVER, true); /* breaks off */
	peer_table_begin(world.table, PEER_OTHER_SERVER, false);
	peer_table_synced(world.table, PEER_OTHER_SERVER, at(1));
	assert_int_equal(state_of(&world, 1), PEER_ONLINE);
	peer_table_begin(world.table, PEER_OTHER_SERVER, true);
	server_says(&world, PEER_OTHER_SERVER, PRESENCE_UPDATE, "Al", "f", 0);
	peer_table_synced(world.table, PEER_OTHER_SERVER, at(2));
	assert_int_equal(state_of(&world, 1), PEER_ONLINE);
	say(&world, 1, PRESENCE_UPDATE, 3);
	peer_table_begin(world.table, PEER_OTHER_SERVER, true);
	peer_table_synced(world.table, PEER_OWN_SERVER, at(4)); /* another's */
	peer_table_synced(world.table, PEER_OTHER_SERVER, at(5));
	assert_int_equal(state_of(&world, 1), PEER_ONLINE); /* it gossips */
	say(&world, 1, PRESENCE_OFFLINE, 6);
	server_says(&world, PEER_OTHER_SERVER, PRESENCE_ONLINE, "Al", "f", 7);
	peer_table_begin(world.table, PEER_OTHER_SERVER, true);
	peer_table_synced(world.table, PEER_OTHER_SERVER, at(8));
	/* the server may have lost it; its stream renews the others only */
	peer_table_renew(world.table, PEER_OTHER_SERVER, 35000, 8, at(8));
	peer_table_run(world.table, at(7 + TTL - 1));
	assert_int_equal(state_of(&world, 1), PEER_ONLINE);
	peer_table_run(world.table, at(8 + TTL));
	assert_int_equal(state_of(&world, 1), PEER_OFFLINE);
	/* and who is told again is as the others */
	server_says(
	    &world, PEER_OTHER_SERVER, PRESENCE_ONLINE, "Al", "f", 9 + TTL);
	peer_table_begin(world.table, PEER_OTHER_SERVER, true);
	peer_table_name(world.table, PEER_OTHER_SERVER, &id, at(9 + TTL));
	peer_table_synced(world.table, PEER_OTHER_SERVER, at(9 + TTL));
	peer_table_renew(world.table, PEER_OTHER_SERVER, 35000, 9, at(9 + TTL));
	peer_table_run(world.table, at(9 + TTL + 34999));
	assert_int_equal(state_of(&world, 1), PEER_ONLINE);
	peer_table_free(world.table);
}

/* Two peers of a server that are connected gossip with each other. */
static void
says_where_a_peer_is_seen(void **state)
{
	struct peer_id id = peer(1);
	struct world world;

	(void)state;
	world_init(&world, SMALL);
	say(&world, 1, PRESENCE_ONLINE, 0);
	assert_string_equal(row_of(&world)->source, "lan");
	server_says(&world, PEER_OTHER_SERVER, PRESENCE_ONLINE, "Al", "f", 0);
	assert_string_equal(row_of(&world)->source, "wan");
	peer_table_set_near(world.table, &id, true);
	assert_string_equal(row_of(&world)->source, "lan and wan");
	server_says(&world, PEER_OTHER_SERVER, PRESENCE_OFFLINE, NULL, "", 1);
	assert_string_equal(row_of(&world)->source, "lan");
	peer_table_set_near(world.table, &id, false);
	assert_string_equal(row_of(&world)->source, "wan");
	peer_table_free(world.table);
}

/* A server full of names does not push anybody off the list who signs. */
static void
the_unproven_make_room_first(void **state)
{
	struct world world;
	unsigned int n;

	(void)state;
	world_init(&world, SMALL);
	server_says(&world, PEER_OTHER_SERVER, PRESENCE_ONLINE, "Al", "", 5000);
	for (n = 2; n <= SMALL; n++)
		say(&world, n, PRESENCE_ONLINE, n);
	assert_int_equal(say(&world, 99, PRESENCE_ONLINE, 100), 0);
	for (n = 2; n <= SMALL; n++)
		assert_int_equal(state_of(&world, n), PEER_ONLINE);
	peer_table_free(world.table);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(online_while_anybody_says_so),
		cmocka_unit_test(the_last_word_gone_is_offline_at_once),
		cmocka_unit_test(only_its_own_goodbye_ends_all),
		cmocka_unit_test(a_late_repetition_does_not_revive),
		cmocka_unit_test(what_is_signed_is_not_displaced),
		cmocka_unit_test(a_stream_renews_everybody),
		cmocka_unit_test(whom_a_server_does_not_name_has_the_ttl_left),
		cmocka_unit_test(says_where_a_peer_is_seen),
		cmocka_unit_test(the_unproven_make_room_first),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
