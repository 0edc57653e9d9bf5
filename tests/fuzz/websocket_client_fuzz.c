/* What a server sends to our WebSocket client; and what is heard, said again
 * by a client, is the same to a server. */
#include <string.h>

#include "common/base/fault.h"
#include "common/http/stream/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum { MESSAGE_MAX = 4096 };

struct pair {
	struct websocket client, server;
	struct buffer said, out;
	struct bytes expected;
	bool was_heard;
};

static void
on_echo(const struct websocket_event *event, void *arg)
{
	struct pair *pair = arg;

	pair->was_heard = bytes_equal(event->payload, pair->expected);
}

static void
on_event(const struct websocket_event *event, void *arg)
{
	struct pair *pair = arg;

	if (event->opcode > WEBSOCKET_BINARY)
		return;
	if (websocket_send(
		&pair->client, event->opcode, event->payload, &pair->said) != 0)
		bug("what was heard cannot be said");
	pair->expected = event->payload;
	pair->was_heard = false;
	if (websocket_receive(&pair->server, buffer_bytes(&pair->said), on_echo,
		pair, &pair->out) != 0 ||
	    !pair->was_heard)
		bug("what was said was not heard");
	buffer_fini(&pair->said);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct pair pair;

	memset(&pair, 0, sizeof(pair));
	websocket_init(&pair.client, WEBSOCKET_CLIENT, MESSAGE_MAX);
	websocket_init(&pair.server, WEBSOCKET_SERVER, MESSAGE_MAX);
	buffer_init(&pair.said, 1 << 20);
	buffer_init(&pair.out, 1 << 20);
	(void)websocket_receive(&pair.client, (struct bytes){ data, size },
	    on_event, &pair, &pair.out);
	websocket_fini(&pair.client);
	websocket_fini(&pair.server);
	buffer_fini(&pair.said);
	buffer_fini(&pair.out);
	return 0;
}
