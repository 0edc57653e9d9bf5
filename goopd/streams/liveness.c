#include "goopd/streams/liveness.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "goopd/streams/stream_ask.h"
#include "goopd/streams/stream_quota.h"

/* --- answering */

struct liveness {
	struct stream_quota *quota;
	char label[LIVENESS_LABEL_MAX + 1];
};

static void
on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct stream_lease *lease = arg;

	(void)stream;
	(void)end;
	stream_lease_fini(lease);
	free(lease);
}

static void
on_stream(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = { .on_close = on_close };
	struct liveness *liveness = arg;
	struct stream_lease *lease = xzalloc(sizeof(*lease));

	(void)host;
	if (!stream_lease_init(lease, liveness->quota, stream)) {
		free(lease);
		stream_reset(stream);
		return;
	}
	stream_lease_expire(lease, LIVENESS_LINGER_MS);
	stream_set_handler(stream, &handler, lease);
	if (stream_write(stream, bytes_of(liveness->label)) < 0 ||
	    stream_write(stream, bytes_of("\n")) < 0)
		stream_reset(stream);
	else
		stream_finish(stream);
}

int
liveness_set_label(struct liveness *liveness, const char *label)
{
	struct bytes bytes = bytes_of(label);
	size_t i;

	if (bytes.len > LIVENESS_LABEL_MAX || !text_is_utf8(bytes))
		return -EINVAL;
	for (i = 0; i < bytes.len; i++) {
		if (bytes.data[i] < 0x20 || bytes.data[i] == 0x7f)
			return -EINVAL;
	}
	memcpy(liveness->label, label, bytes.len + 1);
	return 0;
}

struct liveness *
liveness_new(struct host *host, const char *label)
{
	struct liveness *liveness = xzalloc(sizeof(*liveness));

	liveness->quota = stream_quota_new(host_base(host), NULL);
	liveness_set_label(liveness, label);
	host_allow_limited(host, LIVENESS_PROTOCOL);
	host_serve(host, LIVENESS_PROTOCOL, on_stream, liveness);
	return liveness;
}

void
liveness_free(struct liveness *liveness)
{
	if (liveness == NULL)
		return;
	stream_quota_free(liveness->quota);
	free(liveness);
}

/* --- asking */

struct liveness_question {
	liveness_asked_fn *done;
	void *arg;
	struct stream_asking *asking;
	bool is_heard;
	char label[LIVENESS_LABEL_MAX + 1];
	size_t len;
};

/* The label if it is text that may be shown, else NULL. */
static const char *
label_of(struct liveness_question *question)
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
answer(struct liveness_question *question, int error, const char *label)
{
	question->done(error, label, question->arg);
	free(question);
}

static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct liveness_question *question = arg;
	size_t room = LIVENESS_LABEL_MAX - question->len, len = bytes.len;
	const uint8_t *lf = memchr(bytes.data, '\n', bytes.len);

	(void)stream;
	question->is_heard = true;
	if (lf != NULL)
		len = (size_t)(lf - bytes.data);
	if (len > room) { /* no label of this network is that long */
		question->len = len = 0;
		lf = bytes.data;
	}
	memcpy(question->label + question->len, bytes.data, len);
	question->len += len;
	if (lf != NULL) {
		stream_ask_cancel(question->asking);
		answer(question, 0, label_of(question));
	}
	return bytes.len;
}

/* A stream may be opened on a connection that is dead without our knowing:
 * only what the peer sends proves that it is alive. */
static void
on_fail(int error, void *arg)
{
	struct liveness_question *question = arg;

	if (question->is_heard || error == -ECONNRESET || error == -ENODATA)
		answer(question, 0, label_of(question));
	else
		answer(question, error, NULL);
}

void
liveness_ask(struct host *host, const struct peer_id *peer, int64_t timeout_ms,
    liveness_asked_fn *done, void *arg)
{
	static const struct stream_ask_handler handler = { on_data, on_fail };
	static const char *const protocol = LIVENESS_PROTOCOL;
	struct stream_question what = {
		.peer = peer, .protocol = &protocol, .budget_ms = timeout_ms
	};
	struct liveness_question *question = xzalloc(sizeof(*question));

	question->done = done;
	question->arg = arg;
	question->asking = stream_ask(host, &what, &handler, question);
}
