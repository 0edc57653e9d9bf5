#include "cli/peer/programs.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/base/array.h"
#include "common/base/xalloc.h"

/* Are the daemons in this directory? */
static bool
has_daemons(const char *directory)
{
	CLEANUP_FREE char *goopd = xasprintf("%s/goopd", directory);

	return access(goopd, X_OK) == 0;
}

char *
programs_find(void)
{
	static const char *const places[] = { ".", "../libexec/goop2",
		GOOP_LIBEXECDIR };
	CLEANUP_FREE char *self = realpath("/proc/self/exe", NULL);
	char *path, *found;
	size_t i;

	if (self != NULL)
		*strrchr(self, '/') = '\0';
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		path = places[i][0] == '/' || self == NULL
			   ? xstrdup(places[i])
			   : xasprintf("%s/%s", self, places[i]);
		found = has_daemons(path) ? realpath(path, NULL) : NULL;
		free(path);
		if (found != NULL)
			return found;
	}
	return NULL;
}
