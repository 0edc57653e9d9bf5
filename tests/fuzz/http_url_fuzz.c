/* URLs and redirects: what is taken prints as one normal form, which fits in
 * a request without ending its line. */
#include <string.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "common/http/syntax/http_date.h"
#include "common/http/syntax/server_address.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
check(const struct http_url *url)
{
	char text[HTTP_URL_TEXT_SIZE], again[HTTP_URL_TEXT_SIZE];
	struct http_url parsed;

	http_url_print(url, text);
	if (http_url_parse(text, &parsed) != 0)
		bug("%s does not parse again", text);
	http_url_print(&parsed, again);
	if (strcmp(text, again) != 0)
		bug("%s becomes %s", text, again);
	if (strpbrk(text, " \r\n\t?#") != NULL)
		bug("%s has what no URL has", text);
}

/* What is kept of an address is the same server. */
static void
check_address(const char *text)
{
	struct server_address address, again;

	if (server_address_parse(text, &address) != NULL)
		return;
	check(&address.url);
	if (server_address_parse(address.text, &again) != NULL ||
	    again.inviter[0] != '\0' || strcmp(again.text, address.text) != 0)
		bug("%s is not kept", address.text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *text = xstrndup((const char *)data, size);
	struct http_url url, next;
	int64_t ms;

	if (http_url_parse(text, &url) == 0)
		check(&url);
	if (http_url_parse("http://a.b/c", &url) == 0 &&
	    http_url_redirect(&url, "/ws", text, &next) == 0)
		check(&next);
	check_address(text);
	(void)http_date_parse_retry(text, NULL, 0, &ms);
	return 0;
}
