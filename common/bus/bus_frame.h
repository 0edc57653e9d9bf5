/*
 * bus_frame: the header of a message on the bus, and the body of an error.
 *
 * header: [version, kind, op, id, budget_ms] in msgpack. In requests, replies
 * and errors id is the caller's number. In events id counts the events of that
 * op since the publisher started and the last item is the publisher's epoch,
 * drawn at its start; so a subscriber notices that it missed one, or that the
 * publisher is new. An event with an empty body carries no news: it gives a new
 * subscriber the count.
 */
#ifndef COMMON_BUS_BUS_FRAME_H
#define COMMON_BUS_BUS_FRAME_H

#include "common/bus/bus.h"

enum { BUS_VERSION = 1, BUS_HEADER_MAX = 64 };

enum bus_kind { BUS_REQUEST = 1, BUS_REPLY, BUS_ERROR, BUS_EVENT };

struct bus_header {
	enum bus_kind kind;
	uint16_t op;
	int64_t id;        /* from 0 */
	int64_t budget_ms; /* from 0; of an event the epoch */
};

void bus_header_encode(const struct bus_header *, struct buffer *);

/* 0 or -EBADMSG; items after the fifth are for later versions. */
int bus_header_decode(struct bytes, struct bus_header *ret);

/* What every header of this event begins with, for ZMQ_SUBSCRIBE. */
void bus_event_prefix_encode(uint16_t op, struct buffer *);
int bus_event_prefix_decode(struct bytes, uint16_t *ret_op); /* or -EBADMSG */

/* The body of an error. */
struct error_body {
	int64_t code;
	const char *message; /* or NULL */
};
extern const struct message error_body_message;

/* {code, message}; a message that is too long or no text is left out. */
void bus_error_encode(const struct bus_error *, struct buffer *);
/* Always fills *ret; bytes that make no sense are BUS_INTERNAL. */
void bus_error_decode(struct bytes, struct bus_error *ret);

#endif
