#include "common/http/stream/websocket_handshake.h"

#include <string.h>
#include <strings.h>

#include <openssl/evp.h>

#include "common/base/fault.h"
#include "common/base/random.h"

enum { KEY_BYTES = 16, KEY_TEXT = 24, DIGEST_BYTES = 20 };

void
websocket_accept_make(const char *key, char accept[WEBSOCKET_ACCEPT_SIZE])
{
	static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
	char text[KEY_TEXT + sizeof(guid)];
	uint8_t digest[EVP_MAX_MD_SIZE];
	unsigned int len = 0;

	if (strlen(key) != KEY_TEXT)
		bug("websocket: a key of %zu characters", strlen(key));
	memcpy(text, key, KEY_TEXT);
	memcpy(text + KEY_TEXT, guid, sizeof(guid));
	if (EVP_Digest(text, KEY_TEXT + sizeof(guid) - 1, digest, &len,
		EVP_sha1(), NULL) != 1 ||
	    len != DIGEST_BYTES)
		bug("websocket: no SHA-1");
	EVP_EncodeBlock((unsigned char *)accept, digest, DIGEST_BYTES);
}

void
websocket_key_make(char key[WEBSOCKET_KEY_SIZE])
{
	uint8_t bytes[KEY_BYTES];

	random_bytes(bytes, sizeof(bytes));
	EVP_EncodeBlock((unsigned char *)key, bytes, KEY_BYTES);
}

static const char *
skip_space(const char *at)
{
	return at + strspn(at, " \t");
}

/* Is word one of the comma-separated words of value, whatever the case? */
static bool
list_has(const char *value, const char *word)
{
	size_t len, want = strlen(word);

	if (value == NULL)
		return false;
	for (value = skip_space(value); *value != '\0';
	     value = skip_space(value)) {
		len = strcspn(value, ", \t");
		if (len == want && strncasecmp(value, word, len) == 0)
			return true;
		value += len;
		value += strspn(value, ", \t");
	}
	return false;
}

/* 16 bytes in base64. */
static bool
is_key(const char *key)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	return key != NULL && strlen(key) == KEY_TEXT &&
	       strspn(key, digits) == KEY_TEXT - 2 &&
	       strcmp(key + KEY_TEXT - 2, "==") == 0;
}

/* The length of an authority without its default port. */
static size_t
without_port(const char *authority, const char *port)
{
	size_t len = strlen(authority), port_len = strlen(port);

	if (len > port_len && strcmp(authority + len - port_len, port) == 0)
		len -= port_len;
	return len;
}

/* Behind a proxy the scheme of the request is unknown: the scheme of the page
 * gives the default port. */
static bool
is_same_host(const char *origin, const char *host)
{
	const char *authority, *port;
	size_t len;

	if (host == NULL || *host == '\0')
		return false;
	if (strncasecmp(origin, "http://", 7) == 0) {
		authority = origin + 7;
		port = ":80";
	} else if (strncasecmp(origin, "https://", 8) == 0) {
		authority = origin + 8;
		port = ":443";
	} else {
		return false;
	}
	len = without_port(authority, port);
	return len == without_port(host, port) &&
	       strncasecmp(authority, host, len) == 0;
}

int
websocket_handshake_answer(const struct websocket_request *request,
    char ret_accept[WEBSOCKET_ACCEPT_SIZE])
{
	if (!request->is_get || !list_has(request->upgrade, "websocket") ||
	    !list_has(request->connection, "upgrade"))
		return WEBSOCKET_MALFORMED;
	if (request->version == NULL || strcmp(request->version, "13") != 0)
		return WEBSOCKET_VERSION;
	if (!is_key(request->key))
		return WEBSOCKET_MALFORMED;
	if (request->origin != NULL &&
	    !is_same_host(request->origin, request->host))
		return WEBSOCKET_FOREIGN;
	websocket_accept_make(request->key, ret_accept);
	return 0;
}

int
websocket_refusal_status(int refusal)
{
	switch (refusal) {
	case WEBSOCKET_VERSION:
		return 426;
	case WEBSOCKET_FOREIGN:
		return 403;
	default:
		return 400;
	}
}

bool
websocket_handshake_is_accepted(const char *key, const char *upgrade,
    const char *connection, const char *accept)
{
	char want[WEBSOCKET_ACCEPT_SIZE];

	websocket_accept_make(key, want);
	return list_has(upgrade, "websocket") &&
	       list_has(connection, "upgrade") && accept != NULL &&
	       strcmp(accept, want) == 0;
}
