/*
 * mime: which media type a file has: by its extension; by its first bytes only
 * where the extension says nothing.
 */
#ifndef GOOPD_SITE_MIME_H
#define GOOPD_SITE_MIME_H

#include "common/base/bytes.h"

enum {
	MIME_TYPE_MAX = 127, /* longer ones from others are refused */
	MIME_SNIFF_SIZE = 512,
};

/* The type of the path's extension, or NULL if that says nothing. */
const char *mime_of_path(const char *path);

/* The type that the first bytes of a file suggest; never NULL. */
const char *mime_sniff(struct bytes start);

/* Is it a well-formed type/subtype with parameters (RFC 9110, 8.3.1)? */
bool mime_is_valid(const char *type);

/*
 * What to believe when another peer says that path has this type (may be NULL
 * or nonsense): types that say nothing give way to the extension's, as the
 * original's viewer does it.
 */
const char *mime_believe(const char *type, const char *path);

#endif
