/* sql: goop2 sql: statements that read, beside the running peer. */
#ifndef CLI_DATA_SQL_H
#define CLI_DATA_SQL_H

#include "cli/commands/command.h"

enum exit_status data_sql(const struct arguments *);

#endif
