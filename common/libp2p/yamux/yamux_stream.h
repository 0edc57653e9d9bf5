/*
 * yamux_stream: the streams of a yamux session, their windows, handlers and
 * ends, and the session as they see it. For yamux.c alone; protocols use
 * stream.h.
 */
#ifndef COMMON_LIBP2P_YAMUX_YAMUX_STREAM_H
#define COMMON_LIBP2P_YAMUX_YAMUX_STREAM_H

#include <sys/queue.h>

#include "common/base/buffer.h"
#include "common/base/hash.h"
#include "common/libp2p/yamux/backlog.h"
#include "common/libp2p/yamux/yamux.h"
#include "common/libp2p/yamux/yamux_frame.h"

/* Our half: OPEN till stream_finish(), FINISHING till its FIN is sent, which
 * waits for credit at most YAMUX_STALL_MS. */
enum stream_sending {
	STREAM_SEND_OPEN,
	STREAM_SEND_FINISHING,
	STREAM_SEND_FINISHED,
};

/* The remote's half: FIN till the handler has used all and got on_end. */
enum stream_receiving {
	STREAM_RECEIVE_OPEN,
	STREAM_RECEIVE_FIN,
	STREAM_RECEIVE_FINISHED,
};

struct stream {
	struct yamux *yamux;
	const struct stream_handler *handler; /* NULL: not set yet */
	void *arg;
	const struct stream_prelude *prelude;
	void *prelude_arg;
	char *protocol; /* NULL while negotiating */

	UT_hash_handle hh;           /* yamux->by_id, while it is alive */
	TAILQ_ENTRY(stream) all;     /* yamux->streams, till it is freed */
	TAILQ_ENTRY(stream) control; /* SYN, ACK or a grant is due */
	TAILQ_ENTRY(stream) ready;   /* body or FIN can go out */
	TAILQ_ENTRY(stream) work;    /* yamux_run() has something to do */
	bool in_control, in_ready, in_work;

	uint32_t id;
	bool is_inbound;
	uint16_t opening; /* the flag that our first frame carries; or 0 */
	enum stream_sending sending;
	enum stream_receiving receiving;
	bool wants_fill;  /* on_fill may have something */
	bool is_paused;   /* on_data left bytes unused */
	bool is_offering; /* inside on_data */
	bool is_ended;    /* only on_close is left to do */
	enum stream_end end;

	uint32_t send_credit;
	uint32_t receive_credit; /* granted, not yet received */
	uint32_t window;         /* the most that may be outstanding */
	uint32_t epoch_used;     /* bytes used since epoch_start */
	int64_t epoch_behind_us; /* bytes waited for the handler */
	struct monotime behind_since;
	uint32_t behind_used; /* bytes used since it last kept up */
	struct monotime epoch_start;
	struct monotime stalled_since; /* waits for the other side; or NEVER */
	struct backlog backlog;
	size_t backlog_counted; /* of it, in the session's sum */
	struct buffer push;
};
TAILQ_HEAD(stream_list, stream);

struct yamux {
	const struct yamux_handler *handler;
	void *arg;
	struct peer_id remote;
	struct stream *by_id;
	struct stream_list streams, control, ready, work;
	size_t inbound, outbound, unnegotiated;
	uint32_t next_id;
	bool is_client;
	bool is_closing;   /* inside yamux_free() */
	bool is_gone_away; /* the remote accepts no more streams */
	const char *reason;

	/* Receiving: a header under construction, then its body. */
	uint8_t header[YAMUX_HEADER_SIZE];
	size_t header_len;
	struct yamux_frame frame;
	uint32_t body_left;
	struct stream *body_stream; /* NULL: the body is thrown away */

	/* Sending. */
	struct buffer output; /* RST and go away frames, in order */
	uint32_t pongs[YAMUX_PONGS_MAX];
	size_t pong_count;
	size_t ready_count;

	size_t stalled_count;
	uint32_t grown; /* of all windows, beyond the initial ones */
	size_t backlog; /* of all streams */
	bool ping_due, ping_outstanding;
	uint32_t ping_value;
	struct monotime ping_at; /* the next, or when it became due */
	struct monotime ping_sent;
	struct monotime doubted_since; /* or NEVER */
	struct monotime last_received;
	struct monotime now;
	int64_t rtt_us;
};

/* The session is over: keep the reason and queue a go away frame. */
void yamux_fail(struct yamux *, const char *reason);
void yamux_queue(struct yamux *, const struct yamux_frame *);
void yamux_hint(struct yamux *);

struct stream *stream_new(struct yamux *, uint32_t id, bool is_inbound);
void stream_free(struct stream *);

/* Received: body bytes, credit, and the flags after them. */
void stream_receive(struct stream *, struct bytes);
void stream_receive_credit(struct stream *, uint32_t delta);
void stream_receive_fin(struct stream *);

/* Only on_close is left to call; the id is free at once. */
void stream_end(struct stream *, enum stream_end);

void stream_enter_sending(struct stream *, enum stream_sending);
void stream_schedule(struct stream *);
void stream_run(struct stream *);
void stream_update_ready(struct stream *);
bool stream_fin_due(const struct stream *);

/* How much credit to grant now; 0 if it is not worth a frame. */
uint32_t stream_grant_due(const struct stream *);
void stream_want_control(struct stream *);
void stream_drop_control(struct stream *);

#endif
