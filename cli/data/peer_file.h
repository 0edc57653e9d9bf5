/*
 * peer_file: the names of the files of a peer in an export. Opens nothing. In
 * an export the site is site/ and the key is data/identity.key, whatever
 * goop.json calls them.
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

/* Is it the name of a file of a peer: relative, with slashes between its parts,
 * without ".", ".." and control characters, and part of a peer? */
bool peer_file_is_name(const char *name);

/* Is it the configuration file? */
bool peer_file_is_config(const char *name);

/* May the configuration name the site or the key so? NULL if it is inside the
 * peer's directory and not another part of it; else a static reason. */
const char *peer_file_check_place(const char *path);

#endif
