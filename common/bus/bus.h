/*
 * bus: how the daemons of one peer talk: requests over ZeroMQ ROUTER/DEALER,
 * events over PUB/SUB, on Unix sockets in the run directory (ipc://). There is
 * no broker.
 *
 * A message is two frames: a msgpack header [version, kind, op, id, budget_ms]
 * and a msgpack map as body. Handlers and callbacks get decoded, validated
 * structs, never bytes. Every request has a budget: its caller gets exactly
 * one answer, a reply or an error, at the latest when the budget is over; an
 * answer that comes later is dropped. When the other daemon dies, pending
 * requests fail with BUS_UNREACHABLE at once; new ones work when it is back.
 */
#ifndef COMMON_BUS_BUS_H
#define COMMON_BUS_BUS_H

#include <event2/event.h>

#include "proto/op.h"

enum {
	BUS_MESSAGE_MAX = 1024 * 1024, /* a larger one is dropped and counted */
	BUS_PENDING_MAX = 4096,        /* requests under way, each direction */
	BUS_BATCH = 64,                /* messages handled per loop turn */
};

struct bus; /* one per process: the ZeroMQ context and the run directory */

/* run_directory: where the sockets are; its absolute paths must fit a Unix
 * address. self: as which program this process asks; 0: it never asks.
 * 0, -ENAMETOOLONG or -errno. */
int bus_new(struct event_base *, const char *run_directory, enum op_caller self,
    struct bus **ret);
void bus_free(struct bus *);

/* Do the sockets of a run directory fit a Unix socket's address? */
bool bus_directory_fits(const char *run_directory);

/*
 * A held bus makes no sockets, and so no threads, until it is released:
 * servers and clients made meanwhile start then, and requests wait. The frame
 * of a daemon needs this: the sandbox must come before the first thread. 0 or
 * -errno.
 */
void bus_hold(struct bus *);
int bus_release(struct bus *);

/* --- serving */

struct bus_server;
struct bus_call; /* a request that waits for its answer */

/* Any function: cast to its own type again before it is called. */
typedef void bus_any_fn(void);

/* A row of a table of handlers: HANDLER() of bus_typed.h makes it. */
struct bus_handler {
	const struct op *op; /* NULL ends a table */
	void (*invoke)(bus_any_fn *handle, struct bus_call *,
	    const void *request, void *arg);
	bus_any_fn *handle;
};
#define BUS_HANDLER_END \
	{ \
		NULL, NULL, NULL \
	}

/*
 * Bind <name>.events, and an endpoint for each program that may ask one of the
 * handlers: <name>.rpc for goop2, <name>.viewerd, <name>.discoveryd, ... So the
 * caller of a request is known; what it may not ask is answered with
 * BUS_FORBIDDEN and counted. handlers (borrowed) end with BUS_HANDLER_END.
 * 0 or -errno.
 */
int bus_serve(struct bus *, const char *name,
    const struct bus_handler *handlers, void *arg, struct bus_server **ret);
void bus_server_free(struct bus_server *); /* pending calls fail: unreachable */

/* Answer the call with an error, and consume it. */
void bus_fail(struct bus_call *, enum bus_code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* What is left of the caller's budget; 0: the caller waits no longer. */
int64_t bus_call_left_ms(const struct bus_call *);

/* --- asking */

struct bus_client;

struct bus_error {
	enum bus_code code;
	char message[256]; /* a sentence, or empty */
};

/* A row of a table of subscriptions: SUBSCRIBE() of bus_typed.h makes it. */
struct bus_subscriber {
	const struct op *event; /* NULL ends a table */
	void (*invoke)(bus_any_fn *on_event, const void *message, void *arg);
	bus_any_fn *on_event; /* message is borrowed */
};
#define BUS_SUBSCRIBER_END \
	{ \
		NULL, NULL, NULL \
	}

struct bus_watcher {
	const struct bus_subscriber *events; /* or NULL: none */
	/* Events may have been missed (a gap, or the other daemon started
	 * anew), or the connection just came up: ask for a snapshot. */
	void (*on_gap)(void *arg);
	/* The other daemon went away. May be NULL. */
	void (*on_lost)(void *arg);
};

/*
 * Connect to the daemon called name; it need not be there yet. watcher
 * (borrowed) may be NULL. How to ask: bus_typed.h.
 */
struct bus_client *bus_connect(
    struct bus *, const char *name, const struct bus_watcher *, void *arg);
void bus_client_free(struct bus_client *); /* no callbacks for the pending */

/* Forget a request: its callback is not called. */
void bus_cancel(struct bus_client *, uint64_t request);

/* Is the other daemon connected right now? */
bool bus_is_up(const struct bus_client *);

#endif
