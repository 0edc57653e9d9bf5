#include "cli/supervisor/process_memory.h"

#include <stdio.h>

enum { PROCESS_MEMORY_DEPTH = 4, PROCESS_PATH_SIZE = 64 };

int64_t
process_own_kib(pid_t pid)
{
	char path[PROCESS_PATH_SIZE], line[256];
	long long kib = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/smaps_rollup", (int)pid);
	file = fopen(path, "re");
	if (file == NULL)
		return 0;
	while (fgets(line, sizeof(line), file) != NULL)
		if (sscanf(line, "Pss: %lld kB", &kib) == 1)
			break;
	fclose(file);
	return kib;
}

static int64_t
process_tree_kib(pid_t pid, int depth)
{
	int64_t sum = process_own_kib(pid);
	char path[PROCESS_PATH_SIZE];
	FILE *file;
	int child;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid,
	    (int)pid);
	file = depth > 0 ? fopen(path, "re") : NULL;
	if (file == NULL)
		return sum;
	while (fscanf(file, "%d", &child) == 1)
		sum += process_tree_kib((pid_t)child, depth - 1);
	fclose(file);
	return sum;
}

int64_t
process_memory_kib(pid_t pid)
{
	return process_tree_kib(pid, PROCESS_MEMORY_DEPTH);
}
