/* Whatever a stranger names: what is let through stays beneath the site, and
 * means the same when it is named again by its normal form. */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "goopd/site/site_path.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct site_path path, again;

	if (site_path_resolve((struct bytes){ data, size }, &path) != 0)
		return 0;
	if (path.text[0] == '/' || path.text[0] == '.' ||
	    strstr(path.text, "/.") != NULL ||
	    strstr(path.text, "//") != NULL ||
	    strncasecmp(path.text, "lua/", 4) == 0 ||
	    strcasecmp(path.text, "lua") == 0 || strlen(path.text) > size)
		abort();
	if (site_path_resolve(bytes_of(path.text), &again) != 0 ||
	    strcmp(path.text, again.text) != 0)
		abort();
	site_path_to_index(&path);
	return 0;
}
