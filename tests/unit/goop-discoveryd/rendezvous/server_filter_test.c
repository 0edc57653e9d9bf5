/* What a rendezvous server tells: which of it counts. */
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
#include "common/libp2p/keys/identity_key.h"
#include "common/presence/presence_proof.h"
#include "goop-discoveryd/rendezvous/server_filter.h"
#include "proto/field_json.h"

enum { WALL = 1700000000, STARTED_MS = 5000 };
#define NOW_MS ((int64_t)WALL * 1000)

/* Somebody with a key. */
struct author {
	struct identity_key key;
	struct peer_id id;
	char text[PEER_ID_TEXT_SIZE];
};

struct world {
	struct author self, alice;
	struct server_filter *filter;
	struct server_known known; /* of everybody */
	struct server_said said;
	struct presence_heard heard;
};

static struct author
author(void)
{
	struct author made;
	struct bytes public;

	identity_key_make(&made.key);
	public = (struct bytes){ made.key.public_protobuf,
		sizeof(made.key.public_protobuf) };
	assert_int_equal(peer_id_of_public_key(public, &made.id), 0);
	peer_id_print(&made.id, made.text);
	return made;
}

static void
find_known(const struct peer_id *id, struct server_known *ret, void *arg)
{
	struct world *world = arg;

	assert_true(peer_id_equal(id, &world->alice.id));
	*ret = world->known;
}

static struct world *
world_new(void)
{
	struct world *world = xzalloc(sizeof(*world));

	world->self = author();
	world->alice = author();
	world->filter = server_filter_new(
	    &world->self.id, NOW_MS - STARTED_MS, find_known, world);
	world->said.wall_ms = NOW_MS;
	world->said.now = (struct monotime){ 1000000000 };
	return world;
}

static void
world_free(struct world *world)
{
	server_filter_free(world->filter);
	free(world);
}

/* As by an author that signs. */
static void
sign(struct presence *message, const struct author *signer,
    char proof[PRESENCE_PROOF_SIZE])
{
	uint8_t signature[IDENTITY_SIGNATURE_SIZE];
	struct buffer bytes;

	buffer_init(&bytes, PRESENCE_PROOF_BYTES_MAX);
	assert_int_equal(presence_proof_bytes(message, &bytes), 0);
	assert_int_equal(
	    identity_key_sign(&signer->key, buffer_bytes(&bytes), signature),
	    0);
	buffer_fini(&bytes);
	presence_proof_print(signature, proof);
	message->proof = proof;
}

static enum presence_verdict
hear_json(struct world *world, const char *text)
{
	enum presence_verdict verdict;

	world->said.json = bytes_of(text);
	verdict =
	    server_filter_check(world->filter, &world->said, &world->heard);
	if (verdict != PRESENCE_HEARD && verdict != PRESENCE_PUNCH)
		memset(&world->heard, 0, sizeof(world->heard));
	return verdict;
}

static enum presence_verdict
hear(struct world *world, const struct presence *message)
{
	enum presence_verdict verdict;
	struct buffer json;

	buffer_init(&json, RENDEZVOUS_MESSAGE_MAX + 1);
	assert_int_equal(
	    message_encode_json(&presence_server_message, message, &json), 0);
	assert_int_equal(buffer_printf(&json, "%c", 0), 0);
	verdict = hear_json(world, (const char *)buffer_bytes(&json).data);
	buffer_fini(&json);
	return verdict;
}

/* How a message of Alice differs from a plain one. signer: n nobody, a Alice,
 * s we; x: changed after it was signed. */
