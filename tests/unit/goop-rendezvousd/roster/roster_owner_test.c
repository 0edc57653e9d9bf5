/* roster: whose row it is, and who may retire it */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "goop-rendezvousd/roster/roster.h"
#include "tests/unit/support/roster_play.h"

/* --- WebSockets */

static void
a_lost_websocket_may_come_back(void **state)
{
	struct roster_play *play = *state;

	play_hear(play, ROSTER_ACCEPTED, "online a -"); /* by POST */
	play_open(play, 0, "a");
	assert_non_null(roster_find(play->roster, "a")->owner);
	play_told(play, "joined online a -; connected a");
	play_lose(play, 0);
	play_wait(play, ROSTER_GRACE_MS - 1);
	play_told(play, "");
	play_open(play, 1, "a");
	play_wait(play, ROSTER_GRACE_MS);
	play_told(play, "connected a");
	play_lose(play, 1);
	play_wait(play, ROSTER_GRACE_MS);
	play_told(play, "left offline a -");
}

static void
a_closed_one_does_not(void **state)
{
	struct roster_play *play = *state;

	play_open(play, 0, "a");
	play_told(play, "");
	play_hear_on(play, 0, ROSTER_ACCEPTED, "online a -");
	play_told(play, "joined online a -; connected a");
	play_close(play, 0);
	play_told(play, "left offline a -");
}

static void
a_replaced_one_retires_nobody(void **state)
{
	struct roster_play *play = *state;

	play_open(play, 0, "a");
	play_hear_on(play, 0, ROSTER_ACCEPTED, "online a -");
	play_open(play, 1, "a"); /* the client came back first */
	play_told(play, "joined online a -; connected a; connected a");
	play_lose(play, 0);
	play_wait(play, ROSTER_GRACE_MS);
	play_told(play, "");
	play_hear_on(play, 1, ROSTER_ACCEPTED, "update a -");
	play_close(play, 1);
	play_told(play, "left offline a -");
}

static void
a_post_ends_the_grace(void **state)
{
	struct roster_play *play = *state;

	play_open(play, 0, "a");
	play_hear_on(play, 0, ROSTER_ACCEPTED, "online a -");
	play_lose(play, 0);
	play_told(play, "joined online a -; connected a");
	play_hear(play, ROSTER_ACCEPTED, "update a -");
	play_wait(play, ROSTER_GRACE_MS + 1000);
	play_told(play, "");
}

static void
a_websocket_speaks_for_its_own_peer(void **state)
{
	struct roster_play *play = *state;

	play_open(play, 0, "a");
	play_hear_on(play, 0, ROSTER_FOREIGN, "online b -");
	play_hear_on(play, 0, ROSTER_FOREIGN, "offline b -");
	play_told(play, "");
}

/* --- whose row it is: unproven */

static void
another_address_waits_for_its_turn(void **state)
{
	struct roster_play *play = *state;

	play_hear(play, ROSTER_ACCEPTED, "online a mine");
	play_told(play, "joined online a mine");
	play_from(play, "198.51.100.9");
	play_hear(play, ROSTER_TAKEN, "offline a -");
	play_hear(play, ROSTER_TAKEN, "update a theirs");
	play_wait(play, ROSTER_OWNED_MS - 1);
	play_hear(play, ROSTER_TAKEN, "update a theirs");
	play_told(play, "");
	play_wait(play, 1);
	play_hear(play, ROSTER_ACCEPTED, "update a theirs");
	play_told(play, "changed update a theirs");
	play_from(play, "192.0.2.1");
	play_hear(play, ROSTER_TAKEN, "update a mine");
}

static void
while_its_websocket_is_there_nobody_else(void **state)
{
	struct roster_play *play = *state;

	play_open(play, 0, "a");
	play_hear_on(play, 0, ROSTER_ACCEPTED, "online a -");
	play_told(play, "joined online a -; connected a");
	play_from(play, "198.51.100.9");
	play_wait(play, ROSTER_OWNED_MS + 1000);
	play_hear(play, ROSTER_TAKEN, "offline a -");
	play_open(play, 1, "a");
	play_hear_on(play, 1, ROSTER_TAKEN, "offline a -");
	play_close(play, 1);
	play_told(play, "");
	play_lose(play, 0);
	play_hear(play, ROSTER_ACCEPTED, "update a -");
	play_wait(play, ROSTER_GRACE_MS);
	play_told(play, "refreshed update a -");
}

static void
a_64_is_one_address(void **state)
{
	struct roster_play *play = *state;

	play_from(play, "2001:db8:0:1::5");
	play_hear(play, ROSTER_ACCEPTED, "online a -");
	play_from(play, "2001:db8:0:1:ffff::6");
	play_hear(play, ROSTER_ACCEPTED, "update a -");
	play_from(play, "2001:db8:0:2::5");
	play_hear(play, ROSTER_TAKEN, "update a -");
}

