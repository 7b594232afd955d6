/* The eight expressions, in FER+'s order, which is the order of every vector of eight here. */
#ifndef FB_BASE_EXPRESSION_H
#define FB_BASE_EXPRESSION_H

enum fb_expression {
    FB_NEUTRAL,
    FB_HAPPINESS,
    FB_SURPRISE,
    FB_SADNESS,
    FB_ANGER,
    FB_DISGUST,
    FB_FEAR,
    FB_CONTEMPT,
    FB_EXPRESSION_COUNT,
};

/* "neutral" ...; static storage. "not sure" for anything outside the eight. */
const char *fb_expression_name(int expression);

/* The expression of that name (exact, lower case), or -1. */
int fb_expression_from_name(const char *name);

#endif
