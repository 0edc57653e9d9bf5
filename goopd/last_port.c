#include "goopd/last_port.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/file.h"
#include "common/base/log.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"

#define NAME "goopd.port"
enum { PORT_TEXT_MAX = 8 };

uint16_t
last_port_load(const char *run_directory)
{
	CLEANUP_FREE char *path = xasprintf("%s/%s", run_directory, NAME);
	CLEANUP_FREE uint8_t *text = NULL;
	uint64_t port;
	size_t len;

	if (file_read(AT_FDCWD, path, PORT_TEXT_MAX, &text, &len) < 0 ||
	    text_parse_u64((struct bytes){ text, len }, &port) < 0 ||
	    port > UINT16_MAX)
		return 0;
	return (uint16_t)port;
}

void
last_port_store(const char *run_directory, uint16_t port)
{
	CLEANUP_FREE char *path = xasprintf("%s/%s", run_directory, NAME);
	char text[PORT_TEXT_MAX];
	int rc;

	snprintf(text, sizeof(text), "%u", port);
	rc = file_replace(AT_FDCWD, path, bytes_of(text), 0600);
	if (rc < 0)
		log_warn("cannot store the port file=%s error=%s", path,
		    strerror(-rc));
}
