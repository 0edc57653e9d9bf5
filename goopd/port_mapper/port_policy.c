#include "goopd/port_mapper/port_policy.h"

#include <string.h>

enum { MS = 1000, HINT_SPREAD_MS = 500, SILENCE_S = 15 };

/* xorshift: the jitter keeps peers out of step, no more. */
static int64_t
jitter_ms(struct port_policy *policy, int64_t bound_ms)
{
	uint32_t x = policy->random;

	x ^= x << 13;
	x ^= x >> 17;
	x ^= x << 5;
	policy->random = x;
	return x % bound_ms;
}

/* Up to an eighth more. */
static struct monotime
about(struct port_policy *policy, int64_t seconds, struct monotime now)
{
	int64_t ms = seconds * MS;

	return monotime_add_ms(now, ms + jitter_ms(policy, ms / 8));
}

void
port_policy_init(struct port_policy *policy, bool is_ipv6,
    const uint8_t nonce[MAPPING_NONCE_SIZE], uint32_t seed)
{
	memset(policy, 0, sizeof(*policy));
	policy->is_ipv6 = is_ipv6;
	memcpy(policy->nonce, nonce, MAPPING_NONCE_SIZE);
	policy->random = seed | 1;
}

void
port_policy_listen(struct port_policy *policy, uint16_t port)
{
	policy->port = port;
	policy->state = PORT_SEARCHING;
	policy->renew = (struct monotime){ 0 };
}

/* --- questions */

static void
make_ask(const struct port_policy *policy, enum mapping_step step,
    struct mapping_ask *ret)
{
	const struct mapping_answer *last = &policy->last;

	*ret = (struct mapping_ask){
		.is_ipv6 = policy->is_ipv6,
		.step = step,
		.internal_port = policy->port,
		.external_port = policy->port,
	};
	memcpy(ret->nonce, policy->nonce, sizeof(ret->nonce));
	/* what a router gave before is asked for again */
	if (last->external_port != 0)
		ret->external_port = last->external_port;
	if (policy->state != PORT_MAPPED)
		return;
	ret->protocol = last->protocol;
	ret->network = last->network;
	memcpy(ret->location, last->location, sizeof(ret->location));
	memcpy(ret->pinhole, last->pinhole, sizeof(ret->pinhole));
}

bool
port_policy_next(
    struct port_policy *policy, struct monotime now, struct mapping_ask *ret)
{
	if (policy->state == PORT_OFF || policy->is_under_way)
		return false;
	if (policy->state == PORT_MAPPED &&
	    monotime_reached(now, policy->lease_end)) {
		policy->state = PORT_SEARCHING;
		policy->renew = now;
	}
	if (monotime_reached(now, policy->renew))
		policy->step = MAPPING_MAP;
	else if (policy->state == PORT_MAPPED &&
		 monotime_reached(now, policy->check))
		policy->step = MAPPING_CHECK;
	else
		return false;
	policy->is_under_way = true;
	make_ask(policy, policy->step, ret);
	return true;
}

struct monotime
port_policy_due(const struct port_policy *policy)
{
	struct monotime due = policy->renew;

	if (policy->state == PORT_OFF || policy->is_under_way)
		return MONOTIME_NEVER;
	if (policy->state == PORT_MAPPED)
		due = monotime_min(
		    due, monotime_min(policy->check, policy->lease_end));
	return due;
}

/* --- answers */

static struct monotime
next_check(struct port_policy *policy, struct monotime now)
{
	return about(policy,
	    policy->last.protocol == MAPPING_UPNP ? PORT_POLICY_UPNP_CHECK_S
						  : PORT_POLICY_CHECK_S,
	    now);
}

static void
adopt(struct port_policy *policy, const struct mapping_answer *answer,
    struct monotime now)
{
	int64_t lease_s = answer->lifetime_s, half_s;

	/* One without an end is looked after like a long one. */
	if (lease_s == 0 || lease_s > PORT_POLICY_LIFETIME_MAX_S)
		lease_s = PORT_POLICY_LIFETIME_MAX_S;
	half_s = lease_s / 2;
	if (half_s < PORT_POLICY_RENEW_MIN_S)
		half_s = PORT_POLICY_RENEW_MIN_S;
	policy->last = *answer;
	policy->state = PORT_MAPPED;
	policy->failures = 0;
	policy->lease_end = monotime_add_ms(now, lease_s * MS);
	/* RFC 6887, 11.2.1 */
	policy->renew = about(policy, half_s, now);
	policy->check = next_check(policy, now);
}

