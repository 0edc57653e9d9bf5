#include "common/libp2p/yamux/yamux_stream.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"

COUNTER(yamux_session_faults, "sessions ended by an error of the remote");
COUNTER(yamux_streams_stalled, "streams reset: the remote read nothing");
COUNTER(yamux_streams_over_backlog, "streams reset: too much waits for local "
				    "readers");

/* What all sessions of the process hold. */
static size_t grown_all, backlog_all;

/* --- what streams need of the session --- */

void
yamux_hint(struct yamux *yamux)
{
	if (!yamux->is_closing)
		yamux->handler->on_output(yamux, yamux->arg);
}

void
yamux_fail(struct yamux *yamux, const char *reason)
{
	static const struct yamux_frame go_away = { .type = YAMUX_GO_AWAY,
		.length = YAMUX_GO_AWAY_PROTOCOL };

	if (yamux->reason != NULL)
		return;
	yamux->reason = reason;
	counter_add(&yamux_session_faults, 1);
	yamux_queue(yamux, &go_away);
}

void
yamux_queue(struct yamux *yamux, const struct yamux_frame *frame)
{
	uint8_t header[YAMUX_HEADER_SIZE];

	if (yamux->is_closing)
		return;
	yamux_frame_encode(frame, header);
	if (buffer_append(
		&yamux->output, (struct bytes){ header, sizeof(header) }) < 0)
		yamux_fail(yamux, "the remote reads no control frames");
	yamux_hint(yamux);
}

/* --- a stream --- */

struct stream *
stream_new(struct yamux *yamux, uint32_t id, bool is_inbound)
{
	struct stream *stream = xzalloc(sizeof(*stream));

	stream->yamux = yamux;
	stream->id = id;
	stream->is_inbound = is_inbound;
	stream->send_credit = stream->receive_credit = stream->window =
	    YAMUX_WINDOW_INITIAL;
	stream->epoch_start = yamux->now;
	stream->stalled_since = MONOTIME_NEVER;
	buffer_init(&stream->push, STREAM_PUSH_MAX);
	HASH_ADD(hh, yamux->by_id, id, sizeof(stream->id), stream);
	TAILQ_INSERT_TAIL(&yamux->streams, stream, all);
	if (is_inbound) {
		yamux->inbound++;
		yamux->unnegotiated++;
	} else {
		yamux->outbound++;
	}
	return stream;
}

void
stream_free(struct stream *stream)
{
	struct yamux *yamux = stream->yamux;

	if (stream->prelude != NULL)
		stream->prelude->on_gone(stream, stream->prelude_arg);
	if (stream->handler != NULL && stream->handler->on_close != NULL)
		stream->handler->on_close(stream, stream->end, stream->arg);
	if (stream->in_work)
		TAILQ_REMOVE(&yamux->work, stream, work);
	TAILQ_REMOVE(&yamux->streams, stream, all);
	backlog_release();
	free(stream->protocol);
	free(stream);
}

/* The only assignments of the two states; both only go forward. */
void
stream_enter_sending(struct stream *stream, enum stream_sending state)
{
	if (state > stream->sending)
		stream->sending = state;
}

static void
stream_enter_receiving(struct stream *stream, enum stream_receiving state)
{
	if (state > stream->receiving)
		stream->receiving = state;
}

void
stream_schedule(struct stream *stream)
{
	if (!stream->in_work && !stream->yamux->is_closing) {
		stream->in_work = true;
		TAILQ_INSERT_TAIL(&stream->yamux->work, stream, work);
	}
	yamux_hint(stream->yamux);
}

void
stream_want_control(struct stream *stream)
{
	if (!stream->in_control) {
		stream->in_control = true;
		TAILQ_INSERT_TAIL(&stream->yamux->control, stream, control);
	}
	yamux_hint(stream->yamux);
}

void
stream_drop_control(struct stream *stream)
{
	if (stream->in_control)
		TAILQ_REMOVE(&stream->yamux->control, stream, control);
	stream->in_control = false;
}

static void
stream_set_stalled(struct stream *stream, bool is_stalled)
{
	struct yamux *yamux = stream->yamux;

	if (is_stalled == (stream->stalled_since.us != INT64_MAX))
		return;
	stream->stalled_since = is_stalled ? yamux->now : MONOTIME_NEVER;
	if (is_stalled)
		yamux->stalled_count++;
	else
		yamux->stalled_count--;
}

/* Keep the sums right after the backlog has changed. */
static void
stream_count_backlog(struct stream *stream)
{
	size_t len = stream->backlog.len, counted = stream->backlog_counted;

	stream->yamux->backlog += len - counted;
	backlog_all += len - counted;
	stream->backlog_counted = len;
}

