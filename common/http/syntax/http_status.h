/* http_status: the status codes that our servers answer with. */
#ifndef COMMON_HTTP_SYNTAX_HTTP_STATUS_H
#define COMMON_HTTP_SYNTAX_HTTP_STATUS_H

/* The reason phrase of a status line, "Not Found"; "Unknown" for a status that
 * is not ours. */
const char *http_reason(int status);

#endif
