#include "common/libp2p/yamux/yamux.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/xalloc.h"
#include "common/libp2p/yamux/yamux_stream.h"

COUNTER(yamux_streams_refused, "inbound streams reset: over a limit");
COUNTER(yamux_frames_unknown, "frames for streams that are gone");
COUNTER(yamux_pongs_dropped, "pings not answered: too many at once");

enum { YAMUX_BODY_WORTH = 256 }; /* less room than this is left unused */

struct yamux *
yamux_new(bool is_client, const struct peer_id *remote,
    const struct yamux_handler *handler, void *arg, struct monotime now)
{
	struct yamux *yamux = xzalloc(sizeof(*yamux));

	yamux->handler = handler;
	yamux->arg = arg;
	yamux->remote = *remote;
	yamux->is_client = is_client;
	yamux->next_id = is_client ? 1 : 2;
	TAILQ_INIT(&yamux->streams);
	TAILQ_INIT(&yamux->control);
	TAILQ_INIT(&yamux->ready);
	TAILQ_INIT(&yamux->work);
	buffer_init(&yamux->output, YAMUX_CONTROL_MAX);
	yamux->now = yamux->last_received = yamux->ping_at = now;
	yamux->ping_due = true; /* measure the round trip at once */
	yamux->doubted_since = MONOTIME_NEVER;
	yamux->rtt_us = -1;
	return yamux;
}

void
yamux_free(struct yamux *yamux)
{
	struct stream *stream;

	if (yamux == NULL)
		return;
	yamux->is_closing = true;
	while ((stream = TAILQ_FIRST(&yamux->streams)) != NULL) {
		stream_end(stream, STREAM_LOST);
		stream_free(stream);
	}
	buffer_fini(&yamux->output);
	free(yamux);
}

const char *
yamux_reason(const struct yamux *yamux)
{
	return yamux->reason;
}

bool
yamux_is_congested(const struct yamux *yamux)
{
	return yamux->output.len > YAMUX_CONGESTED;
}

size_t
yamux_stream_count(const struct yamux *yamux)
{
	return yamux->inbound + yamux->outbound;
}

int64_t
yamux_rtt_us(const struct yamux *yamux)
{
	return yamux->rtt_us;
}

size_t
yamux_count_inbound(const struct yamux *yamux, const char *protocol)
{
	const struct stream *stream;
	size_t count = 0;

	TAILQ_FOREACH (stream, &yamux->streams, all)
		if (stream->is_inbound && !stream->is_ended &&
		    !strcmp(stream_protocol(stream), protocol))
			count++;
	return count;
}

static struct stream *
yamux_find(struct yamux *yamux, uint32_t id)
{
	struct stream *stream;

	HASH_FIND(hh, yamux->by_id, &id, sizeof(id), stream);
	return stream;
}

static void
yamux_want_ping(struct yamux *yamux)
{
	if (yamux->ping_due || yamux->ping_outstanding)
		return;
	yamux->ping_due = true;
	yamux->ping_at = yamux->now;
	yamux_hint(yamux);
}

struct stream *
yamux_open(struct yamux *yamux, struct monotime now)
{
	struct stream *stream;

	if (yamux->is_gone_away || yamux->is_closing || yamux->reason != NULL ||
	    yamux->next_id > INT32_MAX ||
	    yamux->outbound >= YAMUX_STREAMS_OUTBOUND_MAX)
		return NULL;
	yamux->now = now;
	if (monotime_since_ms(now, yamux->last_received) >= YAMUX_PROBE_MS)
		yamux_want_ping(yamux);
	stream = stream_new(yamux, yamux->next_id, false);
	yamux->next_id += 2;
	stream->opening = YAMUX_SYN;
	stream_want_control(stream);
	return stream;
}

/* --- receiving --- */

static void
yamux_refuse(struct yamux *yamux, uint32_t id)
{
	struct yamux_frame reset = { YAMUX_WINDOW_UPDATE, YAMUX_RST, id, 0 };

	counter_add(&yamux_streams_refused, 1);
	yamux_queue(yamux, &reset);
}

