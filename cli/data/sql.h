/* sql: goop2 sql: read-only SQL statements, also while the peer runs. */
#ifndef CLI_DATA_SQL_H
#define CLI_DATA_SQL_H

#include "cli/commands/command.h"

enum exit_status data_sql(const struct arguments *);

#endif
