/* presence_judge: what clients publish at a server, and what is left of it */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "common/presence/presence_judge.h"
#include "common/presence/presence_proof.h"
#include "tests/unit/support/prover.h"

#define CLOCK_MS INT64_C(1700000000000)
#define PUBLISHED \
	{ \
		.channel = PRESENCE_BY_PUBLISHER, .clock_ms = CLOCK_MS \
	}
#define SAYS(more) "{\"type\":\"update\",\"peerId\":\"a\"" more "}"

/* What becomes of a message, as it is passed on; or why it is refused */
/* clang-format off */
static const struct { const char *name, *in, *want, *why; } cases[] = {
	{ "the least", SAYS(), SAYS(",\"ts\":1700000000000"), NULL },
	{ "with its time", SAYS(",\"ts\":5"), SAYS(",\"ts\":5"), NULL },
	{ "before 1970", SAYS(",\"ts\":-5"), SAYS(",\"ts\":1700000000000"), NULL },
	{ "online", "{\"type\":\"online\",\"peerId\":\"a\",\"ts\":1}",
	    "{\"type\":\"online\",\"peerId\":\"a\",\"ts\":1}", NULL },
	{ "spaces around both", "{\"type\":\" offline\\n\",\"peerId\":\"\\t a \",\"ts\":1}",
	    "{\"type\":\"offline\",\"peerId\":\"a\",\"ts\":1}", NULL },
	{ "a server's keys", SAYS(",\"target\":\"x\",\"ts\":1,\"verified\":true,\"full\":true,\"cursor\":\"1-2\""),
	    SAYS(",\"ts\":1"), NULL },
	{ "a token stays", SAYS(",\"verificationToken\":\"t\",\"ts\":1"),
	    SAYS(",\"verificationToken\":\"t\",\"ts\":1"), NULL },
	{ "control characters", SAYS(",\"content\":\"a\\u001b[0m\\nb\\u202ec\",\"ts\":1"),
	    SAYS(",\"content\":\"a?[0m?b???c\",\"ts\":1"), NULL },
	{ "markup is text", SAYS(",\"content\":\"<img src=x onerror=y>\",\"ts\":1"),
	    SAYS(",\"content\":\"<img src=x onerror=y>\",\"ts\":1"), NULL },
	{ "unusable addresses",
	    SAYS(",\"addrs\":[\"/ip4/127.0.0.1/tcp/1\",\"/ip4/10.0.0.1/tcp/1\",\"/ip4/10.0.0.1/tcp/1\",\"x\"],\"ts\":1"),
	    SAYS(",\"addrs\":[\"/ip4/10.0.0.1/tcp/1\"],\"ts\":1"), NULL },
	{ "no address left", SAYS(",\"addrs\":[\"x\"],\"ts\":1"), SAYS(",\"ts\":1"), NULL },

	{ "no JSON", "hello", NULL, "bad json" },
	{ "nothing", "", NULL, "bad json" },
	{ "a list", "[]", NULL, "bad json" },
	{ "a wrong type", SAYS(",\"ts\":\"1\""), NULL, "bad json" },
	{ "twice the same key", SAYS(",\"ts\":1,\"ts\":2"), NULL, "bad json" },
	{ "NUL in a text", SAYS(",\"content\":\"a\\u0000b\""), NULL, "bad json" },
	{ "broken UTF-8", SAYS(",\"content\":\"\xff\""), NULL, "bad json" },
	{ "nested", SAYS(",\"x\":[[[[[[[[[[1]]]]]]]]]]"), NULL, "bad json" },
	{ "empty object", "{}", NULL, "bad message: type and peerId are required" },
	{ "no peerId", "{\"type\":\"online\"}", NULL, "bad message: type and peerId are required" },
	{ "blank peerId", "{\"type\":\"online\",\"peerId\":\" \"}", NULL, "bad message: type and peerId are required" },
	{ "no type", "{\"peerId\":\"a\"}", NULL, "bad message: type and peerId are required" },
	{ "punch", "{\"type\":\"punch\",\"peerId\":\"a\"}", NULL, "bad message: unknown type \"punch\"" },
	{ "hostile type", "{\"type\":\"\\u001b\\n\",\"peerId\":\"a\"}", NULL, "bad message: unknown type \"?\"" },
	{ "peerId with a line", "{\"type\":\"online\",\"peerId\":\"a\\nb\"}", NULL, "bad message: peerId has control characters" },
};
/* clang-format on */

