/*
 * local_stream_reader: the body that goopd keeps behind a ticket
 * (proto/goopd_ops.h, site_open and data_ask), in pieces as fast as the caller
 * takes them. A body may come through the Unix stream goopd.stream, or through
 * a shared ring (common/base/shared_ring.h); the caller does not see which.
 */
#ifndef COMMON_DAEMON_LOCAL_STREAM_READER_H
#define COMMON_DAEMON_LOCAL_STREAM_READER_H

#include <event2/buffer.h>
#include <event2/event.h>

#include "common/base/bytes.h"

enum { LOCAL_STREAM_PIECE_MAX = 256 * 1024 };

struct local_stream_reader;

struct local_stream_body {
	const char *run_directory; /* of goopd.stream */
	struct bytes ticket;
	int64_t length; /* announced with the ticket; > 0 */
	int64_t stall_ms;
	/* Use a shared ring for a large body. Then every byte of a piece must
	 * be drained before local_stream_reader_next(). */
	bool may_share;
};

/* Called from the event loop only, never from inside the functions below. The
 * reader may be closed from within. */
struct local_stream_listener {
	/* At most LOCAL_STREAM_PIECE_MAX bytes, to be moved out. left more
	 * follow, after local_stream_reader_next(). */
	void (*on_piece)(struct evbuffer *piece, int64_t left, void *arg);
	/* Fewer bytes came than announced: -EPIPE, goopd closed the stream;
	 * -ETIMEDOUT, no byte came for stall_ms. Nothing follows. */
	void (*on_broken)(int error, void *arg);
};

/*
 * Connect, show the ticket, and wait for the first piece. The listener is
 * borrowed. 0 with *ret, which the caller closes; -errno: goopd does not listen
 * there.
 */
int local_stream_reader_open(struct event_base *,
    const struct local_stream_body *, const struct local_stream_listener *,
    void *arg, struct local_stream_reader **ret);

/* Wait for the next piece. */
void local_stream_reader_next(struct local_stream_reader *);

/* The rest of the body is not wanted. Pieces that were moved elsewhere stay
 * valid. NULL is fine. */
void local_stream_reader_close(struct local_stream_reader *);

#endif
