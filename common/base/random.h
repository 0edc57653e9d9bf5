/* random: unpredictable bytes, from the kernel. */
#ifndef COMMON_BASE_RANDOM_H
#define COMMON_BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>

/* Fill len bytes; ends the process if the kernel has none. */
void random_bytes(void *to, size_t len);

/* A uniform number below bound, which is not 0. */
uint32_t random_below(uint32_t bound);

#endif
