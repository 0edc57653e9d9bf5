#include "common/config/config_keys.h"

#include <stdio.h>
#include <string.h>

#include "common/base/array.h"
#include "common/base/text.h"
#include "common/config/config.h"
#include "proto/goopd_ops.h"

#define MEMBER(m, type) \
	(offsetof(struct config, m) + \
	    0 * sizeof(1 ? &((struct config *)0)->m : (type *)0))
#define TEXT(key, m, flags, text, max, help) \
	{ \
		key, CONFIG_TEXT, flags, MEMBER(m, char *), text, 0, 0, max, \
		    help \
	}
#define NUMBER(key, m, flags, number, min, max, help) \
	{ \
		key, CONFIG_NUMBER, flags, MEMBER(m, int64_t), NULL, number, \
		    min, max, help \
	}
#define SWITCH(key, m, flags, number, help) \
	{ \
		key, CONFIG_SWITCH, flags, MEMBER(m, bool), NULL, number, 0, \
		    1, help \
	}
#define TEXTS(key, m, flags, max, help) \
	{ \
		key, CONFIG_TEXTS, flags, MEMBER(m, struct strings), NULL, 0, \
		    0, max, help \
	}
/* Of the original, without effect here. */
#define IDLE(key, kind) \
	{ \
		key, kind, CONFIG_NO_EFFECT, 0, NULL, 0, 0, 0, NULL \
	}

enum {
	TTL_MAX = 86400,
	LEVEL_MAX = 16,
	WORD_MAX = 16,
	TAG_MAX = 63,
	EMAIL_MAX = 320,
	TEMPLATE_MAX = 128,
	DEVICE_MAX = 512,
	THEME_MAX = 32,
	TOKEN_MAX = 1024,
	USER_MAX = 64,
	ADDRESS_MAX = 255,
	URL_MAX = 2048,
	PASSWORD_MAX = 256,
	HASH_MAX = 512,
	PORT_MAX = 65535,
	SET = CONFIG_SETTABLE,
	FULL = CONFIG_NOT_BLANK,
	SECRET = CONFIG_SECRET,
	LIVE = CONFIG_LIVE
};

