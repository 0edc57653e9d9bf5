#include "cli/peer/viewer_url.h"

#include <stdio.h>
#include <string.h>

void
viewer_url_find(const char *status, char *ret, size_t size)
{
	const char *start = strstr(status, "http://");
	size_t len = start == NULL ? 0 : strcspn(start, " ,;\"'<>");

	if (len >= size)
		len = 0;
	snprintf(ret, size, "%.*s", (int)len, start == NULL ? "" : start);
}