static const struct {
	const char *name, *type;
	int64_t age_ms;
	const char *signer;
	bool is_listing;
	struct server_known known;
	enum presence_verdict want;
	bool is_proven, is_fresh;
} cases[] = {
	/* clang-format off */
	{ "unproven", PRESENCE_ONLINE, 0, "n", false, {0}, PRESENCE_HEARD, false, false },
	{ "unproven, old", PRESENCE_UPDATE, 9999999, "n", false, {0}, PRESENCE_HEARD, false, false },
	{ "proven", PRESENCE_UPDATE, 0, "a", false, {0}, PRESENCE_HEARD, true, true },
	{ "proven, a minute off", PRESENCE_UPDATE, 60000, "a", false, {0}, PRESENCE_HEARD, true, true },
	{ "proven, but old", PRESENCE_UPDATE, 121000, "a", false, {0}, PRESENCE_HEARD, false, false },
	{ "proven, of the future", PRESENCE_UPDATE, -121000, "a", false, {0}, PRESENCE_HEARD, false, false },
	{ "old, in a list", PRESENCE_UPDATE, 121000, "a", true, {0}, PRESENCE_HEARD, true, false },
	{ "a fresh one in a list", PRESENCE_OFFLINE, 0, "a", true, {0}, PRESENCE_HEARD, true, false },
	{ "signed by another", PRESENCE_UPDATE, 0, "s", false, {0}, PRESENCE_DROPPED, false, false },
	{ "changed", PRESENCE_UPDATE, 0, "ax", false, {0}, PRESENCE_DROPPED, false, false },
	{ "repeated, as in a list", PRESENCE_UPDATE, 50, "a", true, { true, NOW_MS - 50 }, PRESENCE_HEARD, true, false },
	{ "proven, older than known", PRESENCE_UPDATE, 50, "a", false, { true, NOW_MS - 49 }, PRESENCE_DROPPED, false, false },
	{ "older than known, in a list", PRESENCE_UPDATE, 50, "a", true, { true, NOW_MS - 49 }, PRESENCE_NAMED, false, false },
	{ "left before, in a list", PRESENCE_OFFLINE, 50, "a", true, { true, NOW_MS - 49 }, PRESENCE_DROPPED, false, false },
	{ "older than what was unproven", PRESENCE_UPDATE, 50, "a", false, { false, NOW_MS }, PRESENCE_HEARD, true, true },
	{ "unproven, but known proven", PRESENCE_ONLINE, 0, "n", false, { true, 1 }, PRESENCE_DROPPED, false, false },
	{ "too old to prove, known proven", PRESENCE_ONLINE, 130000, "a", false, { true, 1 }, PRESENCE_DROPPED, false, false },
	{ "the server lost him", PRESENCE_OFFLINE, 0, "n", false, { true, 1 }, PRESENCE_HEARD, false, false },
	{ "he left", PRESENCE_OFFLINE, 0, "a", false, { true, 1 }, PRESENCE_HEARD, true, true },
	{ "he left once before", PRESENCE_OFFLINE, 9999, "a", false, { true, NOW_MS }, PRESENCE_DROPPED, false, false },
	{ "another type", "dance", 0, "n", false, {0}, PRESENCE_DROPPED, false, false },
	/* clang-format on */
};

static void
judges_presence(void **state)
{
	char proof[PRESENCE_PROOF_SIZE], label[] = "Alice", other[] = "Eve";
	struct presence message;
	struct world *world;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case: %s\n", cases[i].name);
		world = world_new();
		world->known = cases[i].known;
		world->said.is_listing = cases[i].is_listing;
		message = (struct presence){
			.type = (char *)(uintptr_t)cases[i].type,
			.peer_id = world->alice.text,
			.content = label,
			.ts_ms = NOW_MS - cases[i].age_ms,
		};
		if (cases[i].signer[0] == 'a')
			sign(&message, &world->alice, proof);
		if (cases[i].signer[0] == 's')
			sign(&message, &world->self, proof);
		if (cases[i].signer[1] == 'x')
			message.content = other;
		assert_int_equal(hear(world, &message), cases[i].want);
		assert_int_equal(world->heard.is_proven, cases[i].is_proven);
		assert_int_equal(world->heard.is_fresh, cases[i].is_fresh);
		presence_heard_fini(&world->heard);
		world_free(world);
	}
}

