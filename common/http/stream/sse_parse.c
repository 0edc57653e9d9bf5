#include "common/http/stream/sse_parse.h"

#include <string.h>

#include "common/base/text.h"

void
sse_parse_init(struct sse_parse *parse)
{
	*parse = (struct sse_parse){ .retry_ms = -1 };
	buffer_init(&parse->line, SSE_PARSE_LINE_MAX);
	buffer_init(&parse->data, SSE_PARSE_LINE_MAX);
}

void
sse_parse_fini(struct sse_parse *parse)
{
	buffer_fini(&parse->line);
	buffer_fini(&parse->data);
	sse_parse_init(parse);
}

static void
take_data(struct sse_parse *parse, struct bytes value)
{
	if (parse->has_data && buffer_append(&parse->data, bytes_of("\n")) < 0)
		parse->event_is_long = true;
	if (buffer_append(&parse->data, value) < 0)
		parse->event_is_long = true;
	parse->has_data = true;
}

static void
take_id(struct sse_parse *parse, struct bytes value)
{
	if (value.len >= sizeof(parse->next_id) ||
	    (value.len > 0 && memchr(value.data, 0, value.len) != NULL))
		return;
	if (value.len > 0)
		memcpy(parse->next_id, value.data, value.len);
	parse->next_id[value.len] = '\0';
}

static void
take_retry(struct sse_parse *parse, struct bytes value)
{
	uint64_t ms;

	if (text_parse_u64(value, &ms) == 0 && ms <= INT64_MAX)
		parse->retry_ms = (int64_t)ms;
}

static bool
is_name(struct bytes name, const char *wanted)
{
	return bytes_equal(name, bytes_of(wanted));
}

/* "name: value", "name:value", "name", or a comment ": ..." */
static void
take_field(struct sse_parse *parse, struct bytes line)
{
	const uint8_t *colon = memchr(line.data, ':', line.len);
	struct bytes name = line, value = { NULL, 0 };

	if (colon != NULL) {
		name.len = (size_t)(colon - line.data);
		value.data = colon + 1;
		value.len = line.len - name.len - 1;
		if (value.len > 0 && value.data[0] == ' ') {
			value.data++;
			value.len--;
		}
	}
	if (is_name(name, "data"))
		take_data(parse, value);
	else if (is_name(name, "id"))
		take_id(parse, value);
	else if (is_name(name, "retry"))
		take_retry(parse, value);
}

/* An empty line: true if it completes an event. An id counts even without
 * data. */
static bool
ends_event(struct sse_parse *parse)
{
	bool is_whole = parse->has_data && !parse->event_is_long;

	if (parse->event_is_long)
		parse->dropped++;
	if (!is_whole)
		buffer_fini(&parse->data);
	memcpy(parse->id, parse->next_id, sizeof(parse->id));
	parse->has_data = parse->event_is_long = false;
	parse->is_told = is_whole;
	return is_whole;
}

/* The line is complete; true if an event is. */
static bool
end_line(struct sse_parse *parse)
{
	struct bytes line = buffer_bytes(&parse->line);
	bool is_event = false;

	if (!parse->has_begun)
		(void)bytes_skip(&line, "\xef\xbb\xbf");
	parse->has_begun = true;
	if (parse->line_is_long)
		parse->event_is_long = true; /* a part of it is missing */
	else if (line.len == 0)
		is_event = ends_event(parse);
	else
		take_field(parse, line);
	parse->line_is_long = false;
	buffer_fini(&parse->line);
	return is_event;
}

/* How many bytes at the front belong to the line. */
static size_t
line_part(struct bytes input)
{
	const uint8_t *lf = memchr(input.data, '\n', input.len);
	size_t len = lf != NULL ? (size_t)(lf - input.data) : input.len;
	const uint8_t *cr = len > 0 ? memchr(input.data, '\r', len) : NULL;

	return cr != NULL ? (size_t)(cr - input.data) : len;
}

int
sse_parse_read(struct sse_parse *parse, struct bytes *input, struct bytes *ret)
{
	struct bytes part;
	uint8_t end;

	if (parse->is_told) /* the event of the last call */
		buffer_fini(&parse->data);
	parse->is_told = false;
	while (input->len > 0) {
		/* LF after CR is the same line end, even in the next read */
		if (parse->has_cr && input->data[0] == '\n') {
			input->data++;
			input->len--;
			parse->has_cr = false;
			continue;
		}
		parse->has_cr = false;
		part = (struct bytes){ input->data, line_part(*input) };
		if (buffer_append(&parse->line, part) < 0)
			parse->line_is_long = true;
		input->data += part.len;
		input->len -= part.len;
		if (input->len == 0)
			break;
		end = *input->data++;
		input->len--;
		parse->has_cr = end == '\r';
		if (!end_line(parse))
			continue;
		*ret = buffer_bytes(&parse->data);
		return SSE_PARSE_EVENT;
	}
	return SSE_PARSE_MORE;
}
