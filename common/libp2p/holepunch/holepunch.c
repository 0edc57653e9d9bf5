#include "common/libp2p/holepunch/holepunch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/libp2p/holepunch/holepunch_message.h"
#include "common/libp2p/host/host_announce.h"
#include "common/libp2p/host/host_observed.h"
#include "common/libp2p/host/host_punch.h"
#include "common/libp2p/multiformats/multiaddr_class.h"

COUNTER(holepunch_tries, "moments agreed on to dial each other");
COUNTER(holepunch_done, "direct connections made that way");
COUNTER(holepunch_in_vain, "peers that stay relayed after all tries");
COUNTER(holepunch_over_limit, "requests to punch refused: too many of a peer");
COUNTER(holepunch_refused, "requests to punch that were malformed, or not "
			   "over a relayed connection");

enum { PATHS_MAX = 8, INTERFACES_MAX = 16, OBSERVERS_MAX = 64 };

static const char *const protocol[] = { HOLEPUNCH_PROTOCOL };

/* What is under way with a peer, or was in vain lately. */
struct attempt {
	TAILQ_ENTRY(attempt) entry;
	struct holepunch *holepunch;
	struct peer_id peer;
	bool is_ours; /* we were dialled, and begin */
	unsigned int tries;
	struct monotime again; /* in vain: not before; else NEVER */
	struct host_request *opening;
	struct host_request *direct; /* the plain dial beside it */
	struct stream *stream;
	struct host_punch *punch;
	struct event *timer;
	struct monotime sent; /* our CONNECT */
	int64_t rtt_ms;
	struct multiaddr theirs[HOST_PUNCH_ADDRESSES_MAX];
	size_t their_count;
	bool is_agreed; /* CONNECT came from both */
};

struct holepunch {
	struct host *host;
	TAILQ_HEAD(, attempt) attempts; /* the newest last */
	size_t count;
};

/* --- attempts --- */

static struct attempt *
attempt_find(const struct holepunch *holepunch, const struct peer_id *peer)
{
	struct attempt *attempt;

	TAILQ_FOREACH (attempt, &holepunch->attempts, entry)
		if (peer_id_equal(&attempt->peer, peer))
			return attempt;
	return NULL;
}

static void
end_stream(struct attempt *attempt, bool is_reset)
{
	static const struct stream_handler none = { .on_data = NULL };
	struct stream *stream = attempt->stream;

	attempt->stream = NULL;
	if (stream == NULL)
		return;
	stream_set_handler(stream, &none, NULL);
	if (is_reset)
		stream_reset(stream);
	else
		stream_finish(stream);
}

/* Nothing is under way any more. */
static void
attempt_stop(struct attempt *attempt)
{
	end_stream(attempt, true);
	if (attempt->opening != NULL)
		host_cancel(attempt->opening);
	if (attempt->direct != NULL)
		host_cancel(attempt->direct);
	if (attempt->punch != NULL)
		host_punch_cancel(attempt->punch);
	attempt->opening = attempt->direct = NULL;
	attempt->punch = NULL;
	evtimer_del(attempt->timer);
}

static void
attempt_free(struct attempt *attempt)
{
	attempt_stop(attempt);
	TAILQ_REMOVE(&attempt->holepunch->attempts, attempt, entry);
	attempt->holepunch->count--;
	event_free(attempt->timer);
	free(attempt);
}

static void on_timer(evutil_socket_t, short, void *);

static struct attempt *
attempt_new(
    struct holepunch *holepunch, const struct peer_id *peer, bool is_ours)
{
	struct attempt *attempt = xzalloc(sizeof(*attempt));

	if (holepunch->count == HOLEPUNCH_PEERS_MAX)
		attempt_free(TAILQ_FIRST(&holepunch->attempts));
	attempt->holepunch = holepunch;
	attempt->peer = *peer;
	attempt->is_ours = is_ours;
	attempt->again = MONOTIME_NEVER;
	attempt->timer =
	    xcheck(evtimer_new(host_base(holepunch->host), on_timer, attempt));
	TAILQ_INSERT_TAIL(&holepunch->attempts, attempt, entry);
	holepunch->count++;
	return attempt;
}

static void
tell(const struct attempt *attempt, const char *what)
{
	char peer[PEER_ID_TEXT_SIZE];

	peer_id_print(&attempt->peer, peer);
	log_debug("hole punching peer=%s try=%u addresses=%zu rtt_ms=%lld: %s",
	    peer, attempt->tries, attempt->their_count,
	    (long long)attempt->rtt_ms, what);
}

