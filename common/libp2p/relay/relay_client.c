#include "common/libp2p/relay/relay_client.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/random.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/host_circuit.h"
#include "common/libp2p/host/host_observed.h"
#include "common/libp2p/multiformats/multiaddr_class.h"
#include "common/libp2p/relay/relay_message.h"
#include "common/libp2p/relay/relay_reservation.h"

COUNTER(relay_stops_refused, "circuits refused: from a relay where we hold no "
			     "reservation, or malformed");
COUNTER(relay_dials_over_limit, "circuits not dialled: too many at once");
COUNTER(relay_dials_failed, "circuits that a relay did not make");

enum {
	ASK_MS = 15000,       /* to reach a relay, and for its answer */
	DIAL_MS = 15000,      /* for a circuit */
	ADDRESS_MS = 3600000, /* an address of a relay, since it was told */
};

static const char *const hop_protocol[] = { RELAY_PROTOCOL_HOP };

/* A relay where we want a reservation. */
struct relay {
	TAILQ_ENTRY(relay) entry;
	struct relay_client *client;
	struct peer_id id;
	struct multiaddr addresses[RELAY_ADDRESSES_MAX];
	size_t address_count;
	struct relay_reservation reservation;
	struct host_request *opening; /* of the stream to ask on, or NULL */
	struct stream *stream;        /* the same; an answer is awaited */
	struct multiaddr circuits[RELAY_CLIENT_ADDRESSES_MAX];
	size_t circuit_count;
	const char *error;
};

/* A circuit of ours on its way. */
struct circuit_dial {
	LIST_ENTRY(circuit_dial) entry;
	struct relay_client *client;
	struct host_circuit_attempt *attempt;
	struct peer_id target;
	struct host_request *opening;
	struct stream *stream;
	struct event *timer;
};

struct relay_client {
	struct host *host;
	relay_client_change_fn *on_change;
	void *arg;
	struct event *timer;
	TAILQ_HEAD(, relay) relays;
	LIST_HEAD(, circuit_dial) dials;
	size_t relay_count, dial_count;
};

static double
some_random(void)
{
	return random_below(1024) / 1024.0;
}

static int
send_message(struct stream *stream, enum relay_kind kind,
    const struct relay_message *message)
{
	struct buffer wire;
	int rc;

	buffer_init(&wire, RELAY_MESSAGE_MAX);
	rc = relay_message_encode(kind, message, &wire);
	if (rc == 0)
		rc = stream_write(stream, buffer_bytes(&wire));
	buffer_fini(&wire);
	return rc;
}

/* --- reservations --- */

static struct relay *
find_relay(const struct relay_client *client, const struct peer_id *id)
{
	struct relay *relay;

	TAILQ_FOREACH (relay, &client->relays, entry)
		if (peer_id_equal(&relay->id, id))
			return relay;
	return NULL;
}

static void
arm(struct relay_client *client)
{
	struct monotime at = MONOTIME_NEVER;
	const struct relay *relay;
	struct timeval wait;

	TAILQ_FOREACH (relay, &client->relays, entry)
		at = monotime_min(
		    at, relay_reservation_deadline(&relay->reservation));
	if (at.us == INT64_MAX)
		return;
	wait = timeval_until(at, monotime_now());
	event_add(client->timer, &wait);
}

static void
set_circuits(
    struct relay *relay, const struct multiaddr *circuits, size_t count)
{
	struct relay_client *client = relay->client;
	size_t i;
	bool is_same = count == relay->circuit_count;

	for (i = 0; is_same && i < count; i++)
		is_same = multiaddr_equal(&circuits[i], &relay->circuits[i]);
	if (is_same)
		return;
	if (count > 0)
		memcpy(relay->circuits, circuits, count * sizeof(*circuits));
	relay->circuit_count = count;
	client->on_change(client, client->arg);
}

/* The exchange is over; the next one has a stream of its own. */
static void
end_exchange(struct relay *relay)
{
	static const struct stream_handler none = { .on_data = NULL };
	struct stream *stream = relay->stream;

	if (relay->opening != NULL)
		host_cancel(relay->opening);
	relay->opening = NULL;
	relay->stream = NULL;
	if (stream == NULL)
		return;
	stream_set_handler(stream, &none, NULL);
	stream_finish(stream);
}

