/* The Lua state of a mapping, and what its parts share. Every call into Lua that can fail is protected: an error never jumps over the host's frames. */
#ifndef BILLHOOK_REST_SCRIPT_H
#define BILLHOOK_REST_SCRIPT_H
#include "rest.h"
#include <lauxlib.h>
#include <lua.h>
#include <lualib.h>

typedef struct rest_script { lua_State *L; size_t bytes; } rest_script;

/* ---- script_row.c ---- */
/* Pushes a JSON value: numbers as the texts that they are. The stack has one value more where it comes back with BH_OK. */
bh_status rest_script_push(const rest *r, int32_t kind, bh_str text, int depth);
/* The message of a failed protected call, off the stack. */
bh_status rest_script_failed(const rest *r);
/* ---- script_fact.c ---- */
/* Pushes the fact as a table. To be called protected. */
int rest_script_fact_push(lua_State *L); /* argument: a light rest_fact * */
/* Takes what the function gave back (the value on top) apart, and emits it. */
bh_status rest_script_facts_take(rest_run *x);
#endif
