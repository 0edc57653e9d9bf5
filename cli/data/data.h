/*
 * data: the commands of goop2 that goop2-data carries out. They need SQLite and
 * libarchive, which the supervisor shall not carry along.
 */
#ifndef CLI_DATA_DATA_H
#define CLI_DATA_DATA_H

#include "cli/commands/command.h"

enum exit_status data_sql(const struct arguments *);
enum exit_status data_export(const struct arguments *);
enum exit_status data_import(const struct arguments *);

#endif
