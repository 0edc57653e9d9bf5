#include "common/http/syntax/http_host.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

#include "common/base/text.h"

/* The length of the name at the front of text; 0 if there is none. */
static size_t
name_length(const char *text)
{
	static const char v6[] = "0123456789abcdefABCDEF:.";
	static const char dns[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
	size_t len;

	if (*text != '[')
		return strspn(text, dns);
	len = strspn(text + 1, v6);
	return len > 0 && text[len + 1] == ']' ? len + 2 : 0;
}

int
http_host_parse(const char *text, struct http_host *ret)
{
	struct http_host host = { .port = HTTP_PORT_DEFAULT };
	size_t i, len = name_length(text);
	uint64_t port;

	if (len == 0 || len >= sizeof(host.name))
		return -EINVAL;
	for (i = 0; i < len; i++)
		host.name[i] = (char)tolower((unsigned char)text[i]);
	if (text[len] != '\0') {
		if (text[len] != ':' ||
		    text_parse_u64(bytes_of(text + len + 1), &port) < 0 ||
		    port == 0 || port > UINT16_MAX)
			return -EINVAL;
		host.port = (uint16_t)port;
	}
	*ret = host;
	return 0;
}

static bool
host_equal(const struct http_host *a, const struct http_host *b)
{
	return a->port == b->port && strcmp(a->name, b->name) == 0;
}

bool
http_origin_is(const char *origin, const struct http_host *host)
{
	static const char scheme[] = "http://";
	struct http_host from;

	return strncmp(origin, scheme, strlen(scheme)) == 0 &&
	       http_host_parse(origin + strlen(scheme), &from) == 0 &&
	       host_equal(&from, host);
}
