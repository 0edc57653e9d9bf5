#include "common/http/server/http_tls.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "common/base/counter.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"

COUNTER(tls_reloads, "certificates taken over from changed files");
COUNTER(tls_reloads_failed, "changed certificate files that were unusable");

struct file_mark { /* differs when the file was replaced or rewritten */
	dev_t device;
	ino_t inode;
	off_t size;
	struct timespec modified;
};

struct http_tls {
	SSL_CTX *context;
	char *certificate_path;
	char *key_path;
	struct file_mark certificate, key; /* those that context is made of */
	struct file_mark refused_certificate, refused_key;
	struct event *look;
};

/* --- loading */

/* OpenSSL's first error of this thread; its error queue is cleared. */
static const char *
tls_reason(void)
{
	unsigned long error = ERR_peek_error();
	const char *reason = ERR_reason_error_string(error);

	if (error != 0 && ERR_SYSTEM_ERROR(error))
		reason = strerror((int)ERR_GET_REASON(error));
	ERR_clear_error();
	return reason != NULL ? reason : "no usable PEM";
}

/* The first protocol of the client's list that we speak (RFC 7301). */
static int
choose_protocol(SSL *ssl, const unsigned char **out, unsigned char *out_len,
    const unsigned char *in, unsigned int in_len, void *arg)
{
	static const unsigned char ours[] = "\x08http/1.1";
	unsigned char *chosen;

	(void)ssl;
	(void)arg;
	if (SSL_select_next_proto(&chosen, out_len, ours, sizeof(ours) - 1, in,
		in_len) != OPENSSL_NPN_NEGOTIATED)
		return SSL_TLSEXT_ERR_NOACK;
	*out = chosen;
	return SSL_TLSEXT_ERR_OK;
}

/* There is no terminal to ask for a passphrase: an encrypted key is an
 * error. */
static int
no_passphrase(char *text, int size, int writing, void *arg)
{
	(void)text;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static void
set_up(SSL_CTX *context)
{
	SSL_CTX_set_default_passwd_cb(context, no_passphrase);
	SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
	SSL_CTX_set_options(
	    context, SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE |
			 SSL_OP_NO_COMPRESSION | SSL_OP_IGNORE_UNEXPECTED_EOF);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS |
				      SSL_MODE_ENABLE_PARTIAL_WRITE |
				      SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_alpn_select_cb(context, choose_protocol, NULL);
}

static char *
load(SSL_CTX *context, const char *certificate_path, const char *key_path)
{
	ERR_clear_error();
	if (SSL_CTX_use_certificate_chain_file(context, certificate_path) != 1)
		return xasprintf(
		    "certificate %s: %s", certificate_path, tls_reason());
	if (SSL_CTX_use_PrivateKey_file(context, key_path, SSL_FILETYPE_PEM) !=
	    1)
		return xasprintf("key %s: %s", key_path, tls_reason());
	if (SSL_CTX_check_private_key(context) != 1)
		return xasprintf("key %s does not belong to certificate %s",
		    key_path, certificate_path);
	return NULL;
}

/* NULL with *why. */
static SSL_CTX *
context_new(const char *certificate_path, const char *key_path, char **why)
{
	SSL_CTX *context = xcheck(SSL_CTX_new(TLS_server_method()));

	set_up(context);
	*why = load(context, certificate_path, key_path);
	if (*why == NULL)
		return context;
	SSL_CTX_free(context);
	return NULL;
}

/* --- watching */

/* Zero for a file that is not there (now). */
static struct file_mark
file_mark_of(const char *path)
{
	struct file_mark mark = { 0 };
	struct stat st;

	if (stat(path, &st) == -1)
		return mark;
	mark.device = st.st_dev;
	mark.inode = st.st_ino;
	mark.size = st.st_size;
	mark.modified = st.st_mtim;
	return mark;
}

static bool
file_mark_equal(const struct file_mark *a, const struct file_mark *b)
{
	return a->device == b->device && a->inode == b->inode &&
	       a->size == b->size && a->modified.tv_sec == b->modified.tv_sec &&
	       a->modified.tv_nsec == b->modified.tv_nsec;
}

/* The two files are replaced one after the other: the next check resolves a
 * mismatch, and the old pair serves until then. */
static void
reload(struct http_tls *tls, const struct file_mark *certificate,
    const struct file_mark *key)
{
	CLEANUP_FREE char *why = NULL;
	SSL_CTX *context =
	    context_new(tls->certificate_path, tls->key_path, &why);

	if (context == NULL) {
		tls->refused_certificate = *certificate;
		tls->refused_key = *key;
		counter_add(&tls_reloads_failed, 1);
		log_warn(
		    "tls reload failed, keeping the old certificate: %s", why);
		return;
	}
	SSL_CTX_free(tls->context); /* its sessions keep it */
	tls->context = context;
	tls->certificate = *certificate;
	tls->key = *key;
	counter_add(&tls_reloads, 1);
	log_info("tls certificate reloaded file=%s", tls->certificate_path);
}

void
http_tls_look(struct http_tls *tls)
{
	struct file_mark certificate = file_mark_of(tls->certificate_path);
	struct file_mark key = file_mark_of(tls->key_path);

	if (file_mark_equal(&certificate, &tls->certificate) &&
	    file_mark_equal(&key, &tls->key))
		return;
	if (file_mark_equal(&certificate, &tls->refused_certificate) &&
	    file_mark_equal(&key, &tls->refused_key))
		return;
	reload(tls, &certificate, &key);
}

static void
on_look(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	http_tls_look(arg);
}

static void
start_looking(struct http_tls *tls, struct event_base *base)
{
	static const struct timeval period = { HTTP_TLS_LOOK_MS / 1000, 0 };

	tls->look = xcheck(event_new(base, -1, EV_PERSIST, on_look, tls));
	event_add(tls->look, &period);
}

int
http_tls_new(struct event_base *base, const char *certificate_path,
    const char *key_path, struct http_tls **ret, char **why)
{
	struct http_tls *tls = xzalloc(sizeof(*tls));

	/* Take the file marks first: a change during the load is loaded
	 * again. */
	tls->certificate = file_mark_of(certificate_path);
	tls->key = file_mark_of(key_path);
	tls->certificate_path = xstrdup(certificate_path);
	tls->key_path = xstrdup(key_path);
	tls->context = context_new(certificate_path, key_path, why);
	if (tls->context == NULL) {
		http_tls_free(tls);
		return -EINVAL;
	}
	start_looking(tls, base);
	*ret = tls;
	return 0;
}

void
http_tls_free(struct http_tls *tls)
{
	if (tls == NULL)
		return;
	if (tls->look != NULL)
		event_free(tls->look);
	SSL_CTX_free(tls->context);
	free(tls->certificate_path);
	free(tls->key_path);
	free(tls);
}

SSL *
http_tls_session(struct http_tls *tls)
{
	return xcheck(SSL_new(tls->context));
}
