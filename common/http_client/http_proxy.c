#include "common/http_client/http_proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/base/text.h"

enum { ITEM_SIZE = HTTP_URL_HOST_SIZE + 8 };

/* Either case is common; the lower one wins, as with curl. */
static const char *
look_up(http_environment_fn *environment, const char *lower, const char *upper)
{
	const char *value = environment(lower);

	if ((value == NULL || *value == '\0') && upper != NULL)
		value = environment(upper);
	return value != NULL ? value : "";
}

/* Are the first bits of both addresses, of len bytes, the same? */
static bool
share_prefix(const uint8_t *a, const uint8_t *b, size_t len, uint64_t bits)
{
	size_t whole = (size_t)bits / 8;
	unsigned int rest = 8 - (unsigned int)bits % 8;

	if (bits > len * 8 || memcmp(a, b, whole) != 0)
		return false;
	return rest == 8 || a[whole] >> rest == b[whole] >> rest;
}

/* An item of no_proxy that is an address, or a network in CIDR notation. */
static bool
covers_address(const char *item, const struct http_url *url)
{
	char text[ITEM_SIZE];
	const char *slash = strchr(item, '/');
	uint8_t network[16], host[16];
	int family = url->is_ipv6 ? AF_INET6 : AF_INET;
	size_t len = url->is_ipv6 ? 16 : 4;
	uint64_t bits = len * 8;

	snprintf(text, sizeof(text), "%.*s", (int)strcspn(item, "/"), item);
	if (slash != NULL && text_parse_u64(bytes_of(slash + 1), &bits) < 0)
		return false;
	return inet_pton(family, text, network) == 1 &&
	       inet_pton(family, url->host, host) == 1 &&
	       share_prefix(network, host, len, bits);
}

/* An item of no_proxy: "*", an address or network, a domain with all that is in
 * it, each also with a port. */
static bool
covers(char *item, const struct http_url *url)
{
	char port[8];
	char *colon = strrchr(item, ':'), *end = strchr(item, ']');
	size_t host_len = strlen(url->host), len;

	snprintf(port, sizeof(port), "%u", (unsigned int)url->port);
	/* an IPv6 address has its port behind a bracket */
	if (colon != NULL &&
	    (strchr(item, ':') == colon || (end != NULL && colon == end + 1))) {
		if (strcmp(colon + 1, port) != 0)
			return false;
		*colon = '\0';
	}
	if (item[0] == '[' && end != NULL) {
		*end = '\0';
		item++;
	}
	if (strcmp(item, "*") == 0 || covers_address(item, url))
		return true;
	item += *item == '.';
	len = strlen(item);
	if (len == 0 || http_url_is_literal(url) || len > host_len ||
	    strcasecmp(url->host + host_len - len, item) != 0)
		return false;
	return len == host_len || url->host[host_len - len - 1] == '.';
}

static bool
is_exempt(const char *list, const struct http_url *url)
{
	char item[ITEM_SIZE];
	size_t len;

	while (*list != '\0') {
		list += strspn(list, ", \t");
		len = strcspn(list, ", \t");
		if (len > 0 && len < sizeof(item)) {
			memcpy(item, list, len);
			item[len] = '\0';
			if (covers(item, url))
				return true;
		}
		list += len;
	}
	return false;
}

/* "http://[user[:password]@]host[:port]", the scheme being optional. */
static int
parse_proxy(const char *text, struct http_url *ret)
{
	char url[HTTP_URL_TEXT_SIZE];

	if (strncasecmp(text, "http://", 7) == 0)
		text += 7;
	if (strstr(text, "://") != NULL) /* of another kind */
		return -EINVAL;
	if (snprintf(url, sizeof(url), "http://%.*s", (int)strcspn(text, "/"),
		text) >= (int)sizeof(url))
		return -EINVAL;
	return http_url_parse(url, ret);
}

int
http_proxy_find(http_environment_fn *environment, const struct http_url *url,
    struct http_url *ret)
{
	const char *exempt = look_up(environment, "no_proxy", "NO_PROXY");
	const char *proxy =
	    url->is_secure ? look_up(environment, "https_proxy", "HTTPS_PROXY")
			   : look_up(environment, "http_proxy", NULL);

	if (*proxy == '\0')
		proxy = look_up(environment, "all_proxy", "ALL_PROXY");
	if (*proxy == '\0' || http_url_is_loopback(url) ||
	    is_exempt(exempt, url))
		return HTTP_PROXY_NONE;
	return parse_proxy(proxy, ret);
}
