/*
 * roster: the peers that this server knows to be online. A bounded table by
 * peerId; every material change gets the next version, so that a subscriber
 * that knows a version can be sent what changed since. Pure: the caller brings
 * time and checked messages; the roster tells its user what to pass on.
 *
 * A row has an owner (docs/rendezvous-1.1.md, "Proofs"). A proven row belongs
 * to messages with a proof of that peer, or on a WebSocket that had one. An
 * unproven row belongs to the client address that it first came from, as long
 * as messages come from there or a WebSocket from there is open.
 */
#ifndef GOOP_RENDEZVOUSD_ROSTER_ROSTER_H
#define GOOP_RENDEZVOUSD_ROSTER_ROSTER_H

#include <sys/queue.h>

#include "common/base/hash.h"
#include "common/base/monotime.h"
#include "common/presence/presence.h"
#include "common/presence/presence_proof.h"
#include "goop-rendezvousd/clients/client_address.h"
#include "goop-rendezvousd/roster/roster_cursor.h"
#include "goop-rendezvousd/roster/shared_text.h"

enum {
	ROSTER_STALE_MS = 30 * 1000,  /* silence that means offline */
	ROSTER_OWNED_MS = 15 * 1000,  /* silence after which another address may
					 publish an unproven peer */
	ROSTER_GRACE_MS = 5 * 1000,   /* for a lost WebSocket to come back */
	ROSTER_REFRESH_MS = 8 * 1000, /* classic subscribers forget in 20 s */
	ROSTER_LEFT_MAX = 16384,      /* departures that are remembered */
	/* Bytes of all texts together: so many for each row there may be. Peers
	 * send about a kilobyte; the largest rows are fifteen times that, and
	 * each snapshot of them for newcomers as much again. */
	ROSTER_TEXTS_LEAST = 1024 * 1024,
	ROSTER_TEXTS_PER_ROW = 2048,
	ROSTER_TEXTS_MAX = 512 * 1024 * 1024,
};

struct roster;
struct roster_session;

struct roster_row {
	TAILQ_ENTRY(roster_row) by_version; /* the newest last */
	TAILQ_ENTRY(roster_row) by_heard;   /* the longest silent first */
	TAILQ_ENTRY(roster_row) by_lost;    /* while is_lost */
	UT_hash_handle hh;
	uint64_t version; /* of its last material change */
	/* As subscribers get it: an update, verified, with the latest proof */
	struct shared_text *text;
	uint32_t head;         /* its length up to "ts" (row_text.h) */
	uint32_t addrs_mark;   /* hash of its addresses as a set; 0: none */
	struct monotime heard; /* last accepted message */
	struct monotime told;  /* when text was last passed on */
	struct monotime lost;  /* when its WebSocket broke */
	int64_t ts_ms;         /* the sender's */
	int64_t proven_ts_ms;  /* the newest ts it proved */
	int64_t first_seen_ms; /* our wall clock */
	struct client_address from;   /* network of the client that owns it */
	struct roster_session *owner; /* the WebSocket that owns it, or NULL */
	uint64_t bytes_sent;          /* of its messages, as passed on */
	uint64_t bytes_before;        /* passed on in all before it joined */
	bool is_online; /* its last message was online, not update */
	bool is_proven;
	bool is_lost;
	bool is_restored;       /* from the store, silent since */
	bool has_new_addresses; /* its last change was to the set of addrs */
	char peer_id[];
};

enum roster_event {
	ROSTER_JOINED,
	ROSTER_CHANGED,
	/* Unchanged, repeated after ROSTER_REFRESH_MS for subscribers that
	 * forget silent peers. Not after roster_tell_refreshes(false). */
	ROSTER_REFRESHED,
	ROSTER_LEFT, /* the row is freed after the call */
};

struct roster_user {
	/* text, borrowed, is to be passed on. Must not change the roster. */
	void (*on_event)(enum roster_event, const struct roster_row *,
	    struct shared_text *text, void *arg);
	/* Another WebSocket owns the row now. Called at the end of roster_hear
	 * or roster_session_begin. May be NULL. */
	void (*on_connected)(const struct roster_row *, void *arg);
};

