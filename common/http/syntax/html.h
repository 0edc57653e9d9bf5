/* html: text of others as part of a page that is put together here. */
#ifndef COMMON_HTTP_SYNTAX_HTML_H
#define COMMON_HTTP_SYNTAX_HTML_H

#include "common/base/buffer.h"

/* Append text so that it is text in an element and in a quoted attribute
 * alike. 0, or -ENOBUFS with a part of it appended. */
int html_append_text(struct buffer *, const char *text);

#endif
