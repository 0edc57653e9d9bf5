/*
 * presence_verify: is a presence message its author's? Where proto (what is
 * signed) and libp2p (the key in a peer id) meet, for the server and for its
 * subscribers. Whether it is too old, or said before, is asked elsewhere:
 * presence_proof_is_fresh(), and whoever remembers the last ts.
 */
#ifndef COMMON_PRESENCE_PRESENCE_VERIFY_H
#define COMMON_PRESENCE_PRESENCE_VERIFY_H

#include "common/presence/presence.h"

enum presence_proof {
	PRESENCE_UNPROVEN, /* it carries no proof */
	PRESENCE_PROVEN,
	PRESENCE_DISPROVEN, /* it carries one that is wrong, or whose peer id
			       holds no Ed25519 key */
};

/* Costs an Ed25519 verification if there is a proof. The message as it came:
 * before anything was trimmed, dropped or made printable. */
enum presence_proof presence_verify(const struct presence *);

#endif
