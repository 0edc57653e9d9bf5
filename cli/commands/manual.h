/*
 * manual: the parts of goop2(1) that are printed from tables: the commands, the
 * exit statuses, the configuration. In docs/goop2.1 each stands between two
 * comments; a test holds them equal, `make man` makes them so.
 */
#ifndef CLI_COMMANDS_MANUAL_H
#define CLI_COMMANDS_MANUAL_H

#include <stdio.h>

/* Each part between its comments, as mdoc(7). */
void manual_print(FILE *);

#endif
