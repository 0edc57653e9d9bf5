#include "cli/data/export_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "cli/data/interrupt.h"
#include "cli/data/peer_file.h"
#include "cli/peer/exit_status.h"
#include "common/base/xalloc.h"

/* Beneath root only, and through no symbolic link. */
static int
open_beneath(int root, const char *path, uint64_t flags)
{
	struct open_how how = {
		.flags = flags | O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS,
	};
	long fd = syscall(SYS_openat2, root, path, &how, sizeof(how));

	return fd == -1 ? -errno : (int)fd;
}

void
export_list_add(
    struct export_list *list, const char *name, int root, const char *path)
{
	struct export_item *item;

	list->items =
	    xreallocarray(list->items, list->count + 1, sizeof(*list->items));
	item = &list->items[list->count++];
	*item = (struct export_item){ .name = xstrdup(name),
		.root = root,
		.path = path != NULL ? xstrdup(path) : NULL };
}

/* Why a file is left out; NULL if it is not. */
static const char *
reason_to_leave(const char *name, mode_t mode)
{
	size_t len = strlen(name);

	if (S_ISDIR(mode))
		return "a folder nested too deeply";
	if (S_ISLNK(mode))
		return "a symbolic link";
	if (!S_ISREG(mode))
		return "neither a file nor a folder";
	if (len > 4 && !strcmp(name + len - 4, ".tmp"))
		return "a temporary file";
	if (!peer_file_is_name(name))
		return "a name that is too long or not plain text";
	return NULL;
}

static void
leave_out(struct export_list *list, const char *name, const char *why)
{
	list->left_out++;
	complain(EXIT_OK, "left out: %s: %s", name, why);
}

struct gathering {
	struct export_list *list;
	int root;
	const char *prefix;
};

static int gather_folder(
    const struct gathering *, const char *path, unsigned int depth);

static int
gather_entry(
    const struct gathering *gathering, const char *path, unsigned int depth)
{
	CLEANUP_FREE char *name = xasprintf("%s/%s", gathering->prefix, path);
	const char *why;
	struct stat st;

	if (fstatat(gathering->root, path, &st, AT_SYMLINK_NOFOLLOW) == -1)
		return errno == ENOENT ? 0 : -errno; /* just removed */
	if (S_ISDIR(st.st_mode) && depth < PEER_FILE_DEPTH_MAX)
		return gather_folder(gathering, path, depth + 1);
	why = reason_to_leave(name, st.st_mode);
	if (why != NULL)
		leave_out(gathering->list, name, why);
	else if (gathering->list->count == MANIFEST_FILES_MAX)
		return -E2BIG;
	else
		export_list_add(gathering->list, name, gathering->root, path);
	return interrupt_came() ? -EINTR : 0;
}

static int
gather_folder(
    const struct gathering *gathering, const char *path, unsigned int depth)
{
	struct dirent *entry;
	DIR *stream;
	int fd, rc = 0;

	fd = open_beneath(
	    gathering->root, path[0] == '\0' ? "." : path, O_DIRECTORY);
	if (fd == -ENOENT)
		return 0;
	if (fd < 0)
		return fd;
	stream = fdopendir(fd);
	if (stream == NULL) {
		close(fd);
		return -ENOMEM;
	}
	while (rc == 0 && (entry = readdir(stream)) != NULL) {
		CLEANUP_FREE char *inner = xasprintf(
		    "%s%s%s", path, path[0] == '\0' ? "" : "/", entry->d_name);

		if (strcmp(entry->d_name, ".") != 0 &&
		    strcmp(entry->d_name, "..") != 0)
			rc = gather_entry(gathering, inner, depth);
	}
	closedir(stream);
	return rc;
}

static int
compare_items(const void *one, const void *other)
{
	const struct export_item *a = one, *b = other;

	return strcmp(a->name, b->name);
}

int
export_list_gather(struct export_list *list, int root, const char *prefix)
{
	const struct gathering gathering = { list, root, prefix };
	size_t before = list->count;
	int rc = gather_folder(&gathering, "", 1);

	if (list->count > before)
		qsort(list->items + before, list->count - before,
		    sizeof(*list->items), compare_items);
	return rc;
}

int64_t
export_list_bytes(const struct export_list *list)
{
	int64_t bytes = 0;
	size_t i;

	for (i = 0; i < list->count; i++)
		bytes += list->items[i].size;
	return bytes;
}

int
export_item_open(const struct export_item *item)
{
	struct stat st;
	int fd;

	if (item->path == NULL) {
		fd = fcntl(item->root, F_DUPFD_CLOEXEC, 0);
		if (fd == -1 || lseek(fd, 0, SEEK_SET) == -1)
			return -errno;
		return fd;
	}
	fd = open_beneath(item->root, item->path, 0);
	/* It may have been replaced meanwhile. */
	if (fd >= 0 && (fstat(fd, &st) == -1 || !S_ISREG(st.st_mode))) {
		close(fd);
		return -ENOENT;
	}
	return fd;
}

void
export_list_fini(struct export_list *list)
{
	size_t i;

	for (i = 0; i < list->count; i++) {
		free(list->items[i].name);
		free(list->items[i].path);
	}
	free(list->items);
	*list = (struct export_list){ 0 };
}
