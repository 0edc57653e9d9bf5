/* A description, or a URL in it: whatever it says, the host is the router. */
#include <stdlib.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "goopd/port_mapper/upnp_message.h"

#define AT "http://192.168.1.1"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *text = xstrndup((const char *)data, size);
	char url[MAPPING_LOCATION_SIZE], again[MAPPING_LOCATION_SIZE];
	struct in6_addr router, host;

	(void)upnp_description_check((struct bytes){ data, size });
	(void)upnp_url_host(text, &host);
	mapping_address_parse("192.168.1.1", &router);
	if (upnp_url_at(&router, AT ":5000/root.xml", text, url) < 0)
		return 0;
	if (strncmp(url, AT, strlen(AT)) != 0 ||
	    strchr(":/", url[strlen(AT)]) == NULL ||
	    !upnp_url_host(url, &host) ||
	    !mapping_address_equal(&host, &router) ||
	    upnp_url_at(&router, NULL, url, again) < 0 ||
	    strcmp(url, again) != 0)
		abort();
	return 0;
}
