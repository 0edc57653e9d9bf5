#include "common/base/buffer.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"

#define BUFFER_SMALLEST 256

void
buffer_init(struct buffer *buffer, size_t max)
{
	*buffer = (struct buffer){ .max = max };
}

void
buffer_fini(struct buffer *buffer)
{
	if (buffer->memory != NULL)
		explicit_bzero(buffer->memory, buffer->capacity);
	free(buffer->memory);
	buffer_init(buffer, buffer->max);
}

struct bytes
buffer_bytes(const struct buffer *buffer)
{
	if (buffer->len == 0)
		return (struct bytes){ NULL, 0 };
	return (struct bytes){ buffer->memory + buffer->start, buffer->len };
}

size_t
buffer_room(const struct buffer *buffer)
{
	return buffer->max - buffer->len;
}

static void
buffer_grow(struct buffer *buffer, size_t needed)
{
	size_t capacity =
	    buffer->capacity > 0 ? buffer->capacity : BUFFER_SMALLEST;

	while (capacity < needed)
		capacity *= 2;
	buffer->memory = xreallocarray(buffer->memory, capacity, 1);
	buffer->capacity = capacity;
}

uint8_t *
buffer_reserve(struct buffer *buffer, size_t len)
{
	if (len > buffer_room(buffer))
		return NULL;
	if (buffer->start + buffer->len + len > buffer->capacity) {
		if (buffer->start > 0)
			memmove(buffer->memory, buffer->memory + buffer->start,
			    buffer->len);
		buffer->start = 0;
		if (buffer->memory == NULL ||
		    buffer->len + len > buffer->capacity)
			buffer_grow(buffer, buffer->len + len);
	}
	return buffer->memory + buffer->start + buffer->len;
}

void
buffer_commit(struct buffer *buffer, size_t len)
{
	if (len > buffer->capacity - buffer->start - buffer->len)
		bug("buffer: %zu bytes committed, not reserved", len);
	buffer->len += len;
}

int
buffer_append(struct buffer *buffer, struct bytes bytes)
{
	uint8_t *room;

	if (bytes.len == 0) /* fits always, also where there is no memory */
		return 0;
	room = buffer_reserve(buffer, bytes.len);
	if (room == NULL)
		return -ENOBUFS;
	memcpy(room, bytes.data, bytes.len);
	buffer_commit(buffer, bytes.len);
	return 0;
}

int
buffer_printf(struct buffer *buffer, const char *format, ...)
{
	char *text = NULL;
	va_list arguments;
	int len, rc;

	va_start(arguments, format);
	len = vasprintf(&text, format, arguments);
	va_end(arguments);
	if (len < 0)
		die("out of memory for a line of text");
	rc = buffer_append(
	    buffer, (struct bytes){ (const uint8_t *)text, (size_t)len });
	free(text);
	return rc;
}

void
buffer_consume(struct buffer *buffer, size_t len)
{
	if (len > buffer->len)
		bug("buffer: %zu of %zu bytes consumed", len, buffer->len);
	buffer->start += len;
	buffer->len -= len;
	if (buffer->len == 0)
		buffer_fini(buffer);
}
