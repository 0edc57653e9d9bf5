#include "common/http/syntax/http_target.h"

#include <errno.h>
#include <string.h>
#include <strings.h>

#include "common/base/array.h"

/* What is behind "http://"; NULL if it is no such URL. */
static const char *
behind_scheme(const char *text)
{
	static const char *const schemes[] = { "http://", "https://" };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(schemes); i++)
		if (strncasecmp(text, schemes[i], strlen(schemes[i])) == 0)
			return text + strlen(schemes[i]);
	return NULL;
}

int
http_target_parse(const char *text, struct http_target *ret)
{
	struct http_target target = { .path = text };
	const char *authority = behind_scheme(text);
	struct http_host host;
	size_t len;

	if (authority != NULL) {
		len = strcspn(authority, "/?#");
		if (len >= sizeof(target.authority))
			return -EINVAL;
		memcpy(target.authority, authority, len);
		if (http_host_parse(target.authority, &host) < 0)
			return -EINVAL;
		target.path = authority[len] != '\0' ? authority + len : "/";
	}
	if (target.path[0] != '/')
		return -EINVAL;
	*ret = target;
	return 0;
}
