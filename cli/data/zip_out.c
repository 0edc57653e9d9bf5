#include "cli/data/zip_out.h"

#include <errno.h>
#include <stdlib.h>

#include <archive.h>
#include <archive_entry.h>

#include "common/base/xalloc.h"

struct zip_out {
	struct archive *archive;
	struct archive_entry *entry;
};

static int
zip_out_error(const struct zip_out *zip)
{
	int error = archive_errno(zip->archive);

	return error > 0 ? -error : -EIO;
}

int
zip_out_open(int fd, struct zip_out **ret)
{
	struct zip_out *zip = xzalloc(sizeof(*zip));
	int rc;

	zip->archive = xcheck(archive_write_new());
	zip->entry = xcheck(archive_entry_new());
	if (archive_write_set_format_zip(zip->archive) == ARCHIVE_OK &&
	    archive_write_open_fd(zip->archive, fd) == ARCHIVE_OK) {
		*ret = zip;
		return 0;
	}
	rc = zip_out_error(zip);
	zip_out_abandon(zip);
	return rc;
}

int
zip_out_begin(struct zip_out *zip, const struct zip_out_file *file)
{
	archive_entry_clear(zip->entry);
	/* The bytes as they are, in the locale of main(), which is UTF-8: with
	 * a named character set libarchive would compose what is decomposed. */
	archive_entry_set_pathname(zip->entry, file->name);
	archive_entry_set_filetype(zip->entry, AE_IFREG);
	archive_entry_set_perm(zip->entry, file->mode);
	archive_entry_set_size(zip->entry, file->size);
	archive_entry_set_mtime(zip->entry, file->changed, 0);
	if (archive_write_header(zip->archive, zip->entry) == ARCHIVE_OK)
		return 0;
	return zip_out_error(zip);
}

int
zip_out_write(struct zip_out *zip, struct bytes bytes)
{
	if (bytes.len == 0 || archive_write_data(zip->archive, bytes.data,
				  bytes.len) == (la_ssize_t)bytes.len)
		return 0;
	return zip_out_error(zip);
}

static void
zip_out_free(struct zip_out *zip)
{
	archive_entry_free(zip->entry);
	archive_write_free(zip->archive);
	free(zip);
}

int
zip_out_close(struct zip_out *zip)
{
	int rc = 0;

	if (archive_write_close(zip->archive) != ARCHIVE_OK)
		rc = zip_out_error(zip);
	zip_out_free(zip);
	return rc;
}

void
zip_out_abandon(struct zip_out *zip)
{
	if (zip == NULL)
		return;
	/* archive_write_fail() would leak what it compresses with. */
	zip_out_free(zip);
}
