/* Presence: what of others counts, and when we speak ourselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "goop-discoveryd/peers/dialer.h"
#include "goop-discoveryd/announce_timer.h"
#include "goop-discoveryd/peers/peer_addresses.h"
#include "goop-discoveryd/peers/gossip_filter.h"

#define ALICE "12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5"
#define BOB   "12D3KooWBRFW3HkJCLKSWb4yG6iWRBpgNjbM4FFvNsL5T5JKTqrd"

static struct monotime
at(int64_t ms)
{
	return (struct monotime){ (1000000 + ms) * 1000 };
}

/* --- the guard */

#define SAYS(more) "{\"type\":\"update\",\"peerId\":\"" ALICE "\"," more "}"

static const struct {
	const char *name, *author, *text;
	enum presence_verdict want;
} cases[] = {
	{ "as the original says it", ALICE,
	    SAYS("\"content\":\"hello\",\"addrs\":[\"/ip4/192.168.1.20/tcp/"
		 "41001\"],\"encryptionSupported\":true,"
		 "\"goopClientVersion\":\"2.4.60\",\"ts\":1700000000000"),
	    PRESENCE_ACCEPTED },
	{ "offline", ALICE,
	    "{\"type\":\"offline\",\"peerId\":\"" ALICE "\",\"ts\":1}",
	    PRESENCE_ACCEPTED },
	{ "unknown keys", ALICE, SAYS("\"ts\":1,\"target\":\"x\",\"a\":[{}]"),
	    PRESENCE_ACCEPTED },
	{ "about somebody else", BOB, SAYS("\"ts\":1"), PRESENCE_DROPPED },
	{ "no author", "", SAYS("\"ts\":1"), PRESENCE_DROPPED },
	{ "nobody", ALICE, "{\"type\":\"update\",\"ts\":1}", PRESENCE_DROPPED },
	{ "a peer id that is none", ALICE,
	    "{\"type\":\"update\",\"peerId\":\"x\",\"ts\":1}",
	    PRESENCE_DROPPED },
	{ "no type", ALICE, "{\"type\":\"\",\"peerId\":\"" ALICE "\",\"ts\":1}",
	    PRESENCE_DROPPED },
	{ "punch", ALICE,
	    "{\"type\":\"punch\",\"peerId\":\"" ALICE "\",\"ts\":1}",
	    PRESENCE_DROPPED },
	{ "no time", ALICE, SAYS("\"content\":\"x\""), PRESENCE_DROPPED },
	{ "a negative time", ALICE, SAYS("\"ts\":-1"), PRESENCE_DROPPED },
	{ "wrong type of a value", ALICE, SAYS("\"ts\":1,\"addrs\":\"x\""),
	    PRESENCE_DROPPED },
	{ "no JSON", ALICE, "hello", PRESENCE_DROPPED },
	{ "nothing", ALICE, "", PRESENCE_DROPPED },
	{ "an array", ALICE, "[]", PRESENCE_DROPPED },
	{ "in our name, but not by us", BOB,
	    "{\"type\":\"update\",\"peerId\":\"" BOB "\",\"ts\":1}",
	    PRESENCE_DOUBLE },
	{ "our own", BOB,
	    "{\"type\":\"update\",\"peerId\":\"" BOB "\",\"ts\":77}",
	    PRESENCE_OWN },
	{ "an old goodbye of ours", BOB,
	    "{\"type\":\"offline\",\"peerId\":\"" BOB "\",\"ts\":3}",
	    PRESENCE_OWN },
};

static struct gossip_filter *
guard_of_bob(void)
{
	struct gossip_filter *guard = gossip_filter_new();
	struct peer_id bob;

	assert_int_equal(peer_id_parse(BOB, &bob), 0);
	gossip_filter_set_self(guard, &bob);
	gossip_filter_sent(guard, 77);
	return guard;
}

static enum presence_verdict
check(struct gossip_filter *guard, const char *author, uint64_t seqno,
    const char *text, int64_t ms)
{
	struct gossip gossip = { author, seqno, bytes_of(text) };
	enum presence_verdict verdict;
	struct presence presence;
	struct peer_id id;

	verdict = gossip_filter_check(guard, &gossip, at(ms), &presence, &id);
	if (verdict == PRESENCE_ACCEPTED)
		presence_fini(&presence);
	return verdict;
}

static void
judges_messages(void **state)
{
	struct gossip_filter *guard;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case: %s\n", cases[i].name);
		guard = guard_of_bob();
		assert_int_equal(
		    check(guard, cases[i].author, 1, cases[i].text, 0),
		    cases[i].want);
		gossip_filter_free(guard);
	}
}

