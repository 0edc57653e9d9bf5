#include "common/http/server/http_tls_transport.h"

#include <event2/bufferevent.h>
#include <event2/bufferevent_ssl.h>
#include <openssl/ssl.h>

#include "common/base/xalloc.h"
#include "common/http/server/http_wire_tls.h"

static struct bufferevent *
accept_tls(struct event_base *base, void *arg)
{
	SSL *session = http_tls_session(arg);
	struct bufferevent *bev;

	bev = xcheck(bufferevent_openssl_socket_new(base, -1, session,
	    BUFFEREVENT_SSL_ACCEPTING, BEV_OPT_CLOSE_ON_FREE));
	bufferevent_openssl_set_allow_dirty_shutdown(bev, 1);
	return bev;
}

static int
take_tls(struct bufferevent *bev, int fd, struct http_wire *ret)
{
	SSL *session = bufferevent_openssl_get_ssl(bev);
	int rc = http_wire_init_tls(ret, fd, session);

	/* The bufferevent drops its own reference. */
	if (rc == 0)
		SSL_up_ref(session);
	return rc;
}

struct http_transport
http_tls_transport(struct http_tls *tls)
{
	return (struct http_transport){ accept_tls, take_tls, tls };
}
