/* The rendezvous servers of a peer: what is said there, what their word does.
 * Servers, goopd and the clock's offset are the test's own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "common/presence/presence_proof.h"
#include "goop-discoveryd/rendezvous/rendezvous_client.h"
#include "proto/field_json.h"
#include "tests/unit/support/fake_rendezvous_server.h"

enum { TTL = 20000 };

/* --- the world */

struct world {
	struct peer_table *table;
	struct rendezvous_client *client;
	size_t changes, doubles, punches, stops;
	char state[64];
};

static void
on_peer(const struct peer *peer, void *arg)
{
	(void)peer;
	(void)arg;
}

static const struct peer_table_user table_user = { on_peer, on_peer };

static void
on_fill(const char *type, int64_t ts_ms, struct presence *ret, void *arg)
{
	(void)arg;
	*ret = (struct presence){
		.type = xstrdup(type),
		.peer_id = xstrdup(goopd.self.peer_id),
		.ts_ms = ts_ms,
	};
	if (strcmp(type, PRESENCE_OFFLINE) == 0)
		return;
	ret->content = xstrdup("Me");
	strings_add(&ret->addrs, "/ip4/10.0.0.9/tcp/4001");
}

static void
on_heard(enum peer_source source, const struct presence_heard *said, void *arg)
{
	struct world *world = arg;
	struct peer_heard heard = { .source = source, .message = said };

	peer_table_hear(world->table, &heard, monotime_now());
}

static void
on_punch(const struct presence_heard *heard, void *arg)
{
	(void)heard;
	((struct world *)arg)->punches++;
}

static void
on_double(void *arg)
{
	((struct world *)arg)->doubles++;
}

static void
on_work(void *arg)
{
	(void)arg;
}

static void
on_changed(const struct server_row *row, void *arg)
{
	struct world *world = arg;

	world->changes++;
	snprintf(world->state, sizeof(world->state), "%s", row->state);
}

static void
on_relay(const char *url, const struct relay_info *relay, void *arg)
{
	(void)url;
	(void)relay;
	(void)arg;
}

static const struct rendezvous_client_user rendezvous_client_user = { on_fill,
	goopd_sign, on_heard, on_punch, on_relay, on_double, on_work,
	on_changed };

static void
world_init(struct world *world, const char *url, const char *other)
{
	struct peer_table_limits limits = { 100, TTL, 900000, "red" };
	struct rendezvous_client_plan plan = { .ttl_ms = TTL,
		.heartbeat_ms = 5000,
		.user = &rendezvous_client_user,
		.arg = world };

	memset(world, 0, sizeof(*world));
	memset(&goopd, 0, sizeof(goopd));
	server_count = 0;
	prover_init(&goopd.self, 1);
	world->table = peer_table_new(&limits, &table_user, world);
	plan.table = world->table;
	world->client = rendezvous_client_new(&plan, monotime_now());
	rendezvous_client_add(world->client, PEER_OWN_SERVER, url);
	if (other != NULL)
		rendezvous_client_add(world->client, PEER_OTHER_SERVER, other);
}

static void
world_fini(struct world *world)
{
	goopd_signs(false); /* who waits is told */
	rendezvous_client_free(world->client);
	peer_table_free(world->table);
}

/* goopd is there, and the servers are reached. */
static void
up(struct world *world)
{
	size_t i;

	rendezvous_client_up(world->client, goopd.self.peer_id, monotime_now());
	for (i = 0; i < server_count; i++)
		servers[i]->plan.user->on_wanted(servers[i]->plan.arg);
}

static void
run(struct world *world, int64_t in_ms)
{
	rendezvous_client_run(
	    world->client, monotime_add_ms(monotime_now(), in_ms));
}

static const struct presence *
last(const struct rendezvous_server *server)
{
	assert_true(server->count > 0);
	return &server->said[server->count - 1];
}

static void
tell(struct rendezvous_server *server, struct presence *message)
{
	struct buffer json;

	buffer_init(&json, RENDEZVOUS_SERVER_MESSAGE_MAX);
	assert_int_equal(
	    message_encode_json(&presence_server_message, message, &json), 0);
	server->plan.user->on_message(buffer_bytes(&json), server->plan.arg);
	buffer_fini(&json);
}

