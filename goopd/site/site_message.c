#include "goopd/site/site_message.h"

#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "common/base/text.h"
#include "goopd/site/site_lines.h"

void
site_answer_fail(
    struct site_answer *answer, unsigned int status, const char *text)
{
	*answer = (struct site_answer){ .status = status };
	snprintf(answer->text, sizeof(answer->text), "%s", text);
}

bool
site_answer_has_body(const struct site_answer *answer)
{
	return answer->status == 200 || answer->status == 206;
}

/* --- /goop/site/1.0.0, the form of the original: one line */

/* The one line, or SITE_MORE / SITE_BAD. */
static int
take_line(struct bytes bytes, struct bytes *line, size_t *used)
{
	struct cursor cursor = cursor_over(bytes);

	if (!site_line_take(&cursor, line))
		return bytes.len >= SITE_HEAD_MAX ? SITE_BAD : SITE_MORE;
	if (line->len >= SITE_HEAD_MAX)
		return SITE_BAD;
	*used = line->len + 1;
	return 0;
}

static struct bytes
trim(struct bytes line)
{
	while (line.len > 0 && strchr(" \t\r", line.data[0]) != NULL &&
	       line.data[0] != '\0') {
		line.data++;
		line.len--;
	}
	while (line.len > 0 && line.data[line.len - 1] != '\0' &&
	       strchr(" \t\r", line.data[line.len - 1]) != NULL)
		line.len--;
	return line;
}

static int
request_parse_1_0(struct bytes bytes, struct site_request *ret, size_t *used)
{
	struct bytes line;
	int rc;

	rc = take_line(bytes, &line, used);
	if (rc != 0)
		return rc;
	*ret = (struct site_request){ .is_head = false };
	line = trim(line);
	if (!bytes_skip(&line, "GET ") ||
	    !site_line_copy(trim(line), ret->path, sizeof(ret->path)))
		return SITE_BAD;
	return 0;
}

static int
request_print_1_0(const struct site_request *request, struct buffer *out)
{
	size_t len = strlen(request->path);

	/* The original serves an index only for the root. */
	return buffer_printf(out, "GET %s%s\n", request->path,
	    len > 1 && request->path[len - 1] == '/' ? SITE_INDEX : "");
}

/* "OK <mime> <n>"; the type may hold spaces. */
static int
parse_ok(struct bytes line, struct site_answer *ret)
{
	const uint8_t *space;
	struct bytes type = line, number;

	space = line.len > 0 ? memrchr(line.data, ' ', line.len) : NULL;
	if (space == NULL)
		return SITE_BAD;
	type.len = (size_t)(space - line.data);
	number = (struct bytes){ space + 1, line.len - type.len - 1 };
	if (text_parse_u64(number, &ret->size) < 0 || ret->size > INT64_MAX)
		return SITE_BAD;
	ret->status = 200;
	ret->length = ret->size;
	/* mime_believe() replaces a malformed type. */
	if (!site_line_copy(trim(type), ret->type, sizeof(ret->type)) ||
	    !mime_is_valid(ret->type))
		ret->type[0] = '\0';
	return 0;
}

static void
parse_error(struct bytes line, struct site_answer *ret)
{
	if (!site_line_copy(trim(line), ret->text, sizeof(ret->text)))
		ret->text[0] = '\0';
	if (strstr(ret->text, "not found") != NULL)
		ret->status = 404;
	else if (strstr(ret->text, "forbidden") != NULL)
		ret->status = 403;
	else if (strstr(ret->text, "bad request") != NULL)
		ret->status = 400;
	else
		ret->status = 500;
}

static int
answer_parse_1_0(struct bytes bytes, struct site_answer *ret, size_t *used)
{
	struct bytes line;
	int rc;

	rc = take_line(bytes, &line, used);
	if (rc != 0)
		return rc;
	*ret = (struct site_answer){ .by_path = true };
	line = trim(line);
	if (bytes_skip(&line, "OK "))
		return parse_ok(line, ret);
	if (!bytes_skip(&line, "ERR"))
		return SITE_BAD;
	parse_error(line, ret);
	return 0;
}

static int
answer_print_1_0(const struct site_answer *answer, struct buffer *out)
{
	if (answer->status == 200)
		return buffer_printf(
		    out, "OK %s %" PRIu64 "\n", answer->type, answer->length);
	return buffer_printf(out, "ERR %s\n", answer->text);
}

/* --- /goop/site/1.1.0, our form: a line and headers */

/* A header that is kept: its name and where its value goes. */
struct slot {
	const char *name;
	char *text;
	size_t size;
};
#define SLOT(name, member) \
	{ \
		name, member, sizeof(member) \
	}

