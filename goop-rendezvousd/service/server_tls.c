#include "goop-rendezvousd/service/server_tls.h"

#include <errno.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>

#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "common/http/server/http_tls_transport.h"
#include "common/http/server/tls_decoy.h"

/* A configured path is relative to the peer directory; malloc'd. */
static char *
absolute(const struct daemon_context *context, const char *path)
{
	return path[0] == '/' ? xstrdup(path)
			      : xasprintf("%s/%s", context->directory, path);
}

static bool
is_beneath(const char *path, const char *directory)
{
	size_t len = strlen(directory);

	return !strncmp(path, directory, len) &&
	       (path[len] == '/' || (len > 0 && directory[len - 1] == '/'));
}

/*
 * Renewed files are renamed into place, so the sandbox must permit their
 * directory. If the identity key is beneath it, only the file is permitted, and
 * a renewed one is used after a restart.
 */
static void
keep_readable(const struct daemon_context *context, struct server_tls *tls,
    const char *file)
{
	CLEANUP_FREE char *identity =
	    absolute(context, context->config->key_file);
	CLEANUP_FREE char *copy = xstrdup(file);
	const char *directory = dirname(copy);

	if (is_beneath(identity, directory)) {
		log_warn("tls: %s is in the peer's own directory: a renewed "
			 "file is used after a restart only; move it to a "
			 "directory of its own",
		    file);
		directory = file;
	}
	tls->paths[tls->count++] = xstrdup(directory);
}

/* The file as configured, and what it links to: certbot makes symlinks. */
static void
keep_both_readable(const struct daemon_context *context, struct server_tls *tls,
    const char *file)
{
	CLEANUP_FREE char *real = realpath(file, NULL);

	keep_readable(context, tls, file);
	if (real != NULL && strcmp(real, file) != 0)
		keep_readable(context, tls, real);
}

static int
open_tls(const struct daemon_context *context, struct server_tls *tls)
{
	CLEANUP_FREE char *certificate =
	    absolute(context, context->config->tls_cert);
	CLEANUP_FREE char *key = absolute(context, context->config->tls_key);
	CLEANUP_FREE char *why = NULL;

	if (http_tls_new(context->base, certificate, key, &tls->tls, &why) <
	    0) {
		log_error("presence.tls_cert, presence.tls_key: %s", why);
		return -EKEYREJECTED;
	}
	keep_both_readable(context, tls, certificate);
	keep_both_readable(context, tls, key);
	return 0;
}

int
server_tls_open(const struct daemon_context *context, struct server_tls *ret)
{
	*ret = (struct server_tls){ NULL };
	if (context->config->tls_cert[0] != '\0')
		return open_tls(context, ret);
	ret->decoy = xcheck(tls_decoy_new(context->base));
	return 0;
}

void
server_tls_close(struct server_tls *tls)
{
	while (tls->count > 0)
		free(tls->paths[--tls->count]);
	http_tls_free(tls->tls);
	tls_decoy_free(tls->decoy);
	*tls = (struct server_tls){ NULL };
}

static void
take_hello(int fd, struct bytes early, void *arg)
{
	tls_decoy_take(arg, fd, early);
}

void
server_tls_apply(struct server_tls *tls, struct http_server *server)
{
	struct http_foreign foreign = { tls_decoy_is_hello, take_hello,
		tls->decoy };
	struct http_transport transport = http_tls_transport(tls->tls);

	if (tls->tls != NULL)
		http_server_set_transport(server, &transport);
	else
		http_server_set_foreign(server, &foreign);
}
