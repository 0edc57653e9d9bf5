/* goopd: the state of the daemon, for the files that make it up. */
#ifndef GOOPD_GOOPD_H
#define GOOPD_GOOPD_H

#include <sys/queue.h>

#include "common/base/monotime.h"
#include "common/bus/goopd_bus.h"
#include "common/daemon/daemon.h"
#include "common/libp2p/host/host.h"
#include "common/libp2p/pubsub/pubsub.h"
#include "goopd/streams/liveness.h"
#include "goopd/data/protocol/data_news.h"
#include "goopd/data/protocol/data_server.h"
#include "goopd/local_stream/local_stream.h"
#include "goopd/data/protocol/peer_emails.h"
#include "goopd/identity/signer.h"
#include "goopd/site/site.h"
#include "goopd/site/site_server.h"

enum {
	GOOPD_TOPICS_MAX = 16, /* joined at once */
	/* So long after a start, siblings may still tell where peers are. */
	GOOPD_SETTLING_MS = 5000,
};

struct goopd {
	struct daemon_context *context;
	struct signer *signer;
	struct noise_identity noise;
	struct peer_id self;
	char self_text[PEER_ID_TEXT_SIZE];
	char *site_root; /* absolute: what the sandbox leaves open */
	struct site *site;
	struct local_stream_server *desk;
	struct host *host;
	struct monotime settled; /* GOOPD_SETTLING_MS after the start */
	struct pubsub *pubsub;
	struct liveness *content;
	struct site_server *site_server;
	struct store *store;
	struct data_server *data_server;
	struct data_news *data_news;
	LIST_HEAD(, data_call) data_calls;
	struct peer_emails *emails;     /* of others */
	char email[PEER_EMAIL_MAX + 1]; /* the own one, or "" */
	unsigned int peers;             /* connected */
	char *topics[GOOPD_TOPICS_MAX];
	size_t topic_count;
};

/* Of a handler's argument. */
static inline struct goopd *
goopd_of(void *context)
{
	return ((struct daemon_context *)context)->state;
}

/* What the sandbox leaves open: known once the daemon is open. */
extern struct sandbox_path goopd_paths[];

/* The daemon's three steps. */
int goopd_open(struct daemon_context *);
int goopd_start(struct daemon_context *);
void goopd_stop(struct daemon_context *);

/* Tell how it is: for the status line. */
void goopd_show_status(struct goopd *);

/* The own addresses as text, without loopback, for the bus. */
void goopd_addresses(const struct goopd *, struct strings *ret);

/* The host's and pubsub's observers: what they see becomes events. */
extern const struct host_observer goopd_host_observer;
extern const struct pubsub_observer goopd_pubsub_observer;

/* The store's listener; what it tells becomes an event, a line in the log. */
extern const struct store_listener goopd_store_listener;
void goopd_tell_change(const char *table, void *goopd);
void goopd_tell_trouble(const struct goopd *);

/* The e-mail that the owner tells of itself; NULL: none. */
void goopd_set_email(struct goopd *, const char *);

/* Fail all questions to databases. */
void goopd_data_end(struct goopd *);

/* What siblings may ask (proto/goopd_ops.h). */
extern const struct bus_handler goopd_handlers[];

/* Fail a call with an error of host_open(). */
void goopd_fail_unreachable(struct bus_call *, int error);

#endif
