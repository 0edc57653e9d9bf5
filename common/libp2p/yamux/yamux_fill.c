/* Sending: frames straight into the record under construction. */
#include <string.h>

#include "common/libp2p/yamux/yamux_private.h"

enum { YAMUX_BODY_WORTH = 256 }; /* less room than this is left unused */

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

/* One frame says SYN or ACK and grants what is due. */
static bool
fill_stream_control(struct stream *stream, struct packet *packet)
{
	struct yamux_frame frame = { YAMUX_WINDOW_UPDATE, 0, stream->id,
		stream_grant_due(stream) };

	if (stream->syn_due)
		frame.flags = YAMUX_SYN;
	else if (stream->ack_due)
		frame.flags = YAMUX_ACK;
	if (frame.flags != 0 || frame.length != 0) {
		if (!packet_put(packet, &frame))
			return false;
		stream->receive_credit += frame.length;
		stream->syn_due = stream->ack_due = false;
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
	stream->fin_sent = true;
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

	/* A handler that wakes itself but gives nothing ends the round. */
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
