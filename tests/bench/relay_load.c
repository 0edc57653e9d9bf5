/*
 * relay_load: bytes through the circuits of a relay, and places at it. What
 * runs in the circuits is raw: each end seals once, as those of TLS do that
 * talk through a proxy.
 *
 *	relay_load relay           a relay without limits; prints its address
 *	relay_load through ADDRESS/p2p/ID CIRCUITS SECONDS [POLITE]
 *	relay_load places ADDRESS/p2p/ID N	prints "held N" and waits
 *
 * through: each circuit is between two connections of its own. "rate N": bytes
 * a second through all. With POLITE, so many more, that read 512 KiB twice a
 * second: "slowest_us N", the longest that one of them took.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "common/base/fault.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/libp2p/relay/relay_client.h"
#include "common/libp2p/relay/relay_message.h"
#include "common/libp2p/relay/relay_server.h"
#include "tests/bench/load_identity.h"

enum {
	PATIENCE_MS = 60000,
	ENDS_MAX = 8192,
	MANY = 100000,
	POLITE_BYTES = 512 * 1024, /* more than a window */
	POLITE_MS = 500,
};

static const char *const hop[] = { RELAY_PROTOCOL_HOP };

static struct event_base *base;
static struct multiaddr relay_address;
static struct peer_id relay_id;

/* One end: a host with a connection to the relay. */
struct end {
	struct noise_identity identity;
	struct peer_id id;
	struct host *host;
	struct stream *circuit; /* of a visitor */
	struct peer_id target;  /* len 0: it is visited */
	bool is_polite;
	struct event *timer;
	struct monotime asked;
	uint64_t got, wanted; /* polite: what it reads before it rests */
	int64_t slowest_us;
};

static struct end ends[ENDS_MAX];
static size_t ends_ready, ends_open, ends_wanted;
static void (*on_ready)(void);

static struct host_limits
limits(void)
{
	struct host_limits limits = host_default_limits;

	limits.connections = limits.connections_per_ip = MANY;
	limits.pending_inbound = limits.dials = MANY;
	limits.peers = MANY;
	limits.idle_ms = 3600 * 1000;
	return limits;
}

static void
end_open(
    struct end *end, bool is_listening, const struct host_observer *observer)
{
	struct host_config config = { .base = base,
		.identity = &end->identity,
		.is_only_dialler = !is_listening,
		.limits = limits() };

	load_identity(&end->identity, &end->id);
	config.self = end->id;
	if (host_new(&config, observer, end, &end->host) < 0)
		die("no host");
}

static void
say(struct stream *stream, enum relay_kind kind,
    const struct relay_message *message)
{
	struct buffer wire;

	buffer_init(&wire, RELAY_MESSAGE_MAX);
	if (relay_message_encode(kind, message, &wire) < 0 ||
	    stream_write(stream, buffer_bytes(&wire)) < 0)
		die("nothing can be said to the relay");
	buffer_fini(&wire);
}

/* --- the relay --- */

static bool
knows_all(const struct peer_id *peer, void *arg)
{
	(void)peer;
	(void)arg;
	return true;
}

static struct relay_server *server;

static void
on_disconnected(struct host *host, const struct peer_id *peer, void *arg)
{
	(void)host;
	(void)arg;
	relay_server_on_disconnected(server, peer);
}

static void
run_relay(void)
{
	static const struct host_observer observer = {
		.on_disconnected = on_disconnected,
	};
	static const struct relay_server_config config = {
		.limits = { MANY, MANY, MANY, MANY, MANY, 3600, 60, 0, 0 },
		.is_known = knows_all,
	};
	char text[MULTIADDR_TEXT_SIZE];
	struct multiaddr address;

	end_open(&ends[0], true, &observer);
	server = relay_server_new(ends[0].host, &config);
	snprintf(text, sizeof(text), "/ip4/127.0.0.1/tcp/%u",
	    (unsigned int)host_port(ends[0].host));
	if (multiaddr_parse(text, &address) < 0 ||
	    multiaddr_append_peer(&address, &ends[0].id) < 0)
		die("no address");
	multiaddr_print(&address, text);
	printf("%s\n", text);
	fflush(stdout);
	event_base_dispatch(base);
}

/* --- a place at the relay --- */

