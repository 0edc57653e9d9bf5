/* What we say at rendezvous servers: written, signed by goopd, published. */
#include <stdlib.h>
#include <string.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "goop-discoveryd/rendezvous/rendezvous_client_private.h"
#include "common/presence/presence_proof.h"

COUNTER(wan_unsigned, "own messages to rendezvous servers that goopd did not "
		      "sign");

/* A message on its way through the signer. */
struct announcement {
	struct rendezvous_client *wan;
	struct presence message;
	bool is_for[WAN_SERVERS_MAX];
	bool is_goodbye;
	bool is_plain; /* without proof, and what came with it */
};

static void
announcement_free(struct announcement *word)
{
	presence_fini(&word->message);
	free(word);
}

/* Senders with a wrong clock take the server's. */
static int64_t
clock_offset_ms(const struct wan_link *link)
{
	int64_t offset_ms = rendezvous_server_clock_offset_ms(link->server);

	return llabs(offset_ms) > WAN_CLOCK_ERROR_MS ? offset_ms : 0;
}

/* Do both take the same message? */
static bool
links_agree(const struct wan_link *a, const struct wan_link *b)
{
	return a->is_strict == b->is_strict &&
	       llabs(clock_offset_ms(a) - clock_offset_ms(b)) <=
		   WAN_CLOCKS_SHARED_MS;
}

/* --- signed */

static void
announcement_hand_over(struct announcement *word, struct bytes json)
{
	struct rendezvous_client *wan = word->wan;
	struct wan_link *link;
	size_t i;

	for (i = 0; i < wan->count; i++) {
		link = &wan->links[i];
		if (!word->is_for[i])
			continue;
		if (word->is_goodbye)
			rendezvous_client_part(link, json);
		else
			rendezvous_server_publish(link->server, json);
	}
}

static void
announcement_send(struct announcement *word)
{
	struct buffer json;
	int rc;

	buffer_init(&json, RENDEZVOUS_SERVER_MESSAGE_MAX);
	rc = message_encode_json(
	    &presence_server_message, &word->message, &json);
	if (rc < 0)
		log_error("presence cannot be written: check the profile in "
			  "the configuration");
	if (rc == 0 || word->is_goodbye) /* a stop ends in any case */
		announcement_hand_over(word, buffer_bytes(&json));
	buffer_fini(&json);
}

static void
announcement_say(struct announcement *word)
{
	announcement_send(word);
	announcement_free(word);
}

static void
on_signed(
    const struct bus_error *error, const struct sign_reply *sign, void *arg)
{
	struct announcement *word = arg;
	struct rendezvous_client *wan = word->wan;
	char proof[PRESENCE_PROOF_SIZE];
	bool is_signed = error == NULL && sign != NULL &&
			 sign->signature.len == PRESENCE_SIGNATURE_SIZE;

	if (is_signed) {
		presence_proof_print(sign->signature.data, proof);
		word->message.proof = xstrdup(proof);
	} else {
		counter_add(&wan_unsigned, 1);
	}
	/* A goodbye is better without a proof than not at all: a WebSocket
	 * that proved itself needs none. */
	if (word->is_goodbye || (is_signed && !wan->is_stopping)) {
		announcement_say(word);
		return;
	}
	if (!wan->is_stopping) {
		announce_timer_failed(&wan->announce_timer, monotime_now());
		wan->plan.user->on_work(wan->plan.arg);
	}
	announcement_free(word);
}

/* --- written */

/* Later than what these servers heard of us, so long as that can be: when a
 * clock was put right by more, they see to it themselves. */
static int64_t
next_ts_ms(const struct announcement *word, int64_t offset_ms)
{
	const struct rendezvous_client *wan = word->wan;
	int64_t ts_ms = walltime_ms() + offset_ms, last_ms;
	size_t i;

	for (i = 0; i < wan->count; i++) {
		last_ms = wan->links[i].last_ts_ms;
		if (word->is_for[i] && ts_ms <= last_ms &&
		    last_ms - ts_ms < WAN_CLOCKS_SHARED_MS)
			ts_ms = last_ms + 1;
	}
	return ts_ms > 0 ? ts_ms : 1;
}

/* The keys that the first servers know are left. */
static void
announcement_simplify(struct presence *message)
{
	struct presence plain = {
		.content = message->content,
		.email = message->email,
		.avatar_hash = message->avatar_hash,
	};

	message->content = message->email = message->avatar_hash = NULL;
	presence_fini(message);
	*message = plain;
}

static void
announcement_fill(
    struct announcement *word, const char *type, int64_t offset_ms)
{
	struct rendezvous_client *wan = word->wan;
	size_t i;

	if (!word->is_goodbye)
		wan->plan.user->fill(&word->message, wan->plan.arg);
	if (word->is_plain)
		announcement_simplify(&word->message);
	word->message.type = xstrdup(type);
	word->message.peer_id = xstrdup(wan->self);
	word->message.ts_ms = next_ts_ms(word, offset_ms);
	for (i = 0; i < wan->count; i++) {
		if (!word->is_for[i])
			continue;
		wan->links[i].last_ts_ms = word->message.ts_ms;
		server_filter_sent(wan->links[i].guard, word->message.ts_ms);
	}
}

static void
announcement_sign(struct announcement *word)
{
	static const struct bus_error away = { .code = BUS_UNREACHABLE };
	const struct rendezvous_client_plan *plan = &word->wan->plan;
	struct buffer bytes;

	if (!goopd_session_is_up(plan->goopd)) {
		on_signed(&away, NULL, word);
		return;
	}
	buffer_init(&bytes, PRESENCE_PROOF_BYTES_MAX);
	if (presence_proof_bytes(&word->message, &bytes) < 0)
		log_error("presence cannot be signed: it is too long");
	goopd_session_sign(plan->goopd, buffer_bytes(&bytes),
	    word->is_goodbye ? WAN_GOODBYE_SIGN_MS : WAN_SIGN_MS, on_signed,
	    word);
	buffer_fini(&bytes);
}

/* Who was never reached would not hear it. Goodbyes end the others, too. */
static bool
listens(const struct wan_link *link)
{
	return link->server != NULL &&
	       (link->is_reached || link->wan->is_stopping);
}

void
rendezvous_client_speak(struct rendezvous_client *wan, const char *type)
{
	bool is_done[WAN_SERVERS_MAX] = { false };
	struct announcement *word;
	size_t i, k;

	for (i = 0; i < wan->count; i++) {
		if (is_done[i] || !listens(&wan->links[i]))
			continue;
		word = xzalloc(sizeof(*word));
		word->wan = wan;
		word->is_goodbye = wan->is_stopping;
		for (k = i; k < wan->count; k++)
			if (listens(&wan->links[k]) &&
			    links_agree(&wan->links[i], &wan->links[k]))
				word->is_for[k] = is_done[k] = true;
		word->is_plain = wan->links[i].is_strict;
		announcement_fill(word, type, clock_offset_ms(&wan->links[i]));
		if (word->is_plain)
			announcement_say(word);
		else
			announcement_sign(word);
	}
}
