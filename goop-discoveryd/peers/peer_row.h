/*
 * peer_row: what a peer announces, taken over into the row that shows it. Each
 * setter returns whether it changed something.
 */
#ifndef GOOP_DISCOVERYD_PEERS_PEER_ROW_H
#define GOOP_DISCOVERYD_PEERS_PEER_ROW_H

#include "common/presence/presence.h"
#include "proto/discovery_ops.h"

/* Replace a text if it differs; absent and empty are the same. */
bool row_set(const char **member, const char *text);
bool row_set_bool(bool *member, bool value);

/* A message without addresses does not remove the known ones. */
bool row_set_addresses(struct peer_row *, const struct strings *addresses);

/* All that the message says, but for e-mail and addresses. */
bool row_take(struct peer_row *, const struct presence *);

/* Of the same: equal for equal messages, whatever their ts; never 0. */
unsigned int row_digest(const struct presence *);

#endif
