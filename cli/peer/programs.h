/* programs: where the other programs of Goop2 are. */
#ifndef CLI_PEER_PROGRAMS_H
#define CLI_PEER_PROGRAMS_H

/* Their directory: beside this very program, where a prefix has them (whatever
 * the prefix was called when it was built), or where they were meant to be
 * installed. Malloc'd; NULL if nowhere. */
char *programs_find(void);

#endif
