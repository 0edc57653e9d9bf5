/* export: goop2 export: a whole peer in one zip file, also while it runs. */
#ifndef CLI_DATA_EXPORT_H
#define CLI_DATA_EXPORT_H

#include "cli/commands/command.h"

enum exit_status data_export(const struct arguments *);

#endif
