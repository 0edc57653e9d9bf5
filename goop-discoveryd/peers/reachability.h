/*
 * reachability: whether one peer answers when it is asked. It is asked when
 * there is a reason (it came, it spoke while it seemed unreachable, its
 * connection broke), less and less often while it does not answer, and one
 * failure alone does not change the mind. Without I/O: the owner probes.
 */
#ifndef GOOP_DISCOVERYD_PEERS_REACHABILITY_H
#define GOOP_DISCOVERYD_PEERS_REACHABILITY_H

#include "common/base/monotime.h"

enum {
	/* as in the original: two failures more than 2 s apart */
	REACHABILITY_DOUBT_MS = 2000,
	REACHABILITY_RETRY_MS = 2500,
	REACHABILITY_GAP_MIN_MS = 2000,
	REACHABILITY_GAP_MAX_MS = 30000,
};

struct reachability {
	bool is_reachable;
	bool is_wanted;  /* it should be asked, at due */
	bool is_running; /* it is being asked */
	bool is_doubted; /* reachable, but failed once, at failed */
	struct monotime failed;
	struct monotime due;
	int64_t gap_ms; /* between questions while it does not answer */
};

/* There is a reason to ask; delay_ms from now at the earliest. */
void reachability_want(
    struct reachability *, int64_t delay_ms, struct monotime now);

/* The user wants to know: never mind the gaps. */
void reachability_insist(struct reachability *, struct monotime now);

bool reachability_is_due(const struct reachability *, struct monotime now);
void reachability_start(struct reachability *);

/* It answered, or not. True if is_reachable changed. */
bool reachability_result(
    struct reachability *, bool answered, struct monotime now);

/* It said that it leaves. True if is_reachable changed. */
bool reachability_gone(struct reachability *);

#endif