/* Ids need not come in order: go draws an id before it sends the SYN. */
static void
yamux_receive_syn(struct yamux *yamux, uint32_t id)
{
	struct stream *stream;

	if ((id % 2 == 1) == yamux->is_client) {
		yamux_fail(yamux, "a stream id of our own parity");
		return;
	}
	if (yamux_find(yamux, id) != NULL) {
		yamux_fail(yamux, "a stream id that is in use");
		return;
	}
	if (yamux->inbound >= YAMUX_STREAMS_INBOUND_MAX ||
	    yamux->unnegotiated >= YAMUX_UNNEGOTIATED_MAX) {
		yamux_refuse(yamux, id);
		return;
	}
	stream = stream_new(yamux, id, true);
	stream->opening = YAMUX_ACK;
	stream_want_control(stream);
	yamux->handler->on_stream(yamux, stream, yamux->arg);
}

static void
yamux_receive_ping(struct yamux *yamux, const struct yamux_frame *frame)
{
	int64_t rtt_us;

	if (frame->flags & YAMUX_SYN) {
		if (yamux->pong_count == YAMUX_PONGS_MAX) {
			counter_add(&yamux_pongs_dropped, 1);
			return;
		}
		yamux->pongs[yamux->pong_count++] = frame->length;
		yamux_hint(yamux);
		return;
	}
	if (!(frame->flags & YAMUX_ACK) || !yamux->ping_outstanding ||
	    frame->length != yamux->ping_value)
		return;
	rtt_us = yamux->now.us - yamux->ping_sent.us;
	/* The shortest time is the path's own, which windows are sized for; the
	 * delay of a busy machine would only enlarge them. Paths do get longer:
	 * a longer time counts, but slowly. */
	if (yamux->rtt_us < 0 || rtt_us < yamux->rtt_us)
		yamux->rtt_us = rtt_us;
	else
		yamux->rtt_us += (rtt_us - yamux->rtt_us) / 8;
	yamux->ping_outstanding = false;
	yamux->doubted_since = MONOTIME_NEVER;
	yamux->ping_value++;
	yamux->ping_at = monotime_add_ms(yamux->now, YAMUX_KEEPALIVE_MS);
}

static void
yamux_receive_go_away(struct yamux *yamux, const struct yamux_frame *frame)
{
	yamux->is_gone_away = true;
	if (frame->length != YAMUX_GO_AWAY_NORMAL && yamux->reason == NULL)
		yamux->reason = "the remote went away with an error";
}

/* The flags that precede a body, and whether the window allows the body. */
static void
yamux_receive_stream_header(struct yamux *yamux)
{
	const struct yamux_frame *frame = &yamux->frame;
	bool is_data = frame->type == YAMUX_DATA;
	struct stream *stream;

	if (frame->flags & YAMUX_SYN)
		yamux_receive_syn(yamux, frame->id);
	stream = yamux_find(yamux, frame->id);
	if (stream == NULL && !(frame->flags & YAMUX_SYN))
		counter_add(&yamux_frames_unknown, 1);
	if (stream != NULL && (frame->flags & YAMUX_RST)) {
		stream_end(stream, STREAM_RESET);
		stream = NULL;
	}
	if (stream != NULL && is_data) {
		if (frame->length > stream->receive_credit) {
			yamux_fail(yamux, "more data than the window allows");
			return;
		}
		stream->receive_credit -= frame->length;
	}
	yamux->body_stream = stream;
	yamux->body_left = is_data ? frame->length : 0;
	if (stream != NULL && !is_data)
		stream_receive_credit(stream, frame->length);
}

