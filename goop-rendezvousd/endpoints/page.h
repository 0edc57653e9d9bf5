/*
 * page: the HTML pages, with placeholders like "{{count}}".
 */
#ifndef GOOP_RENDEZVOUSD_ENDPOINTS_PAGE_H
#define GOOP_RENDEZVOUSD_ENDPOINTS_PAGE_H

#include "common/base/buffer.h"
#include "common/http/server/http_asset.h"
#include "common/http/server/http_request.h"

/* Our pages, styles and scripts. */
extern const struct http_asset rendezvous_assets[];

enum { PAGE_MAX = 256 * 1024 };

struct page_value {
	const char *name;
	const char *text;
	bool is_markup; /* trusted HTML; else it is escaped */
};

/* Fill the placeholders; the values end with a NULL name. A placeholder without
 * a value is a bug. 0 or -ENOBUFS. */
int page_fill(
    struct bytes template, const struct page_value *values, struct buffer *);

/* Answer with the page of that name in rendezvous_assets. */
void page_serve(
    struct http_request *, const char *name, const struct page_value *values);

#endif
