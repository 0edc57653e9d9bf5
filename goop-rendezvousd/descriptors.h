/* descriptors: as many open files as the configuration needs. */
#ifndef GOOP_RENDEZVOUSD_DESCRIPTORS_H
#define GOOP_RENDEZVOUSD_DESCRIPTORS_H

#include <stdint.h>

/*
 * How many subscribers there can be: those asked for, or fewer if the hard
 * limit of open files leaves no more beside connections, which is warned of.
 */
int64_t descriptors_raise(int64_t subscribers, int64_t connections);

#endif
