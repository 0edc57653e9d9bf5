#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/libp2p/noise/noise.h"
#include "common/identity/signer.h"
#include "common/identity/signer_rules.h"

#define KEY32  "0123456789abcdef0123456789abcdef"
#define RECORD "\x12libp2p-peer-record\x02\x03\x01"

/* clang-format off */
static const struct { const char *name, *message; bool want; } cases[] = {
	{ "noise static key",       NOISE_SIGNATURE_PREFIX KEY32, true },
	{ "noise key and more",     NOISE_SIGNATURE_PREFIX KEY32 "x", false },
	{ "noise key cut",          NOISE_SIGNATURE_PREFIX "0123", false },
	{ "noise prefix alone",     NOISE_SIGNATURE_PREFIX, false },
	{ "pubsub message",         "libp2p-pubsub:\x0a\x01x", true },
	{ "pubsub without colon",   "libp2p-pubsub", false },
	{ "presence proof",         "goop-presence:{}", true },
	{ "peer record",            RECORD "\x04" "abcd", true },
	{ "peer record and more",   RECORD "\x04" "abcde", false },
	{ "peer record cut",        RECORD "\x04" "abc", false },
	{ "record, length too long", RECORD "\xff\xff\xff\xff\x01", false },
	{ "record of other type",   "\x12libp2p-peer-record\x02\x03\x02\x00", false },
	{ "domain without length",  "libp2p-peer-record", false },
	{ "TLS certificate",        "libp2p-tls-handshake:" KEY32, false },
	{ "empty",                  "", false },
	{ "anything",               "pay 100 to mallory", false },
};
/* clang-format on */

static void
test_rules(void **state)
{
	uint8_t *longest = calloc(1, SIGNER_MESSAGE_MAX + 1);
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case: %s\n", cases[i].name);
		assert_int_equal(signer_rules_allow(bytes_of(cases[i].message)),
		    cases[i].want);
	}
	memcpy(longest, "libp2p-pubsub:", 14);
	assert_true(
	    signer_rules_allow((struct bytes){ longest, SIGNER_MESSAGE_MAX }));
	assert_false(signer_rules_allow(
	    (struct bytes){ longest, SIGNER_MESSAGE_MAX + 1 }));
	free(longest);
}

static struct signer *
start(struct identity_key *ret_public)
{
	static const struct identity_key wiped;
	struct signer *signer = NULL;
	struct identity_key key;

	identity_key_make(&key);
	if (ret_public != NULL)
		*ret_public = key;
	assert_int_equal(signer_start(&key, &signer), 0);
	assert_memory_equal(&key, &wiped, sizeof(key));
	return signer;
}

static void
test_signs(void **state)
{
	struct bytes message = bytes_of("libp2p-pubsub:hello");
	uint8_t *largest = calloc(1, SIGNER_MESSAGE_MAX);
	uint8_t signature[IDENTITY_SIGNATURE_SIZE], want[sizeof(signature)];
	struct identity_key key;
	struct signer *signer = start(&key);

	(void)state;
	assert_int_equal(signer_sign(signer, message, signature), 0);
	assert_int_equal(identity_key_sign(&key, message, want), 0);
	assert_memory_equal(signature, want, sizeof(want));
	assert_int_equal(
	    signer_sign(signer, bytes_of("something"), signature), -EPERM);
	assert_int_equal(
	    signer_sign(signer,
		(struct bytes){ largest, SIGNER_MESSAGE_MAX + 1 }, signature),
	    -EPERM);
	memcpy(largest, "libp2p-pubsub:", 14);
	assert_int_equal(
	    signer_sign(signer, (struct bytes){ largest, SIGNER_MESSAGE_MAX },
		signature),
	    0);
	free(largest);
	signer_free(signer);
}

static void
test_rate(void **state)
{
	uint8_t signature[IDENTITY_SIGNATURE_SIZE];
	struct signer *signer = start(NULL);
	int i, limited = 0;

	(void)state;
	for (i = 0; i < 10 * SIGNER_BURST && limited == 0; i++)
		limited =
		    signer_sign(signer, bytes_of("libp2p-pubsub:x"), signature);
	assert_int_equal(limited, -EBUSY);
	assert_true(i >= SIGNER_BURST);
	/* What is refused anyway costs nobody's rate, and says so. */
	assert_int_equal(signer_sign(signer, bytes_of("x"), signature), -EPERM);
	signer_free(signer);
}

static void
on_lost(void *arg)
{
	event_base_loopbreak(arg);
}

static void
test_death_is_told(void **state)
{
	struct event_base *base = event_base_new();
	uint8_t signature[IDENTITY_SIGNATURE_SIZE];
	struct signer *signer = start(NULL);

	(void)state;
	assert_int_equal(signer_watch(signer, base, on_lost, base), 0);
	assert_int_equal(
	    signer_sign(signer, bytes_of("libp2p-pubsub:x"), signature), 0);
	kill(signer_pid(signer), SIGTERM); /* that is for the parent */
	assert_int_equal(
	    signer_sign(signer, bytes_of("libp2p-pubsub:x"), signature), 0);
	kill(signer_pid(signer), SIGKILL);
	event_base_dispatch(base);
	assert_int_equal(
	    signer_sign(signer, bytes_of("libp2p-pubsub:x"), signature), -EIO);
	signer_free(signer);
	event_base_free(base);
}

/* A parent that is killed takes the signer along: as its subreaper we get to
 * see it end. */
static void
test_ends_with_parent(void **state)
{
	pid_t parent, child = 0;
	int pipes[2], status;

	(void)state;
	assert_int_equal(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
	assert_int_equal(pipe(pipes), 0);
	parent = fork();
	if (parent == 0) {
		child = signer_pid(start(NULL));
		if (write(pipes[1], &child, sizeof(child)) > 0)
			pause();
		_exit(1);
	}
	assert_int_equal(read(pipes[0], &child, sizeof(child)), sizeof(child));
	kill(parent, SIGKILL);
	assert_int_equal(waitpid(parent, NULL, 0), parent);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	close(pipes[0]);
	close(pipes[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_signs),
		cmocka_unit_test(test_rate),
		cmocka_unit_test(test_death_is_told),
		cmocka_unit_test(test_ends_with_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
