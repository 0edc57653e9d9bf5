/*
 * gossipsub_score: how badly peers behave (gossipsub v1.1, "Peer Scoring"; only
 * P4 and P7: forged messages and broken rules). A peer starts at 0, offences
 * lower its score, and time raises it again. Scores outlive connections, so
 * that reconnecting does not help.
 */
#ifndef COMMON_LIBP2P_GOSSIPSUB_GOSSIPSUB_SCORE_H
#define COMMON_LIBP2P_GOSSIPSUB_GOSSIPSUB_SCORE_H

#include <stdbool.h>
#include <stddef.h>

#include "common/libp2p/multiformats/peer_id.h"

/* Below these: no gossip; none of our messages; its RPCs are ignored. As js. */
enum {
	GOSSIPSUB_SCORE_GOSSIP = -10,
	GOSSIPSUB_SCORE_PUBLISH = -50,
	GOSSIPSUB_SCORE_GRAYLIST = -80,
};

enum { GOSSIPSUB_SCORES_MAX = 1024 }; /* peers that have one */

enum gossipsub_offence {
	GOSSIPSUB_MISBEHAVIOUR, /* a rule of the protocol broken */
	GOSSIPSUB_FORGERY,      /* a message with a forged signature */
	GOSSIPSUB_OFFENCE_COUNT,
};

struct gossipsub_scores;

struct gossipsub_scores *gossipsub_scores_new(void);
void gossipsub_scores_free(struct gossipsub_scores *);

void gossipsub_scores_punish(
    struct gossipsub_scores *, const struct peer_id *, enum gossipsub_offence);

/* 0 or less. */
double gossipsub_scores_get(
    const struct gossipsub_scores *, const struct peer_id *);

/* At a heartbeat: all scores recover a little. */
void gossipsub_scores_decay(struct gossipsub_scores *);

size_t gossipsub_scores_count(const struct gossipsub_scores *);

#endif