static void
ask_failed(struct relay *relay, bool is_refusal, const char *error)
{
	char id[PEER_ID_TEXT_SIZE];

	peer_id_print(&relay->id, id);
	log_info("relay reservation failed relay=%s reason=\"%s\"", id, error);
	relay->error = error;
	end_exchange(relay);
	relay_reservation_failed(
	    &relay->reservation, is_refusal, some_random(), monotime_now());
	arm(relay->client);
}

static void
add_circuit(const struct relay *relay, const struct multiaddr *address,
    struct multiaddr *ret, size_t *count)
{
	struct multiaddr plain = *address;
	struct peer_id named;

	if (*count == RELAY_CLIENT_ADDRESSES_MAX)
		return;
	/* Only the relay's own addresses count. */
	if (multiaddr_take_peer(&plain, &named) &&
	    !peer_id_equal(&named, &relay->id))
		return;
	if (multiaddr_is_dialable(&plain) &&
	    multiaddr_make_circuit(&plain, &relay->id, &ret[*count]) == 0)
		(*count)++;
}

/* The address of our connection to the relay, if we have dialled it. */
static bool
dialled_address(const struct relay *relay, struct multiaddr *ret)
{
	struct host_path paths[4];
	size_t count, i;

	count = host_paths(relay->client->host, &relay->id, paths, 4);
	for (i = 0; i < count; i++)
		if (!paths[i].is_relayed && !paths[i].is_inbound) {
			*ret = paths[i].address;
			return true;
		}
	return false;
}

/* Where others find us at this relay: the addresses that it names, public ones
 * first, else that by which we reached it. A relay on this machine or on the
 * LAN may name nothing. */
static void
take_circuits(struct relay *relay, const struct relay_message *message)
{
	struct multiaddr circuits[RELAY_CLIENT_ADDRESSES_MAX], dialled;
	bool is_dialled = dialled_address(relay, &dialled);
	bool is_local = is_dialled && multiaddr_is_local(&dialled);
	const struct multiaddr *address;
	struct peer_id named;
	struct multiaddr plain;
	size_t i, count = 0;
	int pass;

	for (pass = 0; pass < 2; pass++)
		for (i = 0; i < message->address_count; i++) {
			address = &message->addresses[i];
			plain = *address;
			multiaddr_take_peer(&plain, &named);
			if (multiaddr_is_local(&plain) && !is_local)
				continue;
			if (multiaddr_is_private(&plain) == (pass == 1))
				add_circuit(relay, address, circuits, &count);
		}
	if (count == 0 && is_dialled)
		add_circuit(relay, &dialled, circuits, &count);
	set_circuits(relay, circuits, count);
}

static void
take_answer(struct relay *relay, const struct relay_message *message)
{
	int64_t left_s;
	char id[PEER_ID_TEXT_SIZE];

	if (message->type != RELAY_STATUS || message->status == 0) {
		ask_failed(relay, false, "the relay's answer makes no sense");
		return;
	}
	if (message->status != RELAY_OK) {
		ask_failed(relay, true, relay_status_text(message->status));
		return;
	}
	left_s = (int64_t)(message->expire & INT64_MAX) - walltime_ms() / 1000;
	end_exchange(relay);
	relay->error = NULL;
	if (!relay_reservation_is_held(&relay->reservation)) {
		peer_id_print(&relay->id, id);
		log_info("relay reservation granted relay=%s", id);
	}
	relay_reservation_granted(
	    &relay->reservation, left_s, some_random(), monotime_now());
	take_circuits(relay, message);
	arm(relay->client);
}

static size_t
on_answer(struct stream *stream, struct bytes bytes, void *arg)
{
	struct relay_message message;
	size_t len;
	int rc = relay_message_decode(RELAY_HOP, bytes, &message, &len);

	if (rc == RELAY_MORE) {
		stream_resume(stream); /* when more has come */
		return 0;
	}
	if (rc < 0)
		message = (struct relay_message){ .type = RELAY_RESERVE };
	take_answer(arg, &message);
	return bytes.len;
}

