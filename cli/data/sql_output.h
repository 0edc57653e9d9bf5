/*
 * sql_output: the rows of one statement, as an aligned table or as one array of
 * JSON. Columns are as wide as the first rows need; later, wider values break
 * the alignment, so that any number of rows takes the same memory.
 */
#ifndef CLI_DATA_SQL_OUTPUT_H
#define CLI_DATA_SQL_OUTPUT_H

#include <stdbool.h>
#include <stdio.h>

#include <sqlite3.h>

enum {
	SQL_OUTPUT_SAMPLE_ROWS = 200,
	SQL_OUTPUT_SAMPLE_BYTES = 1024 * 1024,
	SQL_OUTPUT_WIDTH_MAX = 60,
};

struct sql_output;

/* For this prepared statement; borrows both. */
struct sql_output *sql_output_new(sqlite3_stmt *, bool is_json, FILE *to);

/* The row on which the statement stands. */
void sql_output_row(struct sql_output *);

/* Print what is kept, and the end; frees it. */
void sql_output_finish(struct sql_output *);

#endif
