#include "goopd/port_mapper/upnp_message.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum upnp_error {
	INVALID_ACTION = 401,
	INVALID_ARGS = 402,
	ACTION_FAILED = 501,
	NOT_AUTHORIZED = 606,
	PINHOLE_SPACE_EXHAUSTED = 701,
	PINHOLE_NOT_ALLOWED = 703,
	NO_SUCH_PINHOLE = 704,
	NO_SUCH_ENTRY = 714,
	WILDCARD_NOT_PERMITTED = 716,
	CONFLICT = 718,
	SAME_PORTS_REQUIRED = 724,
	ONLY_PERMANENT_LEASES = 725,
	EXTERNAL_PORT_WILDCARD = 727,
	NO_PORT_MAPS_AVAILABLE = 728,
	CONFLICT_WITH_OTHERS = 729,
	SILENT = -3, /* of libminiupnpc: no answer, or none that is HTTP */
};

/* --- addresses */

static const char scheme[] = "http://";
enum { SCHEME_LEN = sizeof(scheme) - 1 };

static bool
is_printable(const char *text)
{
	for (; *text != '\0'; text++)
		if (*text <= ' ' || *text > '~' || *text == '"' ||
		    *text == '<' || *text == '>' || *text == '\\')
			return false;
	return true;
}

/* What follows the host: "[:port][/path]"; NULL if it is not http, or something
 * else follows. */
static const char *
after_host(const char *url)
{
	const char *end, *path;

	if (strncasecmp(url, scheme, SCHEME_LEN) != 0)
		return NULL;
	url += SCHEME_LEN;
	if (*url == '[') {
		end = strchr(url, ']');
		if (end == NULL)
			return NULL;
		end++;
	} else {
		end = url + strcspn(url, ":/");
	}
	path = *end == ':' ? end + 1 + strspn(end + 1, "0123456789") : end;
	return *path == '/' || *path == '\0' ? end : NULL;
}

int
upnp_url_at(const struct in6_addr *host, const char *base, const char *url,
    char ret[MAPPING_LOCATION_SIZE])
{
	char text[INET6_ADDRSTRLEN];
	const char *rest = after_host(url), *middle = "";
	bool is_ipv6 = !IN6_IS_ADDR_V4MAPPED(host);
	size_t port_len = 0;
	int len;

	mapping_address_print(host, text);
	if (rest == NULL) {
		if (base == NULL || strstr(url, "://") != NULL || *url == '\0')
			return -EINVAL;
		rest = after_host(base);
		port_len = strcspn(rest, "/");
		middle = *url == '/' ? "" : "/";
	}
	len = snprintf(ret, MAPPING_LOCATION_SIZE, "%s%s%s%s%.*s%s%s", scheme,
	    is_ipv6 ? "[" : "", text, is_ipv6 ? "]" : "", (int)port_len,
	    port_len > 0 ? rest : "", middle, port_len > 0 ? url : rest);
	return len < MAPPING_LOCATION_SIZE && is_printable(ret) ? 0 : -EINVAL;
}

bool
upnp_url_host(const char *url, struct in6_addr *ret)
{
	const char *end = after_host(url);
	char host[INET6_ADDRSTRLEN];
	size_t len;

	if (end == NULL)
		return false;
	url += SCHEME_LEN;
	if (*url == '[') {
		url++;
		end--;
	}
	len = strcspn(url, "%"); /* a zone */
	if (len > (size_t)(end - url))
		len = (size_t)(end - url);
	if (len >= sizeof(host))
		return false;
	memcpy(host, url, len);
	host[len] = '\0';
	return mapping_address_parse(host, ret) == 0;
}

/* --- limits of a description */

/* The end of a tag: '>' outside of quotes. */
static const char *
find_tag_end(const char *at, const char *end)
{
	char quote = '\0';

	for (; at < end; at++) {
		if (quote != '\0')
			quote = *at == quote ? '\0' : quote;
		else if (*at == '"' || *at == '\'')
			quote = *at;
		else if (*at == '>')
			return at;
	}
	return NULL;
}

static const char *
find_text(const char *at, const char *end, const char *text)
{
	const char *found = memmem(at, (size_t)(end - at), text, strlen(text));

	return found != NULL ? found + strlen(text) - 1 : NULL;
}

int
upnp_description_check(struct bytes xml)
{
	const char *at = (const char *)xml.data, *end = at + xml.len, *close;
	int depth = 0, elements = 0;

	if (xml.len > UPNP_DESCRIPTION_MAX)
		return -EMSGSIZE;
	if (xml.len == 0 || memchr(at, '\0', xml.len) != NULL)
		return -EBADMSG;
	while ((at = memchr(at, '<', (size_t)(end - at))) != NULL) {
		size_t left = (size_t)(end - at);

		if (left >= 4 && memcmp(at, "<!--", 4) == 0) {
			close = find_text(at + 4, end, "-->");
		} else if (left >= 2 && at[1] == '!') {
			return -EBADMSG; /* DOCTYPE, ENTITY, CDATA */
		} else if (left >= 2 && at[1] == '?') {
			close = find_text(at + 2, end, "?>");
		} else {
			close = find_tag_end(at + 1, end);
			if (left >= 2 && at[1] == '/') {
				depth--;
			} else if (close != NULL) {
				elements++;
				depth += close[-1] != '/';
			}
		}
		if (close == NULL || depth < 0)
			return -EBADMSG;
		if (depth > UPNP_DEPTH_MAX || elements > UPNP_ELEMENTS_MAX)
			return -EMSGSIZE;
		at = close + 1;
	}
	return elements > 0 && depth == 0 ? 0 : -EBADMSG;
}

/* --- errors */

enum mapping_verdict
upnp_verdict(int error)
{
	switch (error) {
	case 0:
		return MAPPING_GRANTED;
	case SILENT:
		return MAPPING_NOT_ANSWERED;
	case NOT_AUTHORIZED:
	case PINHOLE_NOT_ALLOWED:
		return MAPPING_SWITCHED_OFF;
	case ACTION_FAILED:
	case PINHOLE_SPACE_EXHAUSTED:
	case NO_PORT_MAPS_AVAILABLE:
		return MAPPING_TABLE_FULL;
	case NO_SUCH_ENTRY:
	case NO_SUCH_PINHOLE:
		return MAPPING_LOST;
	case CONFLICT:
	case CONFLICT_WITH_OTHERS:
	case SAME_PORTS_REQUIRED:
		return MAPPING_CONFLICT;
	case INVALID_ACTION:
	case INVALID_ARGS:
	case WILDCARD_NOT_PERMITTED:
	case EXTERNAL_PORT_WILDCARD:
		return MAPPING_UNSUPPORTED;
	default:
		return MAPPING_FAILED;
	}
}

bool
upnp_try_next(struct upnp_try *next, int error, uint16_t internal_port)
{
	const unsigned int step = 4096, span = UINT16_MAX - UPNP_PORT_MIN + 1;

	if (error == ONLY_PERMANENT_LEASES && next->lifetime_s != 0) {
		next->lifetime_s = 0;
		return true;
	}
	if (error == SAME_PORTS_REQUIRED && !next->is_equal &&
	    next->external_port != internal_port) {
		next->is_equal = true;
		next->external_port = internal_port;
		return true;
	}
	if (upnp_verdict(error) != MAPPING_CONFLICT || next->is_equal ||
	    error == SAME_PORTS_REQUIRED || next->others == UPNP_TRY_PORTS)
		return false;
	next->others++;
	next->external_port =
	    (uint16_t)(UPNP_PORT_MIN +
		       (internal_port + next->others * step) % span);
	return true;
}
