/*
 * site_http: HTTP in the words of goopd's site_open, and back: conditions and
 * ranges that a client asks with, the head that it gets, and how to ask for
 * the rest of a file that broke off.
 */
#ifndef GOOP_VIEWERD_SITE_SITE_HTTP_H
#define GOOP_VIEWERD_SITE_SITE_HTTP_H

#include "common/http/server/http_request.h"
#include "goop-viewerd/access/visit_path.h"

/* What the request asks for; ret is message_fini()d by the caller. Headers
 * that make no sense are as if they were not there. */
void site_http_question(
    struct http_request *, const struct visit_path *, struct site_open *ret);

/* Does what goopd told agree with itself? */
bool site_http_is_sane(const struct site_head *);

/* Put status-dependent headers; type and the like come from another peer. */
void site_http_put_head(struct http_request *, const struct site_head *);

/*
 * Of the file whose head was first, sent bytes went out and the rest did not
 * come. Make open ask for the rest of this very version; false if nobody can
 * tell whether it would be.
 */
bool site_http_ask_rest(
    const struct site_head *first, int64_t sent, struct site_open *open);

/* Is it the rest that was asked for? */
bool site_http_continues(
    const struct site_head *first, int64_t sent, const struct site_head *rest);

#endif
