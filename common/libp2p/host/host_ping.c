/* The ping service: says back what it hears (libp2p ping specification). */
#include "common/base/counter.h"
#include "common/libp2p/host/host_private.h"

COUNTER(pings_refused, "ping streams reset: the other side reads nothing");

enum { PING_UNSENT_MAX = 4096 };

static size_t
ping_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	(void)arg;
	if (stream_unsent(stream) > PING_UNSENT_MAX) {
		counter_add(&pings_refused, 1);
		stream_reset(stream);
	} else {
		stream_write(stream, bytes);
	}
	return bytes.len;
}

static void
ping_on_end(struct stream *stream, void *arg)
{
	(void)arg;
	stream_finish(stream);
}

static void
on_ping(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = ping_on_data,
		.on_end = ping_on_end,
	};

	(void)host;
	(void)arg;
	stream_set_handler(stream, &handler, NULL);
}

void
host_ping_init(struct host *host)
{
	host_add_service(host, "/ipfs/ping/1.0.0", on_ping, NULL)->is_upkeep =
	    true;
}
