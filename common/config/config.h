/*
 * config: goop.json or goop.yaml, described by one table (config_keys.c):
 * keys, defaults, ranges, help. The table drives parsing, `goop2 config`, and
 * the reference in the manual page.
 */
#ifndef COMMON_CONFIG_CONFIG_H
#define COMMON_CONFIG_CONFIG_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "proto/field.h"

enum { CONFIG_FILE_MAX = 1024 * 1024, CONFIG_PROBLEMS_MAX = 64 };

struct config {
	/* identity, paths */
	char *key_file;
	char *site_root;
	char *site_address; /* "root" or "path" */
	/* p2p */
	int64_t listen_port;
	char *mdns_tag;
	char *port_mapping;
	/* presence */
	char *topic;
	int64_t ttl_seconds;
	int64_t heartbeat_seconds;
	bool rendezvous_host;
	int64_t rendezvous_port;
	char *rendezvous_bind;
	char *rendezvous_wan;
	bool rendezvous_only;
	char *external_url;
	char *peer_db_path;
	char *admin_password;
	char *admin_password_hash;
	struct strings trusted_proxies;
	char *tls_cert;
	char *tls_key;
	int64_t relay_port;
	char *relay_key_file;
	int64_t relay_cleanup_delay_s;
	int64_t relay_poll_deadline_s;
	int64_t relay_connect_timeout_s;
	int64_t relay_refresh_interval_s;
	int64_t relay_recovery_grace_s;
	int64_t rendezvous_peers_max;
	int64_t rendezvous_subscribers_max;
	int64_t rendezvous_subscribers_per_address;
	int64_t rendezvous_classic_max;
	int64_t rendezvous_publishes_per_minute;
	int64_t rendezvous_publishes_per_address;
	/* data */
	int64_t visitors_max_mib;
	/* profile */
	char *label;
	char *email;
	/* viewer */
	char *http_addr;
	struct strings allow_users;
	char *theme;
	bool video_disabled;
	bool hide_unverified;
	bool open_sites_external;
	char *active_template;
	char *preferred_cam;
	char *preferred_mic;
	int64_t peer_offline_grace_min;
	char *verification_token;
	/* log.level of ours: error, warn, info, debug */
	char *log_level;
};

struct config_tree;

struct config_problem {
	bool is_warning;   /* an unknown key; else nothing may start */
	unsigned int line; /* 0: of the whole file */
	char *key;
	char *reason; /* a sentence, with "did you mean" where there is one */
};
struct config_problems {
	struct config_problem items[CONFIG_PROBLEMS_MAX];
	size_t count;
	size_t errors;
};

/*
 * Read the configuration of the peer directory dirfd: goop.json, else
 * goop.yaml, else all defaults. *ret_file (static text) names the file, NULL
 * if there is none. 0 with *ret filled, or -EINVAL when problems has errors;
 * problems may hold warnings either way. Keys of the original that have no
 * effect here are known and accepted in silence.
 */
int config_load(int dirfd, struct config *ret, const char **ret_file,
    struct config_problems *);
void config_fini(struct config *);
void config_problems_fini(struct config_problems *);

/* Read the file and apply it; what config_load() and its kin share. *ret_tree
 * is to be finished either way. */
int config_read(int dirfd, struct config_tree *ret_tree, struct config *ret,
    struct config_problems *);

/* The first error (there is one) as a malloc'd sentence: "presence.relay_port
 * must be a whole number, not a text" */
char *config_problems_first(const struct config_problems *);

/* "goop.json:7: presence.ttl_seconds: ..." */
void config_problem_print(
    const struct config_problem *, const char *file, FILE *);

#endif
