#include "cli/commands/fetch_body.h"

#include <errno.h>

#include "common/base/xalloc.h"
#include "common/daemon/local_stream_reader.h"

struct fetch_body {
	struct event_base *base;
	struct local_stream_reader *reader;
	int to;
	int64_t got;
	int outcome;
};

static void
finish(struct fetch_body *body, int outcome)
{
	body->outcome = outcome;
	event_base_loopbreak(body->base);
}

/* 0 or -errno; *done is how many bytes were written, always. */
static int
write_all(struct evbuffer *piece, int to, int64_t *done)
{
	int n;

	while (evbuffer_get_length(piece) > 0) {
		n = evbuffer_write(piece, to);
		if (n > 0)
			*done += n;
		else if (n == 0 || errno != EINTR)
			return n == 0 ? -EIO : -errno;
	}
	return 0;
}

static void
on_piece(struct evbuffer *piece, int64_t left, void *arg)
{
	struct fetch_body *body = arg;
	int rc = write_all(piece, body->to, &body->got);

	if (rc < 0 || left == 0)
		finish(body, rc);
	else
		local_stream_reader_next(body->reader);
}

static void
on_broken(int error, void *arg)
{
	finish(
	    arg, error == -ETIMEDOUT ? FETCH_BODY_STALLED : FETCH_BODY_BROKEN);
}

int
fetch_body_copy(const char *run_directory, struct bytes ticket, int64_t length,
    int to, int64_t *ret_got)
{
	static const struct local_stream_listener listener = { on_piece,
		on_broken };
	struct local_stream_body what = {
		.run_directory = run_directory,
		.ticket = ticket,
		.length = length,
		.stall_ms = FETCH_BODY_STALL_MS,
		.may_share = true,
	};
	struct fetch_body body = { .base = xcheck(event_base_new()), .to = to };

	if (local_stream_reader_open(
		body.base, &what, &listener, &body, &body.reader) < 0)
		body.outcome = FETCH_BODY_BROKEN;
	else
		event_base_dispatch(body.base);
	local_stream_reader_close(body.reader);
	event_base_free(body.base);
	*ret_got = body.got;
	return body.outcome;
}
