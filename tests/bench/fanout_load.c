/*
 * fanout_load: N subscribers of an event stream and M publishers. Prints one
 * JSON line: what arrived, how late, and what the server's process used.
 *
 *	fanout_load PORT PID SUBSCRIBERS PUBLISHERS EVENTS PER_SECOND
 *	    SUBSCRIBE PUBLISH
 *
 * One publisher sends its events at even distances. Several send theirs in
 * turn, at times by chance, the same in each run: as those come who know
 * nothing of each other. SUBSCRIBE is a path to GET, with %u for the
 * subscriber's number if it has one; PUBLISH a path to POST presence messages
 * to. Each publisher is one peer, whose label holds the time at which the event
 * was sent.
 */
#include <sys/epoll.h>

#include "tests/bench/load.h"
#include "tests/bench/server_process.h"

enum {
	BATCH = 256,
	INPUT = 256 * 1024,
	NAP_US = 500,
	SETTLE_MS = 1500,
	TAIL_MS = 200, /* what a server does once all is told */
	PATIENCE_MS = 60000,
};

struct connection {
	int fd;
	bool is_publisher;
	struct load_scanner scanner;
};

struct load {
	uint16_t port;
	int pid, epoll;
	const char *publish;
	struct connection *subscribers, *publishers;
	unsigned int count, publisher_count, events, lost;
	int64_t *due_us; /* of each event, since the start */
	uint64_t bytes;
	struct load_times times;
};

/* What a server has used before and after. */
struct usage {
	double time_s, server_s, own_s;
	long rss_kib;
};

static char input[INPUT];

static void
on_readable(struct load *load, struct connection *connection)
{
	ssize_t n;

	while ((n = recv(connection->fd, input + LOAD_MARK_SIZE,
		    INPUT - LOAD_MARK_SIZE, 0)) > 0) {
		if (connection->is_publisher)
			continue;
		load->bytes += (size_t)n;
		load_scan(&connection->scanner, &load->times,
		    input + LOAD_MARK_SIZE, (size_t)n);
		if (n < INPUT - LOAD_MARK_SIZE)
			return;
	}
	if (n == -1 && errno == EAGAIN)
		return;
	if (connection->is_publisher)
		errx(1, "a publisher was hung up on");
	load->lost++;
	close(connection->fd);
}

/*
 * Look, and sleep a little if nothing is there. Whoever waits in epoll_wait is
 * woken by whoever sends to it, at the sender's expense: on one machine that is
 * the server, which readers elsewhere would never charge for it.
 */
static void
turn(struct load *load)
{
	static const struct timespec nap = { 0, NAP_US * 1000 };
	struct epoll_event ready[BATCH];
	int i, n = epoll_wait(load->epoll, ready, BATCH, 0);

	for (i = 0; i < n; i++)
		on_readable(load, ready[i].data.ptr);
	if (n < BATCH)
		nanosleep(&nap, NULL);
}

static void
turn_until(struct load *load, int64_t end_us)
{
	while (load_now_us() < end_us)
		turn(load);
}

static void
open_connection(
    struct load *load, struct connection *connection, unsigned int number)
{
	struct epoll_event event = { .events = EPOLLIN,
		.data.ptr = connection };

	connection->fd = load_connect(load->port, number);
	if (connection->fd == -1 ||
	    epoll_ctl(load->epoll, EPOLL_CTL_ADD, connection->fd, &event) == -1)
		err(1, "connection %u", number);
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void
subscribe(struct load *load, unsigned int number, const char *path)
{
	struct connection *subscriber = &load->subscribers[number];
	char target[256], request[512];
	int len;

	open_connection(load, subscriber, number);
	snprintf(target, sizeof(target), path, number);
	len = snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	    "Accept: text/event-stream\r\n\r\n",
	    target);
	load_send(subscriber->fd, request, (size_t)len);
	if (number % 64 == 0)
		turn(load);
}

static void
open_all(struct load *load, const char *path)
{
	unsigned int i;

	load->subscribers = calloc(load->count, sizeof(struct connection));
	load->publishers =
	    calloc(load->publisher_count, sizeof(struct connection));
	if (load->subscribers == NULL || load->publishers == NULL)
		err(1, "connections");
	for (i = 0; i < load->count; i++)
		subscribe(load, i, path);
	for (i = 0; i < load->publisher_count; i++) {
		load->publishers[i].is_publisher = true;
		/* each from an address of its own */
		open_connection(load, &load->publishers[i],
		    load->count + (i + 1) * LOAD_PER_SOURCE);
	}
}

