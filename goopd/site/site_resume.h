/*
 * site_resume: a body that broke off goes on by range: at once over the next
 * path, later as often as there is hope. Decides what to ask for and when; the
 * caller asks.
 */
#ifndef GOOPD_SITE_SITE_RESUME_H
#define GOOPD_SITE_SITE_RESUME_H

#include "common/base/monotime.h"
#include "goopd/site/site_message.h"

enum {
	/* Without progress; less than a reader waits for the next byte
	 * (SITE_STALL_MS of goop-viewerd). */
	SITE_RESUME_MS = 45000,
	/* An attempt that brings less counts as none: a peer that breaks off
	 * after each byte is not asked for ever. A relay of go-libp2p carries
	 * 128 KiB: a record of nearly 64 KiB, and a part of the next that is
	 * lost. */
	SITE_RESUME_WORTH = 32 * 1024,
	SITE_RESUME_PAUSE_MS = 250, /* the first; doubles */
	SITE_RESUME_PAUSE_MAX_MS = 4000,
};

struct site_resume {
	struct site_request request;
	struct site_answer head; /* of the whole body */
	uint64_t done;           /* of the body, when it broke off last */
	struct monotime give_up;
	int64_t pause_ms; /* before the next attempt; 0: at once */
};

/* A body begins: the answer to request by that version. */
void site_resume_begin(struct site_resume *, enum site_version,
    const struct site_request *, const struct site_answer *,
    struct monotime now);

/*
 * It broke off, or an attempt failed, with done bytes of the body there. True:
 * ask for *ret after *pause_ms. False: it is lost, since the answer had no
 * strong entity tag or no ranges, or nothing came for too long.
 */
bool site_resume_after(struct site_resume *, uint64_t done, struct monotime now,
    struct site_request *ret, int64_t *pause_ms);

/* Is this the rest of the same file? */
bool site_resume_fits(const struct site_resume *, const struct site_answer *);

#endif
