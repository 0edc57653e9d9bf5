/* Presence messages on GossipSub: which of them count. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "goop-discoveryd/peers/gossip_filter.h"

#define ALICE "12D3KooWK99VoVxNE7XzyBwXEzW7xhK7Gpv85r9F3V3fyKSUKPH5"
#define BOB   "12D3KooWBRFW3HkJCLKSWb4yG6iWRBpgNjbM4FFvNsL5T5JKTqrd"

static struct monotime
at(int64_t ms)
{
	return (struct monotime){ (1000000 + ms) * 1000 };
}

#define SAYS(more) "{\"type\":\"update\",\"peerId\":\"" ALICE "\"," more "}"

static const struct {
	const char *name, *author, *text;
	enum presence_verdict want;
} cases[] = {
	{ "as the original says it", ALICE,
	    SAYS("\"content\":\"hello\",\"addrs\":[\"/ip4/192.168.1.20/tcp/"
		 "41001\"],\"encryptionSupported\":true,"
		 "\"goopClientVersion\":\"2.4.60\",\"ts\":1700000000000"),
	    PRESENCE_HEARD },
	{ "offline", ALICE,
	    "{\"type\":\"offline\",\"peerId\":\"" ALICE "\",\"ts\":1}",
	    PRESENCE_HEARD },
	{ "unknown keys", ALICE, SAYS("\"ts\":1,\"target\":\"x\",\"a\":[{}]"),
	    PRESENCE_HEARD },
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
	    PRESENCE_ECHO },
	{ "an old goodbye of ours", BOB,
	    "{\"type\":\"offline\",\"peerId\":\"" BOB "\",\"ts\":3}",
	    PRESENCE_ECHO },
};

static struct gossip_filter *
filter_of_bob(void)
{
	struct gossip_filter *filter = gossip_filter_new();
	struct peer_id bob;

	assert_int_equal(peer_id_parse(BOB, &bob), 0);
	gossip_filter_set_self(filter, &bob);
	gossip_filter_sent(filter, 77);
	return filter;
}

static enum presence_verdict
check(struct gossip_filter *filter, const char *author, uint64_t seqno,
    const char *text, int64_t ms)
{
	struct gossip gossip = { author, seqno, bytes_of(text) };
	enum presence_verdict verdict;
	struct presence_heard heard;

	verdict = gossip_filter_check(filter, &gossip, at(ms), &heard);
	if (verdict == PRESENCE_HEARD)
		presence_heard_fini(&heard);
	return verdict;
}

static void
judges_messages(void **state)
{
	struct gossip_filter *filter;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case: %s\n", cases[i].name);
		filter = filter_of_bob();
		assert_int_equal(
		    check(filter, cases[i].author, 1, cases[i].text, 0),
		    cases[i].want);
		gossip_filter_free(filter);
	}
}

static const struct {
	const char *name;
	uint64_t seqno;
	int64_t ts_ms;
	int64_t at_ms;
	enum presence_verdict want;
} replays[] = {
	{ "the first", 100, 1000, 0, PRESENCE_HEARD },
	{ "the same again", 100, 1000, 1000, PRESENCE_DROPPED },
	{ "an older one", 99, 900, 2000, PRESENCE_DROPPED },
	{ "the next", 101, 2000, 3000, PRESENCE_HEARD },
	{ "two in a millisecond", 102, 2000, 4000, PRESENCE_HEARD },
	{ "its clock stepped back", 103, 10, 5000, PRESENCE_HEARD },
	{ "a js author's random number", 7, 20, 6000, PRESENCE_HEARD },
	{ "restarted with an old clock", 3, 5, 7000, PRESENCE_DROPPED },
	{ "it is forgiven after a while", 3, 5, 6001 + GOSSIP_FORGET_MS,
	    PRESENCE_HEARD },
	{ "a number above 2^63", UINT64_MAX - 5, 1, 7000 + GOSSIP_FORGET_MS,
	    PRESENCE_HEARD },
};

static void
drops_what_was_said_before(void **state)
{
	struct gossip_filter *filter = filter_of_bob();
	char *text;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(replays); i++) {
		print_message("case: %s\n", replays[i].name);
		text =
		    xasprintf(SAYS("\"ts\":%lld"), (long long)replays[i].ts_ms);
		assert_int_equal(check(filter, ALICE, replays[i].seqno, text,
				     replays[i].at_ms),
		    replays[i].want);
		free(text);
	}
	gossip_filter_free(filter);
}

static void
one_author_cannot_flood(void **state)
{
	struct gossip_filter *filter = filter_of_bob();
	int64_t ms;
	int accepted = 0;
	char *text;

	(void)state;
	for (ms = 0; ms < 10000; ms += 10) {
		text = xasprintf(SAYS("\"ts\":%lld"), (long long)ms);
		accepted += check(filter, ALICE, (uint64_t)ms, text, ms) ==
			    PRESENCE_HEARD;
		free(text);
	}
	assert_in_range(accepted, 35, 42);
	gossip_filter_free(filter);
}

static void
texts_are_made_printable(void **state)
{
	static const char text[] = SAYS("\"content\":\"a\\u001b[31mb\\nc\","
					"\"email\":\"x\\u0085y\",\"ts\":1");
	struct gossip gossip = { ALICE, 1, bytes_of(text) };
	struct gossip_filter *filter = filter_of_bob();
	struct presence_heard heard;

	(void)state;
	assert_int_equal(gossip_filter_check(filter, &gossip, at(0), &heard),
	    PRESENCE_HEARD);
	assert_string_equal(heard.presence.content, "a?[31mb?c");
	assert_null(strstr(heard.presence.email, "\xc2\x85"));
	assert_true(heard.is_proven);
	assert_true(heard.is_fresh);
	presence_heard_fini(&heard);
	gossip_filter_free(filter);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_messages),
		cmocka_unit_test(drops_what_was_said_before),
		cmocka_unit_test(one_author_cannot_flood),
		cmocka_unit_test(texts_are_made_printable),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
