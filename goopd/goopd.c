#include "goopd/goopd.h"

#include <errno.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "common/base/fault.h"
#include "common/base/log.h"
#include "common/base/xalloc.h"
#include "goopd/data_handlers.h"
#include "goopd/goopd_state.h"
#include "goopd/host_events.h"
#include "goopd/last_port.h"
#include "proto/goopd_ops.h"

/* Connections, open files of the site, and readers of them. */
enum {
	DESCRIPTORS_WANTED = 4096,
	LARGE_BUFFER = 512 * 1024,
	MIB = 1024 * 1024,
};

/* The site; a NULL path ends the list. The frame adds the run directory. The
 * key is forgotten by then, and the database is open. */
struct sandbox_path goopd_paths[2];

#define AGENT_VERSION "goop2/" GOOP_VERSION

/* Return the buffers of a transfer to the system when it ends. By default
 * malloc raises its threshold at the first large buffer that is freed, and
 * keeps the rest. */
static void
return_large_buffers(void)
{
	mallopt(M_MMAP_THRESHOLD, LARGE_BUFFER);
}

static void
raise_descriptor_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == -1 ||
	    limit.rlim_cur >= DESCRIPTORS_WANTED)
		return;
	limit.rlim_cur = limit.rlim_max < DESCRIPTORS_WANTED
			     ? limit.rlim_max
			     : DESCRIPTORS_WANTED;
	if (setrlimit(RLIMIT_NOFILE, &limit) == -1)
		log_warn("cannot raise the limit of open files error=%m");
}

static int
sign(struct bytes message, uint8_t signature[64], void *arg)
{
	struct goopd *goopd = arg;

	return signer_sign(goopd->identity.signer, message, signature);
}

/* goopd cannot sign without it. */
static void
on_signer_lost(void *arg)
{
	(void)arg;
	die("the signer process ended: goopd must be restarted");
}

/* --- opening */

static int
open_site(struct goopd *goopd)
{
	const struct config *config = goopd->context->config;
	const char *const private_paths[] = { config->key_file, STORE_FILE,
		NULL };
	CLEANUP_FREE char *why = NULL;
	int rc;

	rc = site_open(goopd->context->dirfd, config->site_root, private_paths,
	    &goopd->site, &why);
	if (rc < 0)
		log_error("%s", why);
	else if (strcmp(config->site_address, "path") == 0)
		site_want_path(goopd->site);
	return rc;
}

/* A peer whose database is damaged still serves its site. */
static int
open_store(struct goopd *goopd)
{
	int rc;

	rc = store_open(
	    goopd->context->dirfd, &goopd->identity.peer, &goopd->store);
	if (rc < 0) {
		log_error("cannot open %s error=%s", STORE_FILE, strerror(-rc));
		return rc;
	}
	goopd_tell_trouble(goopd);
	store_limit_visitors(
	    goopd->store, goopd->context->config->visitors_max_mib * MIB);
	return 0;
}

static int
open_desk(struct goopd *goopd)
{
	int rc;

	rc = local_stream_server_open(goopd->context->base,
	    goopd->context->run_directory, &goopd->local_streams);
	if (rc < 0)
		log_error("cannot listen on %s/%s error=%s",
		    goopd->context->run_directory, GOOP_STREAM_SOCKET,
		    strerror(-rc));
	return rc;
}

/* First of all: its process shall know nothing. */
static int
open_port_mapper(struct goopd *goopd)
{
	int rc;

	if (strcmp(goopd->context->config->port_mapping, "off") == 0)
		return 0;
	rc = port_mapper_start(&goopd->port_mapper);
	if (rc < 0)
		log_error(
		    "cannot start the port mapper error=%s", strerror(-rc));
	return rc;
}

int
goopd_open(struct daemon_context *context)
{
	struct goopd *goopd = xzalloc(sizeof(*goopd));
	int rc;

	goopd->context = context;
	context->state = goopd;
	LIST_INIT(&goopd->data_calls);
	goopd->emails = peer_emails_new();
	goopd_set_email(goopd, context->config->email);
	raise_descriptor_limit();
	return_large_buffers();
	rc = open_port_mapper(goopd);
	if (rc == 0)
		rc = node_identity_open(context->dirfd,
		    context->config->key_file, &goopd->identity);
	if (rc == 0)
		rc = signer_watch(goopd->identity.signer, context->base,
		    on_signer_lost, goopd);
	if (rc == 0)
		rc = open_site(goopd);
	if (rc == 0)
		rc = open_store(goopd);
	if (rc == 0)
		rc = open_desk(goopd);
	goopd_paths[0].path = context->config->site_root;
	return rc;
}

/* --- starting */