static void
tell_of(struct rendezvous_server *server, const char *type, const char *peer_id)
{
	struct presence message = { .type = (char *)(uintptr_t)type,
		.peer_id = (char *)(uintptr_t)peer_id,
		.ts_ms = walltime_ms() };

	tell(server, &message);
}

#define OWN   "http://127.0.0.1:8787"
#define OTHER "https://rendezvous.example"

/* --- what is said */

static void
one_signature_serves_both(void **state)
{
	struct world world;
	int64_t first;

	(void)state;
	world_init(&world, OWN, OTHER);
	run(&world, 0);
	assert_int_equal(server_count, 0); /* who are we? */
	up(&world);
	run(&world, 0);
	assert_int_equal(server_count, 2);
	assert_int_equal(servers[0]->count, 0);
	assert_int_equal(goopd_signs(true), 1);
	assert_string_equal(last(servers[0])->type, PRESENCE_ONLINE);
	assert_string_equal(last(servers[0])->content, "Me");
	assert_int_equal(presence_verify(last(servers[0])), PRESENCE_PROVEN);
	assert_true(message_equal(
	    &presence_server_message, last(servers[0]), last(servers[1])));
	first = last(servers[0])->ts_ms;
	rendezvous_client_changed(world.client, monotime_now());
	run(&world, 0);
	assert_int_equal(goopd_signs(true), 1);
	assert_string_equal(last(servers[1])->type, PRESENCE_UPDATE);
	assert_true(last(servers[1])->ts_ms > first);
	world_fini(&world);
}

static void
clocks_apart_need_two(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, OWN, OTHER);
	up(&world);
	servers[1]->ahead_ms = 3600000;
	run(&world, 0);
	assert_int_equal(goopd_signs(true), 2);
	assert_in_range(last(servers[1])->ts_ms - last(servers[0])->ts_ms,
	    3590000, 3610000);
	assert_int_equal(presence_verify(last(servers[1])), PRESENCE_PROVEN);
	/* it is a little less ahead: ours there does not go back */
	servers[1]->ahead_ms -= 20000;
	rendezvous_client_changed(world.client, monotime_now());
	run(&world, 0);
	assert_int_equal(goopd_signs(true), 2);
	assert_int_equal(
	    last(servers[1])->ts_ms, servers[1]->said[0].ts_ms + 1);
	/* its clock was put right: then it has to */
	servers[1]->ahead_ms = 0;
	rendezvous_client_changed(world.client, monotime_now());
	run(&world, 0);
	assert_int_equal(goopd_signs(true), 1);
	assert_int_equal(last(servers[1])->ts_ms, last(servers[0])->ts_ms);
	world_fini(&world);
}

/* Its clock is not known yet, and it would not hear it. */
static void
who_was_never_reached_is_told_nothing(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, OWN, OTHER);
	rendezvous_client_up(world.client, goopd.self.peer_id, monotime_now());
	run(&world, 0);
	run(&world, 10000);
	assert_int_equal(goopd_signs(true), 0);
	servers[1]->plan.user->on_wanted(servers[1]->plan.arg);
	run(&world, 0);
	assert_int_equal(goopd_signs(true), 1);
	assert_int_equal(servers[0]->count, 0);
	assert_int_equal(servers[1]->count, 1);
	world_fini(&world);
}

static void
nothing_goes_out_unsigned_but_goodbyes(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, OWN, NULL);
	up(&world);
	run(&world, 0);
	assert_int_equal(goopd_signs(false), 1); /* too many a minute */
	assert_int_equal(servers[0]->count, 0);
	run(&world, 600);
	assert_int_equal(goopd_signs(true), 1);
	assert_int_equal(servers[0]->count, 1);
	/* it went away, and came back */
	goopd.is_away = true;
	rendezvous_client_down(world.client);
	run(&world, 60000);
	assert_int_equal(servers[0]->count, 1);
	goopd.is_away = false;
	up(&world);
	run(&world, 0);
	assert_int_equal(goopd_signs(true), 1);
	assert_string_equal(last(servers[0])->type, PRESENCE_ONLINE);
	assert_int_equal(server_count, 1);
	world_fini(&world);
}

