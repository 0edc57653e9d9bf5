#include "cli/data/zip_in.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>

#include "common/base/xalloc.h"

enum { ZIP_IN_BLOCK = 64 * 1024 };

struct zip_in {
	struct archive *archive;
};

int
zip_in_open(int fd, struct zip_in **ret)
{
	struct zip_in *zip;
	int error;

	if (lseek(fd, 0, SEEK_SET) == -1)
		return -errno;
	zip = xzalloc(sizeof(*zip));
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
	ret->name = archive_entry_pathname_utf8(entry);
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
