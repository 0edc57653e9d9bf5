/* descriptors: raises the limit of open files to what the configuration needs.
 */
#ifndef GOOP_RENDEZVOUSD_SERVICE_DESCRIPTORS_H
#define GOOP_RENDEZVOUSD_SERVICE_DESCRIPTORS_H

#include <stdint.h>

/*
 * Raise the limit to what so many subscribers and other connections need. If it
 * cannot be raised that far, lower both numbers to what fits and log a warning.
 */
void descriptors_raise(int64_t *subscribers, int64_t *connections);

#endif
