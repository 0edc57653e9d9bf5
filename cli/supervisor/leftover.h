/* leftover: daemons that outlived their goop2 because they hang. */
#ifndef CLI_SUPERVISOR_LEFTOVER_H
#define CLI_SUPERVISOR_LEFTOVER_H

/* Kill all processes that hold the file of this descriptor open, but us. How
 * many there were. */
unsigned int leftover_kill(int fd);

#endif
