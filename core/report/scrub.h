/* Taking secrets, people and places out of a recorded session, consistently: the same text is replaced by the same text everywhere, so that the session
 * still fits together. */
#ifndef BH_SCRUB_H
#define BH_SCRUB_H
#include "base/json.h"
#include "plugin/pull.h"

typedef struct bh_scrub bh_scrub;
/* The plugin's manifest says which options are secrets; what stands in the others and in their defaults is kept where it stands alone as a word. */
bh_scrub *bh_scrub_new(const bh_manifest *m, const bh_pull_option *options, size_t n);
void bh_scrub_free(bh_scrub *s);
/* Notes what is to be replaced in a JSON answer: names, addresses, tokens by the names of their members. All answers first, then the texts. */
void bh_scrub_learn(bh_scrub *s, const bh_node *answer);
/* A member whose texts are names, whatever it is called; "data.OrgName" is OrgName. Before bh_scrub_learn(). */
void bh_scrub_member(bh_scrub *s, const char *name);
/* What the connector makes of the answers. Its ids stay; all of them first. Its names, domains, descriptions (`attribute` empty) and attributes are replaced
 * wherever they stand, whatever the member is called. */
void bh_scrub_id(bh_scrub *s, bh_str id);
void bh_scrub_emitted(bh_scrub *s, bh_str attribute, bh_str value);
/* Then all answers: a member most of whose texts are such names holds names, those of what was passed over as well. */
void bh_scrub_count(bh_scrub *s, const bh_node *answer);
/* After the trees: the members with texts that were left as they were, "data.role", a line each, each once. Until bh_scrub_free(). */
bh_str bh_scrub_left(const bh_scrub *s);
/* The tree with everything replaced, in `a`. */
bh_node *bh_scrub_tree(bh_scrub *s, bh_arena *a, const bh_node *n);
/* A URL, a request's body, an answer that is no JSON. */
bh_str bh_scrub_text(bh_scrub *s, bh_arena *a, bh_str text);
/* Two tokens that came of the same request are one: the three calls of a recording log in each for itself. */
void bh_scrub_same_token(bh_scrub *s, bh_str token, bh_str first);
/* A token that the host has put into a header. */
bh_str bh_scrub_token(bh_scrub *s, bh_str token);
/* An option's value as the session keeps it. */
bh_str bh_scrub_option(bh_scrub *s, bh_arena *a, const bh_pull_option *o);
#endif