/* --- whose row it is: proven */

static void
what_is_proven_stays(void **state)
{
	struct roster_play *play = *state;

	play_hear(play, ROSTER_ACCEPTED, "online a squatter");
	play_told(play, "joined online a squatter");
	play_from(play, "198.51.100.9");
	play_prove(play, ROSTER_ACCEPTED, "online a owner", 1000);
	play_told(play, "changed online a owner proof");
	play_from(play, "192.0.2.1");
	play_hear(play, ROSTER_NEEDS_PROOF, "update a squatter");
	play_hear(play, ROSTER_NEEDS_PROOF, "offline a -");
	play_wait(play, ROSTER_OWNED_MS + 1);
	play_hear(play, ROSTER_NEEDS_PROOF, "update a squatter");
	play_told(play, "");
	play_prove(play, ROSTER_ACCEPTED, "update a owner", 1001);
	play_told(play, "refreshed update a owner proof");
	play_prove(play, ROSTER_ACCEPTED, "offline a -", 1002);
	play_told(play, "left offline a - proof");
	play_hear(play, ROSTER_ACCEPTED, "online a squatter");
	play_told(play, "joined online a squatter");
}

static void
a_proof_counts_once(void **state)
{
	struct roster_play *play = *state;

	play_prove(play, ROSTER_ACCEPTED, "online a -", 1000);
	play_prove(play, ROSTER_REPLAYED, "online a -", 1000);
	play_prove(play, ROSTER_REPLAYED, "update a -", 999);
	play_prove(play, ROSTER_ACCEPTED, "offline a -", 2000);
	play_told(play, "joined online a - proof; left offline a - proof");
	play_prove(play, ROSTER_REPLAYED, "online a -", 1500);
	play_prove(play, ROSTER_REPLAYED, "offline a -", 2000);
	play_told(play, "");
	play_prove(play, ROSTER_ACCEPTED, "online a -", 2001);
	play_told(play, "joined online a - proof");
}

static void
an_unproven_goodbye_forgets_no_proof(void **state)
{
	struct roster_play *play = *state;

	play_open(play, 0, "a");
	play_prove_on(play, 0, ROSTER_ACCEPTED, "online a -", 1000);
	play_hear_on(play, 0, ROSTER_ACCEPTED, "offline a -");
	play_told(
	    play, "joined online a - proof; connected a; left offline a -");
	play_prove(play, ROSTER_REPLAYED, "online a -", 1000);
	play_told(play, "");
}

static void
a_websocket_that_proved_is_trusted(void **state)
{
	struct roster_play *play = *state;

	play_open(play, 0, "a");
	assert_false(roster_session_is_trusted(play->sessions[0]));
	play_prove_on(play, 0, ROSTER_ACCEPTED, "online a one", 1000);
	assert_true(roster_session_is_trusted(play->sessions[0]));
	play_hear_on(play, 0, ROSTER_ACCEPTED, "update a two");
	play_told(play, "joined online a one proof; connected a; "
			"changed update a two");
	play_open(play, 1, "a");
	play_hear_on(play, 1, ROSTER_NEEDS_PROOF, "update a two");
	play_close(play, 1);
	play_hear_on(play, 0, ROSTER_ACCEPTED, "offline a -");
	play_told(play, "left offline a -");
	play_hear_on(play, 0, ROSTER_ACCEPTED, "online a three");
	play_told(play, "joined online a three; connected a");
	assert_true(roster_find(play->roster, "a")->is_proven);
}

static void
a_websocket_without_proof_retires_nobody_proven(void **state)
{
	struct roster_play *play = *state;

	play_open(play, 0, "a");
	play_hear_on(play, 0, ROSTER_ACCEPTED, "online a -");
	play_prove(play, ROSTER_ACCEPTED, "update a -", 1000);
	play_told(play, "joined online a -; connected a; "
			"changed update a - proof");
	assert_null(roster_find(play->roster, "a")->owner);
	play_close(play, 0);
	play_told(play, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, play_begin, play_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_lost_websocket_may_come_back),
		TEST(a_closed_one_does_not),
		TEST(a_replaced_one_retires_nobody),
		TEST(a_post_ends_the_grace),
		TEST(a_websocket_speaks_for_its_own_peer),
		TEST(another_address_waits_for_its_turn),
		TEST(while_its_websocket_is_there_nobody_else),
		TEST(a_64_is_one_address),
		TEST(what_is_proven_stays),
		TEST(a_proof_counts_once),
		TEST(an_unproven_goodbye_forgets_no_proof),
		TEST(a_websocket_that_proved_is_trusted),
		TEST(a_websocket_without_proof_retires_nobody_proven),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
