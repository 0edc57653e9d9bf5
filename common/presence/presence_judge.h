/*
 * presence_judge: whether a presence message counts, and what of it. All the
 * rules for one message are here: size, types and lengths, printable text,
 * usable addresses, author, proof, freshness, our own echo. The source says
 * which of them apply. Rates, replays and who is online are the caller's.
 */
#ifndef COMMON_PRESENCE_PRESENCE_JUDGE_H
#define COMMON_PRESENCE_PRESENCE_JUDGE_H

#include "common/libp2p/multiformats/peer_id.h"
#include "common/presence/presence_proof.h"

enum { PRESENCE_SENT_KEPT = 64 };

/* What we announced, to recognise it when it comes back. */
struct presence_own {
	struct peer_id self; /* length 0: not known yet */
	int64_t started_ms; /* wall clock; what is older is of an earlier run */
	int64_t sent[PRESENCE_SENT_KEPT];
	size_t sent_count;
};

/* We announced a message with this ts. */
void presence_own_sent(struct presence_own *, int64_t ts_ms);

enum presence_channel {
	PRESENCE_BY_GOSSIP,    /* GossipSub; the signature is checked */
	PRESENCE_BY_SERVER,    /* a rendezvous server passes it on */
	PRESENCE_BY_PUBLISHER, /* a client publishes it at our server */
};

/* Where a message comes from. */
struct presence_source {
	enum presence_channel channel;
	int64_t clock_ms; /* our wall clock */
	/* BY_GOSSIP and BY_SERVER */
	const struct presence_own *own;
	/* BY_GOSSIP */
	const struct peer_id *author;
	/* BY_SERVER */
	int64_t ahead_ms; /* the server's clock is ahead of ours */
	bool is_listing;  /* between begin and synced: it may be old */
	/* BY_PUBLISHER */
	const char *session_peer_id; /* of a WebSocket, for a message without
					peerId; else NULL */
	bool is_trusted;             /* a proof was given on this WebSocket */
};

enum presence_verdict {
	PRESENCE_HEARD = 0, /* a peer is online, or left */
	PRESENCE_PUNCH,     /* the peer dials us now: dial it */
	PRESENCE_NAMED,     /* an old message in a list: the peer is there, but
			       more is known of it (server_filter's) */
	PRESENCE_ECHO,      /* our own message, come back */
	PRESENCE_MISTAKEN,  /* the server has lost us */
	PRESENCE_DOUBLE,    /* ours by its signature, but not sent by us: the
			       key is a copy */
	PRESENCE_DROPPED,   /* and for these reasons: */
	PRESENCE_TOO_LONG,
	PRESENCE_BAD_JSON, /* or a value of the wrong type, or over a limit */
	PRESENCE_BAD_FIELD,
	PRESENCE_BAD_TYPE, /* none that this version knows */
	PRESENCE_BAD_PEER, /* peerId is none */
	PRESENCE_NOT_AUTHOR,
	PRESENCE_FORGED, /* in our name, unproven */
	PRESENCE_NOT_FOR_US,
	PRESENCE_NOT_NOW, /* proven, but ts is too far from our clock */
	PRESENCE_WRONG_PROOF,
	PRESENCE_VERDICTS
};

/* What counts of a message. */
struct presence_heard {
	struct peer_id peer; /* length 0 if BY_PUBLISHER, and peerId is none */
	/* Printable; addrs are those to dial, or BY_PUBLISHER to pass on.
	 * Texts are cut to the limits of gossip, or BY_PUBLISHER keep those of
	 * a server. */
	struct presence presence;
	enum presence_proof proof; /* what its proof says; not checked on a
				      trusted WebSocket */
	bool is_proven;            /* signed by the peer, and not outdated */
	bool is_fresh;             /* proven, and announced just now */
	bool has_lost_proof; /* BY_PUBLISHER: it was changed, so that its proof
				no longer holds and was removed */
};

/*
 * Read and judge a message. HEARD and PUNCH fill *ret, for
 * presence_heard_fini(); any other verdict leaves nothing to free. If why is
 * not NULL a drop sets *why to a sentence that is valid until the next call,
 * BY_PUBLISHER the text of the original's answer.
 *
 * BY_PUBLISHER changes the message: white space around type and peerId is
 * removed, and what only a server may add (verified, target); a ts of 0 or less
 * becomes the clock's. The verification token stays.
 */
enum presence_verdict presence_judge(struct bytes json,
    const struct presence_source *, struct presence_heard *ret,
    const char **why);

void presence_heard_fini(struct presence_heard *);

/* Make the texts that others see printable. True if one was changed. */
bool presence_make_printable(struct presence *);

#endif