/* Senders with a wrong clock take the server's; so do we. */
static void
time_is_the_servers(void **state)
{
	char proof[PRESENCE_PROOF_SIZE], type[] = PRESENCE_UPDATE;
	struct world *world = world_new();
	struct presence message = { .type = type,
		.peer_id = world->alice.text,
		.ts_ms = NOW_MS + 3600000 };

	(void)state;
	sign(&message, &world->alice, proof);
	assert_int_equal(hear(world, &message), PRESENCE_HEARD);
	assert_false(world->heard.is_proven);
	presence_heard_fini(&world->heard);
	world->said.ahead_ms = 3600000 - 1000;
	assert_int_equal(hear(world, &message), PRESENCE_HEARD);
	assert_true(world->heard.is_fresh);
	presence_heard_fini(&world->heard);
	world_free(world);
}

static const struct {
	const char *name, *type;
	int64_t age_ms;
	bool is_signed, is_sent;
	enum presence_verdict want;
} own_cases[] = {
	{ "our echo", PRESENCE_UPDATE, 0, true, true, PRESENCE_ECHO },
	{ "our echo without the proof", PRESENCE_UPDATE, 0, false, true,
	    PRESENCE_ECHO },
	{ "the goodbye of our last run", PRESENCE_OFFLINE, STARTED_MS + 1, true,
	    false, PRESENCE_MISTAKEN },
	{ "of our last run", PRESENCE_UPDATE, STARTED_MS + 1, true, false,
	    PRESENCE_ECHO },
	{ "of our last run, unproven", PRESENCE_UPDATE, STARTED_MS + 1, false,
	    false, PRESENCE_ECHO },
	{ "another machine with our key", PRESENCE_UPDATE, 0, true, false,
	    PRESENCE_DOUBLE },
	{ "a forgery", PRESENCE_UPDATE, 0, false, false, PRESENCE_MISTAKEN },
	{ "the server lost us", PRESENCE_OFFLINE, 0, false, false,
	    PRESENCE_MISTAKEN },
};

static void
knows_itself(void **state)
{
	struct presence message;
	char proof[PRESENCE_PROOF_SIZE];
	struct world *world;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(own_cases); i++) {
		print_message("case: %s\n", own_cases[i].name);
		world = world_new();
		message = (struct presence){
			.type = (char *)(uintptr_t)own_cases[i].type,
			.peer_id = world->self.text,
			.ts_ms = NOW_MS - own_cases[i].age_ms,
		};
		if (own_cases[i].is_signed)
			sign(&message, &world->self, proof);
		if (own_cases[i].is_sent)
			server_filter_sent(world->filter, message.ts_ms);
		assert_int_equal(hear(world, &message), own_cases[i].want);
		world_free(world);
	}
}

#define BEYOND "\"content\":\"%s\",\"addrs\":[%s],\"ts\":1"

