/*
 * discovery: the daemon's parts joined: mDNS and presence say who might be
 * there, goopd connects and probes, the table remembers, siblings are told.
 * For the files of this folder alone.
 */
#ifndef GOOP_DISCOVERYD_DISCOVERY_H
#define GOOP_DISCOVERYD_DISCOVERY_H

#include <sys/queue.h>

#include "common/bus/discovery_bus.h"
#include "common/daemon/daemon.h"
#include "goop-discoveryd/peers/dialer.h"
#include "goop-discoveryd/goopd_session.h"
#include "goop-discoveryd/announce_timer.h"
#include "goop-discoveryd/mdns/mdns_io.h"
#include "goop-discoveryd/peers/peer_table.h"
#include "goop-discoveryd/peers/gossip_filter.h"
#include "goop-discoveryd/rendezvous/rendezvous_client.h"

enum {
	DISCOVERY_PROBES_MAX = 16,       /* at a time */
	DISCOVERY_PROBE_CALLS_MAX = 16,  /* callers who wait for them */
	DISCOVERY_PROBE_MARGIN_MS = 200, /* of their budget, for the answer */
	DISCOVERY_LOOK_MS = 5000,        /* the longest sleep */
	DISCOVERY_LATE_MS = 10000,       /* woken so late: we were suspended */
	DISCOVERY_CACHE_GAP_MS = 30000,
	DISCOVERY_ADDRESS_TTL_MS = 180000,
	DISCOVERY_GOODBYE_MS = 500,
	DISCOVERY_REPLY_BYTES = 768 * 1024, /* well within BUS_MESSAGE_MAX */
};

/* A question to goopd about one peer, under way. */
struct goopd_request {
	struct discovery *discovery;
	struct peer_id peer;
	bool is_probe;
};

/* A caller of discovery_probe. */
struct probe_call {
	STAILQ_ENTRY(probe_call) link;
	struct discovery_probe_call call;
	struct monotime deadline;
};

struct discovery {
	struct daemon_context *context;
	struct event *timer;
	struct mdns_io *mdns;
	struct goopd_session *goopd;
	struct peer_table *table;
	struct gossip_filter *guard;
	struct announce_timer announce_timer;
	struct dialer *dialer;
	struct rendezvous_client *wan;
	struct resolver *resolver;  /* NULL: there are no servers */
	struct identity_reply self; /* peer_id NULL: not known yet */
	struct self_profile profile;
	size_t probes;
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
	unsigned int goodbyes; /* that are still to be said */
};

/* What the sandbox leaves open: known once the daemon is open. */
extern struct sandbox discovery_sandbox;

/* discovery.c */
int discovery_open(struct daemon_context *);
int discovery_start(struct daemon_context *);
void discovery_stop(struct daemon_context *);
/* Do what is due; everything that changes something ends with this. */
void discovery_run(struct discovery *);
/* The same, from the loop, soon. */
void discovery_wake(struct discovery *);
void discovery_set_status(struct discovery *);
void discovery_note_double(struct discovery *);
void discovery_goodbye_said(struct discovery *);

/* discovery_peers.c: peers that come and go */
extern const struct peer_table_user discovery_table_user;
extern const struct mdns_io_user discovery_mdns_user;
/* Tell goopd where a peer may be, and what is known of it. */
void discovery_teach_addresses(
    struct discovery *, const struct peer_id *, const struct strings *);
void discovery_teach_emails(struct discovery *);
void discovery_run_probes(struct discovery *, struct monotime now);
void discovery_run_dials(struct discovery *, struct monotime now);

/* discovery_goopd.c: what goopd tells, presence in and out */
extern const struct goopd_session_user discovery_goopd_user;
void discovery_run_announce_timer(struct discovery *, struct monotime now);
/* Calls discovery_goodbye_said(). */
void discovery_say_goodbye(struct discovery *);
const char *discovery_label(const struct discovery *);
/* A message that counts: into the table, and whom to be connected with. */
void discovery_hear(
    struct discovery *, const struct peer_heard *, struct monotime now);

/* discovery_wan.c: rendezvous servers */
/* Before the sandbox: open what servers need from outside, if there are any. 0,
 * or -errno after having logged why. */
int discovery_prepare_rendezvous(struct discovery *);
void discovery_open_rendezvous(struct discovery *, struct monotime now);

/* discovery_calls.c: what siblings ask */
extern const struct bus_handler discovery_handlers[];
void discovery_run_probe_calls(struct discovery *, struct monotime now);

#endif
