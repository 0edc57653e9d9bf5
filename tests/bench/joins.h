/*
 * joins: how each of the newcomers of peers_load fared, to tell what was late:
 * the server, the way, or we. For tests/bench alone.
 */
#ifndef TESTS_BENCH_JOINS_H
#define TESTS_BENCH_JOINS_H

#include "tests/bench/load.h"
#include "tests/bench/server_process.h"

/* What was counted up to the moment of a join. */
struct join_clock {
	int64_t us;
	struct server_time server, own;
	unsigned long retransmits; /* of the whole machine */
	double stolen_s;           /* by other machines on the same host */
};

/* Segments sent again; probes for lost tails, which on loopback are but late
 * acknowledgements, count too. Lines come in pairs, names and numbers: eleven
 * others come before it. 0 if it is not there. */
static inline unsigned long
join_retransmits(void)
{
	unsigned long count = 0;
	char line[1024];
	FILE *file = fopen("/proc/net/snmp", "r");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line,
			"Tcp: %*s %*s %*s %*d %*s %*s %*s %*s %*s %*s %*s %lu",
			&count) == 1)
			break;
	if (file != NULL)
		fclose(file);
	return count;
}

static inline double
join_stolen_s(void)
{
	unsigned long ticks = 0;
	FILE *file = fopen("/proc/stat", "r");

	if (file == NULL)
		return 0;
	if (fscanf(file, "cpu %*s %*s %*s %*s %*s %*s %*s %lu", &ticks) != 1)
		ticks = 0;
	fclose(file);
	return (double)ticks / (double)sysconf(_SC_CLK_TCK);
}

static inline struct join_clock
join_clock_now(int server_pid)
{
	return (struct join_clock){ load_now_us(), server_time(server_pid),
		server_time(getpid()), join_retransmits(), join_stolen_s() };
}

static inline int
join_compare(const void *a, const void *b)
{
	const struct load_time *x = a, *y = b;

	if (x->marked_us != y->marked_us)
		return x->marked_us < y->marked_us ? -1 : 1;
	return load_compare(a, b);
}

static inline void
join_print(int number, const struct load_time *all, size_t count,
    const struct join_clock *clock)
{
	const struct join_clock *next = clock + 1;

	fprintf(stderr,
	    "join %3d: %5zu saw it, first %4lld, median %4lld, p99 %4lld, "
	    "last %4lld ms; server ran %3.0f and waited %3.0f, load ran %3.0f "
	    "and waited %3.0f, host took %3.0f ms; %lu retransmits\n",
	    number, count, (long long)all[0].took_us / 1000,
	    (long long)all[count / 2].took_us / 1000,
	    (long long)all[count * 99 / 100].took_us / 1000,
	    (long long)all[count - 1].took_us / 1000,
	    (next->server.cpu_s - clock->server.cpu_s) * 1e3,
	    (next->server.waited_s - clock->server.waited_s) * 1e3,
	    (next->own.cpu_s - clock->own.cpu_s) * 1e3,
	    (next->own.waited_s - clock->own.waited_s) * 1e3,
	    (next->stolen_s - clock->stolen_s) * 1e3,
	    next->retransmits - clock->retransmits);
}

/* clocks: one of each join, and one of after the last. Sorts the times. */
static inline void
joins_print(
    struct load_times *times, const struct join_clock *clocks, int joins)
{
	size_t from = 0, to;
	int join;

	if (times->count > 0)
		qsort(times->all, times->count, sizeof(*times->all),
		    join_compare);
	for (join = 0; join < joins; join++) {
		to = from;
		while (to < times->count &&
		       times->all[to].marked_us < clocks[join + 1].us)
			to++;
		if (to > from)
			join_print(
			    join, times->all + from, to - from, &clocks[join]);
		else
			fprintf(stderr, "join %3d: nobody saw it\n", join);
		from = to;
	}
}

#endif
