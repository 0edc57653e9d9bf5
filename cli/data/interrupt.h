/*
 * interrupt: Ctrl-C, and being told to end, while something long is under way
 * that has to be tidied up.
 */
#ifndef CLI_DATA_INTERRUPT_H
#define CLI_DATA_INTERRUPT_H

#include <stdbool.h>

struct sqlite3;

/* From here on Ctrl-C ends nothing by itself; calls that wait are broken off
 * with EINTR. */
void interrupt_catch_key(void);
/* The same for all that politely ends a program. */
void interrupt_catch(void);

/* Did one come since interrupt_forget()? */
bool interrupt_came(void);
void interrupt_forget(void);

/* Let it break off what this database does, too; NULL: none. */
void interrupt_watch(struct sqlite3 *);

#endif
