/*
 * mime: the media type of a file: by its extension, or by its first bytes if
 * the extension is unknown.
 */
#ifndef GOOPD_SITE_MIME_H
#define GOOPD_SITE_MIME_H

#include "common/base/bytes.h"

enum {
	MIME_TYPE_MAX = 127, /* of other peers; longer ones are refused */
	MIME_SNIFF_SIZE = 512,
};

/* The type of the path's extension, or NULL if that is unknown. */
const char *mime_of_path(const char *path);

/* The type that the first bytes of a file suggest; never NULL. */
const char *mime_sniff(struct bytes start);

/* Is it a well-formed type/subtype with parameters (RFC 9110, 8.3.1)? */
bool mime_is_valid(const char *type);

/*
 * The type to use when another peer sends path with this type (may be NULL or
 * malformed): the extension's type replaces generic types, as in the original's
 * viewer.
 */
const char *mime_believe(const char *type, const char *path);

#endif
