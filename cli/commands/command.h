/*
 * command: the commands of goop2, described by one table that gives the
 * command line, --help and the manual page.
 */
#ifndef CLI_COMMANDS_COMMAND_H
#define CLI_COMMANDS_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

#include "cli/peer/exit_status.h"

enum { COMMAND_OPERANDS_MAX = 3 };

enum command_option {
	COMMAND_JSON = 1 << 0,
	COMMAND_LABEL = 1 << 1,
	COMMAND_RENDEZVOUS = 1 << 2,
	COMMAND_WITHOUT_KEY = 1 << 3,
	COMMAND_REPLACE = 1 << 4,
};

struct command;

/* A command line that was checked against the table. */
struct arguments {
	const struct command *command;
	const char *operands[COMMAND_OPERANDS_MAX]; /* NULL: not given */
	const char *label;                          /* NULL: not given */
	bool is_json;
	bool is_rendezvous;
	bool is_without_key;
	bool is_replacing;
};

struct command {
	const char *name;
	const char *operands; /* as in the usage line: "DIR [DAEMON]" */
	size_t least, most;   /* how many of them */
	unsigned int options; /* enum command_option */
	const char *summary;  /* a short line */
	const char *help;     /* whole sentences, one a line */
	enum exit_status (*run)(const struct arguments *);
};

/* In the order of --help; ends with a NULL name. */
extern const struct command commands[];

/* The command called name, or NULL. */
const struct command *command_find(const char *name);

/* The command that name may have been meant to be, or NULL. */
const struct command *command_find_similar(const char *name);

/* "goop2 init DIR [--label TEXT]" */
void command_print_usage(const struct command *, FILE *);

void command_print_help(const struct command *, FILE *);
void command_print_overview(FILE *);

/* All of the table as mdoc(7). */
void command_print_man(FILE *);

/* --- the commands, each in its command_<name>.c */
enum exit_status command_init(const struct arguments *);
enum exit_status command_peer(const struct arguments *);
enum exit_status command_rendezvous(const struct arguments *);
enum exit_status command_id(const struct arguments *);
enum exit_status command_peers(const struct arguments *);
enum exit_status command_join(const struct arguments *);
enum exit_status command_leave(const struct arguments *);
enum exit_status command_fetch(const struct arguments *);
enum exit_status command_status(const struct arguments *);
enum exit_status command_restart(const struct arguments *);
enum exit_status command_stop(const struct arguments *);
enum exit_status command_config(const struct arguments *);
enum exit_status command_hash_password(const struct arguments *);
/* Executes goop2-data. */
enum exit_status command_data(const struct arguments *);
enum exit_status command_needs(const struct arguments *);

#endif