/* 0, or -EBADMSG with the sentence. */
static int
judge(struct bytes json, const struct presence_source *source,
    struct presence_heard *ret, const char **why)
{
	return presence_judge(json, source, ret, why) == PRESENCE_HEARD
		   ? 0
		   : -EBADMSG;
}

static void
assert_json(const struct presence *message, const char *want)
{
	CLEANUP_FREE char *json = prover_json(message);

	assert_string_equal(json, want);
}

static void
judges_messages(void **state)
{
	struct presence_source source = PUBLISHED;
	struct presence_heard checked;
	const char *why = NULL;
	size_t i;
	int rc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case: %s\n", cases[i].name);
		rc = judge(bytes_of(cases[i].in), &source, &checked, &why);
		if (cases[i].want == NULL) {
			assert_int_equal(rc, -EBADMSG);
			assert_string_equal(why, cases[i].why);
			continue;
		}
		assert_int_equal(rc, 0);
		assert_int_equal(checked.proof, PRESENCE_UNPROVEN);
		assert_json(&checked.presence, cases[i].want);
		presence_heard_fini(&checked);
	}
}

static const struct {
	const char *key, *why;
	size_t max;
} lengths[] = {
	{ "peerId", "bad message: peerId too long", 256 },
	{ "content", "bad message: content too long", 4096 },
	{ "email", "bad message: email too long", 320 },
	{ "avatarHash", "bad message: avatarHash too long", 128 },
	{ "activeTemplate", "bad message: activeTemplate too long", 256 },
	{ "verificationToken", "bad message: verificationToken too long",
	    1024 },
	{ "publicKey", "bad message: publicKey too long", 128 },
	{ "goopClientVersion", "bad message: goopClientVersion too long", 64 },
	{ "proof", "bad message: proof too long", 88 },
};

static int
check_text(const char *in, const char **why)
{
	struct presence_source source = PUBLISHED;
	struct presence_heard checked;
	int rc = judge(bytes_of(in), &source, &checked, why);

	if (rc == 0)
		presence_heard_fini(&checked);
	return rc;
}

static int
check_length(const char *key, size_t len, const char **why)
{
	CLEANUP_FREE char *value = xzalloc(len + 1);
	CLEANUP_FREE char *in = NULL;

	memset(value, 'x', len);
	in = xasprintf("{\"type\":\"online\",%s\"%s\":\"%s\"}",
	    strcmp(key, "peerId") == 0 ? "" : "\"peerId\":\"a\",", key, value);
	return check_text(in, why);
}

static void
says_what_is_too_long(void **state)
{
	const char *why;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		print_message("case: %s\n", lengths[i].key);
		if (strcmp(lengths[i].key, "proof") != 0)
			assert_int_equal(
			    check_length(lengths[i].key, lengths[i].max, &why),
			    0);
		assert_int_equal(
		    check_length(lengths[i].key, lengths[i].max + 1, &why),
		    -EBADMSG);
		assert_string_equal(why, lengths[i].why);
	}
}

static void
counts_addresses(void **state)
{
	char text[RENDEZVOUS_MESSAGE_MAX] = "";
	size_t at, i, n;
	const char *why;

	(void)state;
	for (n = 20; n <= 21; n++) {
		at = (size_t)snprintf(text, sizeof(text),
		    "{\"type\":\"online\",\"peerId\":\"a\",\"addrs\":[");
		for (i = 0; i < n; i++)
			at += (size_t)snprintf(text + at, sizeof(text) - at,
			    "%s\"/ip4/10.0.0.%zu/tcp/1\"", i == 0 ? "" : ",",
			    i);
		snprintf(text + at, sizeof(text) - at, "]}");
		assert_int_equal(
		    check_text(text, &why), n == 20 ? 0 : -EBADMSG);
	}
	assert_string_equal(why, "bad message: too many addrs");
	at = (size_t)snprintf(text, sizeof(text),
	    "{\"type\":\"online\",\"peerId\":\"a\",\"addrs\":[\"");
	memset(text + at, 'x', 257);
	snprintf(text + at + 257, sizeof(text) - at - 257, "\"]}");
	assert_int_equal(check_text(text, &why), -EBADMSG);
	assert_string_equal(why, "bad message: addr too long");
}

