/* exit_status: what the exit status of goop2 says. Stable: scripts rely on it,
 * the manual page lists it. */
#ifndef CLI_PEER_EXIT_STATUS_H
#define CLI_PEER_EXIT_STATUS_H

#include <stdio.h>

#include "proto/op.h"

/* clang-format off */
#define EXIT_STATUSES(X) \
	X(EXIT_OK,          0,  "It worked.") \
	X(EXIT_FAILED,      1,  "It failed; the message says why.") \
	X(EXIT_USAGE,       2,  "The command line is wrong.") \
	X(EXIT_NOT_RUNNING, 3,  "No peer is running on this directory.") \
	X(EXIT_NOT_FOUND,   4,  "There is no such directory, peer, file or daemon.") \
	X(EXIT_FORBIDDEN,   5,  "The other peer, or the system, does not allow it.") \
	X(EXIT_UNREACHABLE, 6,  "The other peer cannot be reached, or left in the middle.") \
	X(EXIT_TIMEOUT,     7,  "It took too long.") \
	X(EXIT_BUSY,        8,  "Busy or just restarting: try again.") \
	X(EXIT_TOO_LARGE,   9,  "The file is larger than the other peer can send.") \
	X(EXIT_NOT_NEEDED,  10, "The configuration asks for no such daemon.") \
	X(EXIT_CONFIG,      78, "The configuration is wrong, or the key is damaged.")
/* clang-format on */
enum exit_status {
#define EXIT_STATUS_ENUM(name, number, text) name = number,
	EXIT_STATUSES(EXIT_STATUS_ENUM)
};

enum exit_status exit_status_of_bus(enum bus_code);

/* Of a negative errno. */
enum exit_status exit_status_of_errno(int rc);

/* "goop2: ..." and a newline, to standard error. Returns status. */
enum exit_status complain(enum exit_status status, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The list of all as mdoc(7). */
void exit_status_print_man(FILE *);

#endif
