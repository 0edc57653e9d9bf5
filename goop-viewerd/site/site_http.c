#include "goop-viewerd/site/site_http.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/http/syntax/http_range.h"

enum { DATE_MAX = 64, ETAGS_MAX = 1024 };

/* --- asking */

static char *
copy_header(const struct http_request *request, const char *name, size_t max)
{
	const char *value = http_request_header(request, name);

	if (value == NULL || strlen(value) > max ||
	    !text_is_utf8(bytes_of(value)))
		return NULL;
	return xstrdup(value);
}

void
site_http_question(struct http_request *request, const struct visit_path *path,
    struct site_open *ret)
{
	struct http_range range;
	char text[HTTP_RANGE_TEXT_SIZE];

	*ret = (struct site_open){
		.peer_id = xstrdup(path->peer_text),
		.path = xstrdup(path->path),
		.head_only = http_request_method(request) == HTTP_METHOD_HEAD,
		.if_none_match =
		    copy_header(request, "If-None-Match", ETAGS_MAX),
		.if_modified_since =
		    copy_header(request, "If-Modified-Since", DATE_MAX),
		.if_match = copy_header(request, "If-Match", ETAGS_MAX),
		.if_unmodified_since =
		    copy_header(request, "If-Unmodified-Since", DATE_MAX),
	};
	if (http_range_parse(http_request_header(request, "Range"), &range) !=
	    0)
		return;
	http_range_print(&range, text);
	ret->range = xstrdup(text);
	ret->if_range = copy_header(request, "If-Range", ETAGS_MAX);
}

/* What a site may have to show where nothing is, as builders write it. */
#define SITE_404 "/404.html"

/* --- answering */

bool
site_http_is_sane(const struct site_head *head)
{
	if (head->size < 0 || head->from < 0 || head->length < 0 ||
	    head->length > head->size || head->from > head->size - head->length)
		return false;
	switch (head->status) {
	case 200:
	case 301:
	case 304:
	case 412:
	case 416:
		return true;
	case 206:
		return head->length > 0;
	default:
		return false;
	}
}

static void
put_range(struct http_request *request, const struct site_head *head)
{
	char range[80];

	if (head->status == 206)
		snprintf(range, sizeof(range),
		    "bytes %" PRId64 "-%" PRId64 "/%" PRId64, head->from,
		    head->from + head->length - 1, head->size);
	else
		snprintf(range, sizeof(range), "bytes */%" PRId64, head->size);
	(void)http_header(request, "Content-Range", range);
}

static void
put_type(struct http_request *request, const char *type)
{
	if (type == NULL || *type == '\0' ||
	    http_header(request, "Content-Type", type) < 0)
		(void)http_header(
		    request, "Content-Type", "application/octet-stream");
}

void
site_http_put_head(struct http_request *request, const struct site_head *head)
{
	bool has_body = head->status == 200 || head->status == 206 ||
			head->status == 404; /* a page of the site's own */

	/* Revalidate each time: with a validator that costs no body. */
	(void)http_header(request, "Cache-Control", "no-cache");
	if (head->etag != NULL)
		(void)http_header(request, "ETag", head->etag);
	if (head->last_modified != NULL)
		(void)http_header(
		    request, "Last-Modified", head->last_modified);
	(void)http_header(
	    request, "Accept-Ranges", head->ranges ? "bytes" : "none");
	if (head->status == 206 || head->status == 416)
		put_range(request, head);
	if (has_body)
		put_type(request, head->type);
}

/* --- going on after a break */

bool
site_http_ask_rest(
    const struct site_head *first, int64_t sent, struct site_open *open)
{
	struct http_range rest = {
		.from = (uint64_t)(first->from + sent),
		.to = (uint64_t)(first->from + first->length - 1),
	};
	char text[HTTP_RANGE_TEXT_SIZE];

	/* A weak tag does not promise the same bytes (RFC 9110, 8.8.1). */
	if (!first->ranges || first->etag == NULL ||
	    strncmp(first->etag, "W/", 2) == 0)
		return false;
	http_range_print(&rest, text);
	text_replace(&open->range, text);
	text_replace(&open->if_range, first->etag);
	text_replace(&open->if_none_match, NULL);
	text_replace(&open->if_modified_since, NULL);
	return true;
}

bool
site_http_continues(
    const struct site_head *first, int64_t sent, const struct site_head *rest)
{
	return rest->status == 206 && rest->etag != NULL &&
	       strcmp(rest->etag, first->etag) == 0 &&
	       rest->from == first->from + sent &&
	       rest->length == first->length - sent;
}

/* --- what is missing */

void
site_http_ask_404(struct site_open *open)
{
	text_replace(&open->path, SITE_404);
	text_replace(&open->range, NULL);
	text_replace(&open->if_range, NULL);
	text_replace(&open->if_match, NULL);
	text_replace(&open->if_none_match, NULL);
	text_replace(&open->if_modified_since, NULL);
	text_replace(&open->if_unmodified_since, NULL);
}

bool
site_http_take_404(struct site_head *head)
{
	if (head->status != 200)
		return false;
	/* The tag is that of another address. */
	head->status = 404;
	head->ranges = false;
	text_replace(&head->etag, NULL);
	text_replace(&head->last_modified, NULL);
	return true;
}
