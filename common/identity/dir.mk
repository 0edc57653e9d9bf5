# identity: the key file of a node and the signer, the child that alone holds
# the key; what a daemon proves itself with. From outside: node_identity.h,
# identity_file.h, signer.h, signer_rules.h.
LIBRARIES += identity
SRC_identity := \
	common/identity/identity_file.c \
	common/identity/node_identity.c \
	common/identity/signer.c \
	common/identity/signer_child.c \
	common/identity/signer_rules.c
