/* command_line: from argv to a command and its exit status. */
#ifndef CLI_COMMANDS_COMMAND_LINE_H
#define CLI_COMMANDS_COMMAND_LINE_H

#include "cli/commands/command.h"

/* A command that this program carries out itself. */
struct command_own {
	const char *name; /* NULL: the end */
	enum exit_status (*run)(const struct arguments *);
};

/* Run a command line; own replaces what the table runs, NULL replaces
 * nothing. */
enum exit_status command_main(
    const struct command_own *own, int argc, char *argv[]);

#endif
