/* leftover: daemons that outlived their goop2 because they hang. */
#ifndef CLI_SUPERVISOR_LEFTOVER_H
#define CLI_SUPERVISOR_LEFTOVER_H

/* Kill all other processes that have the file of this descriptor open. Returns
 * how many. */
unsigned int leftover_kill(int fd);

#endif