static void
on_answer_end(struct stream *stream, void *arg)
{
	(void)stream;
	ask_failed(arg, false, "the relay does not answer");
}

static void
on_answer_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct relay *relay = arg;

	(void)stream;
	relay->stream = NULL;
	ask_failed(relay, false,
	    end == STREAM_REFUSED ? "it is no relay"
				  : "the connection to the relay broke");
}

static void
on_ask_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct relay_message message = { .type = RELAY_RESERVE };
	static const struct stream_handler handler = {
		.on_data = on_answer,
		.on_end = on_answer_end,
		.on_close = on_answer_close,
	};
	struct relay *relay = arg;

	(void)host;
	relay->opening = NULL;
	if (stream == NULL) {
		ask_failed(relay, false,
		    error == -EPROTONOSUPPORT ? "it is no relay"
					      : "the relay does not answer");
		return;
	}
	relay->stream = stream;
	stream_set_handler(stream, &handler, relay);
	if (send_message(stream, RELAY_HOP, &message) < 0)
		stream_reset(stream);
}

static void
learn_relay(const struct relay *relay)
{
	size_t i;

	for (i = 0; i < relay->address_count; i++)
		host_learn(relay->client->host, &relay->id,
		    &relay->addresses[i], ADDRESS_MS);
}

static void
ask(struct relay *relay)
{
	struct host *host = relay->client->host;

	relay_reservation_asked(&relay->reservation);
	learn_relay(relay);
	host_clear_backoff(host, &relay->id);
	relay->opening = host_open(
	    host, &relay->id, hop_protocol, 1, ASK_MS, on_ask_opened, relay);
}

static void
on_timer(evutil_socket_t fd, short what, void *arg)
{
	struct relay_client *client = arg;
	struct monotime now = monotime_now();
	struct relay *relay;

	(void)fd;
	(void)what;
	TAILQ_FOREACH (relay, &client->relays, entry) {
		if (relay_reservation_expire(&relay->reservation, now))
			set_circuits(relay, NULL, 0);
		if (relay_reservation_is_due(&relay->reservation, now))
			ask(relay);
	}
	arm(client);
}

/* --- circuits that others make to us --- */

static size_t
on_stop_data(struct stream *stream, struct bytes bytes, void *arg)
{
	static const struct relay_message yes = { .type = RELAY_STATUS,
		.status = RELAY_OK };
	struct relay_client *client = arg;
	const struct relay *relay = find_relay(client, stream_peer(stream));
	struct relay_message message;
	struct host_circuit circuit = { .is_dialer = false };
	size_t len;
	int rc = relay_message_decode(RELAY_STOP, bytes, &message, &len);

	if (rc == RELAY_MORE) {
		stream_resume(stream); /* when more has come */
		return 0;
	}
	if (rc < 0 || message.type != RELAY_CONNECT || message.peer.len == 0 ||
	    relay == NULL || relay->circuit_count == 0 ||
	    send_message(stream, RELAY_STOP, &yes) < 0) {
		counter_add(&relay_stops_refused, 1);
		stream_reset(stream);
		return bytes.len;
	}
	circuit.address = relay->circuits[0];
	circuit.expected = &message.peer;
	circuit.is_limited = message.has_limit;
	host_adopt_circuit(client->host, stream, &circuit);
	return len;
}

static void
on_stop_end(struct stream *stream, void *arg)
{
	(void)arg;
	stream_reset(stream);
}

static void
on_stop(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = on_stop_data,
		.on_end = on_stop_end,
	};
	struct host_path path;

	if (find_relay(arg, stream_peer(stream)) == NULL ||
	    !host_stream_path(host, stream, &path) || path.is_relayed) {
		counter_add(&relay_stops_refused, 1);
		stream_reset(stream);
		return;
	}
	stream_set_handler(stream, &handler, arg);
}

/* --- circuits that we make --- */

static void
dial_free(struct circuit_dial *dial)
{
	static const struct stream_handler none = { .on_data = NULL };

	if (dial->opening != NULL)
		host_cancel(dial->opening);
	if (dial->stream != NULL) {
		stream_set_handler(dial->stream, &none, NULL);
		stream_reset(dial->stream);
	}
	LIST_REMOVE(dial, entry);
	dial->client->dial_count--;
	event_free(dial->timer);
	free(dial);
}

