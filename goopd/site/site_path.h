/*
 * site_path: the paths that visitors may request. Turns the decoded path of a
 * request into a relative path beneath the site, or refuses it. Pure: site.c
 * checks whether the file exists, and that it really is beneath the site.
 *
 * Empty and "." components vanish. Refused, whether or not it exists: "..", a
 * backslash, names that start with a dot, and beneath the root lua/, src/ and
 * stage/ in upper or lower case. Percent signs are ordinary characters, since
 * paths arrive decoded.
 */
#ifndef GOOPD_SITE_SITE_PATH_H
#define GOOPD_SITE_SITE_PATH_H

#include "common/base/bytes.h"

enum { SITE_PATH_MAX = 4096 }; /* GOOP_PATH_MAX of the bus */
#define SITE_INDEX "index.html"
#define SITE_PAGE  ".html" /* shorter than the index */

/* Outcomes of site_path_resolve(). */
enum {
	SITE_PATH_BAD = 1,       /* control characters, not UTF-8, too long */
	SITE_PATH_FORBIDDEN = 2, /* never served */
	SITE_PATH_HIDDEN = 3,    /* answered as if it did not exist */
};

struct site_path {
	/* Relative, without empty components; room to append the index. */
	char text[SITE_PATH_MAX + 1 + sizeof(SITE_INDEX)];
	bool is_directory; /* requested with a final slash, which text lacks */
};

/* 0 with *ret, or an outcome. */
int site_path_resolve(struct bytes path, struct site_path *ret);

/* Make the path that of the directory's index. */
void site_path_to_index(struct site_path *);

/* Make the path "about" that of the page about.html. */
void site_path_to_page(struct site_path *);

#endif