static void
reads_no_more_than_32_kib(void **state)
{
	CLEANUP_FREE char *text = xzalloc(RENDEZVOUS_MESSAGE_MAX + 2);
	const char least[] = SAYS(",\"ts\":1");
	const char *why;

	(void)state;
	memset(text, ' ', RENDEZVOUS_MESSAGE_MAX);
	memcpy(text, least, strlen(least));
	assert_int_equal(check_text(text, &why), 0);
	text[RENDEZVOUS_MESSAGE_MAX] = ' ';
	assert_int_equal(check_text(text, &why), -EBADMSG);
	assert_string_equal(why, "bad message: too long");
}

/* --- proofs */

/* What a signed message meets. */
static const struct {
	const char *name;
	const char *content, *address;
	int64_t ts_ms;
	bool is_trusted, is_forged;
	const char *why;
	enum presence_proof want;
	bool keeps_proof;
} proofs[] = {
	{ "right", "me", NULL, CLOCK_MS, false, false, NULL, PRESENCE_PROVEN,
	    true },
	{ "two minutes slow", "me", NULL, CLOCK_MS - 120000, false, false, NULL,
	    PRESENCE_PROVEN, true },
	{ "too slow", "me", NULL, CLOCK_MS - 120001, false, false,
	    "bad message: ts is more than 120 seconds from the server's clock",
	    0, false },
	{ "too fast", "me", NULL, CLOCK_MS + 120001, false, false,
	    "bad message: ts is more than 120 seconds from the server's clock",
	    0, false },
	{ "wrong", "me", NULL, CLOCK_MS, false, true,
	    "bad message: the proof is wrong", 0, false },
	{ "right, but not fit to be passed on", "me\n", NULL, CLOCK_MS, false,
	    false, NULL, PRESENCE_PROVEN, false },
	{ "an address of no use", "me", "/ip4/127.0.0.1/tcp/1", CLOCK_MS, false,
	    false, NULL, PRESENCE_PROVEN, false },
	{ "trusted: passed on unread", "me", NULL, CLOCK_MS, true, true, NULL,
	    PRESENCE_UNPROVEN, true },
	{ "trusted, but old", "me", NULL, CLOCK_MS - 120001, true, false, NULL,
	    PRESENCE_UNPROVEN, false },
};

static void
judges_proofs(void **state)
{
	struct presence_source source = PUBLISHED;
	struct presence_heard checked;
	struct presence message;
	struct prover alice;
	const char *why;
	char *json;
	size_t i;
	int rc;

	(void)state;
	prover_init(&alice, 1);
	for (i = 0; i < ARRAY_SIZE(proofs); i++) {
		print_message("case: %s\n", proofs[i].name);
		prover_say(&alice, "update", proofs[i].content, proofs[i].ts_ms,
		    &message);
		if (proofs[i].address != NULL)
			strings_add(&message.addrs, proofs[i].address);
		prover_sign(&alice, &message);
		message.ts_ms += proofs[i].is_forged;
		json = prover_json(&message);
		source.is_trusted = proofs[i].is_trusted;
		rc = judge(bytes_of(json), &source, &checked, &why);
		assert_int_equal(rc, proofs[i].why == NULL ? 0 : -EBADMSG);
		if (rc < 0) {
			assert_string_equal(why, proofs[i].why);
		} else {
			assert_int_equal(checked.proof, proofs[i].want);
			assert_int_equal(checked.presence.proof != NULL,
			    proofs[i].keeps_proof);
			assert_int_equal(checked.has_lost_proof,
			    !proofs[i].keeps_proof && !proofs[i].is_trusted);
			presence_heard_fini(&checked);
		}
		presence_fini(&message);
		free(json);
	}
}

static void
a_websocket_says_whose_it_is(void **state)
{
	struct presence_source source = PUBLISHED;
	struct presence_heard checked;
	const char *why;

	(void)state;
	source.session_peer_id = "b";
	assert_int_equal(
	    judge(bytes_of("{\"type\":\"online\"}"), &source, &checked, &why),
	    0);
	assert_string_equal(checked.presence.peer_id, "b");
	presence_heard_fini(&checked);
	assert_int_equal(judge(bytes_of(SAYS()), &source, &checked, &why), 0);
	assert_string_equal(checked.presence.peer_id, "a");
	presence_heard_fini(&checked);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(judges_messages),
		cmocka_unit_test(says_what_is_too_long),
		cmocka_unit_test(counts_addresses),
		cmocka_unit_test(reads_no_more_than_32_kib),
		cmocka_unit_test(judges_proofs),
		cmocka_unit_test(a_websocket_says_whose_it_is),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