static void
dial_failed(struct circuit_dial *dial, const char *reason)
{
	struct host_circuit_attempt *attempt = dial->attempt;
	char id[PEER_ID_TEXT_SIZE];

	peer_id_print(&dial->target, id);
	log_debug("relay circuit failed peer=%s reason=\"%s\"", id, reason);
	counter_add(&relay_dials_failed, 1);
	dial_free(dial);
	host_circuit_dialled(attempt, NULL, false);
}

static size_t
on_dial_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct circuit_dial *dial = arg;
	struct host_circuit_attempt *attempt = dial->attempt;
	struct relay_message message;
	size_t len;
	int rc = relay_message_decode(RELAY_HOP, bytes, &message, &len);

	if (rc == RELAY_MORE) {
		stream_resume(stream); /* when more has come */
		return 0;
	}
	if (rc < 0 || message.type != RELAY_STATUS ||
	    message.status != RELAY_OK) {
		dial_failed(dial, relay_status_text(message.status));
		return bytes.len;
	}
	dial->stream = NULL; /* it is the circuit's now */
	dial_free(dial);
	host_circuit_dialled(attempt, stream, message.has_limit);
	return len;
}

static void
on_dial_end(struct stream *stream, void *arg)
{
	(void)stream;
	dial_failed(arg, "the relay does not answer");
}

static void
on_dial_close(struct stream *stream, enum stream_end end, void *arg)
{
	struct circuit_dial *dial = arg;

	(void)stream;
	(void)end;
	dial->stream = NULL;
	dial_failed(dial, "the relay broke the connection");
}

static void
on_dial_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = on_dial_data,
		.on_end = on_dial_end,
		.on_close = on_dial_close,
	};
	struct circuit_dial *dial = arg;
	struct relay_message message = { .type = RELAY_CONNECT,
		.peer = dial->target };

	(void)host;
	(void)error;
	dial->opening = NULL;
	if (stream == NULL) {
		dial_failed(dial, "the relay cannot be reached");
		return;
	}
	dial->stream = stream;
	stream_set_handler(stream, &handler, dial);
	if (send_message(stream, RELAY_HOP, &message) < 0)
		stream_reset(stream);
}

static void
on_dial_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	dial_failed(arg, "the relay takes too long");
}

static void *
dial_circuit(struct host *host, const struct multiaddr *address,
    const struct peer_id *peer, struct host_circuit_attempt *attempt, void *arg)
{
	static const struct timeval limit = { DIAL_MS / 1000, 0 };
	struct relay_client *client = arg;
	struct multiaddr relay_address;
	struct circuit_dial *dial;
	struct peer_id relay;

	if (client->dial_count >= RELAY_CLIENT_DIALS_MAX) {
		counter_add(&relay_dials_over_limit, 1);
		return NULL;
	}
	if (!multiaddr_take_circuit(address, &relay_address, &relay) ||
	    peer_id_equal(&relay, peer))
		return NULL;
	dial = xzalloc(sizeof(*dial));
	dial->client = client;
	dial->attempt = attempt;
	dial->target = *peer;
	dial->timer = xcheck(evtimer_new(host_base(host), on_dial_timer, dial));
	event_add(dial->timer, &limit);
	LIST_INSERT_HEAD(&client->dials, dial, entry);
	client->dial_count++;
	host_learn(host, &relay, &relay_address, ADDRESS_MS);
	/* It may become ours, too, and then its word on our port is wanted. */
	host_dial_from_port(host, &relay);
	dial->opening = host_open(
	    host, &relay, hop_protocol, 1, DIAL_MS, on_dial_opened, dial);
	return dial;
}

static void
cancel_circuit(void *handle, void *arg)
{
	(void)arg;
	dial_free(handle);
}

/* --- the client --- */

struct relay_client *
relay_client_new(
    struct host *host, relay_client_change_fn *on_change, void *arg)
{
	static const struct host_circuit_dialer dialer = {
		.dial = dial_circuit,
		.cancel = cancel_circuit,
	};
	struct relay_client *client = xzalloc(sizeof(*client));

