/*
 * Proofs: a message's signed bytes are the same after it was written and read,
 * and differ from those of the same message with another label; a proof that is
 * read prints the same.
 */
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "common/presence/presence_proof.h"
#include "proto/field_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum { BYTES_MAX = 1 << 20 };

static struct buffer
signed_bytes(const struct presence *message)
{
	struct buffer bytes;

	buffer_init(&bytes, BYTES_MAX);
	if (presence_proof_bytes(message, &bytes) < 0)
		bug("no bytes to sign");
	return bytes;
}

static void
expect(const struct buffer *a, const struct buffer *b, bool want)
{
	if (bytes_equal(buffer_bytes(a), buffer_bytes(b)) != want)
		bug("signed bytes are %s", want ? "not the same" : "the same");
}

static void
try_proof(const char *text)
{
	uint8_t signature[PRESENCE_SIGNATURE_SIZE];
	char again[PRESENCE_PROOF_SIZE];

	if (presence_proof_parse(text, signature) < 0)
		return;
	presence_proof_print(signature, again);
	if (strcmp(text, again) != 0)
		bug("proof %s does not survive", text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *text = xstrndup((const char *)data, size);
	struct presence message, again;
	struct buffer json, bytes, same, other;

	try_proof(text);
	if (message_decode_json(&presence_published_message,
		(struct bytes){ data, size }, &message, NULL) < 0)
		return 0;
	(void)presence_verify(&message);
	bytes = signed_bytes(&message);
	buffer_init(&json, BYTES_MAX);
	if (message_encode_json(&presence_published_message, &message, &json) <
		0 ||
	    message_decode_json(&presence_published_message,
		buffer_bytes(&json), &again, NULL) < 0)
		bug("a message does not survive");
	same = signed_bytes(&again);
	expect(&bytes, &same, true);
	text_free(again.content);
	again.content =
	    xasprintf("%sx", message.content == NULL ? "" : message.content);
	other = signed_bytes(&again);
	expect(&bytes, &other, false);
	buffer_fini(&json);
	buffer_fini(&bytes);
	buffer_fini(&same);
	buffer_fini(&other);
	presence_fini(&message);
	presence_fini(&again);
	return 0;
}
