/*
 * roster_private: what the parts of the roster share. For roster_*.c only.
 */
#ifndef GOOP_RENDEZVOUSD_ROSTER_ROSTER_PRIVATE_H
#define GOOP_RENDEZVOUSD_ROSTER_ROSTER_PRIVATE_H

#include "goop-rendezvousd/roster/roster_restore.h"

/*
 * Bytes of all texts together: so many for each row there may be. Peers say
 * about a kilobyte; the largest rows are fifteen times that, and each snapshot
 * of them for newcomers as much again.
 */
enum {
	ROSTER_TEXTS_LEAST = 1024 * 1024,
	ROSTER_TEXTS_PER_ROW = 2048,
	ROSTER_TEXTS_MAX = 512 * 1024 * 1024,
};

TAILQ_HEAD(roster_rows, roster_row);

/* Who left: so that others can be told, and its proofs not be repeated. */
struct roster_tombstone {
	TAILQ_ENTRY(roster_tombstone) next; /* by version, the newest last */
	UT_hash_handle hh;
	uint64_t version;
	int64_t ts_ms; /* our wall clock */
	int64_t proven_ts_ms;
	struct shared_text *text; /* the offline message */
	char peer_id[];
};
TAILQ_HEAD(roster_tombstones, roster_tombstone);

struct roster_session {
	LIST_ENTRY(roster_session) next;
	struct roster_row *row; /* that it owns, or NULL */
	struct client_address from;
	bool is_trusted;
	char peer_id[];
};

LIST_HEAD(roster_sessions, roster_session);

struct roster {
	const struct roster_user *user;
	void *arg;
	size_t rows_max, texts_max;
	size_t texts;            /* bytes of all rows' texts */
	struct roster_row *rows; /* by peer_id */
	struct roster_rows by_version, by_heard, by_lost;
	struct roster_tombstone *left; /* by peer_id */
	struct roster_tombstones left_by_version;
	struct roster_sessions sessions;
	struct roster_past past;
	struct roster_row *connected; /* to be told of */
	uint64_t bytes_told;
	bool tells_refreshes;
};

/* --- roster_row.c: rows and their text */

/* As it is passed on: typed update, verified, without the token. */
struct shared_text *roster_text_of(const struct presence *);

/* The text of a row, typed online instead. */
struct shared_text *roster_text_online(const struct shared_text *);

/* {"type":"offline",...} of somebody who said nothing. */
struct shared_text *roster_text_of_left(const char *peer_id, int64_t ts_ms);

/* Is there room for a text, of this row (whose old one goes) or of a new one
 * (NULL)? */
bool roster_has_room(
    const struct roster *, const struct roster_row *, size_t text_len);

/* A row of peer_id in all lists, unheard, without text. */
struct roster_row *roster_row_add(
    struct roster *, const char *peer_id, struct monotime now);

/* Out of all lists and freed; its session lives on. */
void roster_row_remove(struct roster *, struct roster_row *);

/* Take the text, and note what is where in it. */
void roster_row_set_text(
    struct roster *, struct roster_row *, struct shared_text *);

/* Does text say the same, but for ts and proof? */
bool roster_row_says(const struct roster_row *, const struct shared_text *);

/* Has its text a proof? */
bool roster_row_has_proof(const struct roster_row *);

/* The same text with another end, from "ts" on. */
void roster_row_set_tail(
    struct roster *, struct roster_row *, int64_t ts_ms, struct bytes proof);

/* The next version, and the end of the list. */
void roster_row_renew(struct roster *, struct roster_row *);

/* --- roster_tombstone.c */

struct roster_tombstone *roster_tombstone_find(
    const struct roster *, const char *peer_id);

/* Remember a departure as of version, in place of an older one. */
void roster_tombstone_add(struct roster *, const struct roster_change *);
void roster_tombstone_remove(struct roster *, struct roster_tombstone *);

/* --- roster.c */

struct roster_row *roster_row_find(const struct roster *, const char *peer_id);

/* It is there again, or heard: no grace needed. */
void roster_row_found(struct roster *, struct roster_row *);

/* The row belongs to this WebSocket from now on; then, when all is done, tell
 * of it. */
void roster_row_own(
    struct roster *, struct roster_row *, struct roster_session *);
void roster_tell_connected(struct roster *);

/* Have text passed on. */
void roster_say(struct roster *, enum roster_event, struct roster_row *,
    struct shared_text *text);

/* Tell that it left, with this text or the shortest, and remove it. */
void roster_retire(struct roster *, struct roster_row *,
    struct shared_text *text, int64_t clock_ms);

#endif