static void
fail(struct port_policy *policy, const struct mapping_answer *answer,
    struct monotime now)
{
	int64_t delay_s = PORT_POLICY_RETRY_MIN_S;
	uint16_t granted = policy->last.external_port;
	unsigned int i;

	for (i = 0; i < policy->failures && delay_s < PORT_POLICY_RETRY_MAX_S;
	     i++)
		delay_s *= 2;
	if (delay_s > PORT_POLICY_RETRY_MAX_S ||
	    answer->verdict == MAPPING_TABLE_FULL)
		delay_s = PORT_POLICY_RETRY_MAX_S;
	policy->last = *answer;
	policy->last.external_port = granted;
	policy->state = PORT_FAILED;
	policy->failures++;
	policy->renew = about(policy, delay_s, now);
}

static bool
is_silence(enum mapping_verdict verdict)
{
	return verdict == MAPPING_NOT_ANSWERED || verdict == MAPPING_FAILED ||
	       verdict == MAPPING_MALFORMED;
}

/* A renewal that was not granted: the mapping stands until its lease ends,
 * unless the router says no. */
static void
on_not_renewed(struct port_policy *policy, const struct mapping_answer *answer,
    struct monotime now)
{
	int64_t left_s = monotime_since_ms(policy->lease_end, now) / MS;

	if (is_silence(answer->verdict) && left_s > PORT_POLICY_RENEW_MIN_S) {
		left_s /= 4;
		policy->renew = about(policy,
		    left_s < PORT_POLICY_RENEW_MIN_S ? PORT_POLICY_RENEW_MIN_S
						     : left_s,
		    now);
		return;
	}
	policy->state = PORT_SEARCHING;
	policy->renew = now;
}

static void
on_checked(struct port_policy *policy, const struct mapping_answer *answer,
    bool has_restarted, struct monotime now)
{
	bool is_moved =
	    mapping_has(&answer->external) &&
	    !mapping_address_equal(&answer->external, &policy->last.external);

	/* A router that is silent may be about to come back. */
	policy->check = is_silence(answer->verdict)
			    ? about(policy, SILENCE_S, now)
			    : next_check(policy, now);
	if (has_restarted || is_moved || answer->verdict == MAPPING_LOST ||
	    answer->verdict == MAPPING_CONFLICT ||
	    answer->verdict == MAPPING_NO_PUBLIC_ADDRESS)
		policy->renew = now;
}

void
port_policy_answer(struct port_policy *policy,
    const struct mapping_answer *answer, struct monotime now)
{
	bool is_same =
	    answer->protocol == policy->last.protocol &&
	    mapping_network_equal(&answer->network, &policy->last.network);
	bool has_restarted = false;

	if (!policy->is_under_way)
		return;
	policy->is_under_way = false;
	if (!is_same)
		policy->epoch = (struct router_epoch){ 0 };
	if (answer->has_epoch)
		has_restarted = router_epoch_restarted(
		    &policy->epoch, answer->protocol, answer->epoch_s, now);
	policy->restarts += has_restarted;
	if (answer->verdict == MAPPING_GRANTED)
		adopt(policy, answer, now);
	else if (policy->state != PORT_MAPPED || !is_same)
		fail(policy, answer, now);
	else if (policy->step == MAPPING_CHECK)
		on_checked(policy, answer, has_restarted, now);
	else
		on_not_renewed(policy, answer, now);
}

/* --- what is going on outside */

void
port_policy_moved(struct port_policy *policy, struct monotime now)
{
	policy->failures = 0;
	policy->check = now;
	if (policy->state != PORT_MAPPED)
		policy->renew = now;
}

bool
port_policy_hint(struct port_policy *policy, struct monotime now)
{
	if (policy->hinted.us != 0 &&
	    monotime_since_ms(now, policy->hinted) < PORT_POLICY_HINT_S * MS)
		return false;
	policy->hinted = now;
	policy->renew = monotime_min(policy->renew,
	    monotime_add_ms(now, 1 + jitter_ms(policy, HINT_SPREAD_MS)));
	return true;
}

bool
port_policy_end(struct port_policy *policy, struct mapping_ask *ret)
{
	bool is_mapped = policy->state == PORT_MAPPED;

	if (is_mapped)
		make_ask(policy, MAPPING_DELETE, ret);
	policy->state = PORT_OFF;
	policy->is_under_way = false;
	return is_mapped;
}
