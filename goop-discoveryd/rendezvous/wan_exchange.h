/*
 * wan_exchange: one request and its answer, on a connection of its own that
 * may serve for the next one. The answer is a short text, or a stream that
 * goes on until one side ends it. Deadlines for all waiting.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_WAN_EXCHANGE_H
#define GOOP_DISCOVERYD_RENDEZVOUS_WAN_EXCHANGE_H

#include "common/http/client/http_response.h"
#include "goop-discoveryd/rendezvous/wan_connect.h"

enum {
	WAN_EXCHANGE_ANSWER_MS = 10 * 1000,
	WAN_EXCHANGE_TEXT_SIZE = 201,        /* what is kept of a short text */
	WAN_EXCHANGE_TEXT_MAX = 64 * 1024,   /* what is read of it */
	WAN_EXCHANGE_QUEUE_MAX = 256 * 1024, /* what the server does not read */
};

struct wan_exchange;

enum wan_exchange_wish {
	WAN_EXCHANGE_SHORT,  /* the body is a text for people */
	WAN_EXCHANGE_STREAM, /* tell the body as it comes */
	WAN_EXCHANGE_WRONG,  /* end it */
};

struct wan_exchange_user {
	/* The head is there. Of a STREAM, *silence_ms is to be set: after so
	 * long without a byte it is dead. After 101 the stream is whatever
	 * bytes come. */
	enum wan_exchange_wish (*on_head)(
	    const struct http_response *, int64_t *silence_ms, void *arg);

	/* Bytes of a STREAM; false: end it. */
	bool (*on_bytes)(struct bytes, void *arg);

	/* Everything that was sent of a STREAM is with the kernel; false: end
	 * it. */
	bool (*on_drained)(void *arg);

	/* It is over, and may be freed. sentence NULL: the answer is complete,
	 * text is the beginning of it ("" if it was WRONG or ended by
	 * on_bytes); else why there is none. */
	void (*on_over)(const char *sentence, const char *text, void *arg);
};

/*
 * Ask: method and path (which the route's base path goes before), headers as
 * lines, body; all copied. Host, User-Agent and Content-Length are added. Told
 * from the loop, never from inside this call. The route is borrowed.
 */
struct wan_request {
	const char *method, *path, *headers;
	struct bytes body;
};
struct wan_exchange *wan_exchange_new(struct wan_route *,
    const struct wan_request *, const struct wan_exchange_user *, void *arg);

/* Also from inside on_over, but from no other callback. NULL is fine. */
void wan_exchange_free(struct wan_exchange *);

/* Ask once more on the same connection. False if that is not possible: then
 * make another. */
bool wan_exchange_again(struct wan_exchange *, const struct wan_request *);

/* Did it fail because the server closed a connection that was kept? */
bool wan_exchange_was_stale(const struct wan_exchange *);

/* Was the server reached, as far as HTTP? */
bool wan_exchange_has_reached(const struct wan_exchange *);

/* During a STREAM: send bytes. -ENOBUFS if too much waits already. */
int wan_exchange_send(struct wan_exchange *, struct bytes);
size_t wan_exchange_queued(const struct wan_exchange *);

/* The socket, or -1. */
int wan_exchange_fd(const struct wan_exchange *);

#endif
