/*
 * websocket: the frames of one WebSocket (RFC 6455), as server or as client:
 * bytes in, messages out; messages in, bytes out. No socket, no clock of its
 * own. wslay reads the frames; a session with it (about 4.5 KiB) exists only
 * while a message is incomplete, so that an idle WebSocket costs its struct
 * alone.
 *
 * Fragments are joined up to a limit, beyond which the answer is close code
 * 1009; text that is not UTF-8 gets 1007; of several pings at once the last is
 * answered (5.5.3); a close is answered, or awaited until a deadline.
 */
#ifndef COMMON_HTTP_STREAM_WEBSOCKET_H
#define COMMON_HTTP_STREAM_WEBSOCKET_H

#include "common/base/buffer.h"
#include "common/base/monotime.h"

enum websocket_role { WEBSOCKET_SERVER, WEBSOCKET_CLIENT };

enum websocket_opcode {
	WEBSOCKET_TEXT = 1,
	WEBSOCKET_BINARY = 2,
	WEBSOCKET_CLOSE = 8,
	WEBSOCKET_PING = 9,
	WEBSOCKET_PONG = 10
};

enum websocket_state {
	WEBSOCKET_OPEN,
	WEBSOCKET_CLOSING, /* our close was sent, theirs is awaited */
	WEBSOCKET_CLOSED   /* send what is queued, then end the connection */
};

enum {
	WEBSOCKET_CLOSE_NORMAL = 1000,
	WEBSOCKET_CLOSE_GOING_AWAY = 1001,
	WEBSOCKET_CLOSE_PROTOCOL = 1002,
	WEBSOCKET_CLOSE_NOT_TEXT = 1007,
	WEBSOCKET_CLOSE_POLICY = 1008,
	WEBSOCKET_CLOSE_TOO_BIG = 1009,
	WEBSOCKET_CLOSE_TRY_LATER = 1013,
	WEBSOCKET_CLOSE_MS = 2000, /* how long to wait for the answer */
	WEBSOCKET_REASON_MAX = 123,
	WEBSOCKET_HEAD_MAX = 10, /* of an unmasked frame */
	/* What one call of websocket_receive adds to out by itself, at most:
	 * a pong and a close. */
	WEBSOCKET_REPLY_MAX = 2 * (2 + 4 + 125),
};

/*
 * An event; payload is borrowed for the call. CLOSE: the reason, and code 1005
 * if there was none; once, also when we closed first. PING and PONG are
 * reported, too, as signs of life.
 */
struct websocket_event {
	enum websocket_opcode opcode;
	struct bytes payload;
	uint16_t code;
};
typedef void websocket_event_fn(const struct websocket_event *, void *arg);

struct websocket_session;
struct websocket {
	struct websocket_session *session; /* while something is incomplete */
	struct monotime close_by;          /* MONOTIME_NEVER unless CLOSING */
	uint32_t message_max;
	uint8_t role, state;
};

void websocket_init(
    struct websocket *, enum websocket_role, uint32_t message_max);
void websocket_fini(struct websocket *);

/*
 * Feed bytes; on_event is called for each complete event, and may call only
 * websocket_send and websocket_close. Answers are appended to out. 0, or
 * -EPROTO: the other end broke the protocol, or -ENOBUFS: out has no room; both
 * leave the state CLOSED.
 */
int websocket_receive(struct websocket *, struct bytes,
    websocket_event_fn *on_event, void *arg, struct buffer *out);

/*
 * Append a whole message in one frame, masked if we are the client. 0,
 * -ENOBUFS, or -EPIPE: it is not open.
 */
int websocket_send(struct websocket *, enum websocket_opcode, struct bytes,
    struct buffer *out);

/* Begin to close; reason is cut at WEBSOCKET_REASON_MAX. A second call does
 * nothing. 0 or -ENOBUFS. */
int websocket_close(struct websocket *, uint16_t code, const char *reason,
    struct monotime now, struct buffer *out);

/* Our close was not answered in time: the state becomes CLOSED. */
void websocket_run(struct websocket *, struct monotime now);

/*
 * The head of a server's frame that holds len bytes, for frames shared by many
 * connections. Returns its length.
 */
size_t websocket_head(
    enum websocket_opcode, size_t len, uint8_t head[WEBSOCKET_HEAD_MAX]);

#endif
