/* relayd: the state of the daemon, and the phases of its life. */
#ifndef GOOP_RELAYD_RELAYD_H
#define GOOP_RELAYD_RELAYD_H

#include "common/daemon/daemon.h"
#include "common/identity/node_identity.h"
#include "common/libp2p/autonat/autonat_server.h"
#include "common/libp2p/relay/relay_server.h"
#include "goop-relayd/known_peers.h"
#include "goop-relayd/public_addresses.h"
#include "goop-relayd/pulse.h"
#include "proto/relay_ops.h"

struct relayd {
	struct daemon_context *context;
	struct node_identity identity;
	struct public_addresses *addresses; /* NULL: no external_url */
	struct host *host;
	struct relay_server *relay;
	struct autonat_server *autonat;
	struct pulses *pulses;
	struct known_peers *known;
	struct bus_client *server; /* goop-rendezvousd */
	struct event *ask_timer, *tick;
	struct peer_id asked[RELAY_PEERS_MAX]; /* the answer is awaited */
	size_t asked_count;                    /* 0: none is */
};

/* What struct daemon calls; the state is a struct relayd. */
int relayd_open(struct daemon_context *);
int relayd_start(struct daemon_context *);
void relayd_stop(struct daemon_context *);

#endif
