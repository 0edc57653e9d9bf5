#include "goop-discoveryd/rendezvous/wan_proxy.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

enum { WORD_SIZE = HTTP_URL_HOST_SIZE + 8 };

/* Either case is common; the lower one wins, as with curl. */
static const char *
look_up(wan_environment_fn *environment, const char *lower, const char *upper)
{
	const char *value = environment(lower);

	if (value == NULL || *value == '\0')
		value = environment(upper);
	return value != NULL ? value : "";
}

static bool
is_loopback(const struct http_url *url)
{
	return strcmp(url->host, "localhost") == 0 ||
	       strcmp(url->host, "::1") == 0 ||
	       (http_url_is_literal(url) && strncmp(url->host, "127.", 4) == 0);
}

/* A word of no_proxy: "*", an address, a domain with all that is in it, each
 * also with a port. */
static bool
covers(const char *word, const struct http_url *url)
{
	char with_port[HTTP_URL_TEXT_SIZE];
	size_t host_len = strlen(url->host), len;

	snprintf(with_port, sizeof(with_port), "%s%s%s:%u",
	    url->is_ipv6 ? "[" : "", url->host, url->is_ipv6 ? "]" : "",
	    (unsigned int)url->port);
	if (strcmp(word, "*") == 0 || strcasecmp(word, url->host) == 0 ||
	    strcasecmp(word, with_port) == 0)
		return true;
	word += *word == '.';
	len = strlen(word);
	if (len == 0 || http_url_is_literal(url) || len > host_len ||
	    strcasecmp(url->host + host_len - len, word) != 0)
		return false;
	return len == host_len || url->host[host_len - len - 1] == '.';
}

static bool
is_exempt(const char *list, const struct http_url *url)
{
	char word[WORD_SIZE];
	size_t len;

	while (*list != '\0') {
		list += strspn(list, ", \t");
		len = strcspn(list, ", \t");
		if (len > 0 && len < sizeof(word)) {
			memcpy(word, list, len);
			word[len] = '\0';
			if (covers(word, url))
				return true;
		}
		list += len;
	}
	return false;
}

static int
hex_value(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *at = c != '\0' ? strchr(digits, c | 0x20) : NULL;

	return at != NULL ? (int)(at - digits) : -1;
}

/* Percent escapes undone: a password may have an '@'. */
static int
decode_login(const char *from, size_t len, char login[WAN_PROXY_LOGIN_SIZE])
{
	size_t i, to = 0;

	if (len >= WAN_PROXY_LOGIN_SIZE)
		return -EINVAL;
	for (i = 0; i < len; i++) {
		int high, low;

		if (from[i] != '%') {
			login[to++] = from[i];
			continue;
		}
		if (i + 2 >= len || (high = hex_value(from[i + 1])) < 0 ||
		    (low = hex_value(from[i + 2])) < 0 || high + low == 0)
			return -EINVAL;
		login[to++] = (char)(high << 4 | low);
		i += 2;
	}
	login[to] = '\0';
	return 0;
}

/* "http://[user[:password]@]host[:port]", the scheme being optional. */
static int
parse_proxy(const char *text, struct wan_proxy *ret)
{
	char url[HTTP_URL_TEXT_SIZE];
	size_t len;
	const char *at;

	if (strncasecmp(text, "http://", 7) == 0)
		text += 7;
	if (strstr(text, "://") != NULL) /* of another kind */
		return -EINVAL;
	len = strcspn(text, "/");
	at = memrchr(text, '@', len);
	ret->login[0] = '\0';
	if (at != NULL) {
		if (decode_login(text, (size_t)(at - text), ret->login) < 0)
			return -EINVAL;
		len -= (size_t)(at + 1 - text);
		text = at + 1;
	}
	if (snprintf(url, sizeof(url), "http://%.*s", (int)len, text) >=
	    (int)sizeof(url))
		return -EINVAL;
	return http_url_parse(url, &ret->url);
}

int
wan_proxy_find(wan_environment_fn *environment, const struct http_url *url,
    struct wan_proxy *ret)
{
	const char *proxy = look_up(environment, "https_proxy", "HTTPS_PROXY");
	const char *exempt = look_up(environment, "no_proxy", "NO_PROXY");

	if (!url->is_secure || *proxy == '\0' || is_loopback(url) ||
	    is_exempt(exempt, url))
		return WAN_PROXY_NONE;
	return parse_proxy(proxy, ret);
}
