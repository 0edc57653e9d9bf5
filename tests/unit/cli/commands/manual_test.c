#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cli/commands/command_line.h"
#include "cli/commands/manual.h"
#include "common/base/array.h"
#include "common/base/file.h"

enum { PAGE_MAX = 256 * 1024 };

/* What a function prints. */
#define PRINTED(ret, ...) \
	do { \
		size_t printed_len_; \
		FILE *printed_to_ = open_memstream(&(ret), &printed_len_); \
		assert_non_null(printed_to_); \
		__VA_ARGS__; \
		fclose(printed_to_); \
	} while (0)

static char *
read_page(void)
{
	uint8_t *page;
	size_t len;

	/* Tests run where the sources are. */
	assert_int_equal(
	    file_read(AT_FDCWD, "docs/goop2.1", PAGE_MAX, &page, &len), 0);
	return (char *)page;
}

/* Each part between its comments is in the page as it is printed. */
static void
test_page_is_as_printed(void **state)
{
	char *page = read_page(), *printed = NULL, *part, *next;

	(void)state;
	PRINTED(printed, manual_print(printed_to_));
	for (part = printed; part != NULL; part = next) {
		next = strstr(part + 1, ".\\\" begin ");
		if (next != NULL)
			next[-1] = '\0';
		if (strstr(page, part) == NULL)
			fail_msg("docs/goop2.1 is old, say make man; want:\n%s",
			    part);
	}
	free(printed);
	free(page);
}

/* --help says the same sentences as the page. */
static void
test_help_is_in_page(void **state)
{
	const struct command *command;
	char *page = read_page(), *help;

	(void)state;
	for (command = commands; command->name != NULL; command++) {
		help = NULL;
		PRINTED(help, command_print_help(command, printed_to_));
		assert_non_null(strstr(help, command->help));
		if (strstr(page, command->help) == NULL)
			fail_msg(
			    "docs/goop2.1 lacks the help of %s", command->name);
		free(help);
	}
	free(page);
}

static void
test_table(void **state)
{
	const struct command *command;
	size_t words;
	const char *at;

	(void)state;
	for (command = commands; command->name != NULL; command++) {
		assert_ptr_equal(command_find(command->name), command);
		words = command->operands[0] != '\0';
		for (at = command->operands; *at != '\0'; at++)
			words += *at == ' ';
		if (words != command->most ||
		    command->most > COMMAND_OPERANDS_MAX ||
		    command->least > command->most)
			fail_msg("%s: %s", command->name, command->operands);
		for (at = command->help; *at != '\0';
		     at += strcspn(at, "\n") + 1)
			if (strcspn(at, "\n") > 76)
				fail_msg(
				    "%s: long line: %s", command->name, at);
	}
	assert_null(command_find("meeting"));
	assert_string_equal(command_find_similar("statsu")->name, "status");
	assert_null(command_find_similar("something"));
}

/* clang-format off */
static const struct { const char *name; enum exit_status want; const char *argv[6]; } lines[] = {
	{ "nothing",           EXIT_USAGE, { "goop2" } },
	{ "help",              EXIT_OK,    { "goop2", "--help" } },
	{ "version",           EXIT_OK,    { "goop2", "--version" } },
	{ "unknown command",   EXIT_USAGE, { "goop2", "launch" } },
	{ "help of one",       EXIT_OK,    { "goop2", "fetch", "--help" } },
	{ "too few",           EXIT_USAGE, { "goop2", "fetch", "a", "b" } },
	{ "too many",          EXIT_USAGE, { "goop2", "id", "a", "b" } },
	{ "unknown option",    EXIT_USAGE, { "goop2", "id", "--jsno", "a" } },
	{ "not its option",    EXIT_USAGE, { "goop2", "id", "--json", "a" } },
	{ "value missing",     EXIT_USAGE, { "goop2", "init", "a", "--label" } },
	{ "no such directory", EXIT_NOT_FOUND, { "goop2", "id", "/nonexistent" } },
	{ "option anywhere",   EXIT_NOT_FOUND, { "goop2", "peers", "--json", "/nonexistent" } },
};
/* clang-format on */

static void
test_command_lines(void **state)
{
	enum exit_status got;
	size_t i;
	int argc;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(lines); i++) {
		for (argc = 0; lines[i].argv[argc] != NULL; argc++)
			continue;
		optind = 0; /* getopt_long(3): from the beginning */
		got =
		    command_main(NULL, argc, (char **)(uintptr_t)lines[i].argv);
		if (got != lines[i].want)
			fail_msg("%s: got %d, want %d", lines[i].name, got,
			    lines[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_page_is_as_printed),
		cmocka_unit_test(test_help_is_in_page),
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_command_lines),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
