/* gossipsub_control: GRAFT, PRUNE, IHAVE and IWANT. */
#ifndef COMMON_LIBP2P_GOSSIPSUB_GOSSIPSUB_CONTROL_H
#define COMMON_LIBP2P_GOSSIPSUB_GOSSIPSUB_CONTROL_H

#include "common/libp2p/gossipsub/gossipsub_mesh.h"

/* A peer sent these. */
void gossipsub_control(struct gossipsub *, struct gossipsub_peer *,
    const Pubsub__Control *, struct monotime now);

/* Punish promises that were not kept. */
void gossipsub_control_check_promises(
    struct gossipsub *, struct gossipsub_peer *, struct monotime now);

/* Advertise what is new in a topic. */
void gossipsub_control_gossip(
    struct gossipsub *, const struct gossipsub_topic *);

#endif