static void
stream_drop_backlog(struct stream *stream)
{
	backlog_consume(&stream->backlog, stream->backlog.len);
	stream_count_backlog(stream);
}

/* Not before the protocol is agreed on: js loses what comes with an early
 * FIN. */
bool
stream_fin_due(const struct stream *stream)
{
	return stream->sending == STREAM_SEND_FINISHING &&
	       stream->push.len == 0 && !stream->wants_fill &&
	       stream->prelude == NULL;
}

/* Add the stream to those that can send, or remove it. A stream that waits for
 * the remote, for credit or for the FIN after our answer, counts as stalled. */
void
stream_update_ready(struct stream *stream)
{
	struct yamux *yamux = stream->yamux;
	bool has_body = stream->push.len > 0 || stream->wants_fill;
	bool is_ready = has_body ? stream->send_credit > 0
				 : stream->sending == STREAM_SEND_FINISHING;

	if (stream->is_ended)
		has_body = is_ready = false;
	stream_set_stalled(
	    stream, !stream->is_ended &&
			((has_body && !is_ready) ||
			    (stream->is_inbound &&
				stream->sending == STREAM_SEND_FINISHED &&
				stream->receiving == STREAM_RECEIVE_OPEN)));
	if (is_ready == stream->in_ready)
		return;
	stream->in_ready = is_ready;
	if (is_ready) {
		TAILQ_INSERT_TAIL(&yamux->ready, stream, ready);
		yamux->ready_count++;
		yamux_hint(yamux);
	} else {
		TAILQ_REMOVE(&yamux->ready, stream, ready);
		yamux->ready_count--;
	}
}

static void
stream_set_window(struct stream *stream, uint32_t window)
{
	stream->yamux->grown += window - stream->window;
	grown_all += (size_t)window - stream->window;
	stream->window = window;
}

void
stream_end(struct stream *stream, enum stream_end end)
{
	struct yamux *yamux = stream->yamux;

	if (stream->is_ended)
		return;
	stream->is_ended = true;
	stream->end = end;
	HASH_DEL(yamux->by_id, stream);
	if (yamux->body_stream == stream)
		yamux->body_stream = NULL; /* the rest is thrown away */
	stream_drop_control(stream);
	stream_update_ready(stream);
	buffer_fini(&stream->push);
	if (!stream->is_offering) /* its bytes may be in on_data right now */
		stream_drop_backlog(stream);
	stream_set_window(stream, YAMUX_WINDOW_INITIAL);
	if (!stream->is_inbound) {
		yamux->outbound--;
	} else {
		yamux->inbound--;
		if (stream->protocol == NULL)
			yamux->unnegotiated--;
	}
	stream_schedule(stream);
}

/* --- windows --- */

/* Add up how long bytes have waited for the handler: before the backlog
 * changes, and before the sum is read. */
static void
stream_note_backlog(struct stream *stream)
{
	struct monotime now = stream->yamux->now;

	if (stream->backlog.len > 0)
		stream->epoch_behind_us += now.us - stream->behind_since.us;
	stream->behind_since = now;
}

/* The largest window that the path can use. */
static int64_t
window_max(const struct yamux *yamux)
{
	int64_t most = yamux->rtt_us * YAMUX_WINDOW_PER_US;

	if (most < YAMUX_WINDOW_SHORT_MAX)
		most = YAMUX_WINDOW_SHORT_MAX;
	return most < YAMUX_WINDOW_MAX ? most : YAMUX_WINDOW_MAX;
}

/* go's and js's rule: a window that is used up within four round trips is too
 * small. Not so if our own handler is slow: then a larger window would only
 * cost memory. It is slow if bytes waited for it half of the time; a burst that
 * waits for a moment does not count. */
static void
stream_grow_window(struct stream *stream)
{
	struct yamux *yamux = stream->yamux;
	int64_t us = yamux->now.us - stream->epoch_start.us;

	stream_note_backlog(stream);

	if (yamux->rtt_us >= 0 && us < 4 * yamux->rtt_us &&
	    2 * stream->epoch_behind_us <= us &&
	    2 * (int64_t)stream->window <= window_max(yamux) &&
	    yamux->grown + stream->window <= YAMUX_WINDOW_GROWN_MAX &&
	    grown_all + stream->window <= YAMUX_GROWN_ALL_MAX)
		stream_set_window(stream, 2 * stream->window);
	stream->epoch_start = yamux->now;
	stream->epoch_used = 0;
	stream->epoch_behind_us = 0;
}

/* A reader that never keeps up while it uses a whole step does not need the
 * window that the path could use: it would only cost memory. */
