/*
 * xalloc: memory of small, fixed size, or the end of the process. A size that
 * somebody else chose is compared with a named limit before it comes here.
 */
#ifndef COMMON_BASE_XALLOC_H
#define COMMON_BASE_XALLOC_H

#include <stddef.h>

void *xzalloc(size_t size) __attribute__((malloc, returns_nonnull));
void *xreallocarray(void *old, size_t count, size_t size)
    __attribute__((returns_nonnull));
void *xmemdup(const void *from, size_t size) __attribute__((returns_nonnull));
char *xstrdup(const char *text) __attribute__((returns_nonnull));
char *xstrndup(const char *text, size_t max) __attribute__((returns_nonnull));
char *xasprintf(const char *format, ...)
    __attribute__((returns_nonnull, format(printf, 1, 2)));

/* For __attribute__((cleanup(...))) on a pointer: frees what it points to. */
void cleanup_free(void *pointer);
#define CLEANUP_FREE __attribute__((cleanup(cleanup_free)))

#endif
