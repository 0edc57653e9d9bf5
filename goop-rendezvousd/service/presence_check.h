/*
 * presence_check: what a stranger published, read, judged and made fit to be
 * passed on. Knows the rules for one message; who is online is the roster's.
 */
#ifndef GOOP_RENDEZVOUSD_SERVICE_PRESENCE_CHECK_H
#define GOOP_RENDEZVOUSD_SERVICE_PRESENCE_CHECK_H

#include "common/presence/presence_verify.h"
#include "common/presence/presence.h"

struct presence_source {
	int64_t clock_ms; /* ours, wall */
	/* Of a WebSocket, else NULL: what a message without peerId speaks of */
	const char *session_peer_id;
	bool is_trusted; /* a proof was given on this WebSocket */
};

struct presence_checked {
	struct presence message;
	enum presence_proof proof; /* not looked at on a trusted session */
};

/*
 * Read a message. 0 with *ret, for presence_checked_fini(). -EBADMSG with the
 * text of the original's answer in *why, static or valid until the next call:
 * "bad json", "bad message: peerId too long"; a wrong or outdated proof is
 * one of ours.
 *
 * What came is changed: white space around type and peerId goes, and what only
 * a server may say (verified, target); the token stays, but is never passed on.
 * Addresses nobody else can dial are dropped and control characters replaced;
 * a message changed so loses its proof, as nobody could check it any more.
 */
int presence_check(struct bytes json, const struct presence_source *,
    struct presence_checked *ret, const char **why);

void presence_checked_fini(struct presence_checked *);

#endif
