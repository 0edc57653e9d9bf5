/*
 * access: which request may reach what in the viewer. One port serves two kinds
 * of origin: the owner's (127.0.0.1, localhost, [::1], the configured address),
 * and one for each visited site (<peer id in base36>.localhost), so that no
 * site shares an origin with the owner or another site. Any other Host is
 * refused: it is DNS rebinding.
 */
#ifndef GOOP_VIEWERD_ACCESS_ACCESS_H
#define GOOP_VIEWERD_ACCESS_ACCESS_H

#include "common/http/syntax/http_fetch.h"
#include "common/http/server/http_request.h"
#include "common/libp2p/multiformats/peer_id.h"

enum access_realm { ACCESS_FOREIGN, ACCESS_OWNER, ACCESS_SITE };

struct access_names {
	uint16_t port;
	struct http_host configured; /* the port served on */
};

struct access {
	enum access_realm realm;
	struct http_host host; /* as requested; not set when foreign */
	struct peer_id site;   /* whose site; of realm SITE */
	/* Do names under localhost resolve to us for the client? Else a site
	 * has no origin of its own and is shown sandboxed. */
	bool has_site_origins;
};

/* What the Host header means. */
struct access access_of_host(
    const struct access_names *, const char *host_header);

/* What the path belongs to. */
bool access_is_api(struct bytes path);
bool access_is_site_file(struct bytes path);
bool access_is_data(struct bytes path);

/* What exists at the origin of a site: what is reserved, and files. */
enum access_place {
	ACCESS_NOWHERE, /* data of others */
	ACCESS_ROOT, /* a file of the site: /page.html; but calls of the API */
	ACCESS_FILE, /* /p/<peer id>/page.html; callers check whose */
	ACCESS_SELF, /* the visitor's id and label */
	ACCESS_SDK,  /* beneath /sdk/; where there is none, a file */
	ACCESS_DATA, /* of the peer of this origin */
};
enum access_place access_place_at_site(
    const struct access *, struct bytes path);

enum access_verdict {
	ACCESS_GRANTED,
	ACCESS_CROSS_SITE,     /* caused by a page of another site */
	ACCESS_NOT_JSON,       /* a change without the JSON content type */
	ACCESS_SERVICE_WORKER, /* would stay after the visit */
};

/* May this request be answered in its realm (OWNER or SITE)? */
enum access_verdict access_judge(const struct access *,
    const struct http_fetch *, enum http_method, struct bytes path,
    bool wants_service_worker);

/* How a file under /p/ is served at the owner's origin. */
enum access_manner {
	ACCESS_REDIRECT,  /* navigation: to the site's own origin */
	ACCESS_SANDBOXED, /* not a browser: the bytes, under a sandbox policy */
	ACCESS_REFUSED,   /* embedded in another page */
};
enum access_manner access_site_manner(
    const struct access *, const struct http_fetch *);

#endif
