/*
 * fanout_load: N subscribers of an event stream and one publisher. Prints one
 * JSON line: what arrived, how late, and what the server's process used.
 *
 *	fanout_load PORT PID SUBSCRIBERS EVENTS GAP_MS SUBSCRIBE PUBLISH
 *
 * SUBSCRIBE is a path to GET, with %u for the subscriber's number if it has
 * one; PUBLISH a path to POST presence messages to. An event's label holds
 * the time at which it was sent.
 */
#include <sys/epoll.h>

#include "tests/bench/load.h"
#include "tests/bench/server_process.h"

enum { BATCH = 256, INPUT = 256 * 1024, SETTLE_MS = 1500, PATIENCE_MS = 60000 };

struct subscriber {
	int fd;
	struct load_scanner scanner;
};

struct load {
	uint16_t port;
	int pid, epoll, publisher;
	const char *publish;
	struct subscriber *subscribers;
	unsigned int count, lost;
	uint64_t bytes;
	struct load_times times;
};

static char input[INPUT];

static void
on_readable(struct load *load, struct subscriber *subscriber)
{
	ssize_t n;

	while ((n = recv(subscriber->fd, input + LOAD_MARK_SIZE,
		    INPUT - LOAD_MARK_SIZE, 0)) > 0) {
		load->bytes += (size_t)n;
		load_scan(&subscriber->scanner, &load->times,
		    input + LOAD_MARK_SIZE, (size_t)n);
		if (n < INPUT - LOAD_MARK_SIZE)
			return;
	}
	if (n == -1 && errno == EAGAIN)
		return;
	load->lost++;
	close(subscriber->fd);
}

static void
turn(struct load *load, int wait_ms)
{
	struct epoll_event ready[BATCH];
	int i, n = epoll_wait(load->epoll, ready, BATCH, wait_ms);

	for (i = 0; i < n; i++) {
		if (ready[i].data.ptr != NULL)
			on_readable(load, ready[i].data.ptr);
		else if (recv(load->publisher, input, sizeof(input), 0) == 0)
			errx(1, "the publisher was hung up on");
	}
}

static void
turn_for(struct load *load, int64_t ms)
{
	int64_t end = load_now_us() + ms * 1000, left;

	while ((left = end - load_now_us()) > 0)
		turn(load, (int)(left / 1000 + 1));
}

static void
watch(struct load *load, int fd, void *who)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = who };

	if (epoll_ctl(load->epoll, EPOLL_CTL_ADD, fd, &event) == -1)
		err(1, "epoll");
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void
subscribe(struct load *load, unsigned int number, const char *path)
{
	struct subscriber *subscriber = &load->subscribers[number];
	char target[256], request[512];
	int len;

	subscriber->fd = load_connect(load->port, number);
	if (subscriber->fd == -1)
		err(1, "subscriber %u", number);
	snprintf(target, sizeof(target), path, number);
	len = snprintf(request, sizeof(request),
	    "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	    "Accept: text/event-stream\r\n\r\n",
	    target);
	load_send(subscriber->fd, request, (size_t)len);
	watch(load, subscriber->fd, subscriber);
}

static void
publish(struct load *load, unsigned int number)
{
	char mark[LOAD_MARK_SIZE + 1], body[512], request[1024];
	int len;

	load_mark(mark);
	len = snprintf(body, sizeof(body),
	    "{\"type\":\"update\",\"peerId\":\"bench-%u\",\"content\":\"%s\","
	    "\"addrs\":[\"/ip4/10.20.30.40/tcp/4001\","
	    "\"/ip4/192.168.7.%u/tcp/4001\"],\"goopClientVersion\":\"bench\","
	    "\"ts\":1795375380000}",
	    number, mark, number % 250 + 1);
	len = snprintf(request, sizeof(request),
	    "POST %s HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	    "Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%s",
	    load->publish, len, body);
	load_send(load->publisher, request, (size_t)len);
}

/* Until all came, or nothing has come for long. */
static void
await(struct load *load, size_t wanted)
{
	int64_t end = load_now_us() + PATIENCE_MS * 1000LL;

	while (load->times.count < wanted && load_now_us() < end)
		turn(load, 100);
}

static void
run(struct load *load, unsigned int events, int64_t gap_ms)
{
	long rss_idle = server_rss_kib(load->pid), rss_busy;
	double cpu = server_cpu_s(load->pid), start;
	size_t wanted = (size_t)events * load->count;
	unsigned int i;

	load->times.count = 0;
	load->bytes = 0;
	start = (double)load_now_us() / 1e6;
	for (i = 0; i < events; i++) {
		publish(load, i);
		turn_for(load, gap_ms);
	}
	await(load, wanted);
	start = (double)load_now_us() / 1e6 - start;
	cpu = server_cpu_s(load->pid) - cpu;
	rss_busy = server_rss_kib(load->pid);
	printf("{\"subscribers\":%u,\"wanted\":%zu,\"arrived\":%zu,"
	       "\"lost\":%u,\"seconds\":%.3f,\"cpu_s\":%.3f,\"p50_ms\":%.2f,"
	       "\"p99_ms\":%.2f,\"rss_idle_kib\":%ld,\"rss_busy_kib\":%ld,"
	       "\"bytes\":%llu}\n",
	    load->count, wanted, load->times.count, load->lost, start, cpu,
	    load_quantile_ms(&load->times, 0.5),
	    load_quantile_ms(&load->times, 0.99), rss_idle, rss_busy,
	    (unsigned long long)load->bytes);
}

int
main(int argc, char *argv[])
{
	struct load load = { .epoll = epoll_create1(EPOLL_CLOEXEC) };
	unsigned int i;

	if (argc != 8)
		errx(2, "usage: fanout_load PORT PID SUBSCRIBERS EVENTS GAP_MS "
			"SUBSCRIBE PUBLISH");
	load_raise_limit();
	load.port = (uint16_t)atoi(argv[1]);
	load.pid = atoi(argv[2]);
	load.count = (unsigned int)atoi(argv[3]);
	load.publish = argv[7];
	load.subscribers = calloc(load.count, sizeof(*load.subscribers));
	if (load.subscribers == NULL)
		err(1, "subscribers");
	for (i = 0; i < load.count; i++) {
		subscribe(&load, i, argv[6]);
		if (i % 64 == 0)
			turn(&load, 0);
	}
	load.publisher = load_connect(load.port, load.count);
	if (load.publisher == -1)
		err(1, "publisher");
	watch(&load, load.publisher, NULL);
	turn_for(&load, SETTLE_MS);
	run(&load, (unsigned int)atoi(argv[4]), atoi(argv[5]));
	free(load.subscribers);
	free(load.times.us);
	return load.lost == 0 ? 0 : 1;
}
