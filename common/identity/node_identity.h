/*
 * node_identity: who a daemon is on the network: the key of its file, held by a
 * signer of its own, and the Noise identity of this run, signed with that key.
 */
#ifndef COMMON_IDENTITY_NODE_IDENTITY_H
#define COMMON_IDENTITY_NODE_IDENTITY_H

#include "common/identity/signer.h"
#include "common/libp2p/multiformats/peer_id.h"
#include "common/libp2p/noise/noise.h"

struct node_identity {
	struct signer *signer;
	struct noise_identity noise; /* presented on every connection */
	struct peer_id peer;
	char text[PEER_ID_TEXT_SIZE]; /* of peer */
};

/*
 * Load the key file beneath dirfd, or make it, and start the signer. Before the
 * sandbox and the network. 0, or after having logged why: -EKEYREJECTED if the
 * file is damaged, else -errno. Close it in any case.
 */
int node_identity_open(
    int dirfd, const char *key_file, struct node_identity *ret);
void node_identity_close(struct node_identity *); /* all zero is fine */

#endif