static void
yamux_receive_header(struct yamux *yamux)
{
	if (yamux_frame_decode(yamux->header, &yamux->frame) < 0) {
		yamux_fail(yamux, "a malformed frame header");
		return;
	}
	yamux->body_left = 0;
	yamux->body_stream = NULL;
	if (yamux->frame.type == YAMUX_PING)
		yamux_receive_ping(yamux, &yamux->frame);
	else if (yamux->frame.type == YAMUX_GO_AWAY)
		yamux_receive_go_away(yamux, &yamux->frame);
	else
		yamux_receive_stream_header(yamux);
}

static void
yamux_receive_frame_end(struct yamux *yamux)
{
	struct stream *stream = yamux->body_stream;

	yamux->header_len = 0;
	yamux->body_stream = NULL;
	if (stream != NULL && (yamux->frame.flags & YAMUX_FIN))
		stream_receive_fin(stream);
}

static size_t
yamux_receive_some(struct yamux *yamux, struct bytes input)
{
	size_t len;

	if (yamux->header_len < YAMUX_HEADER_SIZE) {
		len = YAMUX_HEADER_SIZE - yamux->header_len;
		if (len > input.len)
			len = input.len;
		memcpy(yamux->header + yamux->header_len, input.data, len);
		yamux->header_len += len;
		if (yamux->header_len == YAMUX_HEADER_SIZE)
			yamux_receive_header(yamux);
	} else {
		len =
		    yamux->body_left < input.len ? yamux->body_left : input.len;
		yamux->body_left -= (uint32_t)len;
		if (yamux->body_stream != NULL)
			stream_receive(yamux->body_stream,
			    (struct bytes){ input.data, len });
	}
	if (yamux->header_len == YAMUX_HEADER_SIZE && yamux->body_left == 0 &&
	    yamux->reason == NULL)
		yamux_receive_frame_end(yamux);
	return len;
}

int
yamux_receive(struct yamux *yamux, struct bytes input, struct monotime now)
{
	size_t used = 0;

	yamux->now = yamux->last_received = now;
	while (used < input.len && yamux->reason == NULL)
		used += yamux_receive_some(yamux,
		    (struct bytes){ input.data + used, input.len - used });
	yamux_run(yamux, now);
	return yamux->reason == NULL ? 0 : -EPROTO;
}

void
yamux_run(struct yamux *yamux, struct monotime now)
{
	struct stream_list work;
	struct stream *stream;

	yamux->now = now;
	/* Work scheduled meanwhile waits for the next call, so that two
	 * handlers that wake each other cannot loop here. */
	TAILQ_INIT(&work);
	TAILQ_CONCAT(&work, &yamux->work, work);
	while ((stream = TAILQ_FIRST(&work)) != NULL) {
		TAILQ_REMOVE(&work, stream, work);
		stream->in_work = false;
		stream_run(stream);
	}
}

/* --- sending: frames straight into the record under construction --- */

/* What is being filled. */
struct packet {
	uint8_t *data;
	size_t size;
	size_t len;
};

static bool
packet_put(struct packet *packet, const struct yamux_frame *frame)
{
	if (packet->size - packet->len < YAMUX_HEADER_SIZE)
		return false;
	yamux_frame_encode(frame, packet->data + packet->len);
	packet->len += YAMUX_HEADER_SIZE;
	return true;
}

static bool
fill_pongs(struct yamux *yamux, struct packet *packet)
{
	size_t i;

	for (i = 0; i < yamux->pong_count; i++) {
		struct yamux_frame pong = { YAMUX_PING, YAMUX_ACK, 0,
			yamux->pongs[i] };

		if (!packet_put(packet, &pong))
			break;
	}
	yamux->pong_count -= i;
	memmove(yamux->pongs, yamux->pongs + i,
	    yamux->pong_count * sizeof(yamux->pongs[0]));
	return yamux->pong_count == 0;
}

static bool
fill_ping(struct yamux *yamux, struct packet *packet)
{
	struct yamux_frame ping = { YAMUX_PING, YAMUX_SYN, 0,
		yamux->ping_value };

	if (!yamux->ping_due)
		return true;
	if (!packet_put(packet, &ping))
		return false;
	yamux->ping_due = false;
	yamux->ping_outstanding = true;
	yamux->ping_sent = yamux->now;
	return true;
}

