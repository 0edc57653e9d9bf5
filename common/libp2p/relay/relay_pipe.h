/*
 * relay_pipe: the two streams of a circuit at the relay, joined: what one says
 * goes out on the other, at the speed of the slower, until both have finished,
 * one breaks, or a limit is reached.
 */
#ifndef COMMON_LIBP2P_RELAY_RELAY_PIPE_H
#define COMMON_LIBP2P_RELAY_RELAY_PIPE_H

#include <event2/event.h>

#include "common/libp2p/stream/stream.h"

/* Why a pipe has ended. */
enum relay_pipe_end {
	RELAY_PIPE_FINISHED,
	RELAY_PIPE_BROKEN,   /* one of the streams was reset or lost */
	RELAY_PIPE_TOO_LONG, /* its time is over */
	RELAY_PIPE_TOO_MUCH, /* the bytes of one direction are used up */
};

/* The last call; bytes in both directions. */
typedef void relay_pipe_ended_fn(
    enum relay_pipe_end, uint64_t bytes, void *arg);

struct relay_pipe;

/*
 * Takes both streams over, with what has not been read yet. max_s and max_bytes
 * (of each direction) may be 0: no limit. on_ended comes once, never from
 * inside this call, when both streams are gone.
 */
struct relay_pipe *relay_pipe_new(struct event_base *, struct stream *,
    struct stream *, unsigned int max_s, uint64_t max_bytes,
    relay_pipe_ended_fn *on_ended, void *arg);

/* Reset both streams; on_ended follows. */
void relay_pipe_break(struct relay_pipe *);

#endif
