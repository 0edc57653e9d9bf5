/* Addresses of strangers, as bytes and as text. */
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "common/libp2p/multiformats/multiaddr.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
go_round(const struct multiaddr *address)
{
	char text[MULTIADDR_TEXT_SIZE];
	struct multiaddr back;

	if (multiaddr_decode(multiaddr_bytes(address), &back) < 0 ||
	    !multiaddr_equal(address, &back))
		bug("the bytes of an address do not come back");
	multiaddr_print(address, text);
	if (multiaddr_parse(text, &back) < 0 ||
	    !multiaddr_equal(address, &back))
		bug("the text of an address does not come back");
}

static void
use(struct multiaddr address)
{
	struct sockaddr_storage storage;
	struct multiaddr back;
	struct peer_id peer;
	socklen_t len;

	go_round(&address);
	if (multiaddr_to_sockaddr(&address, &storage, &len, &peer) == 0 &&
	    multiaddr_of_sockaddr((struct sockaddr *)&storage, &back) < 0)
		bug("a socket's address does not come back");
	if (multiaddr_take_peer(&address, &peer) &&
	    multiaddr_append_peer(&address, &peer) < 0)
		bug("a peer that was there has no room");
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *text = xzalloc(size + 1);
	struct multiaddr address;

	if (multiaddr_decode((struct bytes){ data, size }, &address) == 0)
		use(address);
	memcpy(text, data, size);
	if (multiaddr_parse(text, &address) == 0)
		use(address);
	return 0;
}
