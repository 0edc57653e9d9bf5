/* process_memory: the proportional set size of a process. */
#ifndef CLI_SUPERVISOR_PROCESS_MEMORY_H
#define CLI_SUPERVISOR_PROCESS_MEMORY_H

#include <stdint.h>
#include <sys/types.h>

/* Proportional set size of the process and its children (/proc/PID/
 * smaps_rollup, proc(5)), in KiB; 0 if it cannot be read. */
int64_t process_memory_kib(pid_t);

/* The same without its children. */
int64_t process_own_kib(pid_t);

#endif
