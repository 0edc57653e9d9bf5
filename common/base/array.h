/*
 * array: what C leaves out about arrays. For an array, not for a pointer.
 */
#ifndef COMMON_BASE_ARRAY_H
#define COMMON_BASE_ARRAY_H

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#endif
