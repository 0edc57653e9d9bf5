#include "common/http/syntax/http_url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"

enum {
	PORT_HTTP = 80,
	PORT_HTTPS = 443,
	AUTHORITY_SIZE = HTTP_URL_LOGIN_SIZE + HTTP_URL_HOST_SIZE + 32,
	TEXT_SIZE = AUTHORITY_SIZE + HTTP_URL_PATH_SIZE + 32,
};

static const char one_server[] =
    "has a comma in it: only one server can be named";

static uint16_t
port_of_scheme(const struct http_url *url)
{
	return url->is_secure ? PORT_HTTPS : PORT_HTTP;
}

/* An address that means "this host, any address" is no destination. */
static bool
is_unspecified(const struct http_url *url)
{
	struct in6_addr v6;
	struct in_addr v4;

	if (url->is_ipv6)
		return inet_pton(AF_INET6, url->host, &v6) == 1 &&
		       IN6_IS_ADDR_UNSPECIFIED(&v6);
	return inet_pton(AF_INET, url->host, &v4) == 1 && v4.s_addr == 0;
}

/* A DNS name, loosely: the resolver decides. Only digits and dots is an IPv4
 * address or invalid, since some parsers accept "127.1". Bytes over 0x7f belong
 * to an international name (RFC 5890). */
static bool
is_name(const char *host)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-._";
	struct in_addr v4;
	const char *at;

	if (*host == '\0' || *host == '.' || *host == '-' ||
	    strstr(host, "..") != NULL || !text_is_utf8(bytes_of(host)))
		return false;
	for (at = host; *at != '\0'; at++)
		if ((unsigned char)*at < 0x80 && strchr(allowed, *at) == NULL)
			return false;
	return host[strspn(host, "0123456789.")] != '\0' ||
	       inet_pton(AF_INET, host, &v4) == 1;
}

/* "fe80::1%25eth0" or, as people write it, "fe80::1%eth0" (RFC 6874): the zone
 * is cut off. */
static const char *
take_zone(struct http_url *url)
{
	char *percent = strchr(url->host, '%');
	const char *zone;
	struct in6_addr v6;

	if (percent != NULL) {
		*percent = '\0';
		zone = percent + 1;
		if (strncmp(zone, "25", 2) == 0 && zone[2] != '\0')
			zone += 2;
		if (*zone == '\0' || strlen(zone) >= sizeof(url->zone) ||
		    strpbrk(zone, "%[]:\\\"<>^`{|}") != NULL ||
		    !text_is_utf8(bytes_of(zone)))
			return "names no network interface after the '%'";
		memcpy(url->zone, zone, strlen(zone) + 1);
	}
	if (inet_pton(AF_INET6, url->host, &v6) != 1)
		return "has an IPv6 address that is none in it";
	if (IN6_IS_ADDR_LINKLOCAL(&v6) != (url->zone[0] != '\0'))
		return "needs a network interface for a link-local address, "
		       "and for no other: http://[fe80::1%25eth0]";
	return NULL;
}

/* Each of these returns NULL, or what is wrong. */
static const char *
take_host(const char *text, size_t len, struct http_url *url)
{
	const char *wrong = NULL;
	size_t i, name_len;

	url->is_ipv6 = len >= 2 && text[0] == '[' && text[len - 1] == ']';
	if (url->is_ipv6) {
		text++;
		len -= 2;
	}
	if (len == 0)
		return "has no host in it";
	if (len >= sizeof(url->host))
		return "is too long";
	memcpy(url->host, text, len);
	url->host[len] = '\0';
	name_len = strcspn(url->host, "%"); /* a zone keeps its letters */
	for (i = 0; i < name_len; i++)
		url->host[i] = (char)tolower((unsigned char)text[i]);
	if (url->is_ipv6)
		wrong = take_zone(url);
	else if (!is_name(url->host))
		wrong =
		    "has a host in it that is neither a name nor an address";
	if (wrong == NULL && is_unspecified(url))
		wrong = "has an address in it that stands for any";
	return wrong;
}

/* "user:password@", with percent escapes; the last '@' counts, as with curl. */
static const char *
take_login(const char **text, size_t *len, struct http_url *url)
{
	const char *at = memrchr(*text, '@', *len);
	size_t login_len;

	if (at == NULL)
		return NULL;
	login_len = (size_t)(at - *text);
	if (login_len >= sizeof(url->login))
		return "has a login in it that is too long";
	memcpy(url->login, *text, login_len);
	url->login[login_len] = '\0';
	*len -= login_len + 1;
	*text = at + 1;
	return NULL;
}

/* RFC 3986, 3.2 */
static const char *
take_authority(const char *text, size_t len, struct http_url *url)
{
	const char *wrong = take_login(&text, &len, url);
	const char *bracket = memchr(text, ']', len);
	const char *from = bracket != NULL ? bracket : text;
	const char *colon = memchr(from, ':', len - (size_t)(from - text));
	size_t host_len = colon != NULL ? (size_t)(colon - text) : len;
	uint64_t port = port_of_scheme(url);
	struct bytes digits;

	if (wrong != NULL)
		return wrong;
	if (colon != NULL && host_len + 1 < len) {
		digits = (struct bytes){ (const uint8_t *)colon + 1,
			len - host_len - 1 };
		if (text_parse_u64(digits, &port) < 0)
			port = 0;
	}
	if (port == 0 || port > UINT16_MAX)
		return "has a port in it that is not a number from 1 to 65535";
	url->port = (uint16_t)port;
	return take_host(text, host_len, url);
}

