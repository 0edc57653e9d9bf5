#include "cli/commands/command_line.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands/manual.h"

enum {
	OPTION_HELP = 'h',
	OPTION_JSON = 'j',
	OPTION_LABEL = 'l',
	OPTION_RENDEZVOUS = 'r',
	OPTION_WITHOUT_KEY = 'w',
	OPTION_REPLACE = 'R',
};

static enum exit_status
show_usage(const struct command *command)
{
	fprintf(stderr, "usage: ");
	command_print_usage(command, stderr);
	return EXIT_USAGE;
}

/* Output that could not be written makes any command fail. */
static enum exit_status
finish(enum exit_status status)
{
	if (fflush(stdout) == EOF || ferror(stdout))
		return complain(EXIT_FAILED,
		    "the output could not be written: is the disk full?");
	return status;
}

/* getopt_long(3) refused this option, or the command does not have it. */
static enum exit_status
complain_option(const struct command *command, int option, const char *word)
{
	const char short_option[] = { '-', (char)optopt, '\0' };

	if (option == '?' && optopt > 0 && strncmp(word, "--", 2) != 0)
		word = short_option;
	complain(EXIT_USAGE,
	    option == ':' ? "option %s needs a value" : "unknown option: %s",
	    word);
	return show_usage(command);
}

/* "PEER" is the second operand of "DIR PEER PATH". */
static enum exit_status
complain_missing(const struct command *command, size_t given)
{
	const char *name = command->operands;

	for (; given > 0; given--)
		name += strcspn(name, " ") + 1;
	complain(EXIT_USAGE, "missing argument: %.*s", (int)strcspn(name, " "),
	    name);
	return show_usage(command);
}

static unsigned int
option_bit(int option)
{
	switch (option) {
	case OPTION_JSON:
		return COMMAND_JSON;
	case OPTION_LABEL:
		return COMMAND_LABEL;
	case OPTION_RENDEZVOUS:
		return COMMAND_RENDEZVOUS;
	case OPTION_WITHOUT_KEY:
		return COMMAND_WITHOUT_KEY;
	case OPTION_REPLACE:
		return COMMAND_REPLACE;
	}
	return 0;
}

/* Fill arguments from what follows the command. EXIT_OK, or -1 after --help
 * was answered. */
static int
parse_options(const struct command *command, int argc, char *argv[],
    struct arguments *arguments)
{
	static const struct option known[] = {
		{ "help", no_argument, NULL, OPTION_HELP },
		{ "json", no_argument, NULL, OPTION_JSON },
		{ "label", required_argument, NULL, OPTION_LABEL },
		{ "rendezvous", no_argument, NULL, OPTION_RENDEZVOUS },
		{ "without-key", no_argument, NULL, OPTION_WITHOUT_KEY },
		{ "replace", no_argument, NULL, OPTION_REPLACE },
		{ 0 },
	};
	unsigned int given;
	int option;

	opterr = 0;
	while ((option = getopt_long(argc, argv, ":h", known, NULL)) != -1) {
		given = option_bit(option);
		if (option == OPTION_HELP) {
			command_print_help(command, stdout);
			return -1;
		}
		if ((command->options & given) == 0)
			return (int)complain_option(
			    command, option, argv[optind - 1]);
		if (option == OPTION_LABEL)
			arguments->label = optarg;
		arguments->is_json |= option == OPTION_JSON;
		arguments->is_rendezvous |= option == OPTION_RENDEZVOUS;
		arguments->is_without_key |= option == OPTION_WITHOUT_KEY;
		arguments->is_replacing |= option == OPTION_REPLACE;
	}
	return EXIT_OK;
}

static enum exit_status
carry_out(const struct command_own *own, const struct arguments *arguments)
{
	for (; own != NULL && own->name != NULL; own++)
		if (!strcmp(own->name, arguments->command->name))
			return own->run(arguments);
	return arguments->command->run(arguments);
}

static enum exit_status
run_command(const struct command_own *own, const struct command *command,
    int argc, char *argv[])
{
	struct arguments arguments = { .command = command };
	size_t count, i;
	int rc;

	rc = parse_options(command, argc, argv, &arguments);
	if (rc != EXIT_OK)
		return rc == -1 ? EXIT_OK : (enum exit_status)rc;
	count = (size_t)(argc - optind);
	if (count < command->least)
		return complain_missing(command, count);
	if (count > command->most) {
		complain(EXIT_USAGE, "unexpected argument: %s",
		    argv[optind + (int)command->most]);
		return show_usage(command);
	}
	for (i = 0; i < count; i++)
		arguments.operands[i] = argv[optind + (int)i];
	return carry_out(own, &arguments);
}

static enum exit_status
complain_unknown(const char *name)
{
	const struct command *similar = command_find_similar(name);

	if (name[0] == '-')
		return complain(
		    EXIT_USAGE, "unknown option: %s; see goop2 --help", name);
	if (similar != NULL)
		return complain(EXIT_USAGE,
		    "unknown command: %s; did you mean %s?", name,
		    similar->name);
	return complain(
	    EXIT_USAGE, "unknown command: %s; see goop2 --help", name);
}

enum exit_status
command_main(const struct command_own *own, int argc, char *argv[])
{
	const struct command *command;
	const char *name = argc < 2 ? "" : argv[1];

	if (!strcmp(name, "--help") || !strcmp(name, "-h")) {
		command_print_overview(stdout);
		return finish(EXIT_OK);
	}
	if (!strcmp(name, "--version")) {
		printf("goop2 %s\n", GOOP_VERSION);
		return finish(EXIT_OK);
	}
	if (!strcmp(name, "--man")) {
		manual_print(stdout);
		return finish(EXIT_OK);
	}
	command = command_find(name);
	if (command != NULL)
		return finish(run_command(own, command, argc - 1, argv + 1));
	if (name[0] == '\0') {
		command_print_overview(stderr);
		return EXIT_USAGE;
	}
	return complain_unknown(name);
}
