/*
 * site_http: HTTP requests as site_open of goopd, and its heads as HTTP
 * answers: conditions, ranges, and how to request the rest of a file that broke
 * off.
 */
#ifndef GOOP_VIEWERD_SITE_SITE_HTTP_H
#define GOOP_VIEWERD_SITE_SITE_HTTP_H

#include "common/http/server/http_request.h"
#include "goop-viewerd/access/visit_path.h"

/* The site_open for an HTTP request; the caller frees it with message_fini().
 * Malformed headers are ignored. */
void site_http_question(
    struct http_request *, const struct visit_path *, struct site_open *ret);

/* Is goopd's head consistent? */
bool site_http_is_sane(const struct site_head *);

/* Add the headers that depend on the status, and those from the peer, such as
 * the type. */
void site_http_put_head(struct http_request *, const struct site_head *);

/*
 * Of the file with the head first, sent bytes were sent and the rest is
 * missing. Make open request the rest of the same version; false if the head
 * has no strong validator for that.
 */
bool site_http_ask_rest(
    const struct site_head *first, int64_t sent, struct site_open *open);

/* Make open request the site's own page for what is missing. */
void site_http_ask_404(struct site_open *open);

/* The head of that page becomes that of the answer; false: there is none. */
bool site_http_take_404(struct site_head *);

/* Is it the rest that was requested? */
bool site_http_continues(
    const struct site_head *first, int64_t sent, const struct site_head *rest);

#endif