static void
attempt_arm(struct attempt *attempt, int64_t ms)
{
	struct timeval wait = timeval_of_ms(ms);

	event_add(attempt->timer, &wait);
}

static void
attempt_done(struct attempt *attempt)
{
	char peer[PEER_ID_TEXT_SIZE];

	counter_add(&holepunch_done, 1);
	peer_id_print(&attempt->peer, peer);
	log_debug("direct connection peer=%s tries=%u", peer, attempt->tries);
	attempt_free(attempt);
}

static void start_try(struct attempt *);

/* The next one, or none for a while. */
static void
try_failed(struct attempt *attempt)
{
	if (host_is_unlimited(attempt->holepunch->host, &attempt->peer)) {
		attempt_done(attempt);
		return;
	}
	attempt_stop(attempt);
	if (attempt->is_ours && attempt->tries < HOLEPUNCH_TRIES) {
		start_try(attempt);
		return;
	}
	counter_add(&holepunch_in_vain, 1);
	tell(attempt, "in vain");
	attempt->again = monotime_add_ms(monotime_now(), HOLEPUNCH_AGAIN_MS);
	attempt_arm(attempt, HOLEPUNCH_AGAIN_MS);
}

/* --- addresses --- */

static size_t
add_public(const struct multiaddr *from, size_t count, struct multiaddr *ret,
    size_t known)
{
	size_t i, j;

	for (i = 0; i < count && known < HOST_PUNCH_ADDRESSES_MAX; i++) {
		if (!multiaddr_is_public(&from[i]) ||
		    multiaddr_is_circuit(&from[i]))
			continue;
		for (j = 0; j < known; j++)
			if (multiaddr_equal(&ret[j], &from[i]))
				break;
		if (j == known)
			ret[known++] = from[i];
	}
	return known;
}

/* As peers see the port that we listen on. */
static size_t
add_observed(const struct host *host, struct multiaddr *ret)
{
	struct host_peer_row peers[OBSERVERS_MAX];
	size_t count = host_peers(host, peers, OBSERVERS_MAX), known = 0, i;
	struct host_observation seen;

	for (i = 0; i < count; i++)
		if (host_observed(host, &peers[i].peer, &seen) &&
		    seen.is_of_port && multiaddr_is_public(&seen.from))
			known = add_public(&seen.address, 1, ret, known);
	return known;
}

/* Ours, as others may see them: what relays see, then what we tell. */
static size_t
own_addresses(const struct holepunch *holepunch, struct multiaddr *ret)
{
	struct multiaddr some[INTERFACES_MAX];
	size_t known = add_observed(holepunch->host, ret), count;

	count = host_addresses(holepunch->host, false, some, INTERFACES_MAX);
	return add_public(some, count, ret, known);
}

/* Do we share an outermost router with who has these addresses? */
static bool
are_neighbours(const struct holepunch *holepunch,
    const struct multiaddr *theirs, size_t count)
{
	struct multiaddr ours[HOST_PUNCH_ADDRESSES_MAX];
	size_t own_count = own_addresses(holepunch, ours), i, j;

	for (i = 0; i < own_count; i++)
		for (j = 0; j < count; j++)
			if (multiaddr_is_same_ip(&ours[i], &theirs[j]))
				return true;
	return false;
}

static bool
send_message(struct attempt *attempt, const struct holepunch_message *message)
{
	struct buffer wire;
	bool is_sent;

	buffer_init(&wire, HOLEPUNCH_MESSAGE_MAX);
	is_sent = holepunch_message_encode(message, &wire) == 0 &&
		  stream_write(attempt->stream, buffer_bytes(&wire)) == 0;
	buffer_fini(&wire);
	return is_sent;
}

/* To a neighbour also our addresses at home. */
static bool
send_connect(struct attempt *attempt)
{
	const struct holepunch *holepunch = attempt->holepunch;
	struct holepunch_message message = { .type = HOLEPUNCH_CONNECT };

	message.address_count = own_addresses(holepunch, message.addresses);
	if (are_neighbours(holepunch, attempt->theirs, attempt->their_count))
		message.address_count += host_interface_addresses(
		    holepunch->host, message.addresses + message.address_count,
		    HOLEPUNCH_ADDRESSES_MAX - message.address_count);
	return send_message(attempt, &message);
}

static void
on_direct(struct host *host, struct stream *stream, int error, void *arg)
{
	struct attempt *attempt = arg;

	(void)host;
	(void)stream;
	attempt->direct = NULL;
	if (error == 0)
		attempt_done(attempt);
}

