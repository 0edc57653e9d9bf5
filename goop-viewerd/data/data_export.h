/*
 * data_export: a table as a file that the owner saves. Page after page of rows
 * comes from the database, each when the client has taken the one before, so
 * that there is never more than one here. Rows that change meanwhile come as
 * they are when their page is read.
 */
#ifndef GOOP_VIEWERD_DATA_DATA_EXPORT_H
#define GOOP_VIEWERD_DATA_DATA_EXPORT_H

#include "common/http/server/http_request.h"
#include "goop-viewerd/data/data_routes.h"
#include "goop-viewerd/data/data_client.h"

enum {
	EXPORT_ROWS = 512, /* of a page; fewer if they are large */
	EXPORT_PAGE_MAX = 16 * 1024 * 1024, /* bytes; goopd gives less */
};

struct data_exports; /* all that are under way */

/* At most max at a time. */
struct data_exports *data_exports_new(struct data_queries *, unsigned int max);
void data_exports_free(struct data_exports *); /* none is left; NULL is fine */

/* Answer the request with the file; put_headers adds those of its origin. */
void data_export_start(struct data_exports *, struct http_request *,
    const struct data_export_query *,
    void (*put_headers)(struct http_request *));

#endif
