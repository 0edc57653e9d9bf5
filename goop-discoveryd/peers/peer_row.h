/*
 * row_change: what a peer says of itself, taken over into the row that shows
 * it. Each function tells whether something changed by it.
 */
#ifndef GOOP_DISCOVERYD_PEERS_PEER_ROW_H
#define GOOP_DISCOVERYD_PEERS_PEER_ROW_H

#include "proto/discovery_ops.h"
#include "common/presence/presence.h"

/* Replace a text if it differs; absent and empty are the same. */
bool row_set(const char **member, const char *text);
bool row_set_bool(bool *member, bool value);

/* A message without addresses does not take the known ones away. */
bool row_set_addresses(struct peer_row *, const struct strings *addresses);

/* All that the message tells; of its addresses those that may be used. */
bool row_take(struct peer_row *, const struct presence *,
    const struct strings *addresses);

/* Of the same: equal for equal messages, whatever their time; never 0. */
unsigned int row_digest(
    const struct presence *, const struct strings *addresses);

#endif
