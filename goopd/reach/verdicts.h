/*
 * verdicts: which of our addresses other networks can reach, as other peers
 * found when they dialled them (AutoNAT), and when to ask again. Bookkeeping
 * only: callers bring the addresses, the clock, a random number and the
 * answers.
 *
 * Often there is one peer to ask, the relay of a rendezvous server. So one
 * success is enough; a failure counts when there is another one a minute later.
 */
#ifndef GOOPD_REACH_VERDICTS_H
#define GOOPD_REACH_VERDICTS_H

#include "common/base/monotime.h"
#include "common/libp2p/multiformats/multiaddr.h"

enum {
	VERDICTS_MAX = 16,      /* addresses; further ones are left out */
	VERDICT_JUDGES_MAX = 4, /* remembered, of one address */
	VERDICT_FIRST_MS = 1000,
	VERDICT_AGAIN_MS = 60000, /* after a first failure */
	VERDICT_REACHABLE_MS = 3600000,
	VERDICT_UNREACHABLE_MS = 900000,
	VERDICT_BACKOFF_MS = 5000, /* without an answer; it doubles */
	VERDICT_BACKOFF_MAX_MS = 300000,
};

/* Where an address comes from; the most promising first. */
enum verdict_source {
	VERDICT_MAPPED,    /* of a router, by port mapping */
	VERDICT_INTERFACE, /* of this machine */
	VERDICT_OBSERVED,  /* as others see us */
};

enum verdict_state { VERDICT_UNKNOWN, VERDICT_REACHABLE, VERDICT_UNREACHABLE };

struct verdict {
	struct multiaddr address;
	enum verdict_source source;
	enum verdict_state state;
	struct peer_id judges[VERDICT_JUDGES_MAX]; /* the last one first */
	size_t judge_count;
	int version;             /* of AutoNAT, of the last judge */
	struct monotime said;    /* by the last judge */
	struct monotime next;    /* to ask; NEVER: an answer is awaited */
	struct monotime doubted; /* the first failure of a row; NEVER: none */
	unsigned int silences;   /* in a row */
};

struct verdicts {
	struct verdict rows[VERDICTS_MAX]; /* the most promising first */
	size_t count;
};

/* An address to be judged. */
struct candidate {
	struct multiaddr address;
	enum verdict_source source;
};

/* From now on these, in any order; what was said of those that stay holds. Of
 * two sources the more promising counts. */
void verdicts_set(struct verdicts *, const struct candidate *, size_t count,
    struct monotime now);

/* Our network changed: ask about all again, soon. What was said holds till
 * then. */
void verdicts_distrust(struct verdicts *, struct monotime now);

/* The addresses to ask about now, the most promising first; an answer is then
 * awaited for each of them. */
size_t verdicts_take_due(
    struct verdicts *, struct monotime now, struct multiaddr *ret, size_t max);

/* A judge has dialled an address, with or without success. random is in [0,1).
 * True if that changed its state. */
bool verdicts_judge(struct verdicts *, const struct multiaddr *,
    bool is_reachable, const struct peer_id *judge, int version, double random,
    struct monotime now);

/* No answer to a question about an address. */
void verdicts_silence(struct verdicts *, const struct multiaddr *,
    double random, struct monotime now);

/* When there is something to ask. */
struct monotime verdicts_deadline(const struct verdicts *);

/* Is an address to be told to others? One that is only observed must be
 * reachable; others must not be unreachable. */
bool verdict_is_announced(const struct verdict *);

#endif
