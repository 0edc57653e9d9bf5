#include "goop-viewerd/access/access.h"

#include <string.h>

#include "goop-viewerd/access/data_path.h"
#include "goop-viewerd/access/visit_path.h"

enum { DNS_LABEL_MAX = 63 };

static const char site_suffix[] = ".localhost";

/* The peer of "<base36>.localhost"; only the one canonical spelling counts. */
static bool
parse_site_name(const char *name, struct peer_id *ret)
{
	char label[DNS_LABEL_MAX + 1], canonical[PEER_ID_BASE36_SIZE];
	size_t suffix = strlen(site_suffix), len = strlen(name);
	struct peer_id id;

	if (len <= suffix || len - suffix >= sizeof(label) ||
	    strcmp(name + len - suffix, site_suffix) != 0)
		return false;
	memcpy(label, name, len - suffix);
	label[len - suffix] = '\0';
	if (peer_id_parse(label, &id) < 0)
		return false;
	peer_id_print_base36(&id, canonical);
	if (strcmp(canonical, label) != 0)
		return false;
	*ret = id;
	return true;
}

static bool
is_loopback_name(const char *name)
{
	return strcmp(name, "127.0.0.1") == 0 ||
	       strcmp(name, "localhost") == 0 || strcmp(name, "[::1]") == 0;
}

struct access
access_of_host(const struct access_names *names, const char *host_header)
{
	struct access access = { .realm = ACCESS_FOREIGN };

	if (host_header == NULL ||
	    http_host_parse(host_header, &access.host) < 0 ||
	    access.host.port != names->port)
		return access;
	access.has_site_origins = is_loopback_name(access.host.name);
	if (access.has_site_origins ||
	    strcmp(access.host.name, names->configured.name) == 0)
		access.realm = ACCESS_OWNER;
	else if (parse_site_name(access.host.name, &access.site))
		access.realm = ACCESS_SITE;
	return access;
}

bool
access_is_api(struct bytes path)
{
	return bytes_skip(&path, "/api/");
}

bool
access_is_site_file(struct bytes path)
{
	return bytes_skip(&path, "/p/");
}

bool
access_is_data(struct bytes path)
{
	struct data_path data;

	return data_path_parse(path, &data) != DATA_PATH_OTHER;
}

enum access_place
access_place_at_site(const struct access *access, struct bytes path)
{
	struct data_path data;

	if (visit_path_names_peer(path))
		return ACCESS_FILE;
	if (bytes_equal(path, bytes_of("/api/self")))
		return ACCESS_SELF;
	if (data_path_parse(path, &data) != DATA_PATH_OTHER)
		return data.names_peer &&
			       peer_id_equal(&data.peer, &access->site)
			   ? ACCESS_DATA
			   : ACCESS_NOWHERE;
	return bytes_skip(&path, "/sdk/") ? ACCESS_SDK : ACCESS_ROOT;
}

enum access_verdict
access_judge(const struct access *access, const struct http_fetch *fetch,
    enum http_method method, struct bytes path, bool wants_service_worker)
{
	bool reads = method == HTTP_METHOD_GET || method == HTTP_METHOD_HEAD;

	if (wants_service_worker)
		return ACCESS_SERVICE_WORKER;
	if (!http_fetch_is_own(fetch, &access->host)) {
		/* Following a link to a page is harmless; the API is not a
		 * page. */
		if (reads && http_fetch_is_visit(fetch) && !access_is_api(path))
			return ACCESS_GRANTED;
		return ACCESS_CROSS_SITE;
	}
	if (!reads && !http_fetch_may_change(fetch, &access->host))
		return ACCESS_NOT_JSON;
	return ACCESS_GRANTED;
}

enum access_manner
access_site_manner(const struct access *access, const struct http_fetch *fetch)
{
	if (!http_fetch_is_browser(fetch))
		return ACCESS_SANDBOXED;
	if (!http_fetch_is_visit(fetch))
		return ACCESS_REFUSED;
	return access->has_site_origins ? ACCESS_REDIRECT : ACCESS_SANDBOXED;
}
