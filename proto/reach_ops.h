/*
 * reach_ops: what goopd says of how other peers reach this one, for goop2
 * doctor and the Network page.
 */
#ifndef PROTO_REACH_OPS_H
#define PROTO_REACH_OPS_H

#include "proto/op.h"

enum {
	REACH_ADDRESSES_MAX = 16,
	REACH_OBSERVED_MAX = 32,
	REACH_RELAYS_MAX = 8,
	REACH_MAPPINGS_MAX = 4,
};

/* An own address that other networks may reach. */
struct reach_address {
	const char *address;
	const char *source; /* "interface"; "mapped" by the router; "observed":
			       others see us there */
	const char *state;  /* "reachable", "unreachable", "unknown" */
	const char *how;    /* it was found: "autonat2", "autonat1" */
	const char *judge;  /* the peer that dialled it last; or absent */
	int64_t judges;     /* how many did, as far as is remembered */
	int64_t age_ms;     /* since the last one said so */
	bool is_announced;
};

/* How peers of other networks see us. */
struct reach_observed {
	const char *address;
	bool is_of_port;      /* our end is the port on which we listen, so that
				 the address is what a router maps it to */
	const char *observer; /* one of them */
	int64_t observers;
};

/* A relay of a rendezvous server. */
struct reach_relay {
	const char *peer_id;
	const char *server;  /* the URL of the rendezvous server */
	const char *address; /* our place there; absent: no reservation */
	int64_t left_ms;     /* of the reservation */
	const char *error;   /* a sentence; absent: all is well */
};

/* A port of the router that leads to us, or why there is none. */
struct reach_mapping {
	const char *protocol; /* "pcp", "nat-pmp", "upnp"; absent: no answer */
	const char *gateway;  /* the router, as an IP address */
	const char *outside;  /* the address that it gave; absent: none */
	const char *inside;   /* ours, behind it */
	int64_t left_ms;      /* of the lease */
	const char *error;    /* a sentence; absent: all is well */
};

struct reachability_report {
	/* "direct" (an address is reachable), "relayed" (a place at a relay is
	 * held), "none", "unknown" (it is still found out). */
	const char *state;
	/* "none" (an interface has a public address), "same" (one outside
	 * port for all targets: it can be punched), "varies" (one for each),
	 * "unknown". */
	const char *nat;
	int64_t port;                /* that we listen on */
	struct records addresses;    /* struct reach_address */
	struct records observed;     /* struct reach_observed */
	struct records relays;       /* struct reach_relay */
	struct records port_mapping; /* struct reach_mapping */
	/* "off", "searching", "none", "mapped"; absent: not tried so far. */
	const char *port_mapping_state;
};

extern const struct message reach_address_message, reach_observed_message,
    reach_relay_message, reach_mapping_message, reachability_report_message;

#endif