static void
stream_shrink_window(struct stream *stream, size_t used)
{
	if (stream->backlog.len < stream->window / 2) {
		stream->behind_used = 0;
		return;
	}
	stream->behind_used += (uint32_t)used;
	if (stream->behind_used < YAMUX_GRANT_STEP / 2 ||
	    stream->window == YAMUX_WINDOW_INITIAL)
		return;
	stream->behind_used = 0;
	stream_set_window(stream, stream->window / 2);
}

uint32_t
stream_grant_due(const struct stream *stream)
{
	uint32_t outstanding =
	    stream->receive_credit + (uint32_t)stream->backlog.len;
	uint32_t step = stream->window / 2;

	if (step > YAMUX_GRANT_STEP)
		step = YAMUX_GRANT_STEP;
	if (stream->yamux->body_stream == stream)
		outstanding += stream->yamux->body_left;
	if (stream->receiving != STREAM_RECEIVE_OPEN ||
	    outstanding > stream->window - step)
		return 0;
	return stream->window - outstanding;
}

static void
stream_used(struct stream *stream, size_t len)
{
	stream->epoch_used += (uint32_t)len;
	if (stream->epoch_used >= stream->window / 2)
		stream_grow_window(stream);
	stream_shrink_window(stream, len);
	if (!stream->is_ended && stream_grant_due(stream) > 0)
		stream_want_control(stream);
}

/* The stream waits for the FIN after our answer: the remote is still active. */
static void
stream_note_life(struct stream *stream)
{
	if (stream->stalled_since.us != INT64_MAX &&
	    stream->sending == STREAM_SEND_FINISHED)
		stream->stalled_since = stream->yamux->now;
}

void
stream_receive_credit(struct stream *stream, uint32_t delta)
{
	if (__builtin_add_overflow(
		stream->send_credit, delta, &stream->send_credit))
		stream->send_credit = UINT32_MAX;
	stream_note_life(stream);
	stream_update_ready(stream);
}

/* --- receiving --- */

/* Offer bytes to the prelude or the handler; returns how many were used. */
static size_t
stream_offer(struct stream *stream, struct bytes bytes)
{
	size_t used = bytes.len;

	stream->is_paused = true;
	stream->is_offering = true;
	if (stream->prelude != NULL)
		used = stream->prelude->on_data(
		    stream, bytes, stream->prelude_arg);
	else if (stream->handler == NULL)
		used = 0;
	else if (stream->handler->on_data != NULL)
		used = stream->handler->on_data(stream, bytes, stream->arg);
	stream->is_offering = false;
	if (used > bytes.len)
		bug("stream: on_data used more than there was");
	return used;
}

/* Offer again while the receiver changes meanwhile: a prelude that ends, a
 * handler that is replaced. Returns how many bytes were used. */
static size_t
stream_offer_all(struct stream *stream, struct bytes bytes)
{
	const struct stream_prelude *prelude;
	const struct stream_handler *handler;
	size_t used = 0;

	do {
		prelude = stream->prelude;
		handler = stream->handler;
		used += stream_offer(stream,
		    (struct bytes){ bytes.data + used, bytes.len - used });
	} while (!stream->is_ended && used < bytes.len &&
		 (prelude != stream->prelude || handler != stream->handler));
	if (used == bytes.len)
		stream->is_paused = false;
	return used;
}

static void
stream_offer_backlog(struct stream *stream)
{
	size_t used;

	if (stream->backlog.len == 0)
		return;
	stream_note_backlog(stream);
	used = stream_offer_all(stream, backlog_bytes(&stream->backlog));
	if (stream->is_ended) {
		stream_drop_backlog(stream);
		return;
	}
	backlog_consume(&stream->backlog, used);
	stream_count_backlog(stream);
	if (used > 0)
		stream_used(stream, used);
}

/* Keep bytes that the handler did not use; false: too much is kept already. */
static bool
stream_keep(struct stream *stream, struct bytes bytes)
{
	if (stream->yamux->backlog + bytes.len > YAMUX_BACKLOG_MAX ||
	    backlog_all + bytes.len > YAMUX_BACKLOG_ALL_MAX) {
		counter_add(&yamux_streams_over_backlog, 1);
		stream_reset(stream);
		return false;
	}
	stream_note_backlog(stream);
	if (bytes.len > YAMUX_WINDOW_MAX - stream->backlog.len)
		bug("stream: a backlog larger than its window");
	backlog_append(&stream->backlog, bytes);
	stream_count_backlog(stream);
	if (!stream->is_paused)
		stream_schedule(stream);
	return true;
}

