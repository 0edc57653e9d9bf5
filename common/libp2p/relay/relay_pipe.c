#include "common/libp2p/relay/relay_pipe.h"

#include <stdlib.h>

#include "common/base/xalloc.h"

/* Taken from one stream and not yet sent on the other: memory of a circuit
 * whose receiver is slow. The rest waits in the window of its sender. */
enum { PIPE_HELD_MAX = 64 * 1024 };

struct side {
	struct relay_pipe *pipe;
	struct side *other;
	struct stream *stream; /* NULL: closed */
	uint64_t bytes;        /* received here */
	bool is_waiting;       /* it has input that the other cannot take yet */
};

struct relay_pipe {
	struct side sides[2];
	uint64_t max_bytes;
	struct event *timer; /* NULL: no limit of time */
	enum relay_pipe_end end;
	relay_pipe_ended_fn *on_ended;
	void *arg;
};

static void
end_with(struct relay_pipe *pipe, enum relay_pipe_end end)
{
	int i;

	if (pipe->end == RELAY_PIPE_FINISHED)
		pipe->end = end;
	for (i = 0; i < 2; i++)
		if (pipe->sides[i].stream != NULL)
			stream_reset(pipe->sides[i].stream);
}

/* How much of len bytes may pass now: the rest would be held too long, or is
 * over the limit. */
static size_t
allowed(const struct side *side, size_t len)
{
	size_t held = stream_unsent(side->other->stream);
	size_t room = held < PIPE_HELD_MAX ? PIPE_HELD_MAX - held : 0;

	return len < room ? len : room;
}

static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct side *side = arg;
	struct relay_pipe *pipe = side->pipe;
	struct bytes part = bytes;

	(void)stream;
	if (side->other->stream == NULL)
		return bytes.len;
	part.len = allowed(side, bytes.len);
	if (pipe->max_bytes > 0 && side->bytes + part.len > pipe->max_bytes) {
		end_with(pipe, RELAY_PIPE_TOO_MUCH);
		return bytes.len;
	}
	/* The other has finished writing only after our on_end. */
	if (part.len > 0 && stream_write(side->other->stream, part) < 0) {
		end_with(pipe, RELAY_PIPE_BROKEN);
		return bytes.len;
	}
	side->bytes += part.len;
	side->is_waiting = part.len < bytes.len;
	if (side->is_waiting)
		stream_wake(
		    side->other->stream); /* on_fill, when it is empty */
	return part.len;
}

/* All that was held is sent: take more from the other side. */
static size_t
on_fill(struct stream *stream, uint8_t *buffer, size_t size, void *arg)
{
	struct side *side = arg;

	(void)stream;
	(void)buffer;
	(void)size;
	if (side->other->stream != NULL && side->other->is_waiting) {
		side->other->is_waiting = false;
		stream_resume(side->other->stream);
	}
	return 0;
}

static void
on_end(struct stream *stream, void *arg)
{
	struct side *side = arg;

	(void)stream;
	if (side->other->stream != NULL)
		stream_finish(side->other->stream);
}

static void
on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct side *side = arg;
	struct relay_pipe *pipe = side->pipe;

	(void)stream;
	side->stream = NULL;
	if (end != STREAM_FINISHED)
		end_with(pipe, RELAY_PIPE_BROKEN);
	if (side->other->stream != NULL)
		return;
	pipe->on_ended(pipe->end, side->bytes + side->other->bytes, pipe->arg);
	if (pipe->timer != NULL)
		event_free(pipe->timer);
	free(pipe);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	end_with(arg, RELAY_PIPE_TOO_LONG);
}

struct relay_pipe *
relay_pipe_new(struct event_base *base, struct stream *a, struct stream *b,
    unsigned int max_s, uint64_t max_bytes, relay_pipe_ended_fn *on_ended,
    void *arg)
{
	static const struct stream_handler handler = {
		.on_data = on_data,
		.on_end = on_end,
		.on_fill = on_fill,
		.on_close = on_close,
	};
	struct relay_pipe *pipe = xzalloc(sizeof(*pipe));
	struct timeval limit = { max_s, 0 };

	pipe->max_bytes = max_bytes;
	pipe->on_ended = on_ended;
	pipe->arg = arg;
	pipe->sides[0] = (struct side){ pipe, &pipe->sides[1], a, 0, false };
	pipe->sides[1] = (struct side){ pipe, &pipe->sides[0], b, 0, false };
	if (max_s > 0) {
		pipe->timer = xcheck(evtimer_new(base, on_timer, pipe));
		event_add(pipe->timer, &limit);
	}
	stream_set_handler(a, &handler, &pipe->sides[0]);
	stream_set_handler(b, &handler, &pipe->sides[1]);
	return pipe;
}

void
relay_pipe_break(struct relay_pipe *pipe)
{
	end_with(pipe, RELAY_PIPE_BROKEN);
}