static bool
fill_queued(struct yamux *yamux, struct packet *packet)
{
	size_t len = packet->size - packet->len;

	if (len > yamux->output.len)
		len = yamux->output.len;
	len -= len % YAMUX_HEADER_SIZE;
	if (len > 0) {
		memcpy(packet->data + packet->len,
		    buffer_bytes(&yamux->output).data, len);
		buffer_consume(&yamux->output, len);
		packet->len += len;
	}
	return yamux->output.len == 0;
}

/* One frame carries SYN or ACK and the credit that is due. */
static bool
fill_stream_control(struct stream *stream, struct packet *packet)
{
	struct yamux_frame frame = { YAMUX_WINDOW_UPDATE, stream->opening,
		stream->id, stream_grant_due(stream) };

	if (frame.flags != 0 || frame.length != 0) {
		if (!packet_put(packet, &frame))
			return false;
		stream->receive_credit += frame.length;
		stream->opening = 0;
	}
	stream_drop_control(stream);
	return true;
}

static bool
fill_control(struct yamux *yamux, struct packet *packet)
{
	struct stream *stream;

	while ((stream = TAILQ_FIRST(&yamux->control)) != NULL)
		if (!fill_stream_control(stream, packet))
			return false;
	return true;
}

/* Pushed bytes first, then pulled ones; the room is within the credit. */
static size_t
fill_body(struct stream *stream, uint8_t *to, size_t room)
{
	size_t pushed = stream->push.len < room ? stream->push.len : room;
	size_t pulled = 0;

	if (pushed > 0) {
		memcpy(to, buffer_bytes(&stream->push).data, pushed);
		buffer_consume(&stream->push, pushed);
	}
	if (pushed == room || !stream->wants_fill)
		return pushed;
	/* Cleared first: on_fill may call stream_wake(). */
	stream->wants_fill = false;
	if (stream->handler != NULL && stream->handler->on_fill != NULL)
		pulled = stream->handler->on_fill(
		    stream, to + pushed, room - pushed, stream->arg);
	if (stream->is_ended)
		return 0;
	if (pulled > room - pushed)
		bug("stream: on_fill wrote past its buffer");
	if (pulled > 0)
		stream->wants_fill = true;
	return pushed + pulled;
}

static bool
fill_fin(struct stream *stream, struct packet *packet)
{
	struct yamux_frame fin = { YAMUX_WINDOW_UPDATE, YAMUX_FIN, stream->id,
		0 };

	if (!stream_fin_due(stream))
		return true;
	if (!packet_put(packet, &fin))
		return false;
	stream_enter_sending(stream, STREAM_SEND_FINISHED);
	stream_schedule(stream);
	return true;
}

/* One frame of one stream. False: no room for it. */
static bool
fill_stream(struct stream *stream, struct packet *packet)
{
	struct yamux *yamux = stream->yamux;
	struct yamux_frame frame = { YAMUX_DATA, 0, stream->id, 0 };
	size_t room = packet->size - packet->len, most = YAMUX_BODY_MAX;

	if (room < YAMUX_HEADER_SIZE + YAMUX_BODY_WORTH)
		return false;
	room -= YAMUX_HEADER_SIZE;
	if (yamux->ready_count > 1)
		most = YAMUX_BODY_SHARED_MAX;
	if (most > stream->send_credit)
		most = stream->send_credit;
	if (room > most)
		room = most;
	if (room > 0 && (stream->push.len > 0 || stream->wants_fill))
		frame.length = (uint32_t)fill_body(stream,
		    packet->data + packet->len + YAMUX_HEADER_SIZE, room);
	if (stream->is_ended)
		return true; /* on_fill reset it */
	if (frame.length > 0) {
		packet_put(packet, &frame);
		packet->len += frame.length;
		stream->send_credit -= frame.length;
	}
	fill_fin(stream, packet);
	stream_update_ready(stream);
	return true;
}

