/*
 * roster_play: a roster with an invented clock, told things in words:
 * "TYPE PEER LABEL ADDRESS...", "-" for no label; one address if none is
 * named, "none" for none. What the roster tells is written down the same way,
 * with "proof" behind it if it carries one.
 */
#ifndef TESTS_UNIT_SUPPORT_ROSTER_PLAY_H
#define TESTS_UNIT_SUPPORT_ROSTER_PLAY_H

#include "goop-rendezvousd/roster/roster.h"

enum { PLAY_ROWS = 8, PLAY_SESSIONS = 4, PLAY_TOLD_MAX = 4096 };

struct roster_play {
	struct roster *roster;
	struct monotime now;
	int64_t clock_ms;
	struct client_address from;
	const char *token;
	struct roster_session *sessions[PLAY_SESSIONS];
	char told[PLAY_TOLD_MAX];
};

/* For cmocka_unit_test_setup_teardown. */
int play_begin(void **state);
int play_end(void **state);

/* Time passes, and the roster runs. */
void play_wait(struct roster_play *, int64_t ms);

/* What comes, comes from here. */
void play_from(struct roster_play *, const char *address);

void play_hear(
    struct roster_play *, enum roster_verdict want, const char *words);
void play_hear_on(struct roster_play *, int session, enum roster_verdict want,
    const char *words);

/* The same, proven, at this ts. */
void play_prove(struct roster_play *, enum roster_verdict want,
    const char *words, int64_t ts_ms);
void play_prove_on(struct roster_play *, int session, enum roster_verdict want,
    const char *words, int64_t ts_ms);

void play_open(struct roster_play *, int session, const char *peer_id);
void play_close(struct roster_play *, int session);
void play_lose(struct roster_play *, int session);

/* All that was told since the last time, "; " between. */
void play_told(struct roster_play *, const char *want);
/* Was exactly this told? Nothing may have been, too. */
bool play_told_any(struct roster_play *, const char *want);
void play_forget(struct roster_play *);

#endif
