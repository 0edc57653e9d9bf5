/* programs: where the daemons and goop2-data are. */
#ifndef CLI_PEER_PROGRAMS_H
#define CLI_PEER_PROGRAMS_H

/* Their directory: beside this program, in ../libexec of the prefix that it
 * runs from, or in the libexec directory of the build. Malloc'd; NULL if
 * nowhere. */
char *programs_find(void);

#endif
