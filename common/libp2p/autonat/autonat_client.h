/*
 * autonat_client: asks other peers whether addresses of ours can be reached
 * (libp2p autonat-v2 specification, and v1 where a peer is older). One question
 * is one exchange; when to ask whom, and what to make of the answers, is the
 * caller's.
 */
#ifndef COMMON_LIBP2P_AUTONAT_AUTONAT_CLIENT_H
#define COMMON_LIBP2P_AUTONAT_AUTONAT_CLIENT_H

#include "common/libp2p/host/host.h"

enum {
	AUTONAT_QUESTIONS_MAX = 8, /* at once */
	AUTONAT_ASKED_MAX = 16,    /* addresses of one question */
};

/* To be freed after its host. It takes what servers bring (dial back). */
struct autonat_client;
struct autonat_client *autonat_client_new(struct host *);
void autonat_client_free(struct autonat_client *); /* NULL is fine */

/* The version in which a connected peer can be asked: 2, 1; 0: not at all, or
 * not known yet. */
int autonat_version_of(const struct host *, const struct peer_id *);

enum autonat_outcome {
	AUTONAT_NO_ANSWER,   /* or one that proves nothing; refused, busy */
	AUTONAT_NOT_DIALLED, /* the server dials none of these addresses */
	AUTONAT_REACHABLE,
	AUTONAT_UNREACHABLE,
};

struct autonat_answer {
	enum autonat_outcome outcome;
	int version;
	struct multiaddr address; /* which one, of the latter two */
};
typedef void autonat_answer_fn(const struct autonat_answer *, void *arg);

/*
 * Ask a server about the first of these public addresses (the most wanted
 * first) that it dials. AutoNAT v1 has one answer for the whole node: it is
 * asked about the first only. done comes exactly once, never from inside.
 * 0; -EBUSY: too many questions; -EPROTONOSUPPORT: it is no server.
 */
int autonat_ask(struct autonat_client *, const struct peer_id *server,
    const struct multiaddr *addresses, size_t count, autonat_answer_fn *done,
    void *arg);

#endif