static void
publish(struct load *load, unsigned int number)
{
	unsigned int who = number % load->publisher_count;
	char mark[LOAD_MARK_SIZE + 1], body[512], request[1024];
	int len;

	load_mark(mark);
	len = snprintf(body, sizeof(body),
	    "{\"type\":\"update\",\"peerId\":\"bench-%u\",\"content\":\"%s\","
	    "\"addrs\":[\"/ip4/10.20.30.40/tcp/4001\","
	    "\"/ip4/192.168.7.%u/tcp/4001\"],\"goopClientVersion\":\"bench\","
	    "\"ts\":1795375380000}",
	    who, mark, who % 250 + 1);
	len = snprintf(request, sizeof(request),
	    "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	    "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
	    load->publish, len, body);
	load_send(load->publishers[who].fd, request, (size_t)len);
}

/* --- when */

static void
plan(struct load *load, double per_second)
{
	double all_us = load->events / per_second * 1e6;
	unsigned short seed[3] = { 1, 2, 3 };
	unsigned int i;

	load->due_us = calloc(load->events, sizeof(*load->due_us));
	if (load->due_us == NULL)
		err(1, "events");
	for (i = 0; i < load->events; i++)
		load->due_us[i] =
		    (int64_t)(all_us * (load->publisher_count == 1
					       ? (double)i / load->events
					       : erand48(seed)));
	qsort(load->due_us, load->events, sizeof(*load->due_us), load_compare);
}

/* Until all came, or nothing has come for long. */
static void
await(struct load *load, size_t wanted)
{
	int64_t end = load_now_us() + PATIENCE_MS * 1000LL;

	while (load->times.count < wanted && load_now_us() < end)
		turn(load);
}

static struct usage
usage_now(const struct load *load)
{
	return (struct usage){ (double)load_now_us() / 1e6,
		server_cpu_s(load->pid), load_cpu_s(),
		server_rss_kib(load->pid) };
}

static void
report(struct load *load, long rss_empty_kib, const struct usage *before,
    const struct usage *after)
{
	printf("{\"subscribers\":%u,\"publishers\":%u,\"wanted\":%zu,"
	       "\"arrived\":%zu,\"lost\":%u,\"seconds\":%.3f,\"cpu_s\":%.6f,"
	       "\"load_cpu_s\":%.3f,\"p50_ms\":%.2f,\"p99_ms\":%.2f,"
	       "\"rss_empty_kib\":%ld,\"rss_idle_kib\":%ld,"
	       "\"rss_busy_kib\":%ld,\"bytes\":%llu}\n",
	    load->count, load->publisher_count,
	    (size_t)load->events * load->count, load->times.count, load->lost,
	    after->time_s - before->time_s, after->server_s - before->server_s,
	    after->own_s - before->own_s, load_quantile_ms(&load->times, 0.5),
	    load_quantile_ms(&load->times, 0.99), rss_empty_kib,
	    before->rss_kib, after->rss_kib, (unsigned long long)load->bytes);
}

static void
run(struct load *load, long rss_empty_kib)
{
	struct usage before, after;
	int64_t start;
	unsigned int i;

	load->times.count = 0;
	load->bytes = 0;
	before = usage_now(load);
	start = load_now_us();
	for (i = 0; i < load->events; i++) {
		turn_until(load, start + load->due_us[i]);
		publish(load, i);
	}
	await(load, (size_t)load->events * load->count);
	turn_until(load, load_now_us() + TAIL_MS * 1000);
	after = usage_now(load);
	report(load, rss_empty_kib, &before, &after);
}

int
main(int argc, char *argv[])
{
	struct load load = { .epoll = epoll_create1(EPOLL_CLOEXEC) };
	long rss_empty_kib;

	if (argc != 9)
		errx(2, "usage: fanout_load PORT PID SUBSCRIBERS PUBLISHERS "
			"EVENTS PER_SECOND SUBSCRIBE PUBLISH");
	load_raise_limit();
	load.port = (uint16_t)atoi(argv[1]);
	load.pid = atoi(argv[2]);
	load.count = (unsigned int)atoi(argv[3]);
	load.publisher_count = (unsigned int)atoi(argv[4]);
	load.events = (unsigned int)atoi(argv[5]);
	load.publish = argv[8];
	plan(&load, strtod(argv[6], NULL));
	rss_empty_kib = server_rss_kib(load.pid);
	open_all(&load, argv[7]);
	turn_until(&load, load_now_us() + SETTLE_MS * 1000);
	run(&load, rss_empty_kib);
	free(load.subscribers);
	free(load.publishers);
	free(load.due_us);
	free(load.times.all);
	return load.lost == 0 ? 0 : 1;
}