	client->host = host;
	client->on_change = on_change;
	client->arg = arg;
	TAILQ_INIT(&client->relays);
	LIST_INIT(&client->dials);
	client->timer = xcheck(evtimer_new(host_base(host), on_timer, client));
	host_set_circuit_dialer(host, &dialer, client);
	return client;
}

void
relay_client_free(struct relay_client *client)
{
	struct relay *relay;

	if (client == NULL)
		return;
	while ((relay = TAILQ_FIRST(&client->relays)) != NULL) {
		TAILQ_REMOVE(&client->relays, relay, entry);
		free(relay);
	}
	event_free(client->timer);
	free(client);
}

static void
learn_addresses(
    struct relay *relay, const struct multiaddr *addresses, size_t count)
{
	if (count > RELAY_ADDRESSES_MAX)
		count = RELAY_ADDRESSES_MAX;
	if (count > 0)
		memcpy(relay->addresses, addresses, count * sizeof(*addresses));
	relay->address_count = count;
	learn_relay(relay);
}

int
relay_client_add(struct relay_client *client, const struct peer_id *id,
    const struct multiaddr *addresses, size_t count)
{
	struct relay *relay = find_relay(client, id);

	if (relay != NULL) {
		learn_addresses(relay, addresses, count);
		return 0;
	}
	if (client->relay_count == RELAY_CLIENT_RELAYS_MAX)
		return -ENOSPC;
	/* A peer that uses no relay does not offer to be reached by one. */
	if (client->relay_count++ == 0)
		host_serve(client->host, RELAY_PROTOCOL_STOP, on_stop, client);
	relay = xzalloc(sizeof(*relay));
	relay->client = client;
	relay->id = *id;
	relay_reservation_init(&relay->reservation, monotime_now());
	TAILQ_INSERT_TAIL(&client->relays, relay, entry);
	learn_addresses(relay, addresses, count);
	arm(client);
	return 0;
}

void
relay_client_remove(struct relay_client *client, const struct peer_id *id)
{
	struct relay *relay = find_relay(client, id);

	if (relay == NULL)
		return;
	end_exchange(relay);
	TAILQ_REMOVE(&client->relays, relay, entry);
	if (--client->relay_count == 0)
		host_unserve(client->host, RELAY_PROTOCOL_STOP);
	set_circuits(relay, NULL, 0);
	free(relay);
}

void
relay_client_renew(struct relay_client *client, const struct peer_id *id)
{
	struct relay *relay = find_relay(client, id);

	if (relay != NULL && !relay_reservation_is_awaited(&relay->reservation))
		ask(relay);
}

void
relay_client_on_disconnected(
    struct relay_client *client, const struct peer_id *id)
{
	struct relay *relay = find_relay(client, id);

	if (relay == NULL)
		return;
	relay_reservation_lost(
	    &relay->reservation, some_random(), monotime_now());
	relay->error = "the connection to the relay is gone";
	set_circuits(relay, NULL, 0);
	arm(client);
}

size_t
relay_client_addresses(
    const struct relay_client *client, struct multiaddr *ret, size_t max)
{
	const struct relay *relay;
	size_t count = 0, i;

	TAILQ_FOREACH (relay, &client->relays, entry)
		for (i = 0; i < relay->circuit_count && count < max; i++)
			ret[count++] = relay->circuits[i];
	return count;
}

size_t
relay_client_relays(
    const struct relay_client *client, struct relay_row *ret, size_t max)
{
	const struct relay *relay;
	size_t count = 0;

	TAILQ_FOREACH (relay, &client->relays, entry) {
		if (count == max)
			break;
		ret[count] = (struct relay_row){
			.relay = relay->id,
			.is_reserved =
			    relay_reservation_is_held(&relay->reservation),
			.error = relay->error,
		};
		if (relay->circuit_count > 0)
			ret[count].address = relay->circuits[0];
		if (ret[count].is_reserved)
			ret[count].left_ms = monotime_since_ms(
			    relay->reservation.expires, monotime_now());
		count++;
	}
	return count;
}
