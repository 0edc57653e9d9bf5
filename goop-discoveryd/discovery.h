/*
 * discovery: the state of the daemon, and what each of its parts may do with
 * it. mDNS, GossipSub and rendezvous servers say who might be there, goopd
 * connects and probes, the table remembers, siblings hear of the changes.
 */
#ifndef GOOP_DISCOVERYD_DISCOVERY_H
#define GOOP_DISCOVERYD_DISCOVERY_H

#include <sys/queue.h>

#include "common/daemon/daemon.h"
#include "common/presence/announce_timer.h"
#include "common/presence/presence_tag.h"
#include "goop-discoveryd/goopd_session.h"
#include "goop-discoveryd/mdns/mdns_io.h"
#include "goop-discoveryd/peers/dialer.h"
#include "goop-discoveryd/peers/gossip_filter.h"
#include "goop-discoveryd/peers/peer_table.h"
#include "goop-discoveryd/rendezvous/rendezvous_client.h"

enum { DISCOVERY_PROBES_MAX = 16 /* at a time */ };

struct probe_call; /* discovery_handlers.c */

struct discovery {
	struct daemon_context *context;
	struct event *timer;
	struct mdns_io *mdns;
	struct goopd_session *goopd;
	struct peer_table *table;
	struct gossip_filter *filter;
	struct announce_timer announce_timer; /* on GossipSub */
	struct dialer *dialer;
	struct rendezvous_client *rendezvous;
	struct resolver *resolver;
	bool is_client_open;        /* libcurl is loaded */
	char *server;               /* presence.rendezvous_wan, as it is used */
	size_t trials;              /* of servers, under way */
	struct identity_reply self; /* peer_id NULL: not known yet */
	struct self_profile profile;
	char tag[PRESENCE_TAG_SIZE];
	size_t probes; /* under way */
	STAILQ_HEAD(, probe_call) probe_calls;
	size_t probe_call_count;
	int cache_dirfd;
	bool cache_is_stale;
	bool cache_is_failing; /* it could not be saved last time */
	struct monotime cache_saved;
	struct monotime ran;  /* when discovery_run was called last, and */
	int64_t suspended_us; /* how long we had been suspended then */
	bool is_double;       /* another machine has our key */
	bool is_stopping;
	unsigned int goodbyes; /* under way */
};

/* What the sandbox leaves open. */
extern const struct sandbox discovery_sandbox;

/* Before it is entered: this may be read, too. The text is kept. False: there
 * are too many. */
bool discovery_sandbox_allow(const char *path);

/* Call discovery_run() from the loop, soon. */
void discovery_wake(struct discovery *);

/* Bring the status line up to date. */
void discovery_set_status(struct discovery *);

/* Another machine uses our key: warn, once. */
void discovery_note_double(struct discovery *);

/* Our profile or addresses changed: publish. */
void discovery_self_changed(struct discovery *);

/* One of the goodbyes is published, or could not be. */
void discovery_goodbye_done(struct discovery *);

#endif
