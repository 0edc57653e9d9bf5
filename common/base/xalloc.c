#include "common/base/xalloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"

static void *
check(void *memory)
{
	if (memory == NULL)
		die("out of memory");
	return memory;
}

void *
xzalloc(size_t size)
{
	return check(calloc(1, size > 0 ? size : 1));
}

void *
xreallocarray(void *old, size_t count, size_t size)
{
	return check(reallocarray(old, count > 0 ? count : 1, size));
}

void *
xmemdup(const void *from, size_t size)
{
	void *copy = xzalloc(size);

	if (size > 0)
		memcpy(copy, from, size);
	return copy;
}

char *
xstrdup(const char *text)
{
	return check(strdup(text));
}

char *
xstrndup(const char *text, size_t max)
{
	return check(strndup(text, max));
}

char *
xasprintf(const char *format, ...)
{
	char *text;
	va_list arguments;
	int len;

	va_start(arguments, format);
	len = vasprintf(&text, format, arguments);
	va_end(arguments);
	return check(len < 0 ? NULL : text);
}

void
cleanup_free(void *pointer)
{
	void **p = pointer;

	free(*p);
	*p = NULL;
}
