/*
 * progress: how far a long export or import is, on one line of the terminal
 * that standard error is; nothing where it is none, or what is quickly done.
 * One at a time.
 */
#ifndef CLI_DATA_PROGRESS_H
#define CLI_DATA_PROGRESS_H

#include <stdint.h>

enum { PROGRESS_PAUSE_MS = 200 }; /* before the first line, and between two */

/* what is a word like "Writing"; total 0: not known. */
void progress_begin(const char *what, int64_t total);
void progress_add(int64_t bytes);
/* The line is wiped. */
void progress_end(void);

#endif