void
stream_receive(struct stream *stream, struct bytes bytes)
{
	size_t used = 0;

	/* A fault of the remote, without harm. */
	if (stream->receiving != STREAM_RECEIVE_OPEN)
		return;
	stream_note_life(stream);
	if (stream->backlog.len == 0 && !stream->is_paused)
		used = stream_offer_all(stream, bytes);
	if (stream->is_ended)
		return;
	if (used < bytes.len &&
	    !stream_keep(
		stream, (struct bytes){ bytes.data + used, bytes.len - used }))
		return;
	if (used > 0)
		stream_used(stream, used);
}

void
stream_receive_fin(struct stream *stream)
{
	stream_enter_receiving(stream, STREAM_RECEIVE_FIN);
	stream_update_ready(stream);
	stream_schedule(stream);
}

/* --- what stream_ calls have scheduled --- */

static void
stream_run_end(struct stream *stream)
{
	if (stream->receiving != STREAM_RECEIVE_FIN || stream->backlog.len > 0)
		return;
	if (stream->prelude != NULL) {
		stream->prelude->on_end(stream, stream->prelude_arg);
		return;
	}
	if (stream->handler == NULL)
		return;
	stream_enter_receiving(stream, STREAM_RECEIVE_FINISHED);
	if (stream->handler->on_end != NULL)
		stream->handler->on_end(stream, stream->arg);
}

void
stream_run(struct stream *stream)
{
	if (!stream->is_ended && !stream->is_paused)
		stream_offer_backlog(stream);
	if (!stream->is_ended)
		stream_run_end(stream);
	if (!stream->is_ended && stream->sending == STREAM_SEND_FINISHED &&
	    stream->receiving == STREAM_RECEIVE_FINISHED)
		stream_end(stream, STREAM_FINISHED);
	if (stream->is_ended)
		stream_free(stream);
}

void
stream_reset_as(struct stream *stream, enum stream_end end)
{
	struct yamux_frame reset = { YAMUX_WINDOW_UPDATE, YAMUX_RST, stream->id,
		0 };

	if (stream->is_ended)
		return;
	if (end == STREAM_STALLED)
		counter_add(&yamux_streams_stalled, 1);
	/* The remote may still be reading what we sent, or does not know the
	 * stream. */
	if (!(end == STREAM_STALLED &&
		stream->sending == STREAM_SEND_FINISHED) &&
	    stream->opening != YAMUX_SYN)
		yamux_queue(stream->yamux, &reset);
	stream_end(stream, end);
}

/* --- stream.h --- */

void
stream_set_handler(
    struct stream *stream, const struct stream_handler *handler, void *arg)
{
	stream->handler = handler;
	stream->arg = arg;
	stream->wants_fill = handler->on_fill != NULL;
	stream_update_ready(stream);
	stream_resume(stream);
}

void
stream_set_prelude(
    struct stream *stream, const struct stream_prelude *prelude, void *arg)
{
	stream->prelude = prelude;
	stream->prelude_arg = arg;
	stream_update_ready(stream);
	stream_resume(stream);
}

int
stream_write(struct stream *stream, struct bytes bytes)
{
	int rc;

	if (stream->is_ended || stream->sending != STREAM_SEND_OPEN)
		return -EPIPE;
	rc = buffer_append(&stream->push, bytes);
	if (rc == 0)
		stream_update_ready(stream);
	return rc;
}

size_t
stream_unsent(const struct stream *stream)
{
	return stream->push.len;
}

void
stream_wake(struct stream *stream)
{
	if (stream->is_ended || stream->sending == STREAM_SEND_FINISHED)
		return;
	stream->wants_fill = true;
	stream_update_ready(stream);
}

void
stream_finish(struct stream *stream)
{
	if (stream->is_ended)
		return;
	stream_enter_sending(stream, STREAM_SEND_FINISHING);
	stream_update_ready(stream);
}

void
stream_reset(struct stream *stream)
{
	stream_reset_as(stream, STREAM_ABORTED);
}

void
stream_resume(struct stream *stream)
{
	stream->is_paused = false;
	/* From inside on_data: when more has come. */
	if (!stream->is_ended && !stream->is_offering)
		stream_schedule(stream);
}

void
stream_agreed(struct stream *stream, const char *protocol)
{
	if (stream->is_inbound && stream->protocol == NULL && !stream->is_ended)
		stream->yamux->unnegotiated--;
	free(stream->protocol);
	stream->protocol = xstrdup(protocol);
}

struct yamux *
yamux_of_stream(const struct stream *stream)
{
	return stream->yamux;
}

const struct peer_id *
stream_peer(const struct stream *stream)
{
	return &stream->yamux->remote;
}

const char *
stream_protocol(const struct stream *stream)
{
	return stream->protocol != NULL ? stream->protocol : "";
}