static const struct {
	const char *name;
	uint64_t seqno;
	int64_t ts_ms;
	int64_t at_ms;
	enum presence_verdict want;
} replays[] = {
	{ "the first", 100, 1000, 0, PRESENCE_ACCEPTED },
	{ "the same again", 100, 1000, 1000, PRESENCE_DROPPED },
	{ "an older one", 99, 900, 2000, PRESENCE_DROPPED },
	{ "the next", 101, 2000, 3000, PRESENCE_ACCEPTED },
	{ "two in a millisecond", 102, 2000, 4000, PRESENCE_ACCEPTED },
	{ "its clock stepped back", 103, 10, 5000, PRESENCE_ACCEPTED },
	{ "a js author's random number", 7, 20, 6000, PRESENCE_ACCEPTED },
	{ "restarted with an old clock", 3, 5, 7000, PRESENCE_DROPPED },
	{ "it is forgiven after a while", 3, 5, 6001 + PRESENCE_FORGET_MS,
	    PRESENCE_ACCEPTED },
	{ "a number above 2^63", UINT64_MAX - 5, 1, 7000 + PRESENCE_FORGET_MS,
	    PRESENCE_ACCEPTED },
};

static void
drops_what_was_said_before(void **state)
{
	struct gossip_filter *guard = guard_of_bob();
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(replays); i++) {
		print_message("case: %s\n", replays[i].name);
		text =
		    xasprintf(SAYS("\"ts\":%lld"), (long long)replays[i].ts_ms);
		assert_int_equal(check(guard, ALICE, replays[i].seqno, text,
				     replays[i].at_ms),
		    replays[i].want);
		free(text);
	}
	gossip_filter_free(guard);
}

static void
one_author_cannot_flood(void **state)
{
	struct gossip_filter *guard = guard_of_bob();
	int64_t ms;
	int accepted = 0;
	char *text;

	(void)state;
	for (ms = 0; ms < 10000; ms += 10) {
		text = xasprintf(SAYS("\"ts\":%lld"), (long long)ms);
		accepted += check(guard, ALICE, (uint64_t)ms, text, ms) ==
			    PRESENCE_ACCEPTED;
		free(text);
	}
	assert_in_range(accepted, 35, 42);
	gossip_filter_free(guard);
}

static void
texts_are_made_printable(void **state)
{
	static const char text[] = SAYS("\"content\":\"a\\u001b[31mb\\nc\","
					"\"email\":\"x\\u0085y\",\"ts\":1");
	struct gossip gossip = { ALICE, 1, bytes_of(text) };
	struct gossip_filter *guard = guard_of_bob();
	struct presence presence;
	struct peer_id id;

	(void)state;
	assert_int_equal(
	    gossip_filter_check(guard, &gossip, at(0), &presence, &id),
	    PRESENCE_ACCEPTED);
	assert_string_equal(presence.content, "a?[31mb?c");
	assert_null(strstr(presence.email, "\xc2\x85"));
	presence_fini(&presence);
	gossip_filter_free(guard);
}

/* --- addresses */

static const struct {
	const char *name, *told, *want;
} addresses[] = {
	{ "private", "/ip4/192.168.1.20/tcp/1", "/ip4/192.168.1.20/tcp/1" },
	{ "with its own id", "/ip4/10.0.0.1/tcp/1/p2p/" ALICE,
	    "/ip4/10.0.0.1/tcp/1" },
	{ "with another's id", "/ip4/10.0.0.1/tcp/1/p2p/" BOB, NULL },
	{ "IPv6", "/ip6/2001:DB8::1/tcp/1", "/ip6/2001:db8::1/tcp/1" },
	{ "mapped", "/ip6/::ffff:10.0.0.1/tcp/1", "/ip4/10.0.0.1/tcp/1" },
	{ "loopback", "/ip4/127.0.0.1/tcp/22", NULL },
	{ "loopback, mapped", "/ip6/::ffff:127.0.0.1/tcp/22", NULL },
	{ "IPv6 loopback", "/ip6/::1/tcp/22", NULL },
	{ "unspecified", "/ip4/0.0.0.0/tcp/1", NULL },
	{ "multicast", "/ip4/224.0.0.251/tcp/1", NULL },
	{ "broadcast", "/ip4/255.255.255.255/tcp/1", NULL },
	{ "IPv6 multicast", "/ip6/ff02::fb/tcp/1", NULL },
	{ "link-local", "/ip6/fe80::1/tcp/1", NULL },
	{ "a zone of theirs", "/ip6zone/eth0/ip6/fe80::1/tcp/1", NULL },
	{ "port 0", "/ip4/10.0.0.1/tcp/0", NULL },
	{ "UDP", "/ip4/10.0.0.1/udp/1/quic-v1", NULL },
	{ "through a relay", "/ip4/10.0.0.1/tcp/1/p2p/" BOB "/p2p-circuit",
	    NULL },
	{ "a name", "/dns4/example.com/tcp/1", NULL },
	{ "nonsense", "10.0.0.1:1", NULL },
};

