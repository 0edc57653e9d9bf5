#include "common/base/xalloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"

void
xalloc_failed(void)
{
	die("out of memory");
}

void *
xcheck(void *memory)
{
	if (memory == NULL)
		xalloc_failed();
	return memory;
}

void *
xzalloc(size_t size)
{
	return xcheck(calloc(1, size > 0 ? size : 1));
}

void *
xreallocarray(void *old, size_t count, size_t size)
{
	return xcheck(reallocarray(old, count > 0 ? count : 1, size));
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
	return xcheck(strdup(text));
}

char *
xstrndup(const char *text, size_t max)
{
	return xcheck(strndup(text, max));
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
	return xcheck(len < 0 ? NULL : text);
}

void
cleanup_free(void *pointer)
{
	void **p = pointer;

	free(*p);
	*p = NULL;
}