static int
listen_on(struct goopd *goopd, uint16_t port)
{
	struct host_config config = {
		.base = goopd->context->base,
		.identity = &goopd->identity.noise,
		.self = goopd->identity.peer,
		.listen_port = port,
		.agent_version = AGENT_VERSION,
		.protocol_version = "",
		.limits = host_default_limits,
	};

	goopd->settled = monotime_add_ms(monotime_now(), GOOPD_SETTLING_MS);
	return host_new(&config, &goopd_host_observer, goopd, &goopd->host);
}

/* Without a configured port, use that of the last run if it is free: peers that
 * know the old address still find us. */
static int
start_host(struct goopd *goopd)
{
	int64_t wanted = goopd->context->config->listen_port;
	const char *run_directory = goopd->context->run_directory;
	int rc;

	if (wanted != 0) {
		rc = listen_on(goopd, (uint16_t)wanted);
	} else {
		rc = listen_on(goopd, last_port_load(run_directory));
		if (rc == -EADDRINUSE)
			rc = listen_on(goopd, 0);
	}
	if (rc == -EADDRINUSE)
		log_error("TCP port %d is in use by another program: stop it, "
			  "or set p2p.listen_port to another port, or to "
			  "0 for any",
		    (int)wanted);
	else if (rc < 0)
		log_error("cannot listen on TCP port %d error=%s", (int)wanted,
		    strerror(-rc));
	else if (wanted == 0)
		last_port_store(run_directory, host_port(goopd->host));
	return rc;
}

static int
start_store(struct goopd *goopd)
{
	struct event_base *base = goopd->context->base;
	int rc;

	goopd->data_news = data_news_new(base, goopd_tell_change, goopd);
	rc = store_start(goopd->store, base, &goopd_store_listener, goopd);
	if (rc < 0)
		log_error("cannot start the database error=%s", strerror(-rc));
	return rc;
}

static void
on_reach_changed(void *arg)
{
	goopd_show_status(arg);
}

static void
on_mapped(const char *state, const struct reach_mapping *mappings, size_t count,
    void *arg)
{
	struct goopd *goopd = arg;

	reach_set_mapped(goopd->reach, state, mappings, count);
	goopd_show_status(goopd);
}

static void
start_reach(struct goopd *goopd)
{
	goopd->reach = reach_new(goopd->host, on_reach_changed, goopd);
	if (goopd->port_mapper != NULL)
		port_mapper_listen(goopd->port_mapper, goopd->context->base,
		    host_port(goopd->host), on_mapped, goopd);
	else
		reach_set_mapped(goopd->reach, "off", NULL, 0);
}

int
goopd_start(struct daemon_context *context)
{
	struct goopd *goopd = context->state;
	int rc;

	rc = start_store(goopd);
	if (rc == 0)
		rc = start_host(goopd);
	if (rc < 0)
		return rc;
	start_reach(goopd);
	goopd->pubsub =
	    pubsub_new(goopd->host, &goopd_pubsub_observer, sign, goopd);
	goopd->liveness = liveness_new(goopd->host, context->config->label);
	goopd->site_server = site_server_new(goopd->host, goopd->site);
	goopd->data_server =
	    data_server_new(goopd->host, goopd->store, goopd->emails);
	log_info("listening port=%u peer=%s", host_port(goopd->host),
	    goopd->identity.text);
	goopd_show_status(goopd);
	return 0;
}

void
goopd_configure(struct daemon_context *context)
{
	const struct config *config = context->config;
	struct goopd *goopd = context->state;

	if (liveness_set_label(goopd->liveness, config->label) < 0)
		log_warn("profile.label is not used: a label is one line of "
			 "at most %d bytes",
		    LIVENESS_LABEL_MAX);
	goopd_set_email(goopd, config->email);
}

static void
goopd_free(struct goopd *goopd)
{
	size_t i;

	goopd_data_end(goopd);
	port_mapper_free(goopd->port_mapper);
	pubsub_free(goopd->pubsub);
	goopd->pubsub = NULL; /* host_free() still calls the observer */
	if (goopd->reach != NULL)
		reach_stop(goopd->reach);
	host_free(goopd->host);
	reach_free(goopd->reach);
	site_server_free(goopd->site_server);
	data_server_free(goopd->data_server);
	store_free(goopd->store);
	data_news_free(goopd->data_news);
	peer_emails_free(goopd->emails);
	liveness_free(goopd->liveness);
	local_stream_server_close(goopd->local_streams);
	site_free(goopd->site);
	node_identity_close(&goopd->identity);
	for (i = 0; i < goopd->topic_count; i++)
		free(goopd->topics[i]);
	free(goopd);
}

void
goopd_stop(struct daemon_context *context)
{
	goopd_free(context->state);
	context->state = NULL;
	daemon_stopped(context);
}
