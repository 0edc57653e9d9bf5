/*
 * site_conditions: the answer to a request for a file that exists: validators
 * and one byte range, by the rules of HTTP (RFC 9110, 13.2.2 and 14.2).
 */
#ifndef GOOPD_SITE_SITE_CONDITIONS_H
#define GOOPD_SITE_SITE_CONDITIONS_H

#include "goopd/site/site_message.h"

/*
 * *answer describes the whole file (type, size, etag, modified): make it the
 * answer to request: 200, 206, 304, 412 or 416 with from and length.
 */
void site_conditions_apply(
    const struct site_request *request, struct site_answer *answer);

/* IMF-fixdate (RFC 9110, 5.6.7). */
void site_date_print(int64_t seconds, char text[SITE_DATE_MAX + 1]);
/* 0 or -EINVAL; the two obsolete forms are not supported. */
int site_date_parse(const char *text, int64_t *ret_seconds);

#endif