static void
only_plausible_addresses_are_used(void **state)
{
	struct strings told = { NULL, 0 }, usable;
	struct peer_id alice;
	size_t i;

	(void)state;
	assert_int_equal(peer_id_parse(ALICE, &alice), 0);
	for (i = 0; i < ARRAY_SIZE(addresses); i++) {
		print_message("case: %s\n", addresses[i].name);
		usable = (struct strings){ NULL, 0 };
		strings_add(&told, addresses[i].told);
		strings_add(&told, addresses[i].told); /* a double */
		peer_addresses_filter(&told, &alice, &usable);
		assert_int_equal(usable.count, addresses[i].want != NULL);
		if (usable.count > 0)
			assert_string_equal(usable.items[0], addresses[i].want);
		strings_free(&usable);
		strings_free(&told);
	}
}

/* --- the announce_timer */

/* How many messages within [from, to), looking every millisecond. */
static int
count(struct announce_timer *announce_timer, int64_t from, int64_t to)
{
	int n = 0;

	for (; from < to; from++)
		n += announce_timer_next(announce_timer, at(from)) != NULL;
	return n;
}

static void
tells_online_then_updates(void **state)
{
	struct announce_timer announce_timer;

	(void)state;
	announce_timer_init(
	    &announce_timer, 5000, ANNOUNCE_GOSSIP_PER_MINUTE, at(0));
	assert_int_equal(count(&announce_timer, 0, 20000), 0);
	announce_timer_up(&announce_timer, at(20000));
	assert_string_equal(
	    announce_timer_next(&announce_timer, at(20000)), PRESENCE_ONLINE);
	assert_null(announce_timer_next(&announce_timer, at(24999)));
	assert_string_equal(
	    announce_timer_next(&announce_timer, at(25000)), PRESENCE_UPDATE);
	announce_timer_changed(&announce_timer, at(26000));
	assert_string_equal(
	    announce_timer_next(&announce_timer, at(26000)), PRESENCE_UPDATE);
	assert_null(announce_timer_next(&announce_timer, at(30999)));
	announce_timer_down(&announce_timer);
	assert_int_equal(count(&announce_timer, 31000, 40000), 0);
	announce_timer_up(&announce_timer, at(40000));
	assert_string_equal(
	    announce_timer_next(&announce_timer, at(40000)), PRESENCE_ONLINE);
}

static void
gathers_newcomers(void **state)
{
	struct announce_timer announce_timer;

	(void)state;
	announce_timer_init(
	    &announce_timer, 5000, ANNOUNCE_GOSSIP_PER_MINUTE, at(0));
	announce_timer_up(&announce_timer, at(0));
	assert_int_equal(count(&announce_timer, 0, 1000), 1);
	announce_timer_newcomer(&announce_timer, at(1000));
	announce_timer_newcomer(&announce_timer, at(1050));
	assert_null(announce_timer_next(&announce_timer, at(1099)));
	assert_int_equal(count(&announce_timer, 1099, 1500), 1);
}

static void
stays_below_the_signers_limit(void **state)
{
	struct announce_timer announce_timer;
	int64_t ms;
	int n = 0;

	(void)state;
	announce_timer_init(
	    &announce_timer, 1000, ANNOUNCE_GOSSIP_PER_MINUTE, at(0));
	announce_timer_up(&announce_timer, at(0));
	assert_in_range(
	    count(&announce_timer, 0, 60000), 58, 61); /* a fast beat */
	for (ms = 60000; ms < 120000; ms++) {
		announce_timer_changed(
		    &announce_timer, at(ms)); /* somebody types */
		n += announce_timer_next(&announce_timer, at(ms)) != NULL;
	}
	assert_in_range(n, 70, ANNOUNCE_GOSSIP_PER_MINUTE + ANNOUNCE_BURST);
}

/* --- the dialer */

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
		cmocka_unit_test(judges_messages),
		cmocka_unit_test(drops_what_was_said_before),
		cmocka_unit_test(one_author_cannot_flood),
		cmocka_unit_test(texts_are_made_printable),
		cmocka_unit_test(only_plausible_addresses_are_used),
		cmocka_unit_test(tells_online_then_updates),
		cmocka_unit_test(gathers_newcomers),
		cmocka_unit_test(stays_below_the_signers_limit),
		cmocka_unit_test(dials_until_connected),
		cmocka_unit_test(somebody_else_may_connect_first),
		cmocka_unit_test(a_flood_of_names_is_dialled_slowly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