/* An empty roster with a new epoch, for at most rows_max. */
struct roster *roster_new(
    size_t rows_max, const struct roster_user *, void *arg);
void roster_free(struct roster *); /* without events; frees the sessions */

/* Are there subscribers that need ROSTER_REFRESHED? True at first. */
void roster_tell_refreshes(struct roster *, bool are_needed);

/* --- WebSockets that publish */

/* A WebSocket opened for peer_id (at most RENDEZVOUS_PEER_ID_MAX). */
struct roster_session *roster_session_begin(
    struct roster *, const char *peer_id, const struct client_address *);

/* It ended; is_clean if by a close frame of the client. Frees it. The row that
 * it owns, if any, is retired: at once if clean, else after ROSTER_GRACE_MS. */
void roster_session_end(struct roster *, struct roster_session *, bool is_clean,
    struct monotime now, int64_t clock_ms);

const char *roster_session_peer_id(const struct roster_session *);

/* Did a message on it have a proof? Then the others need none. */
bool roster_session_is_trusted(const struct roster_session *);

/* --- messages */

enum roster_verdict {
	ROSTER_ACCEPTED,
	ROSTER_NEEDS_PROOF, /* the row is proven, the message is not */
	ROSTER_TAKEN,       /* online from another address, both unproven */
	ROSTER_FOREIGN,     /* on a WebSocket of another peer */
	ROSTER_REPLAYED,    /* proven, but ts did not grow */
	ROSTER_FULL,
	ROSTER_VERDICTS
};

struct roster_heard {
	const struct presence *message; /* checked */
	enum presence_proof proof;
	const struct client_address *from;
	struct roster_session *session; /* or NULL: by POST */
	struct monotime now;
	int64_t clock_ms; /* wall */
};

enum roster_verdict roster_hear(struct roster *, const struct roster_heard *);

/*
 * The fast path for the most frequent message: on a WebSocket, an update
 * without news, written as this server writes it. True if json is one, comes
 * from the owner of the row, and was taken; else parse it and call roster_hear.
 * Does not look at message and proof in heard.
 */
bool roster_hear_same(
    struct roster *, struct bytes json, const struct roster_heard *);

/* A sentence for the sender: "this peer is online from another address" */
const char *roster_verdict_reason(enum roster_verdict);

/* Retire silent peers, and those whose WebSocket did not come back. Nothing is
 * due before roster_next. */
void roster_run(struct roster *, struct monotime now, int64_t clock_ms);
struct monotime roster_next(const struct roster *);

/* --- reading */

size_t roster_count(const struct roster *);
struct roster_row *roster_find(const struct roster *, const char *peer_id);

/* Bytes of all texts; their limit, which roster_new sets by the number of rows.
 * The former limit is returned. */
size_t roster_texts(const struct roster *);
size_t roster_limit_texts(struct roster *, size_t bytes);

/* In order of version, the newest or the oldest first. */
const struct roster_row *roster_newest(const struct roster *);
const struct roster_row *roster_older(const struct roster_row *);
const struct roster_row *roster_oldest(const struct roster *);
const struct roster_row *roster_newer(const struct roster_row *);

/* All bytes that were passed on since the row joined. */
uint64_t roster_row_bytes_received(
    const struct roster *, const struct roster_row *);

struct roster_cursor roster_now(const struct roster *);

/* A change: of a row, or a departure (row is NULL). */
struct roster_change {
	uint64_t version;
	const char *peer_id;
	const struct roster_row *row;
	int64_t ts_ms;            /* of a departure: our wall clock */
	int64_t proven_ts_ms;     /* of a departure; 0: never proven */
	struct shared_text *text; /* to pass on: update or offline; borrowed */
};
/* Returns false to stop. */
typedef bool roster_change_fn(const struct roster_change *, void *arg);

/* Are all changes since then known? Else a snapshot is needed. */
bool roster_covers(const struct roster *, const struct roster_cursor *since);

/* Visit what changed after the version, in order of version; since must be
 * covered. */
void roster_since(const struct roster *, const struct roster_cursor *since,
    roster_change_fn *, void *arg);

#endif
