#include "common/libp2p/mdns/mdns_responder.h"

#include <string.h>

#include "common/base/counter.h"
#include "common/base/random.h"

COUNTER(mdns_answers_delayed, "mDNS answers put off by the rate limit");

enum { MDNS_OWN_LABEL_LEN = 32 };

/* A new label: go peers ignore one that they know. */
void
mdns_responder_rename(struct mdns_responder *responder)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t i;

	memcpy(responder->old_label, responder->label,
	    sizeof(responder->old_label));
	for (i = 0; i < MDNS_OWN_LABEL_LEN; i++)
		responder->label[i] = digits[random_below(sizeof(digits) - 1)];
	responder->label[i] = '\0';
}

void
mdns_responder_start(struct mdns_responder *responder, struct monotime at)
{
	responder->started = at;
	responder->query_at = monotime_add_ms(at, random_below(MDNS_JITTER_MS));
	responder->announce_at = responder->query_at;
	responder->answer_at = MONOTIME_NEVER;
	responder->query_gap_ms = responder->announce_gap_ms = 0;
	responder->owes = 0;
}

/* Answers wait a little, so that one packet answers several queriers, and go
 * out at most once a second. */
void
mdns_responder_owe(
    struct mdns_responder *responder, unsigned int what, struct monotime now)
{
	struct monotime soon = monotime_add_ms(now,
	    MDNS_ANSWER_DELAY_MIN_MS + random_below(MDNS_ANSWER_DELAY_MAX_MS -
						    MDNS_ANSWER_DELAY_MIN_MS));
	struct monotime allowed =
	    monotime_add_ms(responder->said, MDNS_ANSWER_GAP_MS);

	responder->owes |= what;
	if (responder->answer_at.us != MONOTIME_NEVER.us)
		return;
	responder->answer_at = soon;
	if (!monotime_reached(soon, allowed)) {
		responder->answer_at = allowed;
		counter_add(&mdns_answers_delayed, 1);
	}
}
