/*
 * bus_socket: a ZeroMQ socket on the event loop. The descriptor of such a
 * socket is edge-triggered and says "look again", not "readable": the edge may
 * be gone after every send and receive, so all of them go through here.
 */
#ifndef COMMON_BUS_BUS_SOCKET_H
#define COMMON_BUS_BUS_SOCKET_H

#include <event2/event.h>
#include <zmq.h>

#include "common/base/bytes.h"

enum { BUS_PARTS_MAX = 3 };

/* A message as it came, in its frames. */
struct bus_parts {
	zmq_msg_t frames[BUS_PARTS_MAX];
	size_t count;
};

typedef void bus_socket_fn(const struct bus_parts *, void *arg);

struct bus_socket {
	void *zmq; /* NULL: closed */
	struct event *edge;
	struct event *again;
	bus_socket_fn *on_message;
	void *arg;
	bool *closed; /* set when it is closed while being read */
};

/*
 * Open a socket of this ZeroMQ type, with our limits. on_message comes from
 * the event loop and may close the socket. Messages of more frames than we
 * know are dropped and counted. 0 or -errno.
 */
int bus_socket_open(struct bus_socket *, struct event_base *, void *zmq_context,
    int type, bus_socket_fn *on_message, void *arg);
void bus_socket_close(struct bus_socket *); /* a closed one is fine */

/* Never waits. 0; -EAGAIN: the other side is not connected or the queue is
 * full; or -errno. */
int bus_socket_send(
    struct bus_socket *, const struct bytes *frames, size_t count);

/* 0 or -errno */
int bus_socket_bind(struct bus_socket *, const char *endpoint);
int bus_socket_connect(struct bus_socket *, const char *endpoint);

struct bytes bus_part(const struct bus_parts *, size_t number);

#endif
