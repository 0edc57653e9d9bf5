#include "common/libp2p/connection/negotiation.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/xalloc.h"

static void
negotiation_flush(struct negotiation *negotiation)
{
	struct buffer *output = &negotiation->multistream.output;

	/* Bounded by MULTISTREAM_OUTPUT_MAX; a failed write means that the
	 * stream has ended, which on_gone reports. */
	stream_write(negotiation->stream, buffer_bytes(output));
	buffer_consume(output, output->len);
}

/* The stream goes on without the negotiation. */
static void
negotiation_end(struct negotiation *negotiation, int error)
{
	struct stream *stream = negotiation->stream;
	negotiation_done_fn *on_done = negotiation->on_done;
	void *arg = negotiation->arg;

	TAILQ_REMOVE(negotiation->list, negotiation, entry);
	multistream_fini(&negotiation->multistream);
	free(negotiation);
	on_done(stream, error, arg);
}

void
negotiation_fail(struct negotiation *negotiation, int error)
{
	struct stream *stream = negotiation->stream;

	stream_set_prelude(stream, NULL, NULL);
	stream_reset_as(
	    stream, negotiation->is_eager && error == -EPROTONOSUPPORT
			? STREAM_REFUSED
			: STREAM_ABORTED);
	negotiation_end(negotiation, error);
}

static size_t
negotiation_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct negotiation *negotiation = arg;
	struct multistream *multistream = &negotiation->multistream;
	size_t used = multistream_receive(multistream, bytes);

	negotiation_flush(negotiation);
	switch (multistream->state) {
	case MULTISTREAM_NEGOTIATING:
		stream_resume(stream); /* when more has come */
		break;
	case MULTISTREAM_AGREED:
		stream_set_prelude(stream, NULL, NULL);
		stream_agreed(stream, multistream->chosen);
		negotiation_end(negotiation, 0);
		break;
	case MULTISTREAM_REFUSED:
		negotiation_fail(negotiation, -EPROTONOSUPPORT);
		break;
	case MULTISTREAM_FAILED:
		negotiation_fail(negotiation, -EPROTO);
		break;
	}
	return used;
}

static void
negotiation_on_end(struct stream *stream, void *arg)
{
	(void)stream;
	negotiation_fail(arg, -EPROTO);
}

static void
negotiation_on_gone(struct stream *stream, void *arg)
{
	(void)stream;
	negotiation_end(arg, -ECONNRESET);
}

static struct negotiation *
negotiation_new(struct stream *stream, struct negotiation_list *list,
    struct monotime deadline, negotiation_done_fn *on_done, void *arg)
{
	struct negotiation *negotiation = xzalloc(sizeof(*negotiation));

	negotiation->stream = stream;
	negotiation->list = list;
	negotiation->deadline = deadline;
	negotiation->on_done = on_done;
	negotiation->arg = arg;
	TAILQ_INSERT_TAIL(list, negotiation, entry);
	return negotiation;
}

static void
negotiation_start(struct negotiation *negotiation)
{
	static const struct stream_prelude prelude = {
		.on_data = negotiation_on_data,
		.on_end = negotiation_on_end,
		.on_gone = negotiation_on_gone,
	};

	negotiation_flush(negotiation);
	stream_set_prelude(negotiation->stream, &prelude, negotiation);
}

struct negotiation *
negotiation_dial(struct stream *stream, const char *const *protocols,
    size_t count, bool is_eager, struct negotiation_list *list,
    struct monotime deadline, negotiation_done_fn *on_done, void *arg)
{
	struct negotiation *negotiation =
	    negotiation_new(stream, list, deadline, on_done, arg);

	negotiation->is_eager = is_eager;
	multistream_dial(&negotiation->multistream, protocols, count);
	negotiation_start(negotiation);
	return negotiation;
}

struct negotiation *
negotiation_listen(struct stream *stream,
    bool (*speaks)(const char *protocol, void *arg), void *speaks_arg,
    struct negotiation_list *list, struct monotime deadline,
    negotiation_done_fn *on_done, void *arg)
{
	struct negotiation *negotiation =
	    negotiation_new(stream, list, deadline, on_done, arg);

	multistream_listen(&negotiation->multistream, speaks, speaks_arg);
	negotiation_start(negotiation);
	return negotiation;
}