static size_t
on_place(struct stream *stream, struct bytes bytes, void *arg)
{
	struct relay_message message;
	size_t len;

	(void)arg;
	if (relay_message_decode(RELAY_HOP, bytes, &message, &len) != 0) {
		stream_resume(stream);
		return 0;
	}
	if (message.status != RELAY_OK)
		die("no place: %s", relay_status_text(message.status));
	stream_finish(stream);
	if (++ends_ready == ends_wanted && on_ready != NULL)
		on_ready();
	return bytes.len;
}

static void
on_hop_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct stream_handler handler = { .on_data = on_place };
	static const struct relay_message reserve = { .type = RELAY_RESERVE };

	(void)host;
	if (stream == NULL)
		die("the relay is not reached: %s", strerror(-error));
	stream_set_handler(stream, &handler, arg);
	say(stream, RELAY_HOP, &reserve);
}

static void
reserve(struct end *end)
{
	host_learn(end->host, &relay_id, &relay_address, PATIENCE_MS);
	host_open(
	    end->host, &relay_id, hop, 1, PATIENCE_MS, on_hop_opened, end);
}

/* --- the visited end --- */

static size_t
on_fill(struct stream *stream, uint8_t *buffer, size_t size, void *arg)
{
	(void)stream;
	(void)arg;
	memset(buffer, 'x', size);
	return size;
}

static size_t
on_stop_data(struct stream *stream, struct bytes bytes, void *arg)
{
	static const struct relay_message yes = { .type = RELAY_STATUS,
		.status = RELAY_OK };
	struct relay_message message;
	size_t len;

	(void)arg;
	if (relay_message_decode(RELAY_STOP, bytes, &message, &len) != 0) {
		stream_resume(stream);
		return 0;
	}
	say(stream, RELAY_STOP, &yes);
	stream_wake(stream);
	return bytes.len;
}

static void
on_stop(struct host *host, struct stream *stream, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = on_stop_data,
		.on_fill = on_fill,
	};

	(void)host;
	stream_set_handler(stream, &handler, arg);
}

/* The other process: sends the ids of its ends up the pipe. */
static void
run_visited(int pipe_to)
{
	size_t i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	base = event_base_new();
	for (i = 0; i < ends_wanted; i++) {
		end_open(&ends[i], false, NULL);
		host_serve(
		    ends[i].host, RELAY_PROTOCOL_STOP, on_stop, &ends[i]);
		reserve(&ends[i]);
	}
	while (ends_ready < ends_wanted)
		event_base_loop(base, EVLOOP_ONCE);
	for (i = 0; i < ends_wanted; i++)
		if (write(pipe_to, &ends[i].id, sizeof(ends[i].id)) !=
		    sizeof(ends[i].id))
			exit(1);
	event_base_dispatch(base);
	exit(0);
}

/* --- the visitors --- */

static uint64_t
read_by_all(void)
{
	uint64_t sum = 0;
	size_t i;

	for (i = 0; i < ends_wanted; i++)
		sum += ends[i].got;
	return sum;
}

static size_t
read_politely(struct end *end, size_t len)
{
	static const struct timeval rest = { 0, POLITE_MS * 1000 };
	int64_t us;

	if (len > end->wanted)
		len = (size_t)end->wanted;
	end->wanted -= len;
	if (end->wanted == 0 && !event_pending(end->timer, EV_TIMEOUT, NULL)) {
		us = monotime_now().us - end->asked.us;
		if (us > end->slowest_us)
			end->slowest_us = us;
		event_add(end->timer, &rest);
	}
	return len;
}

static void
on_rested(evutil_socket_t fd, short what, void *arg)
{
	struct end *end = arg;

	(void)fd;
	(void)what;
	end->wanted = POLITE_BYTES;
	end->asked = monotime_now();
	stream_resume(end->circuit);
}

static size_t
on_circuit_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct end *end = arg;
	struct relay_message message;
	size_t len = bytes.len;

	if (end->circuit == NULL) {
		if (relay_message_decode(RELAY_HOP, bytes, &message, &len) !=
		    0) {
			stream_resume(stream);
			return 0;
		}
		if (message.status != RELAY_OK)
			die("no circuit: %s",
			    relay_status_text(message.status));
		end->circuit = stream;
		ends_open++;
		stream_resume(stream); /* offer the rest */
	} else if (end->is_polite) {
		return read_politely(end, bytes.len);
	} else {
		end->got += bytes.len;
	}
	return len;
}

static void
on_circuit_close(struct stream *stream, enum stream_end how, void *arg)
{
	(void)stream;
	(void)arg;
	die("a circuit ended: %d", (int)how);
}

