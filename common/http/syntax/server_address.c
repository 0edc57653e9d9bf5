#include "common/http/syntax/server_address.h"

#include <stdio.h>
#include <string.h>

static const char blanks[] = " \t\r\n";
static const char join_page[] = "/join";

static size_t
length_without_blanks(const char *text, size_t len)
{
	while (len > 0 && strchr(blanks, text[len - 1]) != NULL)
		len--;
	return len;
}

/* Without white space around it, and with a scheme. 0, or -1: too long. */
static int
complete(const char *text, char ret[SERVER_ADDRESS_TEXT_SIZE])
{
	const char *scheme;
	size_t len;
	int used;

	text += strspn(text, blanks);
	scheme = strstr(text, "://") != NULL ? "" : "https://";
	len = length_without_blanks(text, strlen(text));
	if (len >= SERVER_ADDRESS_TEXT_SIZE)
		return -1;
	used = snprintf(
	    ret, SERVER_ADDRESS_TEXT_SIZE, "%s%.*s", scheme, (int)len, text);
	return used < 0 || used >= SERVER_ADDRESS_TEXT_SIZE ? -1 : 0;
}

/* Cut "/join#<peer id>" off. */
static const char *
take_invitation(struct server_address *address)
{
	static const char id_characters[] =
	    "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	char *mark = strchr(address->text, '#');
	size_t page = sizeof(join_page) - 1, len;

	if (mark == NULL)
		return NULL;
	len = strlen(mark + 1);
	if ((size_t)(mark - address->text) < page ||
	    strncmp(mark - page, join_page, page) != 0)
		return "must end before the '#'";
	if (len == 0 || len >= sizeof(address->inviter) ||
	    mark[1 + strspn(mark + 1, id_characters)] != '\0')
		return "is an invitation that names no peer after the '#'";
	memcpy(address->inviter, mark + 1, len + 1);
	len = (size_t)(mark - address->text) - page;
	address->text[length_without_blanks(address->text, len)] = '\0';
	return NULL;
}

const char *
server_address_parse(const char *text, struct server_address *ret)
{
	struct server_address address = { .inviter = "" };
	const char *wrong = NULL;

	if (text[strspn(text, blanks)] == '\0')
		return "is empty";
	if (complete(text, address.text) < 0)
		return "is too long";
	wrong = take_invitation(&address);
	if (wrong == NULL)
		wrong = http_url_explain(address.text);
	if (wrong == NULL) {
		(void)http_url_parse(address.text, &address.url);
		*ret = address;
	}
	explicit_bzero(&address, sizeof(address)); /* the login */
	return wrong;
}

bool
server_address_equal(const char *a, const char *b)
{
	char printed[2][HTTP_URL_TEXT_SIZE];
	struct server_address address;

	if (server_address_parse(a, &address) != NULL)
		return false;
	http_url_print(&address.url, printed[0]);
	if (server_address_parse(b, &address) != NULL)
		return false;
	http_url_print(&address.url, printed[1]);
	return strcmp(printed[0], printed[1]) == 0;
}

void
server_address_invite(const struct http_url *url, const char *inviter,
    char ret[SERVER_ADDRESS_TEXT_SIZE])
{
	char base[HTTP_URL_TEXT_SIZE];

	http_url_print(url, base);
	snprintf(ret, SERVER_ADDRESS_TEXT_SIZE, "%s%s#%.*s", base, join_page,
	    SERVER_ADDRESS_INVITER_SIZE - 1, inviter);
}
