/*
 * autonat_request: what the servers of AutoNAT v1 and v2 share: the requests
 * under way, and what may be dialled for them. For autonat_server.c and
 * autonat1_server.c alone.
 */
#ifndef COMMON_LIBP2P_AUTONAT_AUTONAT_REQUEST_H
#define COMMON_LIBP2P_AUTONAT_AUTONAT_REQUEST_H

#include <sys/queue.h>

#include "common/libp2p/autonat/autonat_budget.h"
#include "common/libp2p/autonat/autonat_dial.h"
#include "common/libp2p/autonat/autonat_server.h"

enum autonat_request_state {
	AUTONAT_READING, /* the request */
	AUTONAT_TAKING,  /* the data that it costs */
	AUTONAT_WAITING, /* a moment after that */
	AUTONAT_DIALLING,
	AUTONAT_ANSWERED,
};

struct autonat_request {
	LIST_ENTRY(autonat_request) entry;
	struct autonat_server *server;
	struct stream *stream;
	struct multiaddr client; /* its address, as we see it */
	enum autonat_request_state state;
	struct event *timer;
	struct autonat_dial *dial; /* NULL: none under way */
	struct multiaddr address;  /* to be dialled */
	uint32_t index;            /* of it, in the request */
	uint64_t nonce, data_left;
};

struct autonat_server {
	struct host *host;
	struct autonat_server_config config;
	struct autonat_caller caller;
	struct autonat_budget budget;
	bool is_open;
	LIST_HEAD(, autonat_request) requests;
};

/* Take over a stream, with a handler whose argument is the request and which
 * ends by autonat_request_on_close(). False: it was reset: too many are under
 * way, or the peer comes over a relay. */
bool autonat_request_new(struct autonat_server *, struct stream *,
    const struct stream_handler *, event_callback_fn on_timer);
void autonat_request_on_close(struct stream *, enum stream_end, void *request);

/* Dial the addresses; done as in struct autonat_dial_config. False: it cannot
 * be done now. */
bool autonat_request_dial(struct autonat_request *,
    const struct multiaddr *addresses, size_t count, bool has_nonce,
    void (*done)(enum autonat_dial_status, const struct multiaddr *, void *));

/* The last word. */
void autonat_request_answer(struct autonat_request *, struct bytes wire);

/* Would we dial this address for a stranger? */
bool autonat_server_dials(
    const struct autonat_server *, const struct multiaddr *);

#endif
