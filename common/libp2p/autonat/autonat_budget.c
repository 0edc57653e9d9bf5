#include "common/libp2p/autonat/autonat_budget.h"

#include <string.h>

enum { WINDOW_MS = 60000 };

void
autonat_budget_init(struct autonat_budget *budget)
{
	memset(budget, 0, sizeof(*budget));
}

static bool
counts(const struct autonat_budget *budget, size_t i, struct monotime now)
{
	return budget->granted[i].is_used &&
	       monotime_since_ms(now, budget->granted[i].at) < WINDOW_MS;
}

bool
autonat_budget_take(struct autonat_budget *budget, const struct peer_id *peer,
    enum autonat_request_kind kind, struct monotime now)
{
	size_t i, of_kind = 0, of_peer = 0;

	if (counts(budget, budget->next, now))
		return false; /* the oldest one: all are in the window */
	for (i = 0; i < AUTONAT_BUDGET_ALL; i++) {
		if (!counts(budget, i, now) || budget->granted[i].kind != kind)
			continue;
		of_kind++;
		of_peer += peer_id_equal(&budget->granted[i].peer, peer);
	}
	if (kind == AUTONAT_REQUEST_V1 &&
	    (of_kind >= AUTONAT_BUDGET_V1 ||
		of_peer >= AUTONAT_BUDGET_V1_PER_PEER))
		return false;
	if (of_peer >= AUTONAT_BUDGET_PER_PEER)
		return false;
	i = budget->next;
	budget->next = (budget->next + 1) % AUTONAT_BUDGET_ALL;
	budget->granted[i].peer = *peer;
	budget->granted[i].at = now;
	budget->granted[i].kind = kind;
	budget->granted[i].is_used = true;
	budget->granted[i].has_data = false;
	return true;
}

bool
autonat_budget_take_data(struct autonat_budget *budget,
    const struct peer_id *peer, struct monotime now)
{
	size_t i, at, count = 0, newest = AUTONAT_BUDGET_ALL;

	for (i = 0; i < AUTONAT_BUDGET_ALL; i++) {
		at = (budget->next + i) % AUTONAT_BUDGET_ALL; /* oldest first */
		if (!counts(budget, at, now))
			continue;
		count += budget->granted[at].has_data;
		if (peer_id_equal(&budget->granted[at].peer, peer))
			newest = at;
	}
	if (count >= AUTONAT_BUDGET_DATA || newest == AUTONAT_BUDGET_ALL)
		return false;
	budget->granted[newest].has_data = true;
	return true;
}
