/* leftover: daemons that outlived their goop2 because they hang. */
#ifndef CLI_LEFTOVER_H
#define CLI_LEFTOVER_H

/* Kill all processes that hold the file of this descriptor open, but us. How
 * many there were. */
unsigned int leftover_kill(int fd);

#endif