static void
limits_hold(void **state)
{
	static const char *const bad[] = { "", "{}", "[]", "hello",
		"{\"type\":\"online\",\"ts\":1}",
		"{\"type\":\"online\",\"peerId\":\"nobody\",\"ts\":1}",
		"{\"type\":\"online\",\"peerId\":1,\"ts\":1}" };
	struct world *world = world_new();
	char content[RENDEZVOUS_CONTENT_MAX + 2] = { 0 }, *text, *large;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		assert_int_equal(hear_json(world, bad[i]), PRESENCE_DROPPED);
	memset(content, 'x', RENDEZVOUS_CONTENT_MAX + 1);
	text = xasprintf("{\"type\":\"online\",\"peerId\":\"%s\"," BEYOND "}",
	    world->alice.text, content, "");
	assert_int_equal(hear_json(world, text), PRESENCE_DROPPED);
	free(text);
	/* what the contract allows, and more than we show */
	for (i = 0; i < RENDEZVOUS_CONTENT_MAX; i += 2)
		memcpy(content + i, "\xc3\xa9", 2);
	content[RENDEZVOUS_CONTENT_MAX] = '\0';
	content[0] = content[1] = 'a'; /* the cut is within a character */
	memmove(content + 1, content + 2, RENDEZVOUS_CONTENT_MAX - 1);
	text = xasprintf("{\"type\":\"online\",\"peerId\":\"%s\"," BEYOND
			 ",\"email\":\"a\\u001b[31m\\u202e\"}",
	    world->alice.text, content,
	    "\"/ip4/127.0.0.1/tcp/1\",\"/ip4/10.0.0.1/tcp/1\",\"x\"");
	assert_int_equal(hear_json(world, text), PRESENCE_HEARD);
	free(text);
	assert_int_equal(strlen(world->heard.presence.content), 255);
	assert_null(strchr(world->heard.presence.email, '\x1b'));
	assert_null(strstr(world->heard.presence.email, "\u202e"));
	assert_int_equal(world->heard.presence.addrs.count, 1);
	presence_heard_fini(&world->heard);
	large = xzalloc(RENDEZVOUS_MESSAGE_MAX + 2);
	memset(large, ' ', RENDEZVOUS_MESSAGE_MAX + 1);
	assert_int_equal(hear_json(world, large), PRESENCE_DROPPED);
	free(large);
	world_free(world);
}

static void
dials_when_told_but_not_too_often(void **state)
{
	struct world *world = world_new();
	char type[] = RENDEZVOUS_PUNCH, address[] = "/ip4/10.9.8.7/tcp/4001";
	char loopback[] = "/ip4/127.0.0.1/tcp/22";
	const char *items[] = { address };
	struct presence message = { .type = type,
		.peer_id = world->alice.text,
		.target = world->self.text,
		.addrs = { items, 1 },
		.ts_ms = NOW_MS };
	int i;

	(void)state;
	assert_int_equal(hear(world, &message), PRESENCE_PUNCH);
	assert_true(peer_id_equal(&world->heard.peer, &world->alice.id));
	assert_string_equal(world->heard.presence.addrs.items[0], address);
	presence_heard_fini(&world->heard);
	for (i = 1; i < SERVER_PUNCH_BURST; i++) {
		assert_int_equal(hear(world, &message), PRESENCE_PUNCH);
		presence_heard_fini(&world->heard);
	}
	assert_int_equal(hear(world, &message), PRESENCE_DROPPED);
	world->said.now = monotime_add_ms(world->said.now, 60000);
	items[0] = loopback;
	assert_int_equal(hear(world, &message), PRESENCE_DROPPED);
	items[0] = address;
	message.target = world->alice.text; /* somebody else's */
	assert_int_equal(hear(world, &message), PRESENCE_DROPPED);
	world_free(world);
}

static void
a_flood_is_cut_and_noted(void **state)
{
	struct world *world = world_new();
	char *text = xasprintf("{\"type\":\"update\",\"peerId\":\"%s\","
			       "\"ts\":1}",
	    world->alice.text);
	int i, heard = 0;

	(void)state;
	for (i = 0; i < SERVER_BURST + 1000; i++)
		if (hear_json(world, text) == PRESENCE_HEARD) {
			presence_heard_fini(&world->heard);
			heard++;
		}
	assert_int_equal(heard, SERVER_BURST);
	assert_true(server_filter_take_lossy(world->filter));
	assert_false(server_filter_take_lossy(world->filter));
	free(text);
	world_free(world);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_presence),
		cmocka_unit_test(time_is_the_servers),
		cmocka_unit_test(knows_itself),
		cmocka_unit_test(limits_hold),
		cmocka_unit_test(dials_when_told_but_not_too_often),
		cmocka_unit_test(a_flood_is_cut_and_noted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
