/* site_lines: the lines of a head on a site stream. */
#ifndef GOOPD_SITE_SITE_LINES_H
#define GOOPD_SITE_SITE_LINES_H

#include "common/base/bytes.h"

/* Take the bytes before the next LF, and the LF. False, with nothing taken,
 * if there is none. */
bool site_line_take(struct cursor *, struct bytes *ret);

/* Copy into text of size bytes with a NUL. False if it does not fit or holds
 * control characters or malformed UTF-8. */
bool site_line_copy(struct bytes line, char *text, size_t size);

#endif
