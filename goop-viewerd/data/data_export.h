/*
 * data_export: a table as a file that the owner saves. It comes from the
 * database page by page, each when the browser has taken the one before, so
 * that only one page is in memory. Rows that change meanwhile come as they are
 * when their page is read.
 */
#ifndef GOOP_VIEWERD_DATA_DATA_EXPORT_H
#define GOOP_VIEWERD_DATA_DATA_EXPORT_H

#include "common/http/server/http_request.h"
#include "goop-viewerd/data/data_client.h"

enum {
	EXPORT_ROWS = 512, /* of a page; fewer if they are large */
	EXPORT_PAGE_MAX = 16 * 1024 * 1024, /* bytes; goopd gives less */
};

/* What is asked for: "table=t&format=csv". */
struct data_export_query {
	char table[GOOP_TABLE_MAX + 1];
	bool is_csv; /* else json */
};
/* query may be NULL. 0, or -EINVAL with *why a sentence. */
int data_export_parse(
    const char *query, struct data_export_query *ret, const char **why);

struct data_exports; /* all that are under way */

/* At most max at a time. */
struct data_exports *data_exports_new(struct data_client *, unsigned int max);
/* Without downloads under way; NULL is fine. */
void data_exports_free(struct data_exports *);

/* Answer the request with the file; put_headers adds those of its origin. */
void data_export_start(struct data_exports *, struct http_request *,
    const struct data_export_query *,
    void (*put_headers)(struct http_request *));

#endif
