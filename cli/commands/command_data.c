/* goop2 sql, export, import: run by goop2-data, so that the supervisor does not
 * load the libraries that they need. */
#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "cli/commands/command.h"
#include "cli/peer/programs.h"
#include "common/base/xalloc.h"

enum { OPTIONS_MAX = 3 };

static char *
word(const char *text)
{
	return (char *)(uintptr_t)text; /* execv(3) does not change it */
}

enum exit_status
command_data(const struct arguments *arguments)
{
	char *argv[2 + OPTIONS_MAX + 1 + COMMAND_OPERANDS_MAX + 1];
	CLEANUP_FREE char *programs = programs_find();
	CLEANUP_FREE char *program =
	    xasprintf("%s/goop2-data", programs != NULL ? programs : ".");
	size_t count = 0, i;

	argv[count++] = word("goop2");
	argv[count++] = word(arguments->command->name);
	if (arguments->is_json)
		argv[count++] = word("--json");
	if (arguments->is_without_key)
		argv[count++] = word("--without-key");
	if (arguments->is_replacing)
		argv[count++] = word("--replace");
	argv[count++] = word("--");
	for (i = 0; i < COMMAND_OPERANDS_MAX; i++)
		if (arguments->operands[i] != NULL)
			argv[count++] = word(arguments->operands[i]);
	argv[count] = NULL;
	execv(program, argv);
	return complain(EXIT_FAILED,
	    "cannot start %s: %s: build or install it (make, make install)",
	    program, strerror(errno));
}
