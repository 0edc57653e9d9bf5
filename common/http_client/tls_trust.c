#include "common/http_client/tls_trust.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "common/base/xalloc.h"

/* One for the process: it may hold a hundred certificates. */
static X509_STORE *trusted;

/* Everything in a directory, now: behind the sandbox only the system's own
 * one can be looked into. What is no certificate is left out. */
static void
load_directory(X509_STORE *store, const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;
	char name[PATH_MAX];

	while (directory != NULL && (entry = readdir(directory)) != NULL)
		if (entry->d_name[0] != '.' &&
		    snprintf(name, sizeof(name), "%s/%s", path, entry->d_name) <
			(int)sizeof(name))
			(void)X509_STORE_load_file(store, name);
	if (directory != NULL)
		closedir(directory);
	ERR_clear_error();
}

/* SSL_CERT_DIR names directories, with colons between them. */
static void
load_own_directories(X509_STORE *store)
{
	const char *list = getenv(X509_get_default_cert_dir_env());
	CLEANUP_FREE char *copy = list != NULL ? xstrdup(list) : NULL;
	char *path, *rest = copy;

	while (rest != NULL && (path = strsep(&rest, ":")) != NULL)
		load_directory(store, path);
}

int
tls_trust_open(void)
{
	X509_STORE *store = X509_STORE_new();

	if (store == NULL || X509_STORE_set_default_paths(store) != 1) {
		X509_STORE_free(store);
		return -EIO;
	}
	load_own_directories(store);
	X509_STORE_free(trusted);
	trusted = store;
	return 0;
}

bool
tls_trust_apply(SSL_CTX *ctx, const struct http_url *url)
{
	X509_VERIFY_PARAM *param = SSL_CTX_get0_param(ctx);

	if (trusted == NULL)
		return false;
	SSL_CTX_set1_cert_store(ctx, trusted);
	(void)SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS);
	if (http_url_is_literal(url))
		return X509_VERIFY_PARAM_set1_ip_asc(param, url->host) == 1;
	X509_VERIFY_PARAM_set_hostflags(
	    param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return X509_VERIFY_PARAM_set1_host(param, url->host, 0) == 1;
}
