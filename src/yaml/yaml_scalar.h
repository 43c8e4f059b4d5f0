/* SPDX-License-Identifier: MIT */
/* The types of plain scalars, as kubectl's YAML reader decides them (YAML 1.1). */
#ifndef YAML_YAML_SCALAR_H
#define YAML_YAML_SCALAR_H

struct yaml_node;

enum yaml_type { YAML_IS_NULL, YAML_IS_TRUE, YAML_IS_FALSE, YAML_IS_NUMBER, YAML_IS_STRING };

/* The type of a scalar, aliases resolved. NULL is a null. Tags are not known. */
enum yaml_type yaml_type(const struct yaml_node *scalar);

#endif
