/* Proofs of presence: what is signed, and whether it is right */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"
#include "common/presence/presence_proof.h"
#include "proto/field_json.h"
#include "tests/unit/support/prover.h"

#define HEAD "goop-presence:1\n"

/* clang-format off */
static const struct { const char *name, *message, *want; } cases[] = {
	{ "the least", "{\"type\":\"offline\",\"peerId\":\"a\",\"ts\":1}",
	    HEAD "type 7 offline\npeerId 1 a\nts 1 1\n" },
	{ "all of it",
	    "{\"type\":\"update\",\"peerId\":\"12D3\",\"content\":\"me\","
	    "\"email\":\"a@b\",\"avatarHash\":\"ff\",\"videoDisabled\":true,"
	    "\"activeTemplate\":\"blog\",\"target\":\"x\",\"addrs\":[\"/a\",\"/bc\"],"
	    "\"verificationToken\":\"t\",\"publicKey\":\"k\","
	    "\"encryptionSupported\":true,\"goopClientVersion\":\"1.0\","
	    "\"ts\":1700000000000,\"verified\":true,\"proof\":\"p\"}",
	    HEAD "type 6 update\npeerId 4 12D3\ncontent 2 me\nemail 3 a@b\n"
	    "avatarHash 2 ff\nvideoDisabled 1 1\nactiveTemplate 4 blog\n"
	    "addrs 2 /a\naddrs 3 /bc\npublicKey 1 k\nencryptionSupported 1 1\n"
	    "goopClientVersion 3 1.0\nts 13 1700000000000\n" },
	{ "empty is left out",
	    "{\"type\":\"online\",\"peerId\":\"a\",\"content\":\"\",\"addrs\":[],"
	    "\"videoDisabled\":false,\"ts\":0}",
	    HEAD "type 6 online\npeerId 1 a\nts 1 0\n" },
	{ "an empty address is one",
	    "{\"type\":\"online\",\"peerId\":\"a\",\"addrs\":[\"\"],\"ts\":-5}",
	    HEAD "type 6 online\npeerId 1 a\naddrs 0 \nts 2 -5\n" },
	{ "lines in a value do not look like others",
	    "{\"type\":\"online\",\"peerId\":\"a\",\"content\":\"x\\nemail 1 y\",\"ts\":1}",
	    HEAD "type 6 online\npeerId 1 a\ncontent 11 x\nemail 1 y\nts 1 1\n" },
	{ "bytes are counted, not characters",
	    "{\"type\":\"online\",\"peerId\":\"a\",\"content\":\"\xc3\xa9\",\"ts\":1}",
	    HEAD "type 6 online\npeerId 1 a\ncontent 2 \xc3\xa9\nts 1 1\n" },
};
/* clang-format on */

static void
signs_these_bytes(void **state)
{
	struct presence message;
	struct buffer bytes;
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		print_message("case: %s\n", cases[i].name);
		assert_int_equal(
		    message_decode_json(&presence_published_message,
			bytes_of(cases[i].message), &message, NULL),
		    0);
		buffer_init(&bytes, PRESENCE_PROOF_BYTES_MAX);
		assert_int_equal(presence_proof_bytes(&message, &bytes), 0);
		assert_int_equal(bytes.len, strlen(cases[i].want));
		assert_memory_equal(
		    buffer_bytes(&bytes).data, cases[i].want, bytes.len);
		buffer_fini(&bytes);
		presence_fini(&message);
	}
}

static void
a_full_buffer_stays_as_it_was(void **state)
{
	struct presence message;
	struct prover alice;
	struct buffer bytes;

	(void)state;
	prover_init(&alice, 1);
	prover_say(&alice, "online", "label", 1, &message);
	buffer_init(&bytes, 40);
	assert_int_equal(buffer_append(&bytes, bytes_of("before")), 0);
	assert_int_equal(presence_proof_bytes(&message, &bytes), -ENOBUFS);
	assert_int_equal(bytes.len, 6);
	buffer_fini(&bytes);
	presence_fini(&message);
}

/* --- checking */

static void
change_content(struct presence *message)
{
	text_replace(&message->content, "Label");
}

static void
drop_content(struct presence *message)
{
	text_replace(&message->content, NULL);
}

static void
change_type(struct presence *message)
{
	text_replace(&message->type, "offline");
}

