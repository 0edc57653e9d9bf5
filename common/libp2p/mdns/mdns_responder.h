/*
 * mdns_responder: what the mDNS machine sends on one interface, and when. For
 * mdns.c alone.
 */
#ifndef COMMON_LIBP2P_MDNS_MDNS_RESPONDER_H
#define COMMON_LIBP2P_MDNS_MDNS_RESPONDER_H

#include "common/base/token_bucket.h"
#include "common/libp2p/mdns/mdns.h"

/* Answers that an interface waits for. */
enum { MDNS_OWES_SELF = 1 << 0, MDNS_OWES_META = 1 << 1 };

struct mdns_responder { /* what we send on one interface, and when */
	struct mdns_interface interface;
	char label[MDNS_LABEL_SIZE];
	char old_label[MDNS_LABEL_SIZE]; /* its echo may still come back */
	struct monotime started;
	struct monotime query_at;
	struct monotime announce_at;
	struct monotime answer_at;
	struct monotime said; /* our last announcement */
	int64_t query_gap_ms;
	int64_t announce_gap_ms;
	unsigned int owes;
	uint16_t query_id; /* our own question comes back to us */
	bool is_announced;
	struct token_bucket legacy; /* answers to single askers */
};

/* Take a fresh random name. */
void mdns_responder_rename(struct mdns_responder *);

/* Start to query and to announce at a time. */
void mdns_responder_start(struct mdns_responder *, struct monotime at);

/* A query arrived: answer soon, but not too often. */
void mdns_responder_owe(
    struct mdns_responder *, unsigned int what, struct monotime now);

#endif
