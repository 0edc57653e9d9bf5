#include "goopd/site/site_stamp.h"

#include <string.h>

void
site_stamp_take(int fd, struct site_stamp *ret)
{
	struct stat st;

	memset(ret, 0, sizeof(*ret));
	if (fstat(fd, &st) == -1)
		return;
	ret->size = st.st_size;
	ret->modified = st.st_mtim;
}

bool
site_stamp_holds(const struct site_stamp *stamp, int fd)
{
	struct site_stamp now;

	site_stamp_take(fd, &now);
	return now.size == stamp->size &&
	       now.modified.tv_sec == stamp->modified.tv_sec &&
	       now.modified.tv_nsec == stamp->modified.tv_nsec;
}
