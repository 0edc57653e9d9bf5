/*
 * http_target: what a request line asks for (RFC 9112, 3.2): a path, as clients
 * of a server send it, or a whole URL, as clients of a proxy do and a server
 * has to take, too.
 */
#ifndef COMMON_HTTP_SYNTAX_HTTP_TARGET_H
#define COMMON_HTTP_SYNTAX_HTTP_TARGET_H

#include "common/http/syntax/http_host.h"

enum { HTTP_AUTHORITY_SIZE = HTTP_HOST_NAME_SIZE + 6 /* ":65535" */ };

struct http_target {
	const char *path; /* with its query; within text, or static */
	/* Of a URL: takes the place of the header Host. "": of a path. */
	char authority[HTTP_AUTHORITY_SIZE];
};

/* 0, or -EINVAL: neither; or a URL with a user, of another scheme, or with a
 * query but no path. */
int http_target_parse(const char *text, struct http_target *ret);

#endif
