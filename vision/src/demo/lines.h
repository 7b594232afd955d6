/* A face's fine lines (lids, iris, brows, lips), which a mean over many faces has lost, drawn as
 * the expression holds them. Threads: any; no state. */
#ifndef VIS_DEMO_LINES_H
#define VIS_DEMO_LINES_H

/* Centres of the eye and mouth, in face squares from the face's centre; the other eye is at -x. */
#define DEMO_EYE_X (-0.205f)
#define DEMO_EYE_Y (-0.165f)
#define DEMO_MOUTH_Y 0.300f

/* What to add to the face's detail (face.h) at (x, y) in face squares. expression: enum
 * fb_expression. */
float demo_line_detail(float x, float y, int expression);

#endif
