#include "common/http/client/http_response.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"
#include "common/base/xalloc.h"

enum { TRAILERS_MAX = 8 * 1024, CHUNK_DIGITS_MAX = 15, NO_LINE = 1 };

void
http_response_init(struct http_response *response, bool is_connect)
{
	*response = (struct http_response){ .is_connect = is_connect };
	buffer_init(&response->line, HTTP_RESPONSE_HEAD_MAX);
}

void
http_response_fini(struct http_response *response)
{
	buffer_fini(&response->line);
	free(response->head);
	http_response_init(response, response->is_connect);
}

/* Move input to the line up to and with a line end. 0, NO_LINE, -EMSGSIZE. */
static int
gather(struct http_response *response, struct bytes *input, size_t max)
{
	const uint8_t *end =
	    input->len > 0 ? memchr(input->data, '\n', input->len) : NULL;
	struct bytes part = *input;

	if (end != NULL)
		part.len = (size_t)(end - input->data) + 1;
	if (response->line.len + part.len > max)
		return -EMSGSIZE;
	(void)buffer_append(&response->line, part);
	input->data += part.len;
	input->len -= part.len;
	return end != NULL ? 0 : NO_LINE;
}

/* A bare LF ends a line too (RFC 9112, 2.2). */
static struct bytes
without_line_end(struct bytes line)
{
	if (line.len > 0 && line.data[line.len - 1] == '\n')
		line.len--;
	if (line.len > 0 && line.data[line.len - 1] == '\r')
		line.len--;
	return line;
}

/* --- the head, once it is complete */

/* "HTTP/1.x NNN reason" (RFC 9112, 4); servers leave the reason out. */
static int
parse_status(struct http_response *response, const char *line)
{
	const char *digits = line + 9;

	if (strncmp(line, "HTTP/1.", 7) != 0 ||
	    (line[7] != '0' && line[7] != '1') || line[8] != ' ' ||
	    strspn(digits, "0123456789") != 3 ||
	    (digits[3] != ' ' && digits[3] != '\0') || digits[0] == '0')
		return -EPROTO;
	response->status = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 +
			   (digits[2] - '0');
	response->is_persistent = line[7] == '1';
	return 0;
}

static bool
is_token(const char *name)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789"
				    "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return *name != '\0' && name[strspn(name, token)] == '\0';
}

static bool
has_control(const char *value)
{
	for (; *value != '\0'; value++)
		if (((unsigned char)*value < ' ' && *value != '\t') ||
		    *value == 0x7f)
			return true;
	return false;
}

/*
 * "Name: value" becomes "Name" NUL "value" NUL at to; what follows it is
 * returned. A line that begins with a space (obs-fold) has no name, and is
 * refused as RFC 9112, 5.2 allows.
 */
static char *
split_field(char *line, char *to)
{
	char *colon = strchr(line, ':'), *value;
	size_t len;

	if (colon == NULL)
		return NULL;
	*colon = '\0';
	value = colon + 1 + strspn(colon + 1, " \t");
	if (!is_token(line) || has_control(value))
		return NULL;
	len = strlen(value);
	while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		value[--len] = '\0';
	to = stpcpy(to, line) + 1;
	return stpcpy(to, value) + 1;
}

/* The line at *next, its end cut off; NULL after the last. */
static char *
next_line(char **next)
{
	char *line = *next, *end = strchr(line, '\n');

	if (end == NULL)
		return NULL;
	*next = end + 1;
	if (end > line && end[-1] == '\r')
		end--;
	*end = '\0';
	return line;
}

/* The lines of the head as pairs of texts. They take no more room than in the
 * raw head: a colon and a line end become the NULs. */
static int
parse_fields(struct http_response *response, struct bytes raw)
{
	CLEANUP_FREE char *text = xstrndup((const char *)raw.data, raw.len);
	char *next = text, *line, *to;

	if (strlen(text) != raw.len)
		return -EPROTO; /* a NUL */
	line = next_line(&next);
	if (line == NULL || parse_status(response, line) < 0)
		return -EPROTO;
	free(response->head);
	response->head = to = xzalloc(raw.len + 1);
	while ((line = next_line(&next)) != NULL && *line != '\0') {
		to = split_field(line, to);
		if (to == NULL)
			return -EPROTO;
	}
	response->head_len = (size_t)(to - response->head);
	return 0;
}

/* How many headers of that name; the first in *ret. */
static unsigned int
count_fields(
    const struct http_response *response, const char *name, const char **ret)
{
	const char *at = response->head, *end = at + response->head_len, *value;
	unsigned int count = 0;

	for (; at < end; at = value + strlen(value) + 1) {
		value = at + strlen(at) + 1;
		if (strcasecmp(at, name) == 0 && count++ == 0)
			*ret = value;
	}
	return count;
}

const char *
http_response_header(const struct http_response *response, const char *name)
{
	const char *value = NULL;

	(void)count_fields(response, name, &value);
	return value;
}

/* Is word one of the comma-separated words of the header? */
static bool
lists_word(
    const struct http_response *response, const char *name, const char *word)
{
	const char *at = http_response_header(response, name);
	size_t len = strlen(word);

	while (at != NULL && *at != '\0') {
		at += strspn(at, " \t,");
		if (strncasecmp(at, word, len) == 0 &&
		    strchr(" \t,", at[len]) != NULL)
			return true;
		at += strcspn(at, ",");
	}
	return false;
}

static bool
has_no_body(const struct http_response *response)
{
	int status = response->status;

	return status == 101 || status == 204 || status == 304 ||
	       (response->is_connect && status >= 200 && status < 300);
}

