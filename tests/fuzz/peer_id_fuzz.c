/* Ids of strangers, as bytes and as text: what reads is written and reads. */
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/peer_id.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
go_round(const struct peer_id *id)
{
	char text[PEER_ID_TEXT_SIZE], base36[PEER_ID_BASE36_SIZE];
	struct peer_id back;

	if (peer_id_decode(peer_id_bytes(id), &back) < 0 ||
	    !peer_id_equal(id, &back))
		bug("the bytes of an id do not come back");
	peer_id_print_base36(id, base36);
	if (peer_id_parse(base36, &back) < 0 || !peer_id_equal(id, &back))
		bug("an id in base36 does not come back");
	peer_id_print(id, text);
	if (peer_id_parse(text, &back) < 0 || !peer_id_equal(id, &back))
		bug("an id in base58 does not come back");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *text = xzalloc(size + 1);
	struct peer_id id;

	if (peer_id_decode((struct bytes){ data, size }, &id) == 0)
		go_round(&id);
	memcpy(text, data, size);
	if (peer_id_parse(text, &id) == 0)
		go_round(&id);
	return 0;
}
