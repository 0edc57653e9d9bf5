# config: goop.json and goop.yaml, described by one table. From outside: config.h.
LIBRARIES += config
SRC_config := \
	common/config/config.c \
	common/config/config_apply.c \
	common/config/config_change.c \
	common/config/config_keys.c \
	common/config/config_live.c \
	common/config/config_tree.c \
	common/config/config_values.c \
	common/config/config_yaml.c
