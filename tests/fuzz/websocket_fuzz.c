/* What clients send to our WebSockets: however it is cut, the same is heard
 * and said, and idle ones keep nothing. */
#include "common/base/fault.h"
#include "common/http/stream/websocket.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

enum { MESSAGE_MAX = 4096 };

struct result {
	struct websocket websocket;
	struct buffer heard, out;
	int rc;
};

static void
on_event(const struct websocket_event *event, void *arg)
{
	struct result *result = arg;

	if (event->payload.len > MESSAGE_MAX)
		bug("a message of %zu bytes", event->payload.len);
	(void)buffer_printf(&result->heard, "%d %u %zu ", event->opcode,
	    event->code, event->payload.len);
	(void)buffer_append(&result->heard, event->payload);
	if (event->opcode == WEBSOCKET_BINARY)
		(void)websocket_close(&result->websocket, 1000, "enough",
		    (struct monotime){ 0 }, &result->out);
}

static void
run(struct result *result, struct bytes in, size_t step)
{
	size_t n;

	buffer_init(&result->heard, 1 << 24);
	buffer_init(&result->out, 1 << 24);
	websocket_init(&result->websocket, WEBSOCKET_SERVER, MESSAGE_MAX);
	result->rc = 0;
	for (; in.len > 0 && result->rc == 0; in.data += n, in.len -= n) {
		n = in.len < step ? in.len : step;
		result->rc = websocket_receive(&result->websocket,
		    (struct bytes){ in.data, n }, on_event, result,
		    &result->out);
	}
}

static void
fini(struct result *result)
{
	websocket_fini(&result->websocket);
	buffer_fini(&result->heard);
	buffer_fini(&result->out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct result whole, parts;

	if (size < 1)
		return 0;
	run(&whole, (struct bytes){ data + 1, size - 1 }, size);
	run(&parts, (struct bytes){ data + 1, size - 1 }, 1 + data[0] % 16);
	if (whole.rc != parts.rc ||
	    whole.websocket.state != parts.websocket.state ||
	    !bytes_equal(
		buffer_bytes(&whole.heard), buffer_bytes(&parts.heard)))
		bug("cut into pieces it is something else");
	if (whole.websocket.state == WEBSOCKET_CLOSED &&
	    (whole.websocket.session != NULL || whole.out.len == 0))
		bug("closed without a word, or with something left");
	fini(&whole);
	fini(&parts);
	return 0;
}