/* Where the body ends (RFC 9112, 6.3). */
static int
choose_framing(struct http_response *response)
{
	const char *length = NULL, *coding = NULL;
	unsigned int lengths =
	    count_fields(response, "Content-Length", &length);
	unsigned int codings =
	    count_fields(response, "Transfer-Encoding", &coding);

	response->is_persistent = response->is_persistent &&
				  !lists_word(response, "Connection", "close");
	if (has_no_body(response)) {
		response->state = HTTP_RESPONSE_AT_END;
		return 0;
	}
	if (lengths + codings > 1 ||
	    (coding != NULL && strcasecmp(coding, "chunked") != 0))
		return -EPROTO;
	if (coding != NULL) {
		response->state = HTTP_RESPONSE_IN_CHUNK_HEAD;
	} else if (length != NULL) {
		if (text_parse_u64(bytes_of(length), &response->left) < 0)
			return -EPROTO;
		response->state = response->left > 0 ? HTTP_RESPONSE_IN_LENGTH
						     : HTTP_RESPONSE_AT_END;
	} else {
		response->state = HTTP_RESPONSE_IN_REST;
		response->is_persistent = false;
	}
	return 0;
}

/* Does the head end here, with an empty line? */
static bool
ends_head(struct bytes raw)
{
	const uint8_t *end = raw.data + raw.len;

	return (raw.len >= 2 && end[-2] == '\n') ||
	       (raw.len >= 3 && end[-2] == '\r' && end[-3] == '\n');
}

static int
read_head(struct http_response *response, struct bytes *input)
{
	struct bytes raw;
	int rc;

	do {
		rc = gather(response, input, HTTP_RESPONSE_HEAD_MAX);
		if (rc != 0)
			return rc < 0 ? rc : HTTP_RESPONSE_MORE;
		raw = buffer_bytes(&response->line);
	} while (!ends_head(raw));
	rc = parse_fields(response, raw);
	buffer_fini(&response->line);
	if (rc < 0)
		return rc;
	if (response->status >= 200 || response->status == 101) {
		rc = choose_framing(response);
		return rc < 0 ? rc : HTTP_RESPONSE_HEAD;
	}
	if (++response->interim > HTTP_RESPONSE_INTERIM_MAX)
		return -EPROTO;
	return read_head(response, input);
}

/* --- the body */

static int
hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* "1a2b[;extension]"; extensions are ignored (RFC 9112, 7.1.1). */
static int
parse_chunk_size(struct bytes line, uint64_t *ret)
{
	uint64_t size = 0;
	size_t i;

	for (i = 0; i < line.len && hex_value(line.data[i]) >= 0; i++)
		size = size << 4 | (uint64_t)hex_value(line.data[i]);
	if (i == 0 || i > CHUNK_DIGITS_MAX ||
	    (i < line.len && memchr(" \t;", line.data[i], 3) == NULL))
		return -EPROTO;
	*ret = size;
	return 0;
}

/* One of the lines between chunks. 0, NO_LINE or negative. */
static int
read_chunk_line(struct http_response *response, struct bytes *input)
{
	struct bytes line;
	int rc = gather(response, input, HTTP_RESPONSE_LINE_MAX);

	if (rc != 0)
		return rc;
	line = without_line_end(buffer_bytes(&response->line));
	switch (response->state) {
	case HTTP_RESPONSE_IN_CHUNK_HEAD:
		rc = parse_chunk_size(line, &response->left);
		response->state = response->left > 0 ? HTTP_RESPONSE_IN_CHUNK
						     : HTTP_RESPONSE_IN_TRAILER;
		break;
	case HTTP_RESPONSE_IN_CHUNK_END:
		rc = line.len == 0 ? 0 : -EPROTO;
		response->state = HTTP_RESPONSE_IN_CHUNK_HEAD;
		break;
	default: /* a trailer, which nobody needs */
		response->trailer_len += response->line.len;
		if (response->trailer_len > TRAILERS_MAX)
			rc = -EMSGSIZE;
		if (line.len == 0)
			response->state = HTTP_RESPONSE_AT_END;
	}
	buffer_fini(&response->line);
	return rc;
}

static int
take_body(struct http_response *response, struct bytes *input,
    enum http_response_state next, struct bytes *ret)
{
	*ret = *input;
	if (ret->len > response->left)
		ret->len = (size_t)response->left;
	input->data += ret->len;
	input->len -= ret->len;
	response->left -= ret->len;
	if (response->left == 0)
		response->state = next;
	return HTTP_RESPONSE_BODY;
}

int
http_response_read(
    struct http_response *response, struct bytes *input, struct bytes *ret)
{
	int rc;

	while (response->state != HTTP_RESPONSE_AT_END && input->len > 0) {
		switch (response->state) {
		case HTTP_RESPONSE_IN_HEAD:
			return read_head(response, input);
		case HTTP_RESPONSE_IN_LENGTH:
			return take_body(
			    response, input, HTTP_RESPONSE_AT_END, ret);
		case HTTP_RESPONSE_IN_CHUNK:
			return take_body(
			    response, input, HTTP_RESPONSE_IN_CHUNK_END, ret);
		case HTTP_RESPONSE_IN_REST:
			response->left = input->len;
			return take_body(
			    response, input, HTTP_RESPONSE_IN_REST, ret);
		default:
			rc = read_chunk_line(response, input);
			if (rc < 0)
				return rc;
		}
	}
	return response->state == HTTP_RESPONSE_AT_END ? HTTP_RESPONSE_DONE
						       : HTTP_RESPONSE_MORE;
}

bool
http_response_end(struct http_response *response)
{
	if (response->state == HTTP_RESPONSE_IN_REST)
		response->state = HTTP_RESPONSE_AT_END;
	return response->state == HTTP_RESPONSE_AT_END;
}