/* Servers of early February 2026 refuse keys that they do not know. */
static void
a_strict_server_is_told_less(void **state)
{
	const struct rendezvous_server_user *user;
	struct world world;

	(void)state;
	world_init(&world, OWN, OTHER);
	up(&world);
	run(&world, 0);
	assert_int_equal(goopd_signs(true), 1);
	user = servers[1]->plan.user;
	assert_true(user->on_refused(400, "bad json", servers[1]->plan.arg));
	run(&world, 0);
	assert_int_equal(goopd_signs(true), 1);
	assert_false(user->on_refused(400, "bad json", servers[1]->plan.arg));
	assert_string_equal(last(servers[1])->content, "Me");
	assert_null(last(servers[1])->proof);
	assert_int_equal(last(servers[1])->addrs.count, 0);
	assert_non_null(last(servers[0])->proof);
	/* the one that comes back may be another */
	user->on_down("gone", servers[1]->plan.arg);
	user->on_up(false, 0, servers[1]->plan.arg);
	rendezvous_client_changed(world.client, monotime_now());
	run(&world, 0);
	assert_int_equal(goopd_signs(true), 1);
	assert_non_null(last(servers[1])->proof);
	world_fini(&world);
}

/* Leaving one server while the other stays; and joining another in its place,
 * although a message to the old one is still on its way. */
static void
a_server_is_left(void **state)
{
	struct servers_reply rows;
	struct world world;

	(void)state;
	world_init(&world, OWN, OTHER);
	up(&world);
	run(&world, 0);
	assert_int_equal(goopd_signs(true), 1);
	rendezvous_client_changed(world.client, monotime_now());
	run(&world, 0);
	rendezvous_client_leave(world.client, PEER_OTHER_SERVER);
	assert_int_equal(rendezvous_client_count(world.client), 1);
	server_count = 1;
	rendezvous_client_add(
	    world.client, PEER_OTHER_SERVER, "https://next.example");
	assert_int_equal(server_count, 2);
	rendezvous_client_rows(world.client, monotime_now(), &rows);
	assert_int_equal(rows.servers.count, 2);
	assert_string_equal(((struct server_row *)rows.servers.items)[1].url,
	    "https://next.example");
	message_fini(&servers_reply_message, &rows);
	assert_int_equal(goopd_signs(true), 2);
	assert_string_equal(last(servers[0])->type, PRESENCE_UPDATE);
	assert_int_equal(servers[1]->count, 0); /* not reached yet */
	servers[1]->plan.user->on_wanted(servers[1]->plan.arg);
	run(&world, 0);
	assert_int_equal(goopd_signs(true), 1);
	assert_int_equal(presence_verify(last(servers[1])), PRESENCE_PROVEN);
	world_fini(&world);
}

static void
goodbye_at_the_server_that_is_left(void **state)
{
	struct rendezvous_server *left;
	struct world world;

	(void)state;
	world_init(&world, OWN, OTHER);
	up(&world);
	run(&world, 0);
	assert_int_equal(goopd_signs(true), 1);
	left = servers[1];
	rendezvous_client_changed(world.client, monotime_now());
	run(&world, 0); /* an update is on its way to the signer */
	rendezvous_client_leave(world.client, PEER_OTHER_SERVER);
	assert_int_equal(goopd_signs(true), 2);
	assert_string_equal(last(left)->type, PRESENCE_OFFLINE);
	assert_int_equal(presence_verify(last(left)), PRESENCE_PROVEN);
	assert_int_equal(left->count, 2); /* the update did not go there */
	assert_string_equal(last(servers[0])->type, PRESENCE_UPDATE);
	left->done(left->done_arg);
	/* the own one stays whatever is left */
	rendezvous_client_leave(world.client, PEER_OTHER_SERVER);
	assert_int_equal(rendezvous_client_count(world.client), 1);
	world_fini(&world);
}

