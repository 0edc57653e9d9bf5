#include "common/libp2p/mdns/mdns_responder.h"

#include <string.h>

#include "common/base/counter.h"
#include "common/base/random.h"

COUNTER(mdns_answers_delayed, "mDNS answers put off by the rate limit");

enum { MDNS_OWN_LABEL_LEN = 32 };

bool
mdns_link_has(const struct mdns_link *link, const struct mdns_address *address)
{
	size_t i;

	for (i = 0; i < link->count; i++)
		if (link->addresses[i].family == address->family &&
		    memcmp(link->addresses[i].ip, address->ip,
			sizeof(address->ip)) == 0)
			return true;
	return false;
}

bool
mdns_link_same(const struct mdns_link *a, const struct mdns_link *b)
{
	size_t i;

	for (i = 0; i < a->count; i++)
		if (!mdns_link_has(b, &a->addresses[i]))
			return false;
	return a->count == b->count;
}

/*
 * Addresses for one link: IPv4, then IPv6; a link-local IPv6 address only
 * where there is nothing else, since without the reader's own zone nobody can
 * use it, and only our own peers add one.
 */
size_t
mdns_responder_addresses(const struct mdns_responder *voice,
    struct mdns_address ret[MDNS_OWN_ADDRESSES_MAX])
{
	const struct mdns_link *link = &voice->link;
	size_t count = 0, i, pass;

	for (pass = 0; pass < 3; pass++) {
		if (pass == 2 && count > 0)
			break;
		for (i = 0; i < link->count; i++) {
			const struct mdns_address *at = &link->addresses[i];
			size_t its_pass = at->family == AF_INET            ? 0
					  : mdns_address_is_link_local(at) ? 2
									   : 1;

			if (its_pass == pass && count < MDNS_OWN_ADDRESSES_MAX)
				ret[count++] = *at;
		}
	}
	return count;
}

/* A label nobody has seen: go peers take no notice of a known one. */
void
mdns_responder_rename(struct mdns_responder *voice)
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz0123456789";
	size_t i;

	memcpy(voice->old_label, voice->label, sizeof(voice->old_label));
	for (i = 0; i < MDNS_OWN_LABEL_LEN; i++)
		voice->label[i] = digits[random_below(sizeof(digits) - 1)];
	voice->label[i] = '\0';
}

void
mdns_responder_start(struct mdns_responder *voice, struct monotime at)
{
	voice->started = at;
	voice->query_at = monotime_add_ms(at, random_below(MDNS_JITTER_MS));
	voice->announce_at = voice->query_at;
	voice->answer_at = MONOTIME_NEVER;
	voice->query_gap_ms = voice->announce_gap_ms = 0;
	voice->owes = 0;
}

/* Answers wait a little, for others to be told by the same packet, and are
 * never given more often than once a second. */
void
mdns_responder_owe(
    struct mdns_responder *voice, unsigned int what, struct monotime now)
{
	struct monotime soon = monotime_add_ms(now,
	    MDNS_ANSWER_DELAY_MIN_MS + random_below(MDNS_ANSWER_DELAY_MAX_MS -
						    MDNS_ANSWER_DELAY_MIN_MS));
	struct monotime allowed =
	    monotime_add_ms(voice->said, MDNS_ANSWER_GAP_MS);

	voice->owes |= what;
	if (voice->answer_at.us != MONOTIME_NEVER.us)
		return;
	voice->answer_at = soon;
	if (!monotime_reached(soon, allowed)) {
		voice->answer_at = allowed;
		counter_add(&mdns_answers_delayed, 1);
	}
}
