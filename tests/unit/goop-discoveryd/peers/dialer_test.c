/* The dialer: when which peer is dialled. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "goop-discoveryd/peers/dialer.h"

#define ALICE "12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5"

static struct monotime
at(int64_t ms)
{
	return (struct monotime){ (1000000 + ms) * 1000 };
}

static struct peer_id
peer(unsigned int n)
{
	struct peer_id id;

	assert_int_equal(peer_id_parse(ALICE, &id), 0);
	memcpy(id.data + 8, &n, sizeof(n));
	return id;
}

static void
dials_until_connected(void **state)
{
	struct dialer *dialer = dialer_new(at(0));
	struct peer_id alice = peer(1), next;

	(void)state;
	dialer_want(dialer, &alice, at(0));
	assert_true(dialer_next(dialer, at(0), &next));
	assert_false(dialer_next(dialer, at(0), &next));
	dialer_done(dialer, &next, false, at(10));
	dialer_want(dialer, &alice, at(11)); /* news do not hurry us */
	assert_false(dialer_next(dialer, at(1009), &next));
	assert_true(dialer_next(dialer, at(1010), &next));
	dialer_done(dialer, &next, false, at(1010));
	assert_false(dialer_next(dialer, at(3000), &next));
	assert_true(dialer_next(dialer, at(3010), &next));
	dialer_done(dialer, &next, true, at(3020));
	assert_false(dialer_next(dialer, at(900000), &next));
	dialer_disconnected(dialer, &alice, at(900000));
	assert_false(dialer_next(dialer, at(900500), &next));
	assert_true(dialer_next(dialer, at(901000), &next));
	dialer_done(dialer, &next, false, at(901000));
	assert_false(dialer_next(dialer, at(901100), &next));
	dialer_hurry(dialer, &alice, at(901100)); /* it dials us now */
	assert_true(dialer_next(dialer, at(901100), &next));
	dialer_unwant(dialer, &alice);
	dialer_done(dialer, &next, false, at(901100)); /* too late to matter */
	assert_false(dialer_next(dialer, at(999000), &next));
	dialer_free(dialer);
}

static void
somebody_else_may_connect_first(void **state)
{
	struct dialer *dialer = dialer_new(at(0));
	struct peer_id alice = peer(1), next;

	(void)state;
	dialer_want(dialer, &alice, at(0));
	dialer_connected(dialer, &alice);
	assert_false(dialer_next(dialer, at(0), &next));
	dialer_reset(dialer, at(5000)); /* goopd died */
	assert_true(dialer_next(dialer, at(5000), &next));
	dialer_free(dialer);
}

/* How long after the failures the next attempt comes. */
static int64_t
gap_after(struct dialer *dialer, int failures, int64_t from)
{
	struct peer_id next;
	int64_t due = from;
	int i;

	for (i = 0; i < failures; i++) {
		while (!dialer_next(dialer, at(due), &next))
			due += 10;
		dialer_done(dialer, &next, false, at(due));
	}
	from = due;
	while (!dialer_next(dialer, at(due), &next))
		due += 10;
	dialer_done(dialer, &next, false, at(due));
	return due - from;
}

static void
a_neighbour_is_tried_often(void **state)
{
	struct dialer *dialer = dialer_new(at(0));
	struct peer_id alice = peer(1), next;

	(void)state;
	dialer_want(dialer, &alice, at(0));
	dialer_set_near(dialer, &alice, true);
	/* anybody can be announced by mDNS */
	assert_int_equal(gap_after(dialer, 8, 0), DIALER_GAP_MAX_MS);
	while (!dialer_next(dialer, dialer_deadline(dialer), &next))
		;
	dialer_done(dialer, &next, true, at(900000));
	dialer_disconnected(dialer, &alice, at(900000));
	assert_int_equal(gap_after(dialer, 8, 900000), DIALER_GAP_NEIGHBOUR_MS);
	dialer_set_near(dialer, &alice, false);
	assert_int_equal(gap_after(dialer, 8, 1000000), DIALER_GAP_MAX_MS);
	dialer_free(dialer);
}

static void
another_network_is_tried_at_once(void **state)
{
	struct dialer *dialer = dialer_new(at(0));
	struct peer_id alice = peer(1), next;

	(void)state;
	dialer_want(dialer, &alice, at(0));
	assert_true(dialer_next(dialer, at(0), &next));
	dialer_done(dialer, &next, false, at(0));
	assert_false(dialer_next(dialer, at(500), &next));
	dialer_network_changed(dialer, at(500));
	assert_true(dialer_next(dialer, at(500), &next));
	dialer_free(dialer);
}

static void
a_flood_of_names_is_dialled_slowly(void **state)
{
	struct dialer *dialer = dialer_new(at(0));
	struct peer_id id, next;
	unsigned int n;
	int64_t ms;
	int dials = 0;

	(void)state;
	for (n = 0; n < 5000; n++) {
		id = peer(n);
		dialer_want(dialer, &id, at(0));
	}
	for (n = 0; n < DIALER_RUNNING_MAX; n++)
		assert_true(dialer_next(dialer, at(0), &next));
	assert_false(dialer_next(dialer, at(0), &next));
	dialer_done(dialer, &next, false, at(0));
	for (ms = 0; ms < 60000; ms += 10)
		while (dialer_next(dialer, at(ms), &next)) {
			dialer_done(dialer, &next, false, at(ms));
			dials++;
		}
	assert_in_range(dials, 600, 60 * DIALER_PER_SECOND + DIALER_BURST);

	/* A newcomer takes the place of one that failed. */
	id = peer(n);
	dialer_want(dialer, &id, at(60000));
	for (; !peer_id_equal(&next, &id) && ms < 120000; ms += 10)
		while (dialer_next(dialer, at(ms), &next) &&
		       !peer_id_equal(&next, &id))
			dialer_done(dialer, &next, false, at(ms));
	assert_true(peer_id_equal(&next, &id));
	dialer_free(dialer);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dials_until_connected),
		cmocka_unit_test(somebody_else_may_connect_first),
		cmocka_unit_test(a_neighbour_is_tried_often),
		cmocka_unit_test(another_network_is_tried_at_once),
		cmocka_unit_test(a_flood_of_names_is_dialled_slowly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
