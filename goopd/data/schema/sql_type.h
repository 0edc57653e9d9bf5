/* sql_type: what a column of SQL is as one of a typed table. */
#ifndef GOOPD_DATA_SCHEMA_SQL_TYPE_H
#define GOOPD_DATA_SCHEMA_SQL_TYPE_H

/* "VARCHAR(20)" is "text", "INT" "integer", ...; words of typed tables are
 * themselves. */
const char *sql_type_word(const char *type);

#endif
