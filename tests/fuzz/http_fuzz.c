/* What comes in headers and request lines: none may crash, and what is read
 * prints back to the same. */
#include <stdlib.h>
#include <string.h>

#include "common/base/fault.h"
#include "common/base/xalloc.h"
#include "common/http/syntax/http_etag.h"
#include "common/http/syntax/http_host.h"
#include "common/http/syntax/http_path.h"
#include "common/http/syntax/http_range.h"
#include "common/http/syntax/http_target.h"
#include "goop-viewerd/access/visit_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *, size_t);

static void
try_range(const char *text)
{
	struct http_range range, again;
	char printed[HTTP_RANGE_TEXT_SIZE];
	uint64_t from, len;

	if (http_range_parse(text, &range) != 0)
		return;
	http_range_print(&range, printed);
	if (http_range_parse(printed, &again) != 0 ||
	    again.from != range.from || again.is_suffix != range.is_suffix)
		bug("range %s does not survive", printed);
	if (http_range_resolve(&range, 1000, &from, &len) == 0 &&
	    (len == 0 || from + len > 1000))
		bug("range %s is out of the file", printed);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	CLEANUP_FREE char *text = xstrndup((const char *)data, size);
	struct bytes raw = { data, size };
	struct visit_path path;
	struct http_target target;
	struct http_host host;
	char decoded[256];

	try_range(text);
	(void)http_etag_listed(text, "\"tag\"");
	if (http_host_parse(text, &host) == 0)
		(void)http_origin_is(text, &host);
	if (http_target_parse(text, &target) == 0 &&
	    (target.path[0] != '/' ||
		(target.authority[0] != '\0' &&
		    http_host_parse(target.authority, &host) < 0)))
		bug("target is none: %s", text);
	if (http_path_decode(raw, decoded, sizeof(decoded)) == 0 &&
	    (strlen(decoded) > size || strstr(decoded, "/../") != NULL))
		bug("path decodes badly: %s", decoded);
	if (size >= 3 && memcmp(data, "/p/", 3) == 0)
		(void)visit_path_parse(raw, &path);
	return 0;
}
