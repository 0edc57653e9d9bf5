#include "common/http/syntax/http_url.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"

enum { PORT_HTTP = 80, PORT_HTTPS = 443, AUTHORITY_SIZE = 300 };

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

/* A name of the DNS, loosely: the resolver decides. Only digits and dots is an
 * IPv4 address or nothing, lest "127.1" be read as one by some. */
static bool
is_name(const char *host)
{
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyz0123456789-._";
	struct in_addr v4;

	if (*host == '\0' || *host == '.' || *host == '-' ||
	    strstr(host, "..") != NULL || host[strspn(host, allowed)] != '\0')
		return false;
	return host[strspn(host, "0123456789.")] != '\0' ||
	       inet_pton(AF_INET, host, &v4) == 1;
}

static int
take_host(const char *text, size_t len, struct http_url *url)
{
	struct in6_addr v6;
	size_t i;

	url->is_ipv6 = len >= 2 && text[0] == '[' && text[len - 1] == ']';
	if (url->is_ipv6) {
		text++;
		len -= 2;
	}
	if (len >= sizeof(url->host))
		return -EINVAL;
	for (i = 0; i < len; i++)
		url->host[i] = (char)tolower((unsigned char)text[i]);
	url->host[len] = '\0';
	if (url->is_ipv6 ? inet_pton(AF_INET6, url->host, &v6) != 1
			 : !is_name(url->host))
		return -EINVAL;
	return is_unspecified(url) ? -EINVAL : 0;
}

/* RFC 3986, 3.2; '@' is in no host name, so that user names are refused. */
static int
take_authority(const char *text, size_t len, struct http_url *url)
{
	const char *bracket = memchr(text, ']', len);
	const char *from = bracket != NULL ? bracket : text;
	const char *colon = memchr(from, ':', len - (size_t)(from - text));
	size_t host_len = colon != NULL ? (size_t)(colon - text) : len;
	uint64_t port = port_of_scheme(url);
	struct bytes digits;

	if (colon != NULL && host_len + 1 < len) {
		digits = (struct bytes){ (const uint8_t *)colon + 1,
			len - host_len - 1 };
		if (text_parse_u64(digits, &port) < 0)
			return -EINVAL;
	}
	if (port == 0 || port > UINT16_MAX)
		return -EINVAL;
	url->port = (uint16_t)port;
	return take_host(text, host_len, url);
}

/* A base path: printable, without query and fragment. */
static int
take_path(const char *path, struct http_url *url)
{
	size_t i, len = strlen(path);

	while (len > 0 && path[len - 1] == '/')
		len--;
	if (len >= sizeof(url->path))
		return -EINVAL;
	for (i = 0; i < len; i++)
		if (path[i] <= ' ' || path[i] >= 0x7f ||
		    strchr("?#\\\"<>^`{|}", path[i]) != NULL)
			return -EINVAL;
	memcpy(url->path, path, len);
	url->path[len] = '\0';
	return 0;
}

static bool
skip_scheme(const char **text, const char *scheme)
{
	if (strncasecmp(*text, scheme, strlen(scheme)) != 0)
		return false;
	*text += strlen(scheme);
	return true;
}

int
http_url_parse(const char *text, struct http_url *ret)
{
	struct http_url url = { 0 };
	size_t len;

	url.is_secure = skip_scheme(&text, "https://");
	if (!url.is_secure && !skip_scheme(&text, "http://"))
		return -EINVAL;
	len = strcspn(text, "/?#");
	if (len >= AUTHORITY_SIZE || take_authority(text, len, &url) < 0 ||
	    take_path(text + len, &url) < 0)
		return -EINVAL;
	*ret = url;
	return 0;
}

void
http_url_print_host(const struct http_url *url, char text[HTTP_URL_TEXT_SIZE])
{
	char port[8] = "";

	if (url->port != port_of_scheme(url))
		snprintf(port, sizeof(port), ":%u", (unsigned int)url->port);
	snprintf(text, HTTP_URL_TEXT_SIZE, "%s%s%s%s", url->is_ipv6 ? "[" : "",
	    url->host, url->is_ipv6 ? "]" : "", port);
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
	if (base[0] == '/' && base[1] == '/') {
		snprintf(text, sizeof(text), "%s:%s",
		    url->is_secure ? "https" : "http", base);
		return http_url_parse(text, ret);
	}
	if (base[0] != '/' && base[0] != '\0')
		return http_url_parse(base, ret);
	if (location[0] != '/' || take_path(base, &next) < 0)
		return -EINVAL;
	*ret = next;
	return 0;
}
