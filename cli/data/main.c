/*
 * goop2-data: the commands of goop2 that need SQLite and libarchive. They are a
 * program of their own so that the supervisor does not carry both libraries.
 */
#include <locale.h>

#include "cli/commands/command_line.h"
#include "cli/data/export.h"
#include "cli/data/import.h"
#include "cli/data/sql.h"

int
main(int argc, char *argv[])
{
	static const struct command_own own[] = {
		{ "sql", data_sql },
		{ "export", data_export },
		{ "import", data_import },
		{ 0 },
	};

	/* libarchive treats names as UTF-8 only in such a locale. */
	setlocale(LC_CTYPE, "C.UTF-8");
	return (int)command_main(own, argc, argv);
}
