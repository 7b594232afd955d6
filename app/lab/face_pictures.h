/* The pictures of a nn/faces.h list, loaded. */
#ifndef APP_FACE_PICTURES_H
#define APP_FACE_PICTURES_H

#include "base/pool.h"
#include "nn/faces.h"

enum app_face_part { APP_FACES_ALL, APP_FACES_VALID };

/* Reads csv and loads the pictures it names, which lie in folder, over the pool (which may be NULL). FB_ERR_INPUT, FB_ERR_NOMEM,
 * FB_ERR_INTERRUPTED. */
FB_MUST_USE int app_faces_load(const char *csv, const char *folder, enum app_face_part part, struct fb_pool *pool,
                               struct nn_faces **out);
/* DIR/boxes.csv with DIR/images. */
FB_MUST_USE int app_faces_load_folder(const char *dir, enum app_face_part part, struct fb_pool *pool, struct nn_faces **out);

#endif
