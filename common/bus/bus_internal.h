/* bus_internal: what bus*.c share. */
#ifndef COMMON_BUS_BUS_INTERNAL_H
#define COMMON_BUS_BUS_INTERNAL_H

#include <sys/queue.h>

#include "common/bus/bus_frame.h"
#include "common/bus/bus_socket.h"
#include "common/bus/bus_typed.h"

struct bus {
	struct event_base *base;
	void *zmq;
	char *directory;
	enum op_caller self;
	bool is_held;
	unsigned int monitors; /* so far, to name them apart */
	LIST_HEAD(bus_servers, bus_server) servers;
	LIST_HEAD(bus_clients, bus_client) clients;
};

/* The address of a socket of the daemon called name: malloc'd. */
char *bus_address(const struct bus *, const char *name, const char *kind);

/* A program that asks, and the suffix of the endpoints it asks at. */
struct bus_caller {
	enum op_caller caller;
	const char *name;
	const char *suffix;
};
extern const struct bus_caller bus_callers[OP_CALLERS];
const struct bus_caller *bus_caller(enum op_caller);

/* Where one program asks. */
struct bus_endpoint {
	struct bus_server *server;
	const struct bus_caller *caller;
	struct bus_socket socket; /* closed: it may ask nothing here */
};

struct bus_server {
	LIST_ENTRY(bus_server) next;
	struct bus *bus;
	char *name;
	const struct bus_handler *handlers;
	void *arg;
	struct bus_endpoint endpoints[OP_CALLERS];
	struct bus_socket events;
	LIST_HEAD(bus_calls, bus_call) calls;
	size_t call_count;
	int64_t epoch;
	struct event_count *counts; /* of the events published so far */
	size_t counts_count;
};
int bus_server_open(struct bus_server *); /* sockets; 0 or -errno */
void bus_server_close(struct bus_server *);
/* bus_publish.c */
void bus_server_on_subscribe(const struct bus_parts *, void *server);

/* The connection of a client. UNKNOWN: the first try is under way. */
enum bus_link_state { BUS_LINK_UNKNOWN, BUS_LINK_UP, BUS_LINK_DOWN };

struct bus_subscription {
	const struct bus_subscriber *subscriber;
	int64_t epoch;
	int64_t last; /* number of the last event */
	bool is_live; /* the publisher knows that we listen */
};

struct bus_client {
	LIST_ENTRY(bus_client) next;
	struct bus *bus;
	char *name;
	const struct bus_watcher *watcher;
	void *arg;
	enum bus_link_state state;
	struct bus_socket rpc;
	struct bus_socket monitor;
	struct bus_socket events;
	struct bus_subscription *subscriptions;
	size_t subscription_count;
	struct event *gap; /* on_gap is due */
	struct bus_pending *pending;
	int64_t last_id;
};

/* bus_link.c: the sockets of a client; tells bus_client.c what came. */
int bus_link_open(struct bus_client *); /* 0 or -errno */
void bus_link_close(struct bus_client *);

/* bus_client.c */
void bus_client_on_answer(const struct bus_parts *, void *client);
void bus_client_on_up(struct bus_client *);   /* send what was held back */
void bus_client_on_down(struct bus_client *); /* nobody will answer */

/* bus_subscribe.c */
void bus_events_on_message(const struct bus_parts *, void *client);
void bus_events_init(struct bus_client *);
void bus_events_fini(struct bus_client *);
int bus_events_open(struct bus_client *);   /* 0 or -errno */
void bus_events_renew(struct bus_client *); /* the publisher may be new */
void bus_events_check(struct bus_client *); /* all there? then on_gap is due */

#endif