static void
dial_directly(struct attempt *attempt)
{
	if (attempt->direct == NULL)
		attempt->direct = host_connect_direct(attempt->holepunch->host,
		    &attempt->peer, HOLEPUNCH_STREAM_MS, on_direct, attempt);
}

/* A neighbour's addresses at home need no hole. */
static void
take_addresses(struct attempt *attempt, const struct holepunch_message *message)
{
	struct holepunch *holepunch = attempt->holepunch;
	size_t home_count = 0, i;

	attempt->their_count = add_public(
	    message->addresses, message->address_count, attempt->theirs, 0);
	if (!are_neighbours(holepunch, attempt->theirs, attempt->their_count))
		return;
	for (i = 0;
	     i < message->address_count && home_count < HOLEPUNCH_HOME_MAX;
	     i++) {
		if (!multiaddr_is_private(&message->addresses[i]))
			continue;
		host_learn(holepunch->host, &attempt->peer,
		    &message->addresses[i], HOLEPUNCH_HOME_MS);
		home_count++;
	}
	if (home_count > 0 && attempt->is_ours)
		dial_directly(attempt);
}

/* --- the moment --- */

static void
on_punched(struct host *host, int error, void *arg)
{
	struct attempt *attempt = arg;

	(void)host;
	attempt->punch = NULL;
	if (error == 0)
		attempt_done(attempt);
	else
		try_failed(attempt);
}

static void
punch(struct attempt *attempt)
{
	evtimer_del(attempt->timer);
	end_stream(attempt, false);
	counter_add(&holepunch_tries, 1);
	tell(attempt, "both dial now");
	attempt->punch = host_punch(attempt->holepunch->host, &attempt->peer,
	    attempt->theirs, attempt->their_count, !attempt->is_ours,
	    attempt->rtt_ms, on_punched, attempt);
}

/* After tries in vain: begin anew, if it is for us and the peer still there. */
static void
begin_anew(struct attempt *attempt)
{
	struct holepunch *holepunch = attempt->holepunch;
	const struct peer_id peer = attempt->peer;

	attempt_free(attempt);
	holepunch_on_identified(holepunch, &peer);
}

/* The messages took too long; or the moment is there. */
static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct attempt *attempt = arg;

	(void)fd;
	(void)what;
	if (attempt->again.us != MONOTIME_NEVER.us)
		begin_anew(attempt);
	else if (attempt->is_ours && attempt->is_agreed)
		punch(attempt);
	else
		try_failed(attempt);
}

/* The other dials when SYNC arrives there: half a round trip from now. */
static bool
agree(struct attempt *attempt)
{
	const struct holepunch_message sync = { .type = HOLEPUNCH_SYNC };
	int64_t ms = monotime_since_ms(monotime_now(), attempt->sent);
	struct host_path path;

	/* The quicker of two measures: a relay under load was in between. */
	if (host_stream_path(
		attempt->holepunch->host, attempt->stream, &path) &&
	    path.rtt_us > 0 && path.rtt_us / 1000 < ms)
		ms = path.rtt_us / 1000;
	attempt->rtt_ms = ms;
	attempt->is_agreed = true;
	if (!send_message(attempt, &sync))
		return false;
	attempt_arm(attempt,
	    ms / 2 < HOLEPUNCH_WAIT_MAX_MS ? ms / 2 : HOLEPUNCH_WAIT_MAX_MS);
	return true;
}

/* --- the messages --- */

static bool
take_message(struct attempt *attempt, const struct holepunch_message *message)
{
	if (message->type == HOLEPUNCH_CONNECT && !attempt->is_agreed) {
		take_addresses(attempt, message);
		if (attempt->is_ours)
			return agree(attempt);
		attempt->is_agreed = true;
		return send_connect(attempt);
	}
	if (message->type != HOLEPUNCH_SYNC || attempt->is_ours ||
	    !attempt->is_agreed)
		return false;
	punch(attempt);
	return true;
}

static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct attempt *attempt = arg;
	struct holepunch_message message;
	size_t len = 0;
	int rc = holepunch_message_decode(bytes, &message, &len);

	if (rc == HOLEPUNCH_MORE) {
		stream_resume(stream); /* offer it again with the rest */
		return 0;
	}
	if (rc < 0 || !take_message(attempt, &message)) {
		counter_add(&holepunch_refused, 1);
		try_failed(attempt);
		return bytes.len;
	}
	return len;
}

static void
on_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct attempt *attempt = arg;

	(void)stream;
	(void)end;
	attempt->stream = NULL;
	if (!attempt->is_agreed)
		try_failed(attempt);
}

static const struct stream_handler handler = {
	.on_data = on_data,
	.on_close = on_close,
};

/* --- we begin --- */

