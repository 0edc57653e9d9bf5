#include "cli/data/zip_in.h"

#include <endian.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "common/base/text.h"
#include "common/base/xalloc.h"

/* The local header of an entry (APPNOTE.TXT 4.3.7): signature, and at these
 * offsets the length of the name and the name. */
enum { LOCAL_HEADER = 0x04034b50, LOCAL_NAME_LEN = 26, LOCAL_NAME = 30 };

enum {
	ZIP_IN_BLOCK = 64 * 1024,
	ZIP_IN_NAME_MAX = 4096, /* a longer one is no path */
};

struct zip_in {
	struct archive *archive;
	int fd;
	char name[ZIP_IN_NAME_MAX + 1]; /* of the entry */
};

int
zip_in_open(int fd, struct zip_in **ret)
{
	struct zip_in *zip;
	int error;

	if (lseek(fd, 0, SEEK_SET) == -1)
		return -errno;
	zip = xzalloc(sizeof(*zip));
	zip->fd = fd;
	zip->archive = xcheck(archive_read_new());
	archive_read_support_format_zip_streamable(zip->archive);
	if (archive_read_open_fd(zip->archive, fd, ZIP_IN_BLOCK) ==
	    ARCHIVE_OK) {
		*ret = zip;
		return 0;
	}
	/* libarchive returns EILSEQ for an unknown format. */
	error = archive_errno(zip->archive);
	zip_in_close(zip);
	return error > 0 && error != EILSEQ ? -error : -EBADMSG;
}

/*
 * The name as it stands in the file: libarchive composes what is decomposed,
 * and then it is another file. NULL if it is not text; libarchive's where the
 * header is not at its place, as in zips of others with bytes in between.
 */
static const char *
read_name(struct zip_in *zip, struct archive_entry *entry)
{
	off_t at = archive_read_header_position(zip->archive);
	uint8_t header[LOCAL_NAME];
	uint32_t signature;
	uint16_t len;

	if (pread(zip->fd, header, sizeof(header), at) != sizeof(header))
		return NULL;
	memcpy(&signature, header, sizeof(signature));
	if (le32toh(signature) != LOCAL_HEADER)
		return archive_entry_pathname_utf8(entry);
	memcpy(&len, header + LOCAL_NAME_LEN, sizeof(len));
	len = le16toh(len);
	if (len > ZIP_IN_NAME_MAX ||
	    pread(zip->fd, zip->name, len, at + LOCAL_NAME) != (ssize_t)len)
		return NULL;
	zip->name[len] = '\0';
	if (strlen(zip->name) != len || !text_is_utf8(bytes_of(zip->name)))
		return NULL;
	return zip->name;
}

int
zip_in_next(struct zip_in *zip, struct zip_in_entry *ret)
{
	struct archive_entry *entry;
	int rc = archive_read_next_header(zip->archive, &entry);

	if (rc == ARCHIVE_EOF)
		return ZIP_IN_END;
	/* A warning: the name is not text; the caller checks that. */
	if (rc != ARCHIVE_OK && rc != ARCHIVE_WARN)
		return -EBADMSG;
	ret->name = read_name(zip, entry);
	ret->is_file = archive_entry_filetype(entry) == AE_IFREG;
	ret->is_folder = archive_entry_filetype(entry) == AE_IFDIR;
	ret->changed = archive_entry_mtime(entry);
	return 0;
}

ssize_t
zip_in_read(struct zip_in *zip, uint8_t *to, size_t len)
{
	la_ssize_t n = archive_read_data(zip->archive, to, len);

	return n < 0 ? -EBADMSG : (ssize_t)n;
}

const char *
zip_in_why(const struct zip_in *zip)
{
	const char *why = archive_error_string(zip->archive);

	return why != NULL ? why : "it is damaged";
}

void
zip_in_close(struct zip_in *zip)
{
	archive_read_free(zip->archive);
	free(zip);
}
