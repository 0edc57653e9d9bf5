/* http_path: the path of a request, decoded exactly once (RFC 3986, 2.1). */
#ifndef COMMON_HTTP_SYNTAX_HTTP_PATH_H
#define COMMON_HTTP_SYNTAX_HTTP_PATH_H

#include "common/base/bytes.h"

/*
 * Undo the percent escapes of raw into text, with a NUL. 0, -ENAMETOOLONG if
 * size is too small, or -EINVAL: a broken escape, a control character (NUL
 * above all), not UTF-8, or a segment "." or "..", which clients resolve
 * themselves.
 */
int http_path_decode(struct bytes raw, char *text, size_t size);

#endif
