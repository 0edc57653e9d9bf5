/* goop2: the command line, and the supervisor of the daemons. */
#include <stddef.h>

#include "cli/commands/command_line.h"

int
main(int argc, char *argv[])
{
	return (int)command_main(NULL, argc, argv);
}