static void
fill_streams(struct yamux *yamux, struct packet *packet)
{
	struct stream *stream;
	size_t idle = 0, before;

	/* A handler that wakes itself but produces nothing ends the round. */
	while ((stream = TAILQ_FIRST(&yamux->ready)) != NULL &&
	       idle < yamux->ready_count) {
		before = packet->len;
		TAILQ_REMOVE(&yamux->ready, stream, ready);
		TAILQ_INSERT_TAIL(&yamux->ready, stream, ready);
		if (!fill_stream(stream, packet))
			return;
		idle = packet->len > before ? 0 : idle + 1;
	}
}

size_t
yamux_fill(
    struct yamux *yamux, uint8_t *buffer, size_t size, struct monotime now)
{
	struct packet packet = { buffer, size, 0 };

	yamux->now = now;
	if (!fill_pongs(yamux, &packet) || !fill_ping(yamux, &packet) ||
	    !fill_queued(yamux, &packet) || yamux->reason != NULL)
		return packet.len;
	if (fill_control(yamux, &packet))
		fill_streams(yamux, &packet);
	return packet.len;
}

/* --- time --- */

static void
yamux_reset_stalled(struct yamux *yamux)
{
	struct stream *stream;

	if (yamux->stalled_count == 0)
		return;
	TAILQ_FOREACH (stream, &yamux->streams, all) {
		if (!stream->is_ended &&
		    stream->stalled_since.us != INT64_MAX &&
		    monotime_since_ms(yamux->now, stream->stalled_since) >=
			YAMUX_STALL_MS)
			stream_reset_as(stream, STREAM_STALLED);
	}
}

bool
yamux_is_doubted(const struct yamux *yamux)
{
	return yamux->doubted_since.us != INT64_MAX;
}

int64_t
yamux_silent_ms(const struct yamux *yamux, struct monotime now)
{
	return monotime_since_ms(now, yamux->last_received);
}

bool
yamux_is_gone_away(const struct yamux *yamux)
{
	return yamux->is_gone_away;
}

void
yamux_doubt(struct yamux *yamux, struct monotime now)
{
	if (yamux_is_doubted(yamux))
		return;
	yamux->now = yamux->doubted_since = now;
	yamux_want_ping(yamux);
}

/* When silence after a ping means that the remote is dead; NEVER without a
 * ping. A pong may queue behind much data on a slow path: while anything
 * arrives, the remote is alive. */
static struct monotime
yamux_death(const struct yamux *yamux)
{
	struct monotime heard = yamux->last_received;

	if (!yamux->ping_due && !yamux->ping_outstanding)
		return MONOTIME_NEVER;
	if (heard.us < yamux->ping_at.us)
		heard = yamux->ping_at;
	if (!yamux_is_doubted(yamux))
		return monotime_add_ms(heard, YAMUX_PONG_TIMEOUT_MS);
	if (heard.us < yamux->doubted_since.us)
		heard = yamux->doubted_since;
	return monotime_add_ms(heard, YAMUX_DOUBT_TIMEOUT_MS);
}

int
yamux_tick(struct yamux *yamux, struct monotime now)
{
	yamux->now = now;
	if (monotime_reached(now, yamux_death(yamux)))
		return -ETIMEDOUT;
	if (monotime_reached(now, yamux->ping_at))
		yamux_want_ping(yamux);
	yamux_reset_stalled(yamux);
	yamux_run(yamux, now);
	return 0;
}

struct monotime
yamux_deadline(const struct yamux *yamux)
{
	struct monotime deadline = yamux_death(yamux);
	const struct stream *stream;

	if (!yamux->ping_due && !yamux->ping_outstanding)
		deadline = yamux->ping_at;
	if (yamux->stalled_count == 0)
		return deadline;
	TAILQ_FOREACH (stream, &yamux->streams, all)
		deadline = monotime_min(deadline,
		    monotime_add_ms(stream->stalled_since, YAMUX_STALL_MS));
	return deadline;
}
