#include "tests/unit/support/yamux_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { SCENE_PIECE_MAX = 70000 };

static size_t
scene_on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct scene_stream *seen = arg;
	size_t room = SCENE_TEXT_MAX - 1, len = bytes.len;

	if (seen->is_lazy) {
		if (len > seen->appetite)
			len = seen->appetite;
		seen->appetite -= len;
		seen->received += len;
		return len;
	}
	if (seen->received < room) {
		if (len > room - seen->received)
			len = room - (size_t)seen->received;
		memcpy(seen->text + seen->received, bytes.data, len);
	}
	seen->received += bytes.len;
	if (seen->is_echo)
		assert_int_equal(stream_write(stream, bytes), 0);
	return bytes.len;
}

static void
scene_on_end(struct stream *stream, void *arg)
{
	struct scene_stream *seen = arg;

	assert_false(seen->is_ended);
	seen->is_ended = true;
	if (seen->is_echo)
		stream_finish(stream);
}

static size_t
scene_on_fill(struct stream *stream, uint8_t *buffer, size_t size, void *arg)
{
	struct scene_stream *seen = arg;

	(void)stream;
	if (size > seen->to_pull)
		size = (size_t)seen->to_pull;
	memset(buffer, 'p', size);
	seen->to_pull -= size;
	return size;
}

static void
scene_on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct scene_stream *seen = arg;

	(void)stream;
	assert_false(seen->is_closed);
	seen->is_closed = true;
	seen->end = end;
	seen->stream = NULL;
}

static const struct stream_handler scene_handler = {
	.on_data = scene_on_data,
	.on_end = scene_on_end,
	.on_fill = scene_on_fill,
	.on_close = scene_on_close,
};

static struct scene_stream *
scene_adopt(struct scene_side *side, struct stream *stream)
{
	struct scene_stream *seen = &side->streams[side->count++];

	assert_true(side->count <= SCENE_STREAMS_MAX);
	seen->stream = stream;
	stream_set_handler(stream, &scene_handler, seen);
	return seen;
}

static void
scene_on_stream(struct yamux *yamux, struct stream *stream, void *arg)
{
	struct scene_side *side = arg;
	struct scene_stream *seen = scene_adopt(side, stream);

	(void)yamux;
	seen->is_lazy = side->is_lazy;
	seen->is_echo = side->is_echo;
	if (side->agrees)
		stream_agreed(stream, "/test");
}

static void
scene_on_output(struct yamux *yamux, void *arg)
{
	(void)yamux;
	(void)arg;
}

static const struct yamux_handler scene_yamux = {
	.on_stream = scene_on_stream,
	.on_output = scene_on_output,
};

void
scene_open(struct scene *scene, bool is_client, bool with_them)
{
	static const struct peer_id nobody;

	memset(scene, 0, sizeof(*scene));
	srandom(4711);
	scene->now.us = 1000000000;
	scene->us.agrees = scene->them.agrees = true;
	scene->us.yamux =
	    yamux_new(is_client, &nobody, &scene_yamux, &scene->us, scene->now);
	if (with_them)
		scene->them.yamux = yamux_new(!is_client, &nobody, &scene_yamux,
		    &scene->them, scene->now);
}

void
scene_close(struct scene *scene)
{
	size_t i;

	yamux_free(scene->us.yamux);
	yamux_free(scene->them.yamux);
	for (i = 0; i < scene->us.count; i++)
		assert_true(scene->us.streams[i].is_closed);
	for (i = 0; i < scene->them.count; i++)
		assert_true(scene->them.streams[i].is_closed);
}

struct scene_stream *
scene_stream_open(struct scene *scene, struct scene_side *side)
{
	struct stream *stream = yamux_open(side->yamux, scene->now);

	assert_non_null(stream);
	return scene_adopt(side, stream);
}

int
scene_say(struct scene *scene, uint8_t type, uint16_t flags, uint32_t id,
    uint32_t length)
{
	static const uint8_t zeros[65536];
	struct yamux_frame frame = { type, flags, id, length };
	uint8_t header[YAMUX_HEADER_SIZE];
	uint32_t left = type == YAMUX_DATA ? length : 0, len;
	int rc;

	yamux_frame_encode(&frame, header);
	rc = yamux_receive(scene->us.yamux,
	    (struct bytes){ header, sizeof(header) }, scene->now);
	for (; rc == 0 && left > 0; left -= len) {
		len = left < sizeof(zeros) ? left : (uint32_t)sizeof(zeros);
		rc = yamux_receive(
		    scene->us.yamux, (struct bytes){ zeros, len }, scene->now);
	}
	return rc;
}

bool
scene_hear(struct scene *scene, struct yamux_frame *ret)
{
	if (scene->packet_at == scene->packet_len) {
		yamux_run(scene->us.yamux, scene->now);
		scene->packet_at = 0;
		scene->packet_len = yamux_fill(scene->us.yamux, scene->packet,
		    sizeof(scene->packet), scene->now);
		if (scene->packet_len == 0)
			return false;
	}
	assert_int_equal(
	    yamux_frame_decode(scene->packet + scene->packet_at, ret), 0);
	scene->packet_at += YAMUX_HEADER_SIZE;
	if (ret->type == YAMUX_DATA)
		scene->packet_at += ret->length;
	return true;
}

size_t
scene_hear_all(struct scene *scene, uint8_t type, uint16_t flag)
{
	struct yamux_frame frame;
	size_t count = 0;

	while (scene_hear(scene, &frame))
		if (frame.type == type && (flag == 0 || (frame.flags & flag)))
			count++;
	return count;
}

static bool
scene_carry(struct scene *scene, struct yamux *from, struct yamux *to)
{
	uint8_t *packet = malloc(SCENE_PIECE_MAX);
	size_t size = (size_t)random() % (SCENE_PIECE_MAX - 300) + 300;
	size_t len, sent = 0, piece;

	yamux_run(from, scene->now);
	len = yamux_fill(from, packet, size, scene->now);
	while (sent < len) {
		piece = (size_t)random() % (len - sent) + 1;
		assert_int_equal(
		    yamux_receive(
			to, (struct bytes){ packet + sent, piece }, scene->now),
		    0);
		sent += piece;
	}
	free(packet);
	yamux_run(to, scene->now);
	return len > 0;
}

void
scene_pump(struct scene *scene)
{
	bool more;

	do {
		more = scene_carry(scene, scene->us.yamux, scene->them.yamux);
		more |= scene_carry(scene, scene->them.yamux, scene->us.yamux);
	} while (more);
}

int
scene_wait(struct scene *scene, int64_t ms)
{
	scene->now = monotime_add_ms(scene->now, ms);
	if (scene->them.yamux != NULL)
		yamux_tick(scene->them.yamux, scene->now);
	return yamux_tick(scene->us.yamux, scene->now);
}
