#include "cli/peer/server_url.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <string.h>

/* The address to connect to instead of the one to listen on. */
static void
print_host(const char *bind, char *text, size_t size)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, bind, &four) == 1)
		snprintf(text, size, "%s",
		    four.s_addr == htonl(INADDR_ANY) ? "127.0.0.1" : bind);
	else if (inet_pton(AF_INET6, bind, &six) == 1)
		snprintf(text, size, "[%s]",
		    IN6_IS_ADDR_UNSPECIFIED(&six) ? "::1" : bind);
	else
		snprintf(text, size, "%s", bind);
}

void
server_url_print(const struct config *config, char text[SERVER_URL_SIZE])
{
	char host[INET6_ADDRSTRLEN + 2];

	print_host(config->rendezvous_bind, host, sizeof(host));
	snprintf(text, SERVER_URL_SIZE, "%s://%s:%" PRId64 "/",
	    config->tls_cert[0] != '\0' ? "https" : "http", host,
	    config->rendezvous_port);
}

bool
server_url_is_local(const struct config *config)
{
	struct in6_addr six;
	struct in_addr four;

	if (inet_pton(AF_INET, config->rendezvous_bind, &four) == 1)
		return ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
	return inet_pton(AF_INET6, config->rendezvous_bind, &six) == 1 &&
	       IN6_IS_ADDR_LOOPBACK(&six);
}

bool
server_url_has_admin(const struct config *config)
{
	return config->admin_password[0] != '\0' ||
	       config->admin_password_hash[0] != '\0';
}