/* A base path: printable, without query and fragment. */
static const char *
take_path(const char *path, struct http_url *url)
{
	size_t i, len = strlen(path);

	while (len > 0 && path[len - 1] == '/')
		len--;
	if (len >= sizeof(url->path))
		return "is too long";
	for (i = 0; i < len; i++) {
		if (strchr("?#", path[i]) != NULL)
			return "must end before the '?' or '#'";
		if (path[i] == ',') /* of a redirect */
			return one_server;
		if (path[i] <= ' ' || path[i] >= 0x7f ||
		    strchr("\\\"<>^`{|}", path[i]) != NULL)
			return "has a character in its path that must be "
			       "percent-encoded";
	}
	memcpy(url->path, path, len);
	url->path[len] = '\0';
	return NULL;
}

static bool
skip_scheme(const char **text, const char *scheme)
{
	if (strncasecmp(*text, scheme, strlen(scheme)) != 0)
		return false;
	*text += strlen(scheme);
	return true;
}

/* Without the white space around it. */
static const char *
parse_trimmed(const char *text, struct http_url *url)
{
	const char *wrong;
	size_t len;

	if (text[strcspn(text, " \t\r\n")] != '\0')
		return "has white space in it";
	if (strchr(text, ',') != NULL)
		return one_server;
	url->is_secure = skip_scheme(&text, "https://");
	if (!url->is_secure && !skip_scheme(&text, "http://"))
		return "must start with http:// or https://";
	len = strcspn(text, "/?#");
	if (len >= AUTHORITY_SIZE)
		return "is too long";
	wrong = take_authority(text, len, url);
	return wrong != NULL ? wrong : take_path(text + len, url);
}

static const char *
parse(const char *text, struct http_url *ret)
{
	char trimmed[TEXT_SIZE];
	struct http_url url = { 0 };
	const char *wrong;
	size_t len;

	text += strspn(text, " \t\r\n");
	len = strlen(text);
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	if (len >= sizeof(trimmed))
		return "is too long";
	memcpy(trimmed, text, len);
	trimmed[len] = '\0';
	wrong = parse_trimmed(trimmed, &url);
	if (wrong == NULL)
		*ret = url;
	explicit_bzero(trimmed, len); /* the login */
	return wrong;
}

int
http_url_parse(const char *text, struct http_url *ret)
{
	return parse(text, ret) == NULL ? 0 : -EINVAL;
}

const char *
http_url_explain(const char *text)
{
	struct http_url url;

	return parse(text, &url);
}

void
http_url_print_host(const struct http_url *url, char text[HTTP_URL_TEXT_SIZE])
{
	char port[8] = "";

	if (url->port != port_of_scheme(url))
		snprintf(port, sizeof(port), ":%u", (unsigned int)url->port);
	snprintf(text, HTTP_URL_TEXT_SIZE, "%s%s%s%s%s%s",
	    url->is_ipv6 ? "[" : "", url->host,
	    url->zone[0] != '\0' ? "%25" : "", url->zone,
	    url->is_ipv6 ? "]" : "", port);
}

void
http_url_print(const struct http_url *url, char text[HTTP_URL_TEXT_SIZE])
{
	char host[HTTP_URL_TEXT_SIZE];

	http_url_print_host(url, host);
	snprintf(text, HTTP_URL_TEXT_SIZE, "%s://%.270s%s",
	    url->is_secure ? "https" : "http", host, url->path);
}

bool
http_url_is_literal(const struct http_url *url)
{
	struct in_addr v4;

	return url->is_ipv6 || inet_pton(AF_INET, url->host, &v4) == 1;
}

bool
http_url_is_loopback(const struct http_url *url)
{
	return strcmp(url->host, "localhost") == 0 ||
	       strcmp(url->host, "::1") == 0 ||
	       (http_url_is_literal(url) && strncmp(url->host, "127.", 4) == 0);
}

/* Cut the path that was asked for from the end of a location, with its query:
 * what is left is a base. */
static int
cut_path(const char *location, const char *path, char *base, size_t size)
{
	size_t len = strcspn(location, "?#"), path_len = strlen(path);

	if (len < path_len || len - path_len >= size ||
	    memcmp(location + len - path_len, path, path_len) != 0)
		return -EINVAL;
	memcpy(base, location, len - path_len);
	base[len - path_len] = '\0';
	return 0;
}

int
http_url_redirect(const struct http_url *url, const char *path,
    const char *location, struct http_url *ret)
{
	char base[HTTP_URL_TEXT_SIZE], text[HTTP_URL_TEXT_SIZE + 8];
	struct http_url next = *url;

	if (cut_path(location, path, base, sizeof(base)) < 0)
		return -EINVAL;
	if (location[0] != '/' || strncmp(base, "//", 2) == 0) {
		snprintf(text, sizeof(text), "%s%s",
		    location[0] != '/' ? ""
		    : url->is_secure   ? "https:"
				       : "http:",
		    base);
		if (http_url_parse(text, &next) < 0 || next.login[0] != '\0')
			return -EINVAL;
	} else if (take_path(base, &next) != NULL) {
		return -EINVAL;
	}
	*ret = next;
	return 0;
}
