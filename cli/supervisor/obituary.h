/* obituary: how a daemon died, as text. */
#ifndef CLI_SUPERVISOR_OBITUARY_H
#define CLI_SUPERVISOR_OBITUARY_H

#include <signal.h>
#include <stdbool.h>

enum {
	OBITUARY_SIZE = 64,
	EXIT_CANNOT_EXECUTE = 127, /* the program itself could not be run */
};

/* From the result of waitid(2): "exit status 1", "killed by SIGSEGV". */
void obituary_write(const siginfo_t *, char text[OBITUARY_SIZE]);

/* Did it end by exiting with this status? */
bool obituary_is_exit(const siginfo_t *, int status);

#endif
