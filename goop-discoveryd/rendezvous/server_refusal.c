#include "goop-discoveryd/rendezvous/server_refusal.h"

#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/monotime.h"
#include "common/base/text.h"
#include "common/base/xalloc.h"
#include "common/http/syntax/http_date.h"

enum { TEXT_SHOWN = 120 };

/* clang-format off */
static const struct {
	int status;
	const char *sentence;
} sentences[] = {
	{ 101, "the server does not speak WebSocket as it should" },
	{ 200, "this is no rendezvous server: it answers with something else" },
	{ 301, "the server has moved" },
	{ 302, "the server has moved for now" },
	{ 307, "the server has moved for now" },
	{ 308, "the server has moved" },
	{ 400, "the server does not accept what we say" },
	{ 401, "the server wants a login, which rendezvous servers do not" },
	{ 403, "the server forbids it" },
	{ 404, "there is no rendezvous server under this URL" },
	{ 405, "this is no rendezvous server" },
	{ 407, "the proxy wants a login" },
	{ 408, "the server lost patience with us" },
	{ 413, "what we say is too long for the server" },
	{ 425, "the server does not know us yet" },
	{ 429, "the server has too many requests from this address" },
	{ 500, "the server has a fault" },
	{ 501, "the server cannot do that" },
	{ 502, "the server behind the proxy does not answer" },
	{ 503, "the server is busy or restarting" },
	{ 504, "the server behind the proxy does not answer" },
};
/* clang-format on */

static const char *
find_sentence(int status)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(sentences); i++)
		if (sentences[i].status == status)
			return sentences[i].sentence;
	return status >= 500 ? "the server has a fault" : "the server refuses";
}

void
server_refusal_print(
    int status, const char *text, char sentence[HTTP_CLIENT_SENTENCE_SIZE])
{
	size_t len;

	text += strspn(text, " ?"); /* where line ends were */
	len = strcspn(text, "<");
	if (text[len] != '\0' || len > TEXT_SHOWN) /* a page, or a tale */
		len = 0;
	while (len > 0 && strchr(" ?", text[len - 1]) != NULL)
		len--;
	snprintf(sentence, HTTP_CLIENT_SENTENCE_SIZE, "%s (%d%s%.*s)",
	    find_sentence(status), status, len > 0 ? ": " : "", (int)len, text);
}

void
server_refusal_print_moved(
    const char *location, char sentence[HTTP_CLIENT_SENTENCE_SIZE])
{
	snprintf(sentence, HTTP_CLIENT_SENTENCE_SIZE,
	    "the server has moved to %.140s: put that into "
	    "presence.rendezvous_wan",
	    location);
	text_make_printable(sentence);
}

int64_t
server_refusal_retry_ms(struct http_transfer *transfer)
{
	const char *value = http_transfer_header(transfer, "Retry-After");
	CLEANUP_FREE char *retry = value != NULL ? xstrdup(value) : NULL;
	int64_t ms = -1;

	if (retry != NULL)
		(void)http_date_parse_retry(retry,
		    http_transfer_header(transfer, "Date"),
		    walltime_ms() / 1000, &ms);
	return ms;
}
