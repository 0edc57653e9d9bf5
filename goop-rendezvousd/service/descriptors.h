/* descriptors: as many open files as the configuration needs. */
#ifndef GOOP_RENDEZVOUSD_SERVICE_DESCRIPTORS_H
#define GOOP_RENDEZVOUSD_SERVICE_DESCRIPTORS_H

#include <stdint.h>

/*
 * Raise the limit of open files to what so many subscribers need, and so many
 * connections that ask or wait. If it cannot be raised that far, both numbers
 * are lowered to what fits, which is warned of.
 */
void descriptors_raise(int64_t *subscribers, int64_t *connections);

#endif