static void
on_stopped(void *arg)
{
	((struct world *)arg)->stops++;
}

static const struct {
	const char *name;
	bool is_away, is_able;
	enum presence_proof want;
} goodbyes[] = {
	{ "signed", false, true, PRESENCE_PROVEN },
	{ "goopd does not sign", false, false, PRESENCE_UNPROVEN },
	{ "goopd is away", true, false, PRESENCE_UNPROVEN },
};

static void
says_goodbye_everywhere(void **state)
{
	struct world world;
	size_t i, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(goodbyes); i++) {
		print_message("case: %s\n", goodbyes[i].name);
		world_init(&world, OWN, OTHER);
		up(&world);
		run(&world, 0); /* an online that is still being signed */
		goopd.is_away = goodbyes[i].is_away;
		rendezvous_client_stop(world.client, on_stopped, &world);
		goopd_signs(goodbyes[i].is_able);
		for (k = 0; k < 2; k++) {
			assert_int_equal(servers[k]->count, 1);
			assert_string_equal(
			    last(servers[k])->type, PRESENCE_OFFLINE);
			assert_null(last(servers[k])->content);
			assert_int_equal(presence_verify(last(servers[k])),
			    goodbyes[i].want);
			assert_int_equal(world.stops, 0);
			servers[k]->done(servers[k]->done_arg);
		}
		assert_int_equal(world.stops, 1);
		world_fini(&world);
	}
}

static void
without_servers_it_stops_at_once(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, "gopher://127.0.0.1", NULL);
	up(&world);
	run(&world, 0);
	assert_int_equal(server_count, 0);
	assert_string_equal(world.state, "not an address of http or https");
	rendezvous_client_stop(world.client, on_stopped, &world);
	assert_int_equal(world.stops, 1);
	world_fini(&world);
}

/* --- what is heard */

static void
a_stream_in_delta_mode_keeps_its_peers(void **state)
{
	struct prover alice;
	const struct rendezvous_server_user *user;
	struct rendezvous_server *server;
	struct world world;
	struct monotime now;

	(void)state;
	prover_init(&alice, 2);
	world_init(&world, OWN, NULL);
	up(&world);
	server = servers[0];
	user = server->plan.user;
	user->on_up(true, 0, server->plan.arg);
	user->on_begin(true, server->plan.arg);
	tell_of(server, PRESENCE_UPDATE, alice.peer_id);
	user->on_synced("1-1", server->plan.arg);
	now = monotime_now();
	peer_table_run(
	    world.table, monotime_add_ms(now, RENDEZVOUS_ALIVE_MS - 1000));
	assert_int_equal(peer_table_online(world.table), 1);
	/* it ends: they stay for the TTL, the cursor no longer */
	user->on_down("gone", server->plan.arg);
	peer_table_run(world.table, monotime_add_ms(now, TTL - 1000));
	assert_int_equal(peer_table_online(world.table), 1);
	run(&world, TTL - 1000);
	assert_false(server->is_cursor_forgotten);
	run(&world, TTL + 1000);
	peer_table_run(world.table, monotime_add_ms(now, TTL + 1000));
	assert_int_equal(peer_table_online(world.table), 0);
	assert_true(server->is_cursor_forgotten);
	/* back, and she is not in the list any more */
	user->on_up(true, 0, server->plan.arg);
	tell_of(server, PRESENCE_UPDATE, alice.peer_id);
	user->on_begin(true, server->plan.arg);
	user->on_synced("1-2", server->plan.arg);
	user->on_alive(server->plan.arg);
	now = monotime_now();
	peer_table_run(world.table, monotime_add_ms(now, TTL - 1000));
	assert_int_equal(peer_table_online(world.table), 1);
	peer_table_run(world.table, monotime_add_ms(now, TTL + 1000));
	assert_int_equal(peer_table_online(world.table), 0);
	world_fini(&world);
}

