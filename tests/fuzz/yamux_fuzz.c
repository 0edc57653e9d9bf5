/* A yamux session with streams that negotiate, echo, pull, and do not read,
 * against any bytes. The first byte says which side we are, and more. */
#include <stdlib.h>

#include "common/libp2p/connection/negotiation.h"

static struct negotiation_list negotiations;
static const char *const protocols[] = { "/a/1", "/b/1" };
static struct monotime now;

static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	(void)arg;
	if (bytes.data[0] == 'r')
		stream_reset(stream);
	if (bytes.data[0] == 'f')
		stream_finish(stream);
	if (bytes.data[0] == 'w')
		stream_wake(stream);
	if (bytes.data[0] == 'h') {
		stream_resume(stream);
		return bytes.len / 2;
	}
	if (bytes.data[0] == 'l')
		return 0;
	stream_write(stream, bytes);
	return bytes.len;
}

static void
on_end(struct stream *stream, void *arg)
{
	(void)arg;
	stream_finish(stream);
}

static size_t
on_fill(struct stream *stream, uint8_t *buffer, size_t size, void *arg)
{
	(void)arg;
	buffer[0] = 'p';
	if (size % 3 == 0)
		stream_finish(stream);
	return size % 2;
}

static const struct stream_handler handler = {
	.on_data = on_data, .on_end = on_end, .on_fill = on_fill
};

static bool
speaks(const char *protocol, void *arg)
{
	(void)arg;
	return protocol[0] == '/' && protocol[1] != 'x';
}

static void
on_done(struct stream *stream, int error, void *arg)
{
	(void)arg;
	if (error == 0)
		stream_set_handler(stream, &handler, NULL);
}

static void
on_stream(struct yamux *yamux, struct stream *stream, void *arg)
{
	(void)yamux;
	(void)arg;
	negotiation_listen(
	    stream, speaks, NULL, &negotiations, now, on_done, NULL);
}

static void
on_output(struct yamux *yamux, void *arg)
{
	(void)yamux;
	(void)arg;
}

static void
open_streams(struct yamux *yamux)
{
	struct stream *stream;
	int i;

	for (i = 0; i < 4; i++) {
		stream = yamux_open(yamux, now);
		negotiation_dial(stream, protocols, 2, i % 2 == 0,
		    &negotiations, now, on_done, NULL);
		if (i % 2 == 0)
			stream_set_handler(stream, &handler, NULL);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct yamux_handler callbacks = { on_stream, on_output };
	static const struct peer_id nobody;
	static uint8_t out[70000];
	struct yamux *yamux;
	size_t len, piece;
	uint8_t mode;

	if (size == 0)
		return 0;
	mode = *data++;
	size--;
	now.us = 1000000;
	TAILQ_INIT(&negotiations);
	yamux = yamux_new(mode & 1, &nobody, &callbacks, NULL, now);
	if (mode & 2)
		open_streams(yamux);
	piece = (mode >> 3) + 1;
	while (size > 0) {
		len = piece < size ? piece : size;
		if (yamux_receive(yamux, (struct bytes){ data, len }, now) < 0)
			break;
		data += len;
		size -= len;
		if (mode & 4)
			yamux_fill(yamux, out, sizeof(out), now);
		now = monotime_add_ms(now, 700);
		if (yamux_tick(yamux, now) < 0)
			break;
	}
	yamux_fill(yamux, out, sizeof(out), now);
	yamux_free(yamux);
	if (!TAILQ_EMPTY(&negotiations))
		abort();
	return 0;
}
