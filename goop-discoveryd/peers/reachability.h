/*
 * reach: whether one peer answers when it is asked. It is asked when there is
 * a reason (it came, it spoke while it seemed unreachable, its connection
 * broke), less and less often while it does not answer, and one failure alone
 * does not change the mind. Without I/O: the owner probes.
 */
#ifndef GOOP_DISCOVERYD_PEERS_REACHABILITY_H
#define GOOP_DISCOVERYD_PEERS_REACHABILITY_H

#include "common/base/monotime.h"

enum {
	/* goop-protocols 3.3: two failures more than 2 s apart */
	REACH_DOUBT_MS = 2000,
	REACH_RETRY_MS = 2500,
	REACH_GAP_MIN_MS = 2000,
	REACH_GAP_MAX_MS = 30000,
};

struct reach {
	bool is_reachable;
	bool is_wanted;  /* it should be asked, at due */
	bool is_running; /* it is being asked */
	bool is_doubted; /* reachable, but failed once, at failed */
	struct monotime failed;
	struct monotime due;
	int64_t gap_ms; /* between questions while it does not answer */
};

/* There is a reason to ask; delay_ms from now at the earliest. */
void reach_want(struct reach *, int64_t delay_ms, struct monotime now);

/* The user wants to know: never mind the gaps. */
void reach_insist(struct reach *, struct monotime now);

bool reach_is_due(const struct reach *, struct monotime now);
void reach_start(struct reach *);

/* It answered, or not. True if is_reachable changed. */
bool reach_result(struct reach *, bool answered, struct monotime now);

/* It said that it leaves. True if is_reachable changed. */
bool reach_gone(struct reach *);

#endif