/* clang-format off */
const struct config_key config_keys[] = {
	TEXT  ("identity.key_file", key_file, FULL, "data/identity.key", GOOP_PATH_MAX,
	    "file of the identity key, relative to the peer directory"),
	TEXT  ("paths.site_root", site_root, FULL, "site", GOOP_PATH_MAX,
	    "directory of the site that visitors get"),
	TEXT  ("site.address", site_address, 0, "root", WORD_MAX,
	    "root: visitors see /page.html; path: /p/<peer id>/page.html, which pages made for the original may want"),
	NUMBER("p2p.listen_port", listen_port, 0, 0, 0, PORT_MAX,
	    "TCP port for other peers; 0: any"),
	TEXT  ("p2p.mdns_tag", mdns_tag, FULL, "goop-mdns", TAG_MAX,
	    "peers on one network find each other only if their tags are equal"),
	TEXT  ("p2p.port_mapping", port_mapping, FULL, "auto", WORD_MAX,
	    "auto: ask the router to pass the port on, by PCP, NAT-PMP or UPnP; off: leave the router alone"),
	TEXT  ("presence.topic", topic, FULL, "goop.presence.v1", GOOP_TOPIC_MAX,
	    "where presence is announced"),
	NUMBER("presence.ttl_seconds", ttl_seconds, 0, 20, 1, TTL_MAX,
	    "silence after which a peer counts as offline"),
	NUMBER("presence.heartbeat_seconds", heartbeat_seconds, 0, 5, 1, TTL_MAX - 1,
	    "how often presence is announced; less than the ttl"),
	SWITCH("presence.rendezvous_host", rendezvous_host, 0, 0,
	    "run a rendezvous server"),
	NUMBER("presence.rendezvous_port", rendezvous_port, 0, 8787, 1, PORT_MAX,
	    "TCP port of the rendezvous server"),
	TEXT  ("presence.rendezvous_bind", rendezvous_bind, FULL, "127.0.0.1", ADDRESS_MAX,
	    "address that the rendezvous server listens on; 0.0.0.0 or ::: all"),
	TEXT  ("presence.rendezvous_wan", rendezvous_wan, SET | LIVE, "", URL_MAX,
	    "URL of a rendezvous server to join; empty: none"),
	SWITCH("presence.rendezvous_only", rendezvous_only, 0, 0,
	    "be nothing but a rendezvous server; needs presence.rendezvous_host"),
	TEXT  ("presence.external_url", external_url, 0, "", URL_MAX,
	    "URL under which others reach the rendezvous server"),
	TEXT  ("presence.peer_db_path", peer_db_path, 0, "", GOOP_PATH_MAX,
	    "file in which the rendezvous server keeps its table; empty: memory only"),
	TEXT  ("presence.admin_password", admin_password, SECRET, "", PASSWORD_MAX,
	    "password of the page /admin of the rendezvous server; empty: no page"),
	TEXT  ("presence.admin_password_hash", admin_password_hash, SECRET, "", HASH_MAX,
	    "the same as made by goop2 hash-password, instead of the password"),
	TEXTS ("presence.trusted_proxies", trusted_proxies, 0, ADDRESS_MAX,
	    "addresses or networks whose X-Forwarded-For is believed"),
	TEXT  ("presence.tls_cert", tls_cert, 0, "", GOOP_PATH_MAX,
	    "certificate chain (PEM) to serve https; empty: http"),
	TEXT  ("presence.tls_key", tls_key, 0, "", GOOP_PATH_MAX,
	    "private key (PEM) of presence.tls_cert"),
	NUMBER("presence.relay_port", relay_port, 0, 0, 0, PORT_MAX,
	    "TCP port of the relay beside the rendezvous server, through which its peers reach each other; 0: no relay"),
	TEXT  ("presence.relay_key_file", relay_key_file, FULL, "data/relay.key", GOOP_PATH_MAX,
	    "file of the relay's identity key, relative to the peer directory"),
	NUMBER("presence.relay_cleanup_delay_sec", relay_cleanup_delay_s, 0, 3, 0, TTL_MAX,
	    "told to peers of the original: wait so long between two connections to the relay; 0: as they like"),
	NUMBER("presence.relay_poll_deadline_sec", relay_poll_deadline_s, 0, 10, 0, TTL_MAX,
	    "the same: wait at most so long for a place at the relay"),
	NUMBER("presence.relay_connect_timeout_sec", relay_connect_timeout_s, 0, 5, 0, TTL_MAX,
	    "the same: the time-out of a connection to the relay"),
	NUMBER("presence.relay_refresh_interval_sec", relay_refresh_interval_s, 0, 90, 0, TTL_MAX,
	    "the same: look after the place at the relay so often"),
	NUMBER("presence.relay_recovery_grace_sec", relay_recovery_grace_s, 0, 5, 0, TTL_MAX,
	    "the same: a lost place may come back for so long before it counts as lost"),
	NUMBER("presence.rendezvous_peers_max", rendezvous_peers_max, 0, 20000, 1, 1000000,
	    "peers in the rendezvous server's table"),
	NUMBER("presence.rendezvous_subscribers_max", rendezvous_subscribers_max, 0, 20000, 1, 1000000,
	    "subscribers of the rendezvous server"),
	NUMBER("presence.rendezvous_subscribers_per_address", rendezvous_subscribers_per_address, 0, 100, 1, 1000000,
	    "of those, from one address (IPv6: one /64)"),
	NUMBER("presence.rendezvous_classic_max", rendezvous_classic_max, 0, 1000, 1, 1000000,
	    "of those, without delta mode: programs other than this one"),
	NUMBER("presence.rendezvous_publishes_per_minute", rendezvous_publishes_per_minute, 0, 60, 1, 60000,
	    "messages accepted of one peer at one address"),
	NUMBER("presence.rendezvous_publishes_per_address", rendezvous_publishes_per_address, 0, 1200, 1, 10000000,
	    "messages a minute accepted of one address (IPv6: one /64); those over 2 KiB count for more"),
	NUMBER("data.visitors_max_mib", visitors_max_mib, 0, 1024, 1, 1024 * 1024,
	    "size of data.db in MiB from which on visitors may no longer add or change rows"),
	TEXT  ("profile.label", label, SET | LIVE, "hello", GOOP_LABEL_MAX,
	    "the name that others see"),
	TEXT  ("profile.email", email, SET | LIVE, "", EMAIL_MAX,
	    "an e-mail address that others see, unverified"),
	TEXT  ("profile.verification_token", verification_token, SET | LIVE | SECRET, "", TOKEN_MAX,
	    "proof of the e-mail address for rendezvous servers"),
	TEXT  ("viewer.http_addr", http_addr, 0, "127.0.0.1:8080", ADDRESS_MAX,
	    "address of the viewer's pages; empty: no viewer"),
	TEXTS ("viewer.allow_users", allow_users, 0, USER_MAX,
	    "other users of this machine who may use the viewer"),
	TEXT  ("viewer.theme", theme, SET, "dark", THEME_MAX,
	    "dark or light"),
	SWITCH("viewer.video_disabled", video_disabled, SET | LIVE, 0,
	    "tell others that we take no video calls"),
	SWITCH("viewer.hide_unverified", hide_unverified, SET, 0,
	    "list verified peers only"),
	SWITCH("viewer.open_sites_external", open_sites_external, SET, 0,
	    "open sites in a tab of their own"),
	TEXT  ("viewer.active_template", active_template, SET, "", TEMPLATE_MAX,
	    "name of the site's template"),
	TEXT  ("viewer.preferred_cam", preferred_cam, SET, "", DEVICE_MAX,
	    "camera for calls"),
	TEXT  ("viewer.preferred_mic", preferred_mic, SET, "", DEVICE_MAX,
	    "microphone for calls"),
	NUMBER("viewer.peer_offline_grace_min", peer_offline_grace_min,
	    CONFIG_ELSE_DEFAULT, 15, 1, 60,
	    "minutes that an offline peer stays listed"),
	TEXT  ("log.level", log_level, 0, "info", LEVEL_MAX,
	    "error, warn, info or debug"),

	IDLE("paths.site_source", CONFIG_TEXT),
	IDLE("paths.site_stage", CONFIG_TEXT),
	IDLE("p2p.bridge_mode", CONFIG_SWITCH),
	IDLE("p2p.nacl_public_key", CONFIG_TEXT),
	IDLE("p2p.nacl_private_key", CONFIG_TEXT),
	IDLE("presence.relay_ws_port", CONFIG_NUMBER),
	IDLE("presence.use_services", CONFIG_SWITCH),
	IDLE("presence.credits_url", CONFIG_TEXT),
	IDLE("presence.registration_url", CONFIG_TEXT),
	IDLE("presence.email_url", CONFIG_TEXT),
	IDLE("presence.templates_url", CONFIG_TEXT),
	IDLE("presence.encryption_url", CONFIG_TEXT),
	IDLE("presence.bridge_url", CONFIG_TEXT),
	IDLE("presence.templates_dir", CONFIG_TEXT),
	IDLE("presence.credits_admin_token", CONFIG_TEXT),
	IDLE("presence.registration_admin_token", CONFIG_TEXT),
	IDLE("presence.templates_admin_token", CONFIG_TEXT),
	IDLE("presence.bridge_admin_token", CONFIG_TEXT),
	IDLE("presence.encryption_admin_token", CONFIG_TEXT),
	IDLE("profile.bridge_token", CONFIG_TEXT),
	IDLE("viewer.debug", CONFIG_SWITCH),
	IDLE("viewer.splash", CONFIG_TEXT),
	IDLE("viewer.cluster_binary_path", CONFIG_TEXT),
	IDLE("viewer.cluster_binary_mode", CONFIG_TEXT),
	IDLE("lua.enabled", CONFIG_SWITCH),
	IDLE("lua.script_dir", CONFIG_TEXT),
	IDLE("lua.timeout_seconds", CONFIG_NUMBER),
	IDLE("lua.max_memory_mb", CONFIG_NUMBER),
	IDLE("lua.rate_limit_per_peer", CONFIG_NUMBER),
	IDLE("lua.rate_limit_global", CONFIG_NUMBER),
	IDLE("lua.http_enabled", CONFIG_SWITCH),
	IDLE("lua.kv_enabled", CONFIG_SWITCH),
	{ .key = NULL },
};
/* clang-format on */