static void
a_server_that_is_mistaken_is_told(void **state)
{
	struct world world;

	(void)state;
	world_init(&world, OWN, NULL);
	up(&world);
	run(&world, 0);
	goopd_signs(true);
	tell(servers[0], &servers[0]->said[0]); /* the echo */
	run(&world, 200);
	assert_int_equal(goopd.count, 0);
	tell_of(servers[0], PRESENCE_OFFLINE, goopd.self.peer_id);
	run(&world, 200);
	assert_int_equal(goopd_signs(true), 1);
	servers[0]->plan.user->on_wanted(servers[0]->plan.arg);
	run(&world, 0);
	assert_int_equal(goopd_signs(true), 1);
	assert_int_equal(world.doubles, 0);
	world_fini(&world);
}

static void
what_is_proven_holds_at_its_server(void **state)
{
	struct prover alice;
	struct presence message = { 0 };
	struct world world;

	(void)state;
	prover_init(&alice, 2);
	world_init(&world, OWN, OTHER);
	up(&world);
	message.type = (char *)(uintptr_t)PRESENCE_ONLINE;
	message.peer_id = alice.peer_id;
	message.content = (char *)(uintptr_t) "Alice";
	message.ts_ms = walltime_ms();
	prover_sign(&alice, &message);
	tell(servers[0], &message);
	tell_of(servers[0], PRESENCE_UPDATE, alice.peer_id);
	assert_string_equal(peer_table_first(world.table)->row.label, "Alice");
	tell_of(servers[1], PRESENCE_UPDATE, alice.peer_id);
	assert_int_equal(peer_table_count(world.table, PEER_OTHER_SERVER), 1);
	assert_string_equal(peer_table_first(world.table)->row.label, "Alice");
	text_free(message.proof);
	world_fini(&world);
}

/* --- rows */

static void
tells_how_servers_are_once(void **state)
{
	struct servers_reply reply;
	const struct server_row *rows;
	struct world world;

	(void)state;
	world_init(&world, OWN, OTHER);
	run(&world, 0);
	assert_int_equal(world.changes, 2);
	assert_string_equal(world.state, "waiting for goopd");
	up(&world);
	run(&world, 0);
	run(&world, 0);
	assert_int_equal(world.changes, 4);
	assert_string_equal(world.state, "connecting");
	servers[1]->is_up = servers[1]->is_delta = true;
	run(&world, 0);
	run(&world, 10000);
	assert_int_equal(world.changes, 5);
	assert_string_equal(world.state, "connected by WebSocket");
	assert_int_equal(rendezvous_client_connected(world.client), 1);
	strcpy(servers[1]->error, "too many peers");
	run(&world, 0);
	assert_string_equal(world.state, "connected, but refuses us");
	rendezvous_client_rows(world.client, monotime_now(), &reply);
	rows = reply.servers.items;
	assert_int_equal(reply.servers.count, 2);
	assert_true(rows[0].is_own);
	assert_null(rows[0].transport);
	assert_string_equal(rows[1].mode, "delta");
	assert_string_equal(rows[1].last_error, "too many peers");
	message_fini(&servers_reply_message, &reply);
	rendezvous_client_network_changed(world.client);
	assert_int_equal(servers[0]->network_changes, 1);
	world_fini(&world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_signature_serves_both),
		cmocka_unit_test(clocks_apart_need_two),
		cmocka_unit_test(who_was_never_reached_is_told_nothing),
		cmocka_unit_test(nothing_goes_out_unsigned_but_goodbyes),
		cmocka_unit_test(a_strict_server_is_told_less),
		cmocka_unit_test(a_server_is_left),
		cmocka_unit_test(goodbye_at_the_server_that_is_left),
		cmocka_unit_test(says_goodbye_everywhere),
		cmocka_unit_test(without_servers_it_stops_at_once),
		cmocka_unit_test(a_stream_in_delta_mode_keeps_its_peers),
		cmocka_unit_test(a_server_that_is_mistaken_is_told),
		cmocka_unit_test(what_is_proven_holds_at_its_server),
		cmocka_unit_test(tells_how_servers_are_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
