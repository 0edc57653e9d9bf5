/* server_process: what another process has used so far. For tests/bench. */
#ifndef TESTS_BENCH_SERVER_PROCESS_H
#define TESTS_BENCH_SERVER_PROCESS_H

#include <glob.h>
#include <stdio.h>

/* What the scheduler counted of one process, or of several. */
struct server_time {
	double cpu_s;    /* it ran */
	double waited_s; /* it could have run, but others did */
};

/*
 * Of one process with all its threads and children, by the scheduler's own
 * count, in nanoseconds: the ticks of /proc/PID/stat are as long as a whole
 * measurement of few subscribers. Zeroes if it is gone.
 */
static inline struct server_time
server_time(int pid)
{
	struct server_time sum = { 0, 0 }, one;
	char pattern[64], path[128];
	unsigned long long ran, waited;
	glob_t tasks;
	size_t i;
	FILE *file;
	int child;

	snprintf(pattern, sizeof(pattern), "/proc/%d/task/*", pid);
	if (glob(pattern, 0, NULL, &tasks) != 0)
		return sum;
	for (i = 0; i < tasks.gl_pathc; i++) {
		snprintf(path, sizeof(path), "%s/schedstat", tasks.gl_pathv[i]);
		file = fopen(path, "r");
		if (file != NULL &&
		    fscanf(file, "%llu %llu", &ran, &waited) == 2) {
			sum.cpu_s += (double)ran / 1e9;
			sum.waited_s += (double)waited / 1e9;
		}
		if (file != NULL)
			fclose(file);
		snprintf(path, sizeof(path), "%s/children", tasks.gl_pathv[i]);
		file = fopen(path, "r");
		while (file != NULL && fscanf(file, "%d", &child) == 1) {
			one = server_time(child);
			sum.cpu_s += one.cpu_s;
			sum.waited_s += one.waited_s;
		}
		if (file != NULL)
			fclose(file);
	}
	globfree(&tasks);
	return sum;
}

/* The first of both alone. */
static inline double
server_cpu_s(int pid)
{
	return server_time(pid).cpu_s;
}

/* Resident memory; 0 if it is gone. */
static inline long
server_rss_kib(int pid)
{
	char path[64], line[256];
	long kib = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	file = fopen(path, "r");
	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "VmRSS: %ld", &kib) == 1)
			break;
	if (file != NULL)
		fclose(file);
	return kib;
}

#endif
