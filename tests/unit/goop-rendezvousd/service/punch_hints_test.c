/* punch_hints: who is told to dial whom */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/xalloc.h"
#include "goop-rendezvousd/service/punch_hints.h"
#include "proto/field_json.h"

/* A roster whose events go to the hints, as in the daemon. */
struct stage {
	struct roster *roster;
	struct punch_hints *hints;
	struct monotime now;
	int64_t clock_ms;
	bool is_deaf; /* nobody takes a hint */
	int count;
	char told[1024]; /* "TARGET<-DIALLED " */
};

static bool
on_hint(const struct roster_row *target, struct shared_text *text, void *arg)
{
	struct stage *stage = arg;
	struct presence hint;
	size_t len = strlen(stage->told);

	if (stage->is_deaf)
		return false;
	assert_int_equal(message_decode_json(&presence_server_message,
			     shared_text_bytes(text), &hint, NULL),
	    0);
	assert_string_equal(hint.type, "punch");
	assert_string_equal(hint.target, target->peer_id);
	assert_int_equal(hint.addrs.count, 1);
	assert_true(hint.ts_ms == stage->clock_ms);
	assert_null(hint.content);
	snprintf(stage->told + len, sizeof(stage->told) - len, "%s<-%s ",
	    hint.target, hint.peer_id);
	stage->count++;
	presence_fini(&hint);
	return true;
}

static void
on_event(enum roster_event event, const struct roster_row *row,
    struct shared_text *text, void *arg)
{
	struct stage *stage = arg;

	(void)text;
	if (event == ROSTER_JOINED || event == ROSTER_CHANGED)
		punch_hints_moved(
		    stage->hints, row, stage->now, stage->clock_ms);
}

static void
on_connected(const struct roster_row *row, void *arg)
{
	struct stage *stage = arg;

	punch_hints_connected(stage->hints, row, stage->now, stage->clock_ms);
}

static const struct roster_user user = { on_event, on_connected };

static int
begin(void **state)
{
	struct stage *stage = xzalloc(sizeof(*stage));

	stage->roster = roster_new(5000, &user, stage);
	stage->hints = punch_hints_new(stage->roster, on_hint, stage);
	stage->clock_ms = 1700000000000;
	stage->now.us = 77000000;
	*state = stage;
	return 0;
}

static int
end(void **state)
{
	struct stage *stage = *state;

	punch_hints_free(stage->hints);
	roster_free(stage->roster);
	free(stage);
	return 0;
}

static void
say(struct stage *stage, struct roster_session *session, const char *peer_id,
    const char *address)
{
	static char type[] = "update";
	struct presence message = { .type = type };
	struct client_address from = { { 1 } };
	struct roster_heard heard = { &message, PRESENCE_UNPROVEN, &from,
		session, stage->now, stage->clock_ms };

	message.peer_id = xstrdup(peer_id);
	message.ts_ms = stage->clock_ms;
	if (address != NULL)
		strings_add(&message.addrs, address);
	assert_int_equal(roster_hear(stage->roster, &heard), ROSTER_ACCEPTED);
	message.type = NULL;
	presence_fini(&message);
}

static struct roster_session *
open_session(struct stage *stage, const char *peer_id)
{
	struct client_address from = { { 1 } };

	return roster_session_begin(stage->roster, peer_id, &from);
}

static void
wait(struct stage *stage, int64_t ms)
{
	stage->now = monotime_add_ms(stage->now, ms);
	stage->clock_ms += ms;
}

static void
told(struct stage *stage, const char *want)
{
	assert_string_equal(stage->told, want);
	stage->told[0] = '\0';
}

static void
both_are_told(void **state)
{
	struct stage *stage = *state;

	say(stage, open_session(stage, "a"), "a", "/1");
	told(stage, "");
	say(stage, open_session(stage, "b"), "b", "/2");
	told(stage, "a<-b b<-a ");
	say(stage, NULL, "b", "/3"); /* within a minute */
	told(stage, "");
	wait(stage, PUNCH_AGAIN_MS);
	say(stage, NULL, "b", "/3"); /* unchanged */
	told(stage, "");
	say(stage, NULL, "b", "/4");
	told(stage, "a<-b b<-a ");
}

/* The original's first publish is a POST: its WebSocket comes later. */
static void
whoever_connects_gets_what_it_missed(void **state)
{
	struct stage *stage = *state;

	say(stage, open_session(stage, "a"), "a", "/1");
	say(stage, NULL, "b", "/2");
	told(stage, "a<-b ");
	wait(stage, 300);
	open_session(stage, "b");
	told(stage, "b<-a ");
	open_session(stage, "b");
	told(stage, "");
}

static void
nobody_is_told_without_need(void **state)
{
	struct stage *stage = *state;

	say(stage, open_session(stage, "a"), "a", "/1");
	say(stage, open_session(stage, "b"), "b", NULL);
	told(stage, ""); /* b has no address */
	say(stage, NULL, "c", "/3");
	told(stage, "a<-c "); /* nor would b be dialled */
	wait(stage, PUNCH_NEW_MS + 1);
	open_session(stage, "c");
	told(stage, ""); /* it is here for long */
}

static void
what_was_not_taken_is_told_later(void **state)
{
	struct stage *stage = *state;

	say(stage, open_session(stage, "a"), "a", "/1");
	stage->is_deaf = true;
	say(stage, open_session(stage, "b"), "b", "/2");
	told(stage, "");
	stage->is_deaf = false;
	say(stage, NULL, "b", "/3");
	told(stage, "a<-b b<-a ");
}

static void
a_crowd_is_bounded(void **state)
{
	struct stage *stage = *state;
	char peer_id[16];
	int i;

	for (i = 0; i < 40; i++) {
		snprintf(peer_id, sizeof(peer_id), "p%d", i);
		say(stage, open_session(stage, peer_id), peer_id, "/1");
	}
	stage->told[0] = '\0';
	stage->count = 0;
	wait(stage, 3600 * 1000);
	say(stage, open_session(stage, "late"), "late", "/1");
	/* As a newcomer, and for its WebSocket. */
	assert_in_range(
	    stage->count, 2 * PUNCH_PARTNERS_MAX, 3 * PUNCH_PARTNERS_MAX);
	stage->told[0] = '\0';
	for (i = 0; i < 200; i++) {
		snprintf(peer_id, sizeof(peer_id), "q%d", i);
		say(stage, open_session(stage, peer_id), peer_id, "/1");
		stage->told[0] = '\0';
	}
	assert_int_equal(stage->count, PUNCH_BURST);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(both_are_told),
		TEST(whoever_connects_gets_what_it_missed),
		TEST(nobody_is_told_without_need),
		TEST(what_was_not_taken_is_told_later),
		TEST(a_crowd_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
