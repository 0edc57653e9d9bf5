/* The headers of a WebSocket's request, one a line: whatever is let in is a
 * request of version 13 for a WebSocket. */
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "common/http/stream/websocket_handshake.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *text = xstrndup((const char *)data, size);
	char accept[WEBSOCKET_ACCEPT_SIZE] = "";
	const char *line[6] = { NULL };
	struct websocket_request request;
	char *at = text;
	size_t i;

	for (i = 0; i < 6 && at != NULL; i++)
		line[i] = strsep(&at, "\n");
	request = (struct websocket_request){ true, line[0], line[1], line[2],
		line[3], line[4], line[5] };
	if (websocket_handshake_answer(&request, accept) != 0)
		return 0;
	if (strcmp(request.version, "13") != 0 || strlen(request.key) != 24 ||
	    strlen(accept) != WEBSOCKET_ACCEPT_SIZE - 1)
		bug("a strange handshake was accepted");
	if (!websocket_handshake_is_accepted(
		request.key, request.upgrade, request.connection, accept))
		bug("our own answer does not please us");
	return 0;
}
