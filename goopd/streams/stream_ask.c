#include "goopd/streams/stream_ask.h"

#include <errno.h>
#include <stdlib.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"

COUNTER(stream_asks_unended, "answered streams that the peer did not end");

enum {
	LINGER_MS = 2000,    /* for the peer to end an answered stream */
	LINGERING_MAX = 256, /* of those streams; more are reset at once */
};

static unsigned int lingering;

struct stream_asking {
	const struct stream_ask_handler *handler; /* NULL: it has ended */
	void *arg;
	struct event *deadline;
	struct host_request *opening; /* NULL: not, or no more */
	struct stream *stream;        /* NULL: not yet, or no more */
	struct buffer request;
	bool lingers;
};

static void
asking_free(struct stream_asking *asking)
{
	if (asking->lingers)
		lingering--;
	event_free(asking->deadline);
	buffer_fini(&asking->request);
	free(asking);
}

/* Frees it if there is no stream; else on_close does. */
static void
drop(struct stream_asking *asking)
{
	asking->handler = NULL;
	evtimer_del(asking->deadline);
	if (asking->stream != NULL) {
		stream_reset(asking->stream);
		return;
	}
	if (asking->opening != NULL)
		host_cancel(asking->opening);
	asking_free(asking);
}

static void
fail(struct stream_asking *asking, int error)
{
	const struct stream_ask_handler *handler = asking->handler;

	asking->handler = NULL;
	if (handler != NULL)
		handler->on_fail(error, asking->arg);
}

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct stream_asking *asking = arg;

	(void)fd;
	(void)what;
	if (asking->lingers)
		counter_add(&stream_asks_unended, 1);
	fail(asking, -ETIMEDOUT);
	drop(asking);
}

/* --- the stream */

static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct stream_asking *asking = arg;

	return asking->handler != NULL
		   ? asking->handler->on_data(stream, bytes, asking->arg)
		   : bytes.len;
}

static void
on_close(struct stream *stream, enum stream_end end, void *arg)
{
	static const int errors[] = {
		[STREAM_FINISHED] = -ENODATA,
		[STREAM_RESET] = -ECONNRESET,
		[STREAM_ABORTED] = -EPIPE,
		[STREAM_LOST] = -EPIPE,
		[STREAM_REFUSED] = -EPROTONOSUPPORT,
		[STREAM_STALLED] = -ETIMEDOUT,
	};

	(void)stream;
	fail(arg, errors[end]);
	asking_free(arg);
}

static void
on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = on_data,
		.on_close = on_close,
	};
	struct stream_asking *asking = arg;

	(void)host;
	asking->opening = NULL;
	if (stream == NULL) {
		fail(asking, error);
		asking_free(asking);
		return;
	}
	asking->stream = stream;
	if (asking->request.len > 0 &&
	    stream_write(stream, buffer_bytes(&asking->request)) < 0)
		stream_reset(stream);
	else
		stream_finish(stream);
	buffer_fini(&asking->request);
	stream_set_handler(stream, &handler, asking);
}

/* --- */

struct stream_asking *
stream_ask(struct host *host, const struct stream_question *question,
    const struct stream_ask_handler *handler, void *arg)
{
	struct stream_asking *asking = xzalloc(sizeof(*asking));
	struct timeval budget = timeval_of_ms(question->budget_ms);

	asking->handler = handler;
	asking->arg = arg;
	buffer_init(&asking->request, question->request.len);
	(void)buffer_append(&asking->request, question->request);
	asking->deadline =
	    xcheck(evtimer_new(host_base(host), on_deadline, asking));
	evtimer_add(asking->deadline, &budget);
	/* One protocol: then the request goes out together with the proposal,
	 * and the first byte comes a round trip sooner. */
	asking->opening = host_open(host, question->peer, question->protocol, 1,
	    question->budget_ms, on_opened, asking);
	host_wait_for_address(asking->opening, question->address_until);
	return asking;
}

void
stream_ask_done(struct stream_asking *asking)
{
	static const struct timeval linger = { LINGER_MS / 1000, 0 };

	if (lingering == LINGERING_MAX) {
		drop(asking);
		return;
	}
	asking->handler = NULL;
	asking->lingers = true;
	lingering++;
	evtimer_add(asking->deadline, &linger);
}

void
stream_ask_cancel(struct stream_asking *asking)
{
	drop(asking);
}

struct stream *
stream_ask_take(struct stream_asking *asking)
{
	struct stream *stream = asking->stream;

	asking_free(asking);
	return stream;
}
