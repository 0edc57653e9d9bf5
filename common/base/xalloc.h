/*
 * xalloc: memory of small, fixed size, or the end of the process. A size that
 * comes from outside is compared with a named limit before it comes here.
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

/* Ends the process: out of memory. The only way in which that happens. */
void xalloc_failed(void) __attribute__((noreturn));

/*
 * What a library allocated, as it is; NULL ends the process:
 * event = xcheck(evtimer_new(base, on_due, arg)).
 */
void *xcheck(void *memory) __attribute__((returns_nonnull));

/* For __attribute__((cleanup(...))) on a pointer: frees what it points to. */
void cleanup_free(void *pointer);
#define CLEANUP_FREE __attribute__((cleanup(cleanup_free)))

#endif
