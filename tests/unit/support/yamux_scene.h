/*
 * yamux_scene: one yamux session with us on one side and raw frames on the
 * other, or two sessions back to back, under an invented clock. Streams that
 * come in get a handler that remembers.
 */
#ifndef TESTS_UNIT_SUPPORT_YAMUX_SCENE_H
#define TESTS_UNIT_SUPPORT_YAMUX_SCENE_H

#include "common/libp2p/yamux/yamux.h"
#include "common/libp2p/yamux/yamux_frame.h"

enum { SCENE_STREAMS_MAX = 512, SCENE_TEXT_MAX = 4096 };

/* What happened to a stream. */
struct scene_stream {
	struct stream *stream;     /* NULL once closed */
	char text[SCENE_TEXT_MAX]; /* the first bytes received, and a NUL */
	uint64_t received;
	uint64_t to_pull; /* bytes that on_fill still gives */
	bool is_lazy;     /* uses nothing until told, but for */
	size_t appetite;  /* so many bytes */
	bool is_echo;
	bool is_ended, is_closed;
	enum stream_end end;
};

struct scene_side {
	struct yamux *yamux;
	struct scene_stream
	    streams[SCENE_STREAMS_MAX]; /* in order of opening */
	size_t count;
	bool agrees;           /* inbound streams are agreed on at once */
	bool is_lazy, is_echo; /* of inbound streams */
};

struct scene {
	struct scene_side us, them; /* them.yamux may be NULL */
	struct monotime now;
	uint8_t packet[YAMUX_HEADER_SIZE + 300]; /* raw: what we say */
	size_t packet_len, packet_at;
};

/* They are raw frames unless with_them. We are the client if is_client. */
void scene_open(struct scene *, bool is_client, bool with_them);
void scene_close(struct scene *);

/* Open a stream of a side. */
struct scene_stream *scene_stream_open(struct scene *, struct scene_side *);

/* Raw: they say a frame (and a body of zeros); returns yamux_receive(). */
int scene_say(
    struct scene *, uint8_t type, uint16_t flags, uint32_t id, uint32_t length);
/* Raw: the next frame that we say, its body dropped; false: nothing. */
bool scene_hear(struct scene *, struct yamux_frame *ret);
/* Hear all; how many were of that type with that flag (0: any). */
size_t scene_hear_all(struct scene *, uint8_t type, uint16_t flag);

/* Two sessions: carry bytes in random pieces until both are quiet. */
void scene_pump(struct scene *);

/* Time passes; both are told. Returns our yamux_tick(). */
int scene_wait(struct scene *, int64_t ms);

#endif