/* The lines of a head up to the empty one, as *first and *rest. */
static int
take_head(
    struct bytes bytes, struct bytes *first, struct cursor *rest, size_t *used)
{
	struct cursor cursor = cursor_over(bytes);
	struct bytes line;
	size_t lines = 0;

	if (!site_line_take(&cursor, first))
		return bytes.len >= SITE_HEAD_MAX ? SITE_BAD : SITE_MORE;
	*rest = cursor;
	do {
		if (!site_line_take(&cursor, &line))
			return bytes.len >= SITE_HEAD_MAX ||
				       lines > SITE_HEADERS_MAX
				   ? SITE_BAD
				   : SITE_MORE;
		lines++;
	} while (line.len > 0);
	*used = (size_t)(cursor.at - bytes.data);
	if (*used > SITE_HEAD_MAX || lines - 1 > SITE_HEADERS_MAX)
		return SITE_BAD;
	return 0;
}

static const struct slot *
find_slot(const struct slot *slots, struct bytes name)
{
	for (; slots->name != NULL; slots++) {
		if (bytes_equal(bytes_of(slots->name), name))
			return slots;
	}
	return NULL;
}

/* "name: value"; unknown names are skipped, for later versions. */
static bool
parse_header(struct bytes line, const struct slot *slots)
{
	const uint8_t *colon;
	const struct slot *slot;
	struct bytes name = line;

	colon = memchr(line.data, ':', line.len);
	if (colon == NULL || colon == line.data)
		return false;
	name.len = (size_t)(colon - line.data);
	line.data = colon + 1;
	line.len -= name.len + 1;
	if (!bytes_skip(&line, " "))
		return false;
	slot = find_slot(slots, name);
	if (slot == NULL)
		return true;
	return slot->text[0] == '\0' &&
	       site_line_copy(line, slot->text, slot->size);
}

static bool
parse_headers(struct cursor *lines, const struct slot *slots)
{
	struct bytes line;

	while (site_line_take(lines, &line) && line.len > 0) {
		if (!parse_header(line, slots))
			return false;
	}
	return true;
}

static int
request_parse_1_1(struct bytes bytes, struct site_request *ret, size_t *used)
{
	struct slot slots[] = {
		SLOT("range", ret->range),
		SLOT("if-none-match", ret->if_none_match),
		SLOT("if-modified-since", ret->if_modified_since),
		SLOT("if-range", ret->if_range),
		SLOT("if-match", ret->if_match),
		SLOT("if-unmodified-since", ret->if_unmodified_since),
		{ NULL, NULL, 0 },
	};
	struct bytes first;
	struct cursor rest;
	int rc;

	rc = take_head(bytes, &first, &rest, used);
	if (rc != 0)
		return rc;
	*ret = (struct site_request){ .is_head = false };
	if (bytes_skip(&first, "HEAD "))
		ret->is_head = true;
	else if (!bytes_skip(&first, "GET "))
		return SITE_BAD;
	if (first.len == 0 || first.data[0] != '/' ||
	    !site_line_copy(first, ret->path, sizeof(ret->path)) ||
	    !parse_headers(&rest, slots))
		return SITE_BAD;
	return 0;
}

static int
print_header(struct buffer *out, const char *name, const char *value)
{
	if (value[0] == '\0')
		return 0;
	return buffer_printf(out, "%s: %s\n", name, value);
}

static int
request_print_1_1(const struct site_request *request, struct buffer *out)
{
	if (buffer_printf(out, "%s %s\n", request->is_head ? "HEAD" : "GET",
		request->path) < 0 ||
	    print_header(out, "range", request->range) < 0 ||
	    print_header(out, "if-none-match", request->if_none_match) < 0 ||
	    print_header(out, "if-modified-since", request->if_modified_since) <
		0 ||
	    print_header(out, "if-range", request->if_range) < 0 ||
	    print_header(out, "if-match", request->if_match) < 0 ||
	    print_header(
		out, "if-unmodified-since", request->if_unmodified_since) < 0)
		return -ENOBUFS;
	return buffer_append(out, bytes_of("\n"));
}

/* "<status>" or "<status> <text>" */
static bool
parse_status(struct bytes line, struct site_answer *ret)
{
	uint64_t status;

	if (line.len < 3 ||
	    text_parse_u64((struct bytes){ line.data, 3 }, &status) < 0 ||
	    status < 200 || status > 599)
		return false;
	ret->status = (unsigned int)status;
	line.data += 3;
	line.len -= 3;
	if (line.len == 0)
		return true;
	return bytes_skip(&line, " ") &&
	       site_line_copy(line, ret->text, sizeof(ret->text));
}

