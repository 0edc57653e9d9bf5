/*
 * data_load: loads the database of a peer as visitors do, over
 * /goop/data/1.0.0, one stream a request:
 *
 *	data_load ADDRESS/p2p/ID KIND CONNECTIONS STREAMS SECONDS [RATE]
 *
 * KIND is "insert" or "point N" in one word, as point:1000000: queries for one
 * of that many rows. Each connection is of a peer of its own. Without a RATE
 * each keeps STREAMS requests under way; with it, that many requests a second
 * begin in all, at the times that they should whatever the answers take.
 * It prints "rate", "p50_ms", "p99_ms", "max_ms", "failed", each with a number,
 * and the first refusal. It waits a second before it counts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/buffer.h"
#include "common/base/fault.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/libp2p/host/host.h"
#include "tests/bench/load.h"
#include "tests/bench/load_identity.h"

enum {
	PATIENCE_MS = 30000,
	WARM_UP_US = 1000000,
	TICK_US = 1000,
	CONNECTIONS_MAX = 200,
};

static const char *const protocols[] = { "/goop/data/1.0.0" };

struct load {
	struct event_base *base;
	struct peer_id peer;
	struct multiaddr address;
	uint64_t rows; /* 0: insert */
	uint64_t streams, rate;
	int64_t start_us, end_us;
	uint64_t begun, connected, count, turn;
	struct load_times times;
	uint64_t done, failed;
	bool is_over;
};

struct client {
	struct load *load;
	struct noise_identity identity;
	struct peer_id id;
	struct host *host;
	uint64_t under_way;
};

struct question {
	struct client *client;
	int64_t begun_us;
	char head[16]; /* of the answer */
	size_t len;
	bool is_answered;
};

static struct client clients[CONNECTIONS_MAX];

static void begin(struct client *client, int64_t when_us);
static void begin_due(struct load *load);

static void
client_open(struct client *client, struct load *load)
{
	struct host_config config = { .base = load->base,
		.identity = &client->identity,
		.limits = host_default_limits };

	load_identity(&client->identity, &client->id);
	config.self = client->id;
	client->load = load;
	if (host_new(&config, NULL, client, &client->host) < 0)
		die("no host");
	host_learn(client->host, &load->peer, &load->address, 3600000);
}

/* --- a request */

static void
note_end(struct question *question)
{
	struct client *client = question->client;
	struct load *load = client->load;
	int64_t now = load_now_us();

	client->under_way--;
	if (now >= load->start_us && now < load->end_us) {
		load->done++;
		load_times_add(&load->times, question->begun_us, now);
		if (!question->is_answered ||
		    strncmp(question->head, "{\"ok\":true", 10) != 0) {
			if (load->failed++ == 0)
				printf("refusal %.*s\n", (int)question->len,
				    question->head);
		}
	}
	free(question);
	if (now >= load->end_us)
		return;
	if (load->rate == 0)
		begin(client, now);
	else
		begin_due(load);
}

static size_t
on_data(struct stream *stream, struct bytes bytes, void *arg)
{
	struct question *question = arg;
	size_t room = sizeof(question->head) - question->len;

	(void)stream;
	if (room > bytes.len)
		room = bytes.len;
	memcpy(question->head + question->len, bytes.data, room);
	question->len += room;
	if (bytes.data[bytes.len - 1] == '\n')
		question->is_answered = true;
	return bytes.len;
}

static void
on_close(struct stream *stream, enum stream_end end, void *arg)
{
	(void)stream;
	(void)end;
	note_end(arg);
}

static void
print_request(const struct load *load, struct buffer *ret)
{
	buffer_init(ret, 1024);
	if (load->rows == 0)
		buffer_printf(ret,
		    "{\"op\":\"insert\",\"table\":\"bench\",\"data\":"
		    "{\"title\":\"entry %llu\",\"text\":"
		    "\"What a visitor writes into a guestbook.\"}}\n",
		    (unsigned long long)load->begun);
	else
		buffer_printf(ret,
		    "{\"op\":\"query\",\"table\":\"bench\",\"columns\":"
		    "[\"_id\",\"title\"],\"where\":\"_id = ?\","
		    "\"args\":[%llu],\"limit\":1}\n",
		    (unsigned long long)(1 + (uint64_t)random() % load->rows));
}

static void
on_opened(struct host *host, struct stream *stream, int error, void *arg)
{
	static const struct stream_handler handler = {
		.on_data = on_data,
		.on_close = on_close,
	};
	struct question *question = arg;
	struct buffer request;

	(void)host;
	if (stream == NULL)
		die("no stream: %s", strerror(-error));
	print_request(question->client->load, &request);
	stream_write(stream, buffer_bytes(&request));
	stream_finish(stream);
	stream_set_handler(stream, &handler, question);
	buffer_fini(&request);
}

