#include "goop-discoveryd/rendezvous/wan_tls.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <event2/bufferevent_ssl.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "common/base/xalloc.h"

/* One for the process: it holds a hundred and more certificates. */
static SSL_CTX *wan_tls;

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
wan_tls_open(void)
{
	SSL_CTX *tls = SSL_CTX_new(TLS_client_method());

	if (tls == NULL ||
	    SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) != 1 ||
	    SSL_CTX_set_default_verify_paths(tls) != 1) {
		SSL_CTX_free(tls);
		return -EIO;
	}
	load_own_directories(SSL_CTX_get_cert_store(tls));
	SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_free(wan_tls);
	wan_tls = tls;
	return 0;
}

/* An address is no server name (RFC 6066, 3), and is checked as an address. */
static bool
set_host(SSL *ssl, const struct http_url *url)
{
	static const unsigned char http1[] = "\x08http/1.1";

	if (SSL_set_alpn_protos(ssl, http1, sizeof(http1) - 1) != 0)
		return false;
	if (http_url_is_literal(url))
		return X509_VERIFY_PARAM_set1_ip_asc(
			   SSL_get0_param(ssl), url->host) == 1;
	SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return SSL_set1_host(ssl, url->host) == 1 &&
	       SSL_set_tlsext_host_name(ssl, url->host) == 1;
}

SSL *
wan_tls_session(const struct http_url *url, bool is_checked)
{
	SSL *ssl = wan_tls != NULL ? SSL_new(wan_tls) : NULL;

	if (ssl != NULL && !is_checked)
		SSL_set_verify(ssl, SSL_VERIFY_NONE, NULL);
	if (ssl != NULL && !set_host(ssl, url)) {
		SSL_free(ssl);
		return NULL;
	}
	return ssl;
}

bool
wan_tls_explain(struct bufferevent *bev, char *sentence, size_t size)
{
	SSL *ssl = bufferevent_openssl_get_ssl(bev);
	unsigned long error = 0, next;
	const char *reason;
	long verdict;

	if (ssl == NULL)
		return false;
	while ((next = bufferevent_get_openssl_error(bev)) != 0)
		error = next;
	verdict = SSL_get_verify_result(ssl);
	if (verdict != X509_V_OK) {
		snprintf(sentence, size,
		    "the server's certificate is not valid: %s",
		    X509_verify_cert_error_string(verdict));
		return true;
	}
	reason = error != 0 ? ERR_reason_error_string(error) : NULL;
	if (reason != NULL)
		snprintf(sentence, size,
		    "the server does not speak TLS as it "
		    "should: %s",
		    reason);
	return reason != NULL;
}