static void
on_connect_opened(
    struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = on_circuit_data,
		.on_close = on_circuit_close,
	};
	const struct end *end = arg;
	const struct relay_message connect = { .type = RELAY_CONNECT,
		.peer = end->target };

	(void)host;
	if (stream == NULL)
		die("the relay is not reached: %s", strerror(-error));
	stream_set_handler(stream, &handler, arg);
	say(stream, RELAY_HOP, &connect);
}

static void
connect_all(void)
{
	size_t i;

	for (i = 0; i < ends_wanted; i++)
		host_open(ends[i].host, &relay_id, hop, 1, PATIENCE_MS,
		    on_connect_opened, &ends[i]);
}

static void
open_visitors(int pipe_from, size_t polite)
{
	size_t i;

	for (i = 0; i < ends_wanted; i++) {
		end_open(&ends[i], false, NULL);
		ends[i].is_polite = i < polite;
		ends[i].wanted = POLITE_BYTES;
		ends[i].timer = xcheck(evtimer_new(base, on_rested, &ends[i]));
		if (read(pipe_from, &ends[i].target, sizeof(ends[i].target)) !=
		    sizeof(ends[i].target))
			die("the other process failed");
		reserve(&ends[i]);
	}
	on_ready = connect_all;
	while (ends_open < ends_wanted)
		event_base_loop(base, EVLOOP_ONCE);
}

static void
run_for(int64_t seconds)
{
	struct timeval time = { (time_t)seconds, 0 };

	event_base_loopexit(base, &time);
	event_base_dispatch(base);
}

static void
measure(int64_t seconds, size_t polite)
{
	struct monotime start = monotime_now();
	uint64_t before = read_by_all();
	int64_t slowest = 0;
	size_t i;

	for (i = 0; i < polite; i++)
		ends[i].slowest_us = 0;
	run_for(seconds);
	printf("rate %.0f\n", (double)(read_by_all() - before) * 1e6 /
				  (double)(monotime_now().us - start.us));
	for (i = 0; i < polite; i++)
		if (ends[i].slowest_us > slowest)
			slowest = ends[i].slowest_us;
	if (polite > 0)
		printf("slowest_us %lld\n", (long long)slowest);
}

static void
run_through(size_t circuits, int64_t seconds, size_t polite)
{
	int pipes[2];

	ends_wanted = circuits + polite;
	if (ends_wanted > ENDS_MAX || pipe(pipes) == -1)
		die("too many circuits");
	if (fork() == 0)
		run_visited(pipes[1]);
	close(pipes[1]);
	base = event_base_new();
	open_visitors(pipes[0], polite);
	run_for(1); /* windows grow, caches fill */
	measure(seconds, polite);
}

/* --- places --- */

static void
on_all_held(void)
{
	printf("held %zu\n", ends_ready);
	fflush(stdout);
}

static void
run_places(size_t count)
{
	size_t i;

	ends_wanted = count;
	on_ready = on_all_held;
	if (count > ENDS_MAX)
		die("too many places");
	for (i = 0; i < count; i++) {
		end_open(&ends[i], false, NULL);
		reserve(&ends[i]);
		/* The relay takes them in as they come. */
		while (i >= ends_ready + 64)
			event_base_loop(base, EVLOOP_ONCE);
	}
	event_base_dispatch(base);
}

static uint64_t
number(const char *text)
{
	uint64_t value = 0;

	if (text == NULL || text_parse_u64(bytes_of(text), &value) < 0)
		die("not a number: %s", text != NULL ? text : "");
	return value;
}

static void
raise_limits(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

int
main(int argc, char *argv[])
{
	const char *what = argc > 1 ? argv[1] : "";

	raise_limits();
	if (argc > 2 && (multiaddr_parse(argv[2], &relay_address) < 0 ||
			    !multiaddr_take_peer(&relay_address, &relay_id)))
		die("not an address with a peer: %s", argv[2]);
	if (!strcmp(what, "through") && argc > 4) {
		run_through(number(argv[3]), (int64_t)number(argv[4]),
		    argc > 5 ? number(argv[5]) : 0);
		return 0;
	}
	base = event_base_new();
	if (!strcmp(what, "places") && argc > 3)
		run_places(number(argv[3]));
	else if (!strcmp(what, "relay"))
		run_relay();
	else
		die("usage: relay_load relay|through|places");
	return 0;
}
