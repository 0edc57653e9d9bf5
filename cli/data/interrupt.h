/*
 * interrupt: Ctrl-C and signals to end, during long work that must be cleaned
 * up.
 */
#ifndef CLI_DATA_INTERRUPT_H
#define CLI_DATA_INTERRUPT_H

#include <stdbool.h>

struct sqlite3;

/* From here on Ctrl-C does not end the process; blocking calls return EINTR. */
void interrupt_catch_key(void);
/* The same for SIGTERM and SIGHUP. */
void interrupt_catch(void);

/* Was there one since interrupt_forget()? */
bool interrupt_came(void);
void interrupt_forget(void);

/* Let it interrupt this database, too; NULL: none. */
void interrupt_watch(struct sqlite3 *);

#endif
