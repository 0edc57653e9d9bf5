#include "common/http_client/curl_url.h"

#include <errno.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/http_client/curl_library.h"

/* The zone of a link-local address as a number: the sandbox has no ioctl. */
static unsigned int
zone_index(const char *zone)
{
	unsigned int index = (unsigned int)strtoul(zone, NULL, 10);
	struct ifaddrs *all, *one;
	const struct sockaddr_in6 *v6;

	if (getifaddrs(&all) == -1)
		return index;
	for (one = all; one != NULL; one = one->ifa_next) {
		v6 = (const void *)one->ifa_addr;
		if (v6 != NULL && v6->sin6_family == AF_INET6 &&
		    v6->sin6_scope_id != 0 && strcmp(one->ifa_name, zone) == 0)
			index = v6->sin6_scope_id;
	}
	freeifaddrs(all);
	return index;
}

void
curl_url_print(
    const struct http_url *url, const char *path, char text[CURL_URL_SIZE])
{
	char zone[24] = "";

	if (url->zone[0] != '\0')
		snprintf(zone, sizeof(zone), "%%25%u", zone_index(url->zone));
	snprintf(text, CURL_URL_SIZE, "%s://%s%s%s%s%s%s:%u%s%s",
	    url->is_secure ? "https" : "http", url->login,
	    url->login[0] != '\0' ? "@" : "", url->is_ipv6 ? "[" : "",
	    url->host, zone, url->is_ipv6 ? "]" : "", (unsigned int)url->port,
	    url->path, path);
}

int
curl_url_make_ascii(struct http_url *url)
{
	uint8_t *ascii = NULL;
	int rc;

	if (url->is_ipv6)
		return 0;
	rc = curl.idn2_lookup_u8((const uint8_t *)url->host, &ascii,
	    IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
	if (rc != IDN2_OK || strlen((char *)ascii) >= sizeof(url->host)) {
		free(ascii);
		return -EINVAL;
	}
	memcpy(url->host, ascii, strlen((char *)ascii) + 1);
	free(ascii);
	return 0;
}
