/* The asking side of content. */
#include "goopd/streams/liveness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/monotime.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"

struct question {
	liveness_asked_fn *done;
	void *arg;
	struct event *deadline; /* of the label, once a stream is open */
	struct stream *stream;
	struct monotime until;
	bool is_heard;
	char label[LIVENESS_LABEL_MAX + 1];
	size_t len;
};

static void
on_deadline(evutil_socket_t fd, short what, void *arg)
{
	struct question *question = arg;

	(void)fd;
	(void)what;
	stream_reset(question->stream);
}

static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct question *question = arg;
	size_t room = LIVENESS_LABEL_MAX - question->len, len = bytes.len;
	const uint8_t *lf = memchr(bytes.data, '\n', bytes.len);

	question->is_heard = true;
	if (lf != NULL)
		len = (size_t)(lf - bytes.data);
	if (len > room) { /* no label of this network is that long */
		question->len = 0;
		stream_reset(stream);
		return bytes.len;
	}
	memcpy(question->label + question->len, bytes.data, len);
	question->len += len;
	if (lf != NULL)
		stream_reset(stream);
	return bytes.len;
}

static void
on_end(struct stream *stream, void *arg)
{
	struct question *question = arg;

	question->is_heard = true;
	stream_reset(stream);
}

/* The label, if it is one: whoever shows it relies on that. */
static const char *
label_of(struct question *question)
{
	question->label[question->len] = '\0';
	if (question->len == 0 ||
	    !text_is_utf8((struct bytes){
		(const uint8_t *)question->label, question->len }))
		return NULL;
	text_make_printable(question->label);
	return question->label;
}

static void
answer(struct question *question, int error, const char *label)
{
	question->done(error, label, question->arg);
	if (question->deadline != NULL)
		event_free(question->deadline);
	free(question);
}

static void
on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct question *question = arg;

	(void)stream;
	/* A stream may be opened in good faith on a connection that is dead:
	 * only what is heard proves that somebody is there. */
	if (question->is_heard || end == STREAM_RESET)
		answer(question, 0, label_of(question));
	else if (end == STREAM_REFUSED)
		answer(question, -EPROTONOSUPPORT, NULL);
	else if (end == STREAM_LOST)
		answer(question, -EHOSTUNREACH, NULL);
	else
		answer(question, -ETIMEDOUT, NULL);
}

static void
on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = on_data,
		.on_end = on_end,
		.on_close = on_close,
	};
	struct question *question = arg;
	int64_t left;
	struct timeval wait;

	if (stream == NULL) {
		answer(question, error, NULL);
		return;
	}
	left = monotime_since_ms(question->until, monotime_now());
	if (left < 1)
		left = 1;
	wait = timeval_of_ms(left);
	question->stream = stream;
	question->deadline =
	    evtimer_new(host_base(host), on_deadline, question);
	evtimer_add(question->deadline, &wait);
	stream_finish(stream);
	stream_set_handler(stream, &handler, question);
}

void
liveness_ask(struct host *host, const struct peer_id *peer, int64_t timeout_ms,
    liveness_asked_fn *done, void *arg)
{
	static const char *const protocols[] = { LIVENESS_PROTOCOL };
	struct question *question = xzalloc(sizeof(*question));

	question->done = done;
	question->arg = arg;
	question->until = monotime_add_ms(monotime_now(), timeout_ms);
	host_open(host, peer, protocols, 1, timeout_ms, on_opened, question);
}
