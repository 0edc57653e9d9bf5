# names to addresses: a child process that alone calls the system's name
# service, and its caller's side. From outside: resolver.h.
LIBRARIES += resolver
SRC_resolver := \
	common/resolver/resolver.c \
	common/resolver/resolver_child.c \
	common/resolver/resolver_message.c