static void
begin(struct client *client, int64_t when_us)
{
	struct question *question = xzalloc(sizeof(*question));

	question->client = client;
	question->begun_us = when_us;
	client->under_way++;
	client->load->begun++;
	host_open(client->host, &client->load->peer, protocols, 1, PATIENCE_MS,
	    on_opened, question);
}

/* One that has room, in turn; NULL: none has. */
static struct client *
next_client(struct load *load)
{
	struct client *client;
	uint64_t i;

	for (i = 0; i < load->count; i++) {
		client = &clients[load->turn++ % load->count];
		if (client->under_way < load->streams)
			return client;
	}
	return NULL;
}

/* With a rate: begin what is due by now, if there is room. */
static void
begin_due(struct load *load)
{
	int64_t now = load_now_us(), due;
	struct client *client;

	for (;;) {
		due = load->start_us - WARM_UP_US +
		      (int64_t)(load->begun * 1000000 / load->rate);
		client = due <= now ? next_client(load) : NULL;
		if (client == NULL)
			return;
		begin(client, due);
	}
}

/* --- all of them */

static void
on_tick(evutil_socket_t fd, short what, void *arg)
{
	struct load *load = arg;

	(void)fd;
	(void)what;
	if (load_now_us() >= load->end_us)
		event_base_loopbreak(load->base);
	else if (load->rate > 0)
		begin_due(load);
}

static void
start(struct load *load)
{
	int64_t now = load_now_us();
	uint64_t i, k;

	load->end_us += now + WARM_UP_US;
	load->start_us = now + WARM_UP_US;
	for (i = 0; load->rate == 0 && i < load->count; i++) {
		for (k = 0; k < load->streams; k++)
			begin(&clients[i], now);
	}
}

static void connect_next(struct load *load);

static void
on_connected(struct host *host, struct stream *stream, int error, void *arg)
{
	struct load *load = arg;

	(void)host;
	(void)stream;
	if (error < 0)
		die("no connection: %s", strerror(-error));
	if (++load->connected == load->count)
		start(load);
	else
		connect_next(load);
}

/* One after the other: servers limit how many may be half open. */
static void
connect_next(struct load *load)
{
	struct client *client = &clients[load->connected];

	client_open(client, load);
	host_connect(
	    client->host, &load->peer, PATIENCE_MS, on_connected, load);
}

static uint64_t
number(const char *text)
{
	uint64_t value;

	if (text_parse_u64(bytes_of(text), &value) < 0)
		die("not a number: %s", text);
	return value;
}

static void
read_arguments(struct load *load, int argc, char *argv[])
{
	if (argc < 6)
		die("usage: data_load ADDRESS/p2p/ID insert|point:ROWS "
		    "CONNECTIONS STREAMS SECONDS [RATE]");
	if (multiaddr_parse(argv[1], &load->address) < 0 ||
	    !multiaddr_take_peer(&load->address, &load->peer))
		die("not an address with a peer: %s", argv[1]);
	if (strncmp(argv[2], "point:", 6) == 0)
		load->rows = number(argv[2] + 6);
	load->count = number(argv[3]);
	load->streams = number(argv[4]);
	load->end_us = (int64_t)number(argv[5]) * 1000000;
	load->rate = argc > 6 ? number(argv[6]) : 0;
	if (load->count == 0 || load->count > CONNECTIONS_MAX)
		die("not so many connections");
}

int
main(int argc, char *argv[])
{
	static struct load load;
	struct timeval tick = { 0, TICK_US };
	struct event_config *config = event_config_new();
	struct event *timer;
	double seconds;

	read_arguments(&load, argc, argv);
	load_raise_limit();
	event_config_set_flag(config, EVENT_BASE_FLAG_PRECISE_TIMER);
	load.base = event_base_new_with_config(config);
	seconds = (double)load.end_us / 1e6;
	connect_next(&load);
	timer = event_new(load.base, -1, EV_PERSIST, on_tick, &load);
	while (load.connected < load.count)
		event_base_loop(load.base, EVLOOP_ONCE);
	event_add(timer, &tick);
	event_base_dispatch(load.base);
	printf(
	    "rate %.0f\np50_ms %.3f\np99_ms %.3f\nmax_ms %.3f\nfailed %llu\n",
	    (double)load.done / seconds, load_quantile_ms(&load.times, 0.5),
	    load_quantile_ms(&load.times, 0.99),
	    load_quantile_ms(&load.times, 1), (unsigned long long)load.failed);
	exit(0); /* what is still under way does not matter */
}
