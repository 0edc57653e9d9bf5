#include "common/http/syntax/http_framing.h"

#include <string.h>
#include <strings.h>
#include <sys/queue.h>

#include <event2/http.h>
#include <event2/keyvalq_struct.h>

/* RFC 9110, 5.6.2: a name is a token; a space before the colon is refused. */
static bool
is_token(const char *name)
{
	static const char token[] = "!#$%&'*+-.^_`|~0123456789"
				    "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return *name != '\0' && name[strspn(name, token)] == '\0';
}

struct framing {
	const char *length, *coding;
	unsigned int lengths, codings, hosts;
};

static bool
collect(const struct evkeyvalq *headers, struct framing *ret)
{
	const struct evkeyval *header;

	TAILQ_FOREACH (header, headers, next) {
		if (!is_token(header->key))
			return false;
		if (strcasecmp(header->key, "Content-Length") == 0) {
			ret->length = header->value;
			ret->lengths++;
		} else if (strcasecmp(header->key, "Transfer-Encoding") == 0) {
			ret->coding = header->value;
			ret->codings++;
		} else if (strcasecmp(header->key, "Host") == 0) {
			ret->hosts++;
		}
	}
	return true;
}

bool
http_framing_is_sound(
    const struct evkeyvalq *headers, struct http_framing_rules rules)
{
	struct framing framing = { 0 };

	if (!collect(headers, &framing) || framing.hosts > 1 ||
	    (framing.hosts == 0 && rules.needs_host) ||
	    framing.lengths + framing.codings > 1)
		return false;
	if (framing.coding != NULL)
		return rules.takes_body &&
		       strcasecmp(framing.coding, "chunked") == 0;
	if (framing.length == NULL)
		return true;
	if (framing.length[0] == '\0' ||
	    framing.length[strspn(framing.length, "0123456789")] != '\0')
		return false;
	return rules.takes_body || strcmp(framing.length, "0") == 0;
}
