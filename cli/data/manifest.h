/*
 * manifest: manifest.json, the list of what an export holds:
 *
 *	{"format":"goop2-peer","version":1,"goop2":"0.1.0",
 *	 "peer_id":"12D3Koo...","exported_at":"2026-01-02T03:04:05Z",
 *	 "files":[{"name":"goop.json","size":120,"sha256":"<hex>"},...]}
 *
 * Reading believes nothing: names, sizes, sums and the number of files are
 * within limits before anything is unpacked.
 */
#ifndef CLI_DATA_MANIFEST_H
#define CLI_DATA_MANIFEST_H

#include "proto/field.h"

#define MANIFEST_FILE   "manifest.json"
#define MANIFEST_FORMAT "goop2-peer"

enum {
	MANIFEST_VERSION = 1,
	MANIFEST_MAX = 64 * 1024 * 1024,
	MANIFEST_FILES_MAX = 100000,
};
#define MANIFEST_BYTES_MAX (INT64_C(1) << 40) /* all files together: 1 TiB */

struct manifest_file {
	const char *name;
	int64_t size;
	const char *sha256; /* lower-case hexadecimal */
};

struct manifest {
	const char *format;
	int64_t version;
	const char *goop2;   /* the version that wrote it */
	const char *peer_id; /* of the peer, with or without the key */
	const char *exported_at;
	struct records files; /* struct manifest_file, sorted by name */
};

extern const struct message manifest_message;

/*
 * Read and check it. 0 with *ret for manifest_fini(), files sorted; or -EBADMSG
 * with *why a malloc'd sentence (also for exports of the original Goop2).
 */
int manifest_parse(struct bytes json, struct manifest *ret, char **why);
void manifest_fini(struct manifest *);

/* The file called name, or NULL. */
const struct manifest_file *manifest_find(
    const struct manifest *, const char *name);

/* All sizes together. */
int64_t manifest_bytes(const struct manifest *);

/* Would that many bytes in a zip of this size be a bomb? */
bool manifest_is_bomb(int64_t bytes, int64_t zip_size);

#endif