static void
on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	struct attempt *attempt = arg;

	(void)host;
	(void)error;
	attempt->opening = NULL;
	if (stream == NULL) {
		attempt->tries = HOLEPUNCH_TRIES; /* it cannot */
		try_failed(attempt);
		return;
	}
	attempt->stream = stream;
	stream_set_handler(stream, &handler, attempt);
	attempt->sent = monotime_now();
	if (!send_connect(attempt))
		try_failed(attempt);
}

static void
start_try(struct attempt *attempt)
{
	attempt->tries++;
	attempt->is_agreed = false;
	attempt->their_count = 0;
	attempt_arm(attempt, HOLEPUNCH_STREAM_MS);
	dial_directly(attempt);
	attempt->opening = host_open_relayed(attempt->holepunch->host,
	    &attempt->peer, protocol, HOLEPUNCH_STREAM_MS, on_opened, attempt);
}

/* Both may have dialled the other by a relay, and then both would begin: one of
 * them, by their ids, gives way. */
static bool
gives_way(const struct host *host, const struct peer_id *peer)
{
	const struct peer_id *self = host_self(host);
	size_t len = self->len < peer->len ? self->len : peer->len;
	int order = memcmp(self->data, peer->data, len);

	return order != 0 ? order > 0 : self->len > peer->len;
}

static bool
was_dialled_by_relay(const struct host *host, const struct peer_id *peer)
{
	struct host_path paths[PATHS_MAX];
	size_t count = host_paths(host, peer, paths, PATHS_MAX), i;
	bool is_relayed = false;

	for (i = 0; i < count; i++) {
		if (!paths[i].is_relayed)
			return false;
		is_relayed |= paths[i].is_inbound;
	}
	return is_relayed;
}

void
holepunch_on_identified(struct holepunch *holepunch, const struct peer_id *peer)
{
	struct attempt *attempt = attempt_find(holepunch, peer);

	if (!was_dialled_by_relay(holepunch->host, peer) ||
	    !host_peer_speaks(holepunch->host, peer, HOLEPUNCH_PROTOCOL))
		return;
	if (attempt == NULL)
		start_try(attempt_new(holepunch, peer, true));
}

void
holepunch_on_addresses(struct holepunch *holepunch)
{
	struct attempt *attempt;

	TAILQ_FOREACH (attempt, &holepunch->attempts, entry)
		if (attempt->again.us != MONOTIME_NEVER.us)
			attempt_arm(attempt, 0);
}

/* --- the other begins --- */

static void
on_stream(struct host *host, struct stream *stream, void *arg)
{
	struct holepunch *holepunch = arg;
	const struct peer_id peer = *stream_peer(stream);
	struct attempt *attempt = attempt_find(holepunch, &peer);
	struct host_path path;
	unsigned int tries = 0;

	if (!host_stream_path(host, stream, &path) || !path.is_relayed) {
		counter_add(&holepunch_refused, 1);
		stream_reset(stream);
		return;
	}
	if (attempt != NULL && attempt->is_ours &&
	    attempt->again.us == MONOTIME_NEVER.us && !gives_way(host, &peer)) {
		stream_reset(stream); /* it gives way */
		return;
	}
	if (attempt != NULL)
		tries = attempt->tries;
	if (tries >= HOLEPUNCH_ASKED_MAX) {
		counter_add(&holepunch_over_limit, 1);
		stream_reset(stream);
		return;
	}
	if (attempt != NULL)
		attempt_free(attempt);
	attempt = attempt_new(holepunch, &peer, false);
	attempt->tries = tries + 1;
	attempt->stream = stream;
	attempt->rtt_ms = path.rtt_us > 0 ? path.rtt_us / 1000 : 0;
	stream_set_handler(stream, &handler, attempt);
	attempt_arm(attempt, HOLEPUNCH_STREAM_MS);
}

struct holepunch *
holepunch_new(struct host *host)
{
	struct holepunch *holepunch = xzalloc(sizeof(*holepunch));

	holepunch->host = host;
	TAILQ_INIT(&holepunch->attempts);
	host_allow_limited(host, HOLEPUNCH_PROTOCOL);
	host_serve(host, HOLEPUNCH_PROTOCOL, on_stream, holepunch);
	return holepunch;
}

void
holepunch_free(struct holepunch *holepunch)
{
	struct attempt *attempt;

	if (holepunch == NULL)
		return;
	while ((attempt = TAILQ_FIRST(&holepunch->attempts)) != NULL)
		attempt_free(attempt);
	host_unserve(holepunch->host, HOLEPUNCH_PROTOCOL);
	free(holepunch);
}
