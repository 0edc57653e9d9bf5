/*
 * load: what the programs that load a server share: many connections from one
 * process, and marks of time within messages. For tests/bench alone.
 */
#ifndef TESTS_BENCH_LOAD_H
#define TESTS_BENCH_LOAD_H

#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
	LOAD_PER_SOURCE = 50, /* connections from one loopback address */
	LOAD_MARK_SIZE = 20,  /* "@(", 16 hexadecimal digits, ")@" */
	LOAD_FDS = 1 << 17,
};

static inline int64_t
load_now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Processor time of our own: whether it was we who could do no more. */
static inline double
load_cpu_s(void)
{
	struct timespec used;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
	return (double)used.tv_sec + (double)used.tv_nsec / 1e9;
}

/* As many descriptors as we may have. */
static inline void
load_raise_limit(void)
{
	struct rlimit limit = { LOAD_FDS, LOAD_FDS };

	if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
		return;
	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/* The number'th connection to a server on loopback; sources differ, since
 * servers limit what one address may have. Non-blocking once it stands. */
static inline int
load_connect(uint16_t port, unsigned int number)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	struct sockaddr_in from = { .sin_family = AF_INET };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	to.sin_port = htons(port);
	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	from.sin_addr.s_addr = htonl(0x7f010001U + number / LOAD_PER_SOURCE);
	setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof(one));
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	if (bind(fd, (struct sockaddr *)&from, sizeof(from)) == -1 ||
	    connect(fd, (struct sockaddr *)&to, sizeof(to)) == -1) {
		close(fd);
		return -1;
	}
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

/* Small texts on a fresh or idle socket always fit; that the other side is
 * gone shows when it is read from. */
static inline void
load_send(int fd, const char *text, size_t len)
{
	ssize_t n = send(fd, text, len, MSG_NOSIGNAL);

	if (n != (ssize_t)len && errno != EPIPE && errno != ECONNRESET)
		err(1, "send");
}

static inline void
load_mark(char mark[LOAD_MARK_SIZE + 1])
{
	snprintf(mark, LOAD_MARK_SIZE + 1, "@(%016llx)@",
	    (unsigned long long)load_now_us());
}

/* --- measured times */

struct load_time {
	int64_t marked_us, took_us; /* when it was sent, until it arrived */
};

struct load_times {
	struct load_time *all;
	size_t count, room;
};

static inline void
load_times_add(struct load_times *times, int64_t marked_us, int64_t now_us)
{
	if (times->count == times->room) {
		times->room = times->room == 0 ? 4096 : times->room * 2;
		times->all =
		    realloc(times->all, times->room * sizeof(*times->all));
		if (times->all == NULL)
			err(1, "times");
	}
	times->all[times->count++] =
	    (struct load_time){ marked_us, now_us - marked_us };
}

/* One stream of bytes with marks in it; a mark may stand astride two reads. */
struct load_scanner {
	unsigned int tail_len;
	char tail[LOAD_MARK_SIZE];
};

/* Each mark in len bytes at data is one arrival. There is room for a mark
 * before data. */
static inline void
load_scan(struct load_scanner *scanner, struct load_times *times, char *data,
    size_t len)
{
	size_t all = scanner->tail_len + len, rest;
	char *start = data - scanner->tail_len, *at = start;
	const char *end = start + all;
	int64_t now = load_now_us();

	memcpy(start, scanner->tail, scanner->tail_len);
	while (end - at >= LOAD_MARK_SIZE &&
	       (at = memmem(at, (size_t)(end - at), "@(", 2)) != NULL &&
	       end - at >= LOAD_MARK_SIZE) {
		load_times_add(times, (int64_t)strtoull(at + 2, NULL, 16), now);
		at += LOAD_MARK_SIZE;
	}
	rest = all < LOAD_MARK_SIZE - 1 ? all : LOAD_MARK_SIZE - 1;
	scanner->tail_len = (unsigned int)rest;
	memcpy(scanner->tail, end - rest, rest);
}

static inline int
load_compare(const void *a, const void *b)
{
	const struct load_time *x = a, *y = b;

	return (x->took_us > y->took_us) - (x->took_us < y->took_us);
}

/* Sorts them; 0 of none. */
static inline double
load_quantile_ms(struct load_times *times, double part)
{
	size_t at = (size_t)(part * (double)times->count);

	if (times->count == 0)
		return 0;
	qsort(times->all, times->count, sizeof(*times->all), load_compare);
	at = at < times->count ? at : times->count - 1;
	return (double)times->all[at].took_us / 1000.0;
}

#endif
