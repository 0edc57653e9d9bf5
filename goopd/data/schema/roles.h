/* roles: what a peer is in the group that the site belongs to. */
#ifndef GOOPD_DATA_SCHEMA_ROLES_H
#define GOOPD_DATA_SCHEMA_ROLES_H

#include "goopd/data/schema/catalog.h"

/* The role of a peer in the catalog's group. False: no member. */
bool roles_find(struct database *, const struct catalog *, const char *peer,
    char role[ROLE_NAME_MAX + 1]);

#endif
