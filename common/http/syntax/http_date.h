/* http_date: the date of a header (RFC 9110, 5.6.7), as its senders must
 * write it: "Sun, 06 Nov 1994 08:49:37 GMT". */
#ifndef COMMON_HTTP_SYNTAX_HTTP_DATE_H
#define COMMON_HTTP_SYNTAX_HTTP_DATE_H

#include <stdint.h>

/* Seconds since 1970. 0 or -EINVAL. */
int http_date_parse(const char *text, int64_t *ret_seconds);

/* The value of Retry-After (10.2.3): seconds, or a date, which is compared
 * with the server's own Date (NULL: with now_seconds). The wait in *ret_ms, at
 * most a day. 0 or -EINVAL. */
int http_date_parse_retry(const char *text, const char *server_date,
    int64_t now_seconds, int64_t *ret_ms);

#endif
