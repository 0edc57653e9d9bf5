/* What siblings may ask of pubsub, of the profile and of sites. */
#include <errno.h>
#include <string.h>

#include "common/base/xalloc.h"
#include "goopd/goopd.h"
#include "goopd/identity/signer_rules.h"
#include "goopd/site/site_fetch.h"
#include "goopd/site/site_own.h"
#include "goopd/site/site_reply.h"

static bool
is_joined(const struct goopd *goopd, const char *topic)
{
	size_t i;

	for (i = 0; i < goopd->topic_count; i++) {
		if (strcmp(goopd->topics[i], topic) == 0)
			return true;
	}
	return false;
}

void
handle_pubsub_join(
    struct pubsub_join_call call, const struct topic_ref *ref, void *arg)
{
	struct goopd *goopd = goopd_of(arg);

	if (ref->topic[0] == '\0') {
		bus_fail(call.bus, BUS_BAD_REQUEST, "a topic has a name");
		return;
	}
	if (!is_joined(goopd, ref->topic)) {
		if (goopd->topic_count == GOOPD_TOPICS_MAX) {
			bus_fail(call.bus, BUS_BUSY, "too many topics");
			return;
		}
		goopd->topics[goopd->topic_count++] = xstrdup(ref->topic);
		pubsub_join(goopd->pubsub, ref->topic);
	}
	reply_pubsub_join(call, NOTHING);
}

static void
fail_unsigned(struct bus_call *call, int error)
{
	if (error == -EBUSY)
		bus_fail(call, BUS_BUSY, "too many messages a minute to sign");
	else
		bus_fail(call, BUS_INTERNAL, "cannot sign the message: %s",
		    strerror(-error));
}

void
handle_pubsub_publish(struct pubsub_publish_call call,
    const struct publish_request *publish, void *arg)
{
	struct goopd *goopd = goopd_of(arg);
	struct publish_reply reply = { 0 };
	size_t peers = 0;
	int rc;

	rc = pubsub_publish(goopd->pubsub, publish->topic,
	    (struct bytes){ publish->data.data, publish->data.len }, &peers);
	reply.peers = (int64_t)peers;
	if (rc == 0)
		reply_pubsub_publish(call, &reply);
	else if (rc == -EMSGSIZE)
		bus_fail(call.bus, BUS_TOO_LARGE, "the message is too large");
	else
		fail_unsigned(call.bus, rc);
}

void
handle_presence_sign(
    struct presence_sign_call call, const struct sign_request *sign, void *arg)
{
	struct bytes data = { sign->data.data, sign->data.len };
	uint8_t signature[IDENTITY_SIGNATURE_SIZE];
	struct sign_reply reply = { { signature, sizeof(signature) } };
	int rc;

	/* Whatever else the key signs is for goopd itself to say. */
	if (!signer_rules_is_presence(data)) {
		bus_fail(call.bus, BUS_FORBIDDEN, "only presence is signed");
		return;
	}
	rc = signer_sign(goopd_of(arg)->signer, data, signature);
	if (rc == 0)
		reply_presence_sign(call, &reply);
	else
		fail_unsigned(call.bus, rc);
}

void
handle_profile_set(
    struct profile_set_call call, const struct profile *profile, void *arg)
{
	struct goopd *goopd = goopd_of(arg);

	if (liveness_set_label(goopd->content,
		profile->label != NULL ? profile->label : "") < 0) {
		bus_fail(call.bus, BUS_BAD_REQUEST,
		    "a label is one line of at most %d bytes",
		    LIVENESS_LABEL_MAX);
		return;
	}
	goopd_set_email(goopd, profile->email);
	reply_profile_set(call, NOTHING);
}

/* Somebody wants to see it now: what failed a while ago may work again. */
static void
fetch_site(struct goopd *goopd, const struct peer_id *peer,
    const struct site_request *request, struct site_open_call call)
{
	if (!host_is_connected(goopd->host, peer))
		host_clear_backoff(goopd->host, peer);
	site_fetch_open(
	    goopd->host, goopd->desk, peer, request, goopd->settled, call);
}

void
handle_site_open(
    struct site_open_call call, const struct site_open *open, void *arg)
{
	struct goopd *goopd = goopd_of(arg);
	struct site_request wanted;
	struct peer_id peer;

	if (peer_id_parse(open->peer_id, &peer) < 0)
		bus_fail(call.bus, BUS_BAD_REQUEST, "not a peer id");
	else if (site_reply_read(open, &wanted) < 0)
		bus_fail(call.bus, BUS_BAD_REQUEST,
		    "a path starts with a slash; no value has control "
		    "characters or more than %d bytes",
		    SITE_VALUE_MAX);
	else if (peer_id_equal(&peer, &goopd->self))
		site_own_open(goopd->site, goopd->desk, &wanted, call);
	else
		fetch_site(goopd, &peer, &wanted, call);
}
