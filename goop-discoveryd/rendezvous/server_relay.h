/*
 * server_relay: asks a rendezvous server for the relay beside it (GET /relay,
 * docs/rendezvous-1.1.md), while there is a connection to the server. What was
 * told holds until the server says otherwise: the relay may outlive it.
 */
#ifndef GOOP_DISCOVERYD_RENDEZVOUS_SERVER_RELAY_H
#define GOOP_DISCOVERYD_RENDEZVOUS_SERVER_RELAY_H

#include "common/http_client/http_client.h"
#include "proto/field.h"

enum {
	SERVER_RELAY_ADDRESSES_MAX = 32,
	SERVER_RELAY_BYTES_MAX = 16 * 1024, /* of an answer */
};

/* What /relay answers; further keys are for peers of the original. */
struct relay_info {
	const char *peer_id;
	struct strings addresses;
};
extern const struct message relay_info_message;

struct server_relay;

/* The server's relay changed; peer_id NULL: it has none. Borrowed. */
typedef void server_relay_told_fn(const struct relay_info *, void *arg);

struct server_relay *server_relay_new(
    struct event_base *, server_relay_told_fn *on_told, void *arg);
void server_relay_free(struct server_relay *); /* NULL is fine */

/* The server is reached by this client (borrowed until the reset): ask now, and
 * again from time to time. */
void server_relay_ask(struct server_relay *, struct http_client *);

/* The connection to the server is gone, or the client will be: ask no more. */
void server_relay_reset(struct server_relay *);

#endif