static bool
parse_number(const char *text, uint64_t *ret)
{
	if (text[0] == '\0')
		return true;
	return text_parse_u64(bytes_of(text), ret) == 0 && *ret <= INT64_MAX;
}

/* An entity tag of RFC 9110, 8.8.3, weak or strong. */
static bool
is_etag(const char *text)
{
	size_t len = strlen(text), i;

	if (strncmp(text, "W/", 2) == 0) {
		text += 2;
		len -= 2;
	}
	if (len < 2 || text[0] != '"' || text[len - 1] != '"')
		return false;
	for (i = 1; i < len - 1; i++) {
		if (text[i] == '"' || text[i] == ' ')
			return false;
	}
	return true;
}

/* Check that the head does not contradict itself. */
static bool
is_consistent(const struct site_answer *answer)
{
	if (answer->etag[0] != '\0' && !is_etag(answer->etag))
		return false;
	if (!site_answer_has_body(answer))
		return answer->length == 0;
	if (answer->from > answer->size ||
	    answer->length > answer->size - answer->from)
		return false;
	return answer->status == 206 || answer->length == answer->size;
}

static int
answer_parse_1_1(struct bytes bytes, struct site_answer *ret, size_t *used)
{
	char size[24] = "", from[24] = "", length[24] = "", ranges[8] = "";
	char address[16] = "";
	struct slot slots[] = {
		SLOT("type", ret->type),
		SLOT("size", size),
		SLOT("from", from),
		SLOT("length", length),
		SLOT("etag", ret->etag),
		SLOT("modified", ret->modified),
		SLOT("ranges", ranges),
		SLOT("address", address),
		{ NULL, NULL, 0 },
	};
	struct bytes first;
	struct cursor rest;
	int rc;

	rc = take_head(bytes, &first, &rest, used);
	if (rc != 0)
		return rc;
	*ret = (struct site_answer){ .status = 0 };
	if (!parse_status(first, ret) || !parse_headers(&rest, slots) ||
	    !parse_number(size, &ret->size) ||
	    !parse_number(from, &ret->from) ||
	    !parse_number(length, &ret->length) || !is_consistent(ret))
		return SITE_BAD;
	if (site_answer_has_body(ret) && (size[0] == '\0' || length[0] == '\0'))
		return SITE_BAD;
	if (!mime_is_valid(ret->type))
		ret->type[0] = '\0';
	ret->ranges = strcmp(ranges, "bytes") == 0;
	ret->by_path = strcmp(address, "path") == 0;
	return 0;
}

static int
print_numbers(const struct site_answer *answer, struct buffer *out)
{
	if (!site_answer_has_body(answer) && answer->status != 416)
		return 0;
	if (buffer_printf(out, "size: %" PRIu64 "\n", answer->size) < 0)
		return -ENOBUFS;
	if (answer->from > 0 &&
	    buffer_printf(out, "from: %" PRIu64 "\n", answer->from) < 0)
		return -ENOBUFS;
	if (!site_answer_has_body(answer))
		return 0;
	return buffer_printf(out, "length: %" PRIu64 "\n", answer->length);
}

static int
answer_print_1_1(const struct site_answer *answer, struct buffer *out)
{
	if (buffer_printf(out, "%03u%s%s\n", answer->status,
		answer->text[0] != '\0' ? " " : "", answer->text) < 0 ||
	    print_header(out, "type", answer->type) < 0 ||
	    print_numbers(answer, out) < 0 ||
	    print_header(out, "etag", answer->etag) < 0 ||
	    print_header(out, "modified", answer->modified) < 0 ||
	    print_header(out, "ranges", answer->ranges ? "bytes" : "") < 0 ||
	    print_header(out, "address", answer->by_path ? "path" : "") < 0)
		return -ENOBUFS;
	return buffer_append(out, bytes_of("\n"));
}

/* --- both */

int
site_request_parse(enum site_version version, struct bytes bytes,
    struct site_request *ret, size_t *used)
{
	return version == SITE_1_0 ? request_parse_1_0(bytes, ret, used)
				   : request_parse_1_1(bytes, ret, used);
}

int
site_request_print(enum site_version version,
    const struct site_request *request, struct buffer *out)
{
	return version == SITE_1_0 ? request_print_1_0(request, out)
				   : request_print_1_1(request, out);
}

int
site_answer_parse(enum site_version version, struct bytes bytes,
    struct site_answer *ret, size_t *used)
{
	return version == SITE_1_0 ? answer_parse_1_0(bytes, ret, used)
				   : answer_parse_1_1(bytes, ret, used);
}

int
site_answer_print(enum site_version version, const struct site_answer *answer,
    struct buffer *out)
{
	return version == SITE_1_0 ? answer_print_1_0(answer, out)
				   : answer_print_1_1(answer, out);
}
