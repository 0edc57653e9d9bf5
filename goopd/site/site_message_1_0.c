#include "goopd/site/site_message_1_0.h"

#include <inttypes.h>
#include <string.h>

#include "common/base/text.h"
#include "goopd/site/site_lines.h"

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

int
site_request_parse_1_0(
    struct bytes bytes, struct site_request *ret, size_t *used)
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

int
site_request_print_1_0(const struct site_request *request, struct buffer *out)
{
	size_t len = strlen(request->path);

	/* The original knows an index of the root only. */
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
	/* A type that is none is for mime_believe() to replace. */
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

int
site_answer_parse_1_0(struct bytes bytes, struct site_answer *ret, size_t *used)
{
	struct bytes line;
	int rc;

	rc = take_line(bytes, &line, used);
	if (rc != 0)
		return rc;
	*ret = (struct site_answer){ .status = 0 };
	line = trim(line);
	if (bytes_skip(&line, "OK "))
		return parse_ok(line, ret);
	if (!bytes_skip(&line, "ERR"))
		return SITE_BAD;
	parse_error(line, ret);
	return 0;
}

int
site_answer_print_1_0(const struct site_answer *answer, struct buffer *out)
{
	if (answer->status == 200)
		return buffer_printf(
		    out, "OK %s %" PRIu64 "\n", answer->type, answer->length);
	return buffer_printf(out, "ERR %s\n", answer->text);
}
