/* print: formats that several commands share. */
#ifndef CLI_COMMANDS_PRINT_H
#define CLI_COMMANDS_PRINT_H

#include <stdint.h>

#include "proto/field.h"

enum { PRINT_DURATION_SIZE = 48 };

/* "12 s", "3 min 4 s", "5 h 6 min", "7 d 8 h" */
void print_duration(int64_t ms, char text[PRINT_DURATION_SIZE]);

/* A message as one line of JSON. 0 or -errno. */
int print_json(const struct message *, const void *);

#endif
