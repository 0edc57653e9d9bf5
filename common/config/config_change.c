#include "common/config/config_change.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/base/file.h"
#include "common/base/xalloc.h"
#include "common/config/config_apply.h"

enum { CONFIG_MODE = 0600 };

static int
set_values(struct config_tree *tree, json_t *values, char **why)
{
	const struct config_key *key;
	const char *name;
	json_t *value;

	json_object_foreach(values, name, value)
	{
		key = config_key_find(name);
		if (key == NULL || (key->flags & CONFIG_SETTABLE) == 0) {
			*why = xasprintf("%s cannot be set here", name);
			return -EINVAL;
		}
		if (config_tree_set(tree, key->key, value) < 0) {
			*why =
			    xasprintf("the section of %s is no object", name);
			return -EINVAL;
		}
	}
	return 0;
}

/* Would the tree load? */
static int
check_tree(const struct config_tree *tree, char **why)
{
	struct config_problems problems = { 0 };
	struct config config = { 0 };
	int rc = config_apply(tree, &config, &problems);

	if (rc < 0)
		*why = config_problems_first(&problems);
	else
		config_fini(&config);
	config_problems_fini(&problems);
	return rc;
}

static int
write_tree(int dirfd, const struct config_tree *tree)
{
	struct buffer text;
	int rc;

	buffer_init(&text, CONFIG_FILE_MAX);
	rc = config_tree_print(tree, &text);
	if (rc == 0)
		rc = file_replace(dirfd,
		    tree->file != NULL ? tree->file : "goop.json",
		    buffer_bytes(&text), CONFIG_MODE);
	buffer_fini(&text);
	return rc;
}

/* Both goop2 and the settings keeper of goop-viewerd change the file: one after
 * the other, so that no change is lost. 0 with a descriptor to close, or
 * -errno. */
static int
lock_directory(int dirfd, int *ret_fd)
{
	int fd = openat(dirfd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int rc;

	*ret_fd = fd;
	if (fd == -1)
		return -errno;
	do
		rc = flock(fd, LOCK_EX) == -1 ? -errno : 0;
	while (rc == -EINTR);
	if (rc < 0)
		close(fd);
	return rc;
}

static int
change_tree(int dirfd, json_t *values, char **why)
{
	struct config_flaw flaw;
	struct config_tree tree;
	int rc = config_tree_read(dirfd, &tree, &flaw);

	if (rc < 0)
		*why = xasprintf("the configuration file: %s", flaw.reason);
	if (rc == 0)
		rc = set_values(&tree, values, why);
	if (rc == 0)
		rc = check_tree(&tree, why);
	if (rc == 0)
		rc = write_tree(dirfd, &tree);
	config_tree_fini(&tree);
	return rc;
}

static int
change_locked(int dirfd, json_t *values, char **why)
{
	int lock, rc = lock_directory(dirfd, &lock);

	if (rc < 0)
		return rc;
	rc = change_tree(dirfd, values, why);
	close(lock);
	return rc;
}

int
config_change(int dirfd, struct bytes json_values, char **why)
{
	json_t *values = json_loadb(
	    json_values.len > 0 ? (const char *)json_values.data : "",
	    json_values.len, JSON_REJECT_DUPLICATES, NULL);
	int rc = -EINVAL;

	*why = NULL;
	if (json_is_object(values))
		rc = change_locked(dirfd, values, why);
	else
		*why = xstrdup("the values must be a JSON object");
	json_decref(values);
	return rc;
}

static bool
has_file(int dirfd)
{
	struct stat st;

	return fstatat(dirfd, "goop.json", &st, AT_SYMLINK_NOFOLLOW) == 0 ||
	       fstatat(dirfd, "goop.yaml", &st, AT_SYMLINK_NOFOLLOW) == 0;
}

static json_t *
default_of(const struct config_key *key)
{
	return xcheck(key->kind == CONFIG_TEXTS  ? json_array()
		      : key->kind == CONFIG_TEXT ? json_string(key->text)
						 : json_integer(key->number));
}

/* A new tree with the defaults of these keys. */
static void
make_tree(const char *const names[], struct config_tree *ret)
{
	json_t *value;

	*ret = (struct config_tree){ .root = xcheck(json_object()) };
	for (; *names != NULL; names++) {
		value = default_of(config_key_find(*names));
		config_tree_set(ret, *names, value);
		json_decref(value);
	}
}

/* Takes value; NULL: it was not UTF-8. */
static int
set_and_release(struct config_tree *tree, const char *path, json_t *value)
{
	int rc = value == NULL ? -EINVAL : config_tree_set(tree, path, value);

	json_decref(value);
	return rc;
}

static int
create(int dirfd, const struct config_tree *tree)
{
	CLEANUP_FREE char *why = NULL;
	int rc = has_file(dirfd) ? -EEXIST : check_tree(tree, &why);

	return rc == 0 ? write_tree(dirfd, tree) : rc;
}

int
config_create(int dirfd, const char *label)
{
	static const char *const essential[] = { "profile.label",
		"profile.email", "p2p.listen_port", "p2p.mdns_tag",
		"presence.topic", "presence.ttl_seconds",
		"presence.heartbeat_seconds", "paths.site_root",
		"identity.key_file", "viewer.http_addr", NULL };
	struct config_tree tree;
	int rc;

	make_tree(essential, &tree);
	rc = set_and_release(&tree, "profile.label", json_string(label));
	if (rc == 0)
		rc = create(dirfd, &tree);
	config_tree_fini(&tree);
	return rc;
}

enum { RELAY_PORT = 4001 }; /* as libp2p's nodes use */

int
config_create_server(int dirfd)
{
	static const char *const essential[] = { "presence.rendezvous_port",
		"presence.rendezvous_bind", "presence.external_url",
		"presence.peer_db_path", "presence.admin_password_hash",
		"presence.trusted_proxies", NULL };
	struct config_tree tree;
	int rc;

	make_tree(essential, &tree);
	set_and_release(&tree, "presence.peer_db_path",
	    xcheck(json_string("cache/rendezvous.db")));
	set_and_release(
	    &tree, "presence.relay_port", xcheck(json_integer(RELAY_PORT)));
	/* A proxy on this machine is trusted: no other client connects from it.
	 */
	set_and_release(&tree, "presence.trusted_proxies",
	    xcheck(json_pack("[ss]", "127.0.0.1", "::1")));
	rc = create(dirfd, &tree);
	config_tree_fini(&tree);
	return rc;
}
