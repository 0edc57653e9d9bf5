/*
 * access: who may ask the viewer for what. Two kinds of origin live on one
 * port: the owner's (127.0.0.1, localhost, [::1], the configured address), and
 * one for each visited site (<peer id in base36>.localhost), so that no site
 * shares an origin with the owner or another site. Any other Host is somebody
 * else's name for us: DNS rebinding.
 */
#ifndef GOOP_VIEWERD_ACCESS_ACCESS_H
#define GOOP_VIEWERD_ACCESS_ACCESS_H

#include "common/http/syntax/http_fetch.h"
#include "common/http/server/http_request.h"
#include "common/libp2p/multiformats/peer_id.h"

enum access_realm { ACCESS_FOREIGN, ACCESS_OWNER, ACCESS_SITE };

struct access_names {
	uint16_t port;
	struct http_host configured; /* the address served on */
};

struct access {
	enum access_realm realm;
	struct http_host host; /* as asked for; not set when foreign */
	struct peer_id site;   /* whose; of realm SITE */
	/* Do names under localhost lead the client to us? Else a site cannot
	 * have an origin of its own and is shown sandboxed. */
	bool has_site_origins;
};

/* What the Host header means. */
struct access access_of_host(
    const struct access_names *, const char *host_header);

/* The path's place in the order of things. */
bool access_is_api(struct bytes path);
bool access_is_site_file(struct bytes path);
bool access_is_data(struct bytes path);

/* All that there is at the origin of a site. */
enum access_place {
	ACCESS_NOWHERE,
	ACCESS_ROOT, /* leads to the site */
	ACCESS_FILE, /* of a site; of which one is not looked at here */
	ACCESS_SELF, /* who the visitor is */
	ACCESS_SDK,
	ACCESS_DATA, /* of that very peer */
};
enum access_place access_place_at_site(
    const struct access *, struct bytes path);

enum access_verdict {
	ACCESS_GRANTED,
	ACCESS_CROSS_SITE,     /* a page of elsewhere caused it */
	ACCESS_NOT_JSON,       /* it wants a change, in the wrong form */
	ACCESS_SERVICE_WORKER, /* would outlive the visit */
};

/* May this request be answered in its realm (OWNER or SITE)? */
enum access_verdict access_judge(const struct access *,
    const struct http_fetch *, enum http_method, struct bytes path,
    bool wants_service_worker);

/* How a file under /p/ is to be given to whom asks at the owner's origin. */
enum access_manner {
	ACCESS_REDIRECT,  /* a person visits: to the site's own origin */
	ACCESS_SANDBOXED, /* no browser: the bytes, powerless if shown */
	ACCESS_REFUSED,   /* a browser embeds it somewhere */
};
enum access_manner access_site_manner(
    const struct access *, const struct http_fetch *);

#endif
