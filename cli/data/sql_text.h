/*
 * sql_text: a value of a row as text that cannot control the terminal and stays
 * on one line.
 */
#ifndef CLI_DATA_SQL_TEXT_H
#define CLI_DATA_SQL_TEXT_H

#include <stdio.h>

#include "common/base/bytes.h"

/* Control characters as \n, \t, \x1b, \u202e; malformed UTF-8 as U+FFFD. */
void sql_text_write(struct bytes, FILE *);

/* As a string of JSON, with quotes; the same characters escaped. */
void sql_text_write_json(struct bytes, FILE *);

/* How many columns it takes on a terminal. */
size_t sql_text_width(const char *text);

#endif
