/*
 * server_address: the address of a rendezvous server as people write, paste or
 * scan it: a URL, a host alone ("goop.example.org" means https), or an
 * invitation, "https://goop.example.org/join#<peer id>": what stands behind the
 * '#' names the peer that invites, and no browser sends it to the server.
 */
#ifndef COMMON_HTTP_SYNTAX_SERVER_ADDRESS_H
#define COMMON_HTTP_SYNTAX_SERVER_ADDRESS_H

#include "common/http/syntax/http_url.h"

enum {
	SERVER_ADDRESS_TEXT_SIZE = HTTP_URL_TEXT_SIZE + HTTP_URL_LOGIN_SIZE,
	SERVER_ADDRESS_INVITER_SIZE = 129,
};

struct server_address {
	struct http_url url;
	/* As it is kept: with scheme and login, without the invitation. */
	char text[SERVER_ADDRESS_TEXT_SIZE];
	/* Letters and digits, to be checked as a peer id; "": no invitation */
	char inviter[SERVER_ADDRESS_INVITER_SIZE];
};

/* NULL with *ret filled, or what is wrong: "has a port in it that ..." */
const char *server_address_parse(const char *text, struct server_address *ret);

/* Do both texts name the same server? False if one is no address. */
bool server_address_equal(const char *a, const char *b);

/* The invitation of this peer to the server at url, in normal form. */
void server_address_invite(const struct http_url *url, const char *inviter,
    char ret[SERVER_ADDRESS_TEXT_SIZE]);

#endif
