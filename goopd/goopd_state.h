/*
 * goopd_state: the parts of the daemon, as handlers and observers use them.
 * goopd.c makes and frees them.
 */
#ifndef GOOPD_GOOPD_STATE_H
#define GOOPD_GOOPD_STATE_H

#include <sys/queue.h>

#include "common/base/monotime.h"
#include "common/daemon/daemon.h"
#include "common/identity/node_identity.h"
#include "common/libp2p/host/host.h"
#include "common/libp2p/pubsub/pubsub.h"
#include "goopd/data/protocol/data_news.h"
#include "goopd/data/protocol/data_server.h"
#include "goopd/data/protocol/peer_emails.h"
#include "goopd/local_stream/local_stream.h"
#include "goopd/port_mapper/port_mapper.h"
#include "goopd/reach/reach.h"
#include "goopd/site/site.h"
#include "goopd/site/site_server.h"
#include "goopd/streams/liveness.h"

enum {
	GOOPD_TOPICS_MAX = 16, /* joined at the same time */
	/* After a start, until goop-discoveryd has told the known addresses. */
	GOOPD_SETTLING_MS = 5000,
};

struct goopd {
	struct daemon_context *context;
	struct node_identity identity;
	struct site *site;
	struct local_stream_server *local_streams;
	struct host *host;
	struct reach *reach;
	struct port_mapper *port_mapper; /* NULL: the router is left alone */
	struct monotime settled;         /* GOOPD_SETTLING_MS after the start */
	struct pubsub *pubsub;
	struct liveness *liveness;
	struct site_server *site_server;
	struct store *store;
	struct data_server *data_server;
	struct data_news *data_news;
	LIST_HEAD(, data_call) data_calls;
	struct peer_emails *emails;     /* of other peers */
	char email[PEER_EMAIL_MAX + 1]; /* the own one, or "" */
	unsigned int peers;             /* connected */
	char *topics[GOOPD_TOPICS_MAX];
	size_t topic_count;
};

/* The state, from the argument of a bus handler. */
static inline struct goopd *
goopd_of(void *context)
{
	return ((struct daemon_context *)context)->state;
}

/* Show the port, the number of connections and a damaged database in goop2
 * status. Nothing before the host is there. */
void goopd_show_status(struct goopd *);

/* Our addresses as text, without loopback; the caller frees them. */
void goopd_addresses(const struct goopd *, struct strings *ret);

/* The e-mail address that other peers' databases see; NULL: none. */
void goopd_set_email(struct goopd *, const char *);

#endif
