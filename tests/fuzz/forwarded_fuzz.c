/*
 * Headers that tell of a client, two lines: X-Forwarded-For and Forwarded.
 * Whatever is found, what a trusted proxy appends decides.
 */
#include <stdlib.h>
#include <string.h>

#include <netinet/in.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "goop-rendezvousd/clients/forwarded.h"
#include "goop-rendezvousd/clients/trusted_proxies.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static struct client_address
find(const char *x_forwarded_for, const char *forwarded)
{
	struct sockaddr_in proxy = { .sin_family = AF_INET,
		.sin_addr = { htonl(0x0a000001) } };
	struct trusted_proxies proxies = { .count = 0 };

	if (trusted_proxies_add(&proxies, "10.0.0.0/8") < 0)
		bug("no network");
	return trusted_proxies_client(&proxies, (const struct sockaddr *)&proxy,
	    x_forwarded_for, forwarded);
}

static void
expect(struct client_address found, const char *want)
{
	char text[CLIENT_ADDRESS_TEXT_SIZE];
	struct client_address again;

	client_address_print(&found, text);
	if (want != NULL && strcmp(text, want) != 0)
		bug("found %s instead of %s", text, want);
	if (client_address_parse(bytes_of(text), &again) < 0 ||
	    !client_address_equal(&again, &found))
		bug("address %s does not survive", text);
}

static size_t
count_of(const char *text, char c)
{
	size_t count = 0;

	for (; *text != '\0'; text++)
		count += *text == c;
	return count;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *first = xstrndup((const char *)data, size);
	CLEANUP_FREE char *appended = NULL;
	char *second = strchr(first, '\n');

	if (second != NULL)
		*second++ = '\0';
	expect(find(first, second), NULL);
	expect(find(NULL, first), NULL);
	if (strlen(first) < FORWARDED_MAX / 2 &&
	    count_of(first, ',') < FORWARDED_HOPS_MAX - 2) {
		appended = xasprintf("%s, 203.0.113.5, 10.0.0.2", first);
		expect(find(appended, NULL), "203.0.113.5");
	}
	return 0;
}