enum { NEAR = 3 }; /* as many slips of the finger may separate two names */

const struct config_key *
config_key_find(const char *name)
{
	const struct config_key *key = config_keys;

	for (; key->key != NULL; key++)
		if (!strcasecmp(key->key, name))
			return key;
	return NULL;
}

const char *
config_key_nearest(const char *name)
{
	const struct config_key *key = config_keys;
	const char *nearest = NULL;
	size_t best = NEAR, distance;

	for (; key->key != NULL; key++) {
		distance = text_distance(name, key->key, best);
		if (distance > best || (distance == best && nearest != NULL))
			continue;
		best = distance;
		nearest = key->key;
	}
	return nearest;
}

/* The word before the dot. */
static void
section_of(const struct config_key *key, char ret[static CONFIG_SECTION_SIZE])
{
	snprintf(ret, CONFIG_SECTION_SIZE, "%.*s", (int)strcspn(key->key, "."),
	    key->key);
}

bool
config_section_is_known(const char *name)
{
	const struct config_key *key;
	char section[CONFIG_SECTION_SIZE];

	for (key = config_keys; key->key != NULL; key++) {
		section_of(key, section);
		if (!strcasecmp(section, name))
			return true;
	}
	return false;
}

bool
config_section_nearest(const char *name, char ret[static CONFIG_SECTION_SIZE])
{
	const struct config_key *key;

	for (key = config_keys; key->key != NULL; key++) {
		section_of(key, ret);
		if (text_distance(name, ret, 2) <= 2)
			return true;
	}
	return false;
}