static void
change_ts(struct presence *message)
{
	message->ts_ms++;
}

static void
add_address(struct presence *message)
{
	strings_add(&message->addrs, "/ip4/192.0.2.1/tcp/1");
}

static void
change_peer(struct presence *message)
{
	struct prover bob;

	prover_init(&bob, 2);
	text_replace(&message->peer_id, bob.peer_id);
}

static void
no_peer_id(struct presence *message)
{
	text_replace(&message->peer_id, "nobody");
}

/* sha2-256 of an RSA key */
static void
hashed_peer_id(struct presence *message)
{
	text_replace(&message->peer_id,
	    "QmNnooDu7bfjPFoTZYxMNLWUQJyrVwtbZg5gBMjTezGAJN");
}

/* One character of the proof is another. */
static void
spoil_proof(struct presence *message, size_t at, char with)
{
	char *proof = xstrdup(message->proof);

	proof[at] = with;
	text_replace(&message->proof, proof);
	free(proof);
}

static void
cut_proof(struct presence *message)
{
	spoil_proof(message, 80, '\0');
}

static void
unpadded_proof(struct presence *message)
{
	spoil_proof(message, 86, '\0');
}

static void
noisy_proof(struct presence *message)
{
	spoil_proof(message, 3, '!');
}

static void
no_proof(struct presence *message)
{
	text_replace(&message->proof, NULL);
}

static void
empty_proof(struct presence *message)
{
	text_replace(&message->proof, "");
}

static void
what_servers_add(struct presence *message)
{
	message->verified = true;
	text_replace(&message->target, "x");
	text_replace(&message->verification_token, "y");
}

static const struct {
	const char *name;
	void (*change)(struct presence *);
	enum presence_proof want;
} changes[] = {
	{ "as it was signed", NULL, PRESENCE_PROVEN },
	{ "what others may change", what_servers_add, PRESENCE_PROVEN },
	{ "another label", change_content, PRESENCE_DISPROVEN },
	{ "no label", drop_content, PRESENCE_DISPROVEN },
	{ "another type", change_type, PRESENCE_DISPROVEN },
	{ "another time", change_ts, PRESENCE_DISPROVEN },
	{ "one more address", add_address, PRESENCE_DISPROVEN },
	{ "another peer", change_peer, PRESENCE_DISPROVEN },
	{ "no peer id", no_peer_id, PRESENCE_DISPROVEN },
	{ "a peer id without a key", hashed_peer_id, PRESENCE_DISPROVEN },
	{ "a proof cut short", cut_proof, PRESENCE_DISPROVEN },
	{ "a proof without padding", unpadded_proof, PRESENCE_DISPROVEN },
	{ "a proof that is no base64", noisy_proof, PRESENCE_DISPROVEN },
	{ "no proof", no_proof, PRESENCE_UNPROVEN },
	{ "an empty proof", empty_proof, PRESENCE_UNPROVEN },
};

static void
notices_every_change(void **state)
{
	struct presence message;
	struct prover alice;
	size_t i;

	(void)state;
	prover_init(&alice, 1);
	for (i = 0; i < ARRAY_SIZE(changes); i++) {
		print_message("case: %s\n", changes[i].name);
		prover_say(&alice, "online", "label", 1700000000000, &message);
		prover_sign(&alice, &message);
		if (changes[i].change != NULL)
			changes[i].change(&message);
		assert_int_equal(presence_verify(&message), changes[i].want);
		presence_fini(&message);
	}
}

static void
counts_for_two_minutes(void **state)
{
	(void)state;
	assert_true(presence_proof_is_fresh(1000000, 1000000));
	assert_true(presence_proof_is_fresh(1000000, 1120000));
	assert_true(presence_proof_is_fresh(1120000, 1000000));
	assert_false(presence_proof_is_fresh(1000000, 1120001));
	assert_false(presence_proof_is_fresh(1120001, 1000000));
	assert_false(presence_proof_is_fresh(INT64_MAX, 1700000000000));
	assert_false(presence_proof_is_fresh(INT64_MIN, 1700000000000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(signs_these_bytes),
		cmocka_unit_test(a_full_buffer_stays_as_it_was),
		cmocka_unit_test(notices_every_change),
		cmocka_unit_test(counts_for_two_minutes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
