/* import: goop2 import: a peer from an export, whole or not at all. */
#ifndef CLI_DATA_IMPORT_H
#define CLI_DATA_IMPORT_H

#include "cli/commands/command.h"

enum exit_status data_import(const struct arguments *);

#endif
