/*
 * port_policy: when the router is asked for what, in one family. A machine
 * without I/O: answers and the time go in, questions come out of
 * port_policy_next().
 *
 * The protocol that has worked renews the mapping at half of its lease, looks
 * after it meanwhile, and maps again when the router has restarted; when it
 * fails all are tried again, ever more rarely.
 */
#ifndef GOOPD_PORT_MAPPER_PORT_POLICY_H
#define GOOPD_PORT_MAPPER_PORT_POLICY_H

#include "common/base/monotime.h"
#include "goopd/port_mapper/mapping.h"
#include "goopd/port_mapper/router_epoch.h"

enum {
	PORT_POLICY_LIFETIME_MAX_S = 86400, /* longer ones count as this */
	/* A router that grants seconds does not make us its clock. */
	PORT_POLICY_RENEW_MIN_S = 30,
	/* A router that restarts unheard is noticed after this. */
	PORT_POLICY_CHECK_S = 120,
	PORT_POLICY_UPNP_CHECK_S = 300, /* costs several connections */
	PORT_POLICY_RETRY_MIN_S = 60,
	PORT_POLICY_RETRY_MAX_S = 3600, /* also when the table is full */
	PORT_POLICY_HINT_S = 10, /* one announcement counts in this time */
};

enum port_state {
	PORT_OFF,       /* no port to map yet */
	PORT_SEARCHING, /* nothing is known yet */
	PORT_MAPPED,
	PORT_FAILED /* last says why; tried again at renew */
};

struct port_policy {
	bool is_ipv6;
	uint16_t port; /* that peers connect to */
	uint8_t nonce[MAPPING_NONCE_SIZE];
	uint32_t random; /* state of the jitter */

	enum port_state state;
	struct mapping_answer last; /* the grant, or why there is none */
	struct router_epoch epoch;
	bool is_under_way;
	enum mapping_step step;    /* that is under way */
	struct monotime renew;     /* map then (again) */
	struct monotime check;     /* MAPPED: look after it then */
	struct monotime lease_end; /* MAPPED */
	struct monotime hinted;    /* the last announcement that counted */
	unsigned int failures;     /* since the last grant */
	uint64_t restarts;         /* of the router, seen by us */
};

/* Nothing is asked before there is a port. nonce and seed: random. */
void port_policy_init(struct port_policy *, bool is_ipv6,
    const uint8_t nonce[MAPPING_NONCE_SIZE], uint32_t seed);

/* The port that peers connect to; once. */
void port_policy_listen(struct port_policy *, uint16_t port);

/* The next question, which then is under way until its answer. False: none
 * now. */
bool port_policy_next(
    struct port_policy *, struct monotime now, struct mapping_ask *ret);

void port_policy_answer(
    struct port_policy *, const struct mapping_answer *, struct monotime now);

/* Addresses of this machine changed: see whether we are elsewhere. */
void port_policy_moved(struct port_policy *, struct monotime now);

/* The router was heard to announce something, which anyone on the LAN can
 * forge: map again soon. True if it counts. */
bool port_policy_hint(struct port_policy *, struct monotime now);

/* When port_policy_next() has something again, by the clock alone. */
struct monotime port_policy_due(const struct port_policy *);

/* The question that takes the mapping back; false: there is none. Nothing is
 * asked afterwards. */
bool port_policy_end(struct port_policy *, struct mapping_ask *ret);

#endif
