/* html: escaping text for HTML pages. */
#ifndef COMMON_HTTP_SYNTAX_HTML_H
#define COMMON_HTTP_SYNTAX_HTML_H

#include "common/base/buffer.h"

/* Append text, escaped for elements and quoted attributes. 0, or -ENOBUFS with
 * a part of it appended. */
int html_append_text(struct buffer *, const char *text);

#endif
