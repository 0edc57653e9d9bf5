/*
 * peer_file: which files make up a peer, as an export has them. Names only: it
 * opens nothing. Whatever goop.json calls them, in an export the site is site/
 * and the key is data/identity.key.
 */
#ifndef CLI_DATA_PEER_FILE_H
#define CLI_DATA_PEER_FILE_H

#include "common/base/bytes.h"

#define PEER_FILE_DATABASE "data.db"
#define PEER_FILE_KEY      "data/identity.key"
#define PEER_FILE_SITE     "site"
#define PEER_FILE_SCHEMAS  "schemas"

enum {
	PEER_FILE_NAME_MAX = 1024,
	PEER_FILE_PART_MAX = 255,
	PEER_FILE_DEPTH_MAX = 32,
};

/* Is it a name of one file of a peer: relative, slashes between parts, neither
 * "." nor ".." nor control characters in it, and something that a peer has? */
bool peer_file_is_name(const char *name);

/* Is it the configuration file? */
bool peer_file_is_config(const char *name);

/* May the configuration call the site or the key so? NULL if it lies within
 * the peer's directory and is nothing else of it; else a static reason. */
const char *peer_file_check_place(const char *path);

#endif
