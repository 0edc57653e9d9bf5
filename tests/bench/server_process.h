/* server_process: what another process has used so far. For tests/bench. */
#ifndef TESTS_BENCH_SERVER_PROCESS_H
#define TESTS_BENCH_SERVER_PROCESS_H

#include <glob.h>
#include <stdio.h>

/*
 * Processor time of one process with all its threads and children, by the
 * scheduler's own count, in nanoseconds: the ticks of /proc/PID/stat are as
 * long as a whole measurement of few subscribers. 0 if it is gone.
 */
static inline double
server_cpu_s(int pid)
{
	char pattern[64], path[128];
	unsigned long long ns;
	double sum = 0;
	glob_t tasks;
	size_t i;
	FILE *file;
	int child;

	snprintf(pattern, sizeof(pattern), "/proc/%d/task/*", pid);
	if (glob(pattern, 0, NULL, &tasks) != 0)
		return 0;
	for (i = 0; i < tasks.gl_pathc; i++) {
		snprintf(path, sizeof(path), "%s/schedstat", tasks.gl_pathv[i]);
		file = fopen(path, "r");
		if (file != NULL && fscanf(file, "%llu", &ns) == 1)
			sum += (double)ns / 1e9;
		if (file != NULL)
			fclose(file);
		snprintf(path, sizeof(path), "%s/children", tasks.gl_pathv[i]);
		file = fopen(path, "r");
		while (file != NULL && fscanf(file, "%d", &child) == 1)
			sum += server_cpu_s(child);
		if (file != NULL)
			fclose(file);
	}
	globfree(&tasks);
	return sum;
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
