/* See render.h. Masks become white textures with their coverage as alpha, coloured by colour and
 * alpha modulation. */
#include "render.h"

#include "masks.h"
#include "raster.h"

#include <stdlib.h>

struct ui_render {
    SDL_Renderer *renderer;
    struct ui_masks *masks;
    struct picture {
        SDL_Texture *texture;
        int width, height;
    } pictures[UI_N_SLOTS];
    uint8_t *mirrored; /* a frame's planes the other way round, when wanted */
    size_t mirrored_bytes;
};

static void free_texture(void *texture)
{
    SDL_DestroyTexture(texture);
}

int ui_render_create(SDL_Renderer *renderer, struct ui_fonts *fonts, struct ui_render **out)
{
    struct ui_render *render = *out = calloc(1, sizeof *render);
    if (!render)
        return fb_fail_nomem("a renderer", sizeof *render);
    render->renderer = renderer;
    int status = ui_masks_create(fonts, free_texture, &render->masks);
    if (status)
        ui_render_destroy(out);
    return status;
}

static void drop_pictures(struct ui_render *render)
{
    for (int i = 0; i < UI_N_SLOTS; i++) {
        if (render->pictures[i].texture)
            SDL_DestroyTexture(render->pictures[i].texture);
        render->pictures[i] = (struct picture){0};
    }
    free(render->mirrored);
    render->mirrored = NULL;
    render->mirrored_bytes = 0;
}

void ui_render_destroy(struct ui_render **render)
{
    if (!*render)
        return;
    drop_pictures(*render);
    ui_masks_destroy(&(*render)->masks);
    free(*render);
    *render = NULL;
}

void ui_render_reset(struct ui_render *render)
{
    drop_pictures(render);
    ui_masks_drop_textures(render->masks);
}

static bool open_picture(struct ui_render *render, struct picture *picture,
                         const struct fb_frame *frame)
{
    if (picture->texture && picture->width == frame->width && picture->height == frame->height)
        return true;
    if (picture->texture)
        SDL_DestroyTexture(picture->texture);
    SDL_SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "linear");
    picture->texture = SDL_CreateTexture(render->renderer, SDL_PIXELFORMAT_IYUV,
                                         SDL_TEXTUREACCESS_STREAMING, frame->width, frame->height);
    picture->width = frame->width;
    picture->height = frame->height;
    return picture->texture != NULL;
}

static void mirror_plane(uint8_t *to, const uint8_t *from, int width, int height, int stride)
{
    for (int y = 0; y < height; y++, to += width, from += stride)
        for (int x = 0; x < width; x++)
            to[x] = from[width - 1 - x];
}

/* Here rather than as a flipped copy, which SDL's software renderer does by rotating every pixel.
 */
static int upload_mirrored(struct ui_render *render, SDL_Texture *texture,
                           const struct fb_frame *frame)
{
    int w = frame->width, h = frame->height, half_w = (w + 1) / 2, half_h = (h + 1) / 2;
    size_t y_bytes = (size_t)w * (size_t)h, uv_bytes = (size_t)half_w * (size_t)half_h;
    if (render->mirrored_bytes < y_bytes + 2 * uv_bytes) {
        free(render->mirrored);
        render->mirrored = malloc(y_bytes + 2 * uv_bytes);
        render->mirrored_bytes = render->mirrored ? y_bytes + 2 * uv_bytes : 0;
    }
    if (!render->mirrored)
        return fb_fail_nomem("a mirrored picture", y_bytes + 2 * uv_bytes);
    uint8_t *y = render->mirrored, *u = y + y_bytes, *v = u + uv_bytes;
    mirror_plane(y, frame->y, w, h, frame->y_stride);
    mirror_plane(u, frame->u, half_w, half_h, frame->uv_stride);
    mirror_plane(v, frame->v, half_w, half_h, frame->uv_stride);
    return SDL_UpdateYUVTexture(texture, NULL, y, w, u, half_w, v, half_w);
}

static int upload(struct ui_render *render, int slot, const struct fb_frame *frame,
                  bool is_mirrored)
{
    struct picture *picture = &render->pictures[slot];
    SDL_SetYUVConversionMode(SDL_YUV_CONVERSION_JPEG); /* frames are full range BT.601 */
    int status = open_picture(render, picture, frame) ? 0 : -1;
    if (!status && is_mirrored)
        status = upload_mirrored(render, picture->texture, frame);
    else if (!status)
        status = SDL_UpdateYUVTexture(picture->texture, NULL, frame->y, frame->y_stride, frame->u,
                                      frame->uv_stride, frame->v, frame->uv_stride);
    if (status == FB_ERR_NOMEM)
        return status;
    if (status)
        return fb_fail(FB_ERR_DEVICE, "the display does not take a picture of %dx%d: %s",
                       frame->width, frame->height, SDL_GetError());
    return FB_OK;
}

int ui_render_upload(struct ui_render *render, const struct ui_view *view)
{
    int status = FB_OK;
    if (view->screen == UI_SCREEN_START) {
        const struct ui_start *start = view->start;
        if (start->demo.frame)
            status = upload(render, UI_SLOT_DEMO, start->demo.frame, false);
        for (int i = 0; i < start->n_cameras && !status; i++)
            if (start->cameras[i].frame)
                status = upload(render, UI_SLOT_CAMERA + i, start->cameras[i].frame, false);
    } else if (view->frame) {
        status = upload(render, UI_SLOT_VIDEO, view->frame, view->is_mirrored);
    }
    return status;
}

static void fill(void *user, struct ui_irect rect, struct ui_colour colour)
{
    struct ui_render *render = user;
    /* blending an opaque colour would give the same at several times the cost */
    SDL_SetRenderDrawBlendMode(render->renderer,
                               colour.a == 255 ? SDL_BLENDMODE_NONE : SDL_BLENDMODE_BLEND);
    SDL_SetRenderDrawColor(render->renderer, colour.r, colour.g, colour.b, colour.a);
    SDL_RenderFillRect(render->renderer, &(SDL_Rect){rect.x, rect.y, rect.w, rect.h});
}

static SDL_Texture *texture_of(struct ui_render *render, struct ui_mask *mask)
{
    if (mask->texture)
        return mask->texture;
    SDL_SetHint(SDL_HINT_RENDER_SCALE_QUALITY, "nearest"); /* masks are drawn px for px */
    SDL_Texture *texture =
        SDL_CreateTexture(render->renderer, SDL_PIXELFORMAT_ARGB8888, SDL_TEXTUREACCESS_STREAMING,
                          mask->width, mask->height);
    void *pixels;
    int pitch;
    if (!texture || SDL_LockTexture(texture, NULL, &pixels, &pitch)) {
        if (texture)
            SDL_DestroyTexture(texture);
        return NULL;
    }
    for (int y = 0; y < mask->height; y++) {
        uint32_t *row = (void *)((char *)pixels + (ptrdiff_t)y * pitch);
        for (int x = 0; x < mask->width; x++)
            row[x] = (uint32_t)mask->alpha[y * mask->stride + x] << 24 | 0xFFFFFFu;
    }
    SDL_UnlockTexture(texture);
    SDL_SetTextureBlendMode(texture, SDL_BLENDMODE_BLEND);
    return mask->texture = texture;
}

static void draw_mask(void *user, struct ui_mask *mask, struct ui_irect part, int x, int y,
                      struct ui_colour colour)
{
    struct ui_render *render = user;
    SDL_Texture *texture = texture_of(render, mask);
    if (!texture)
        return;
    SDL_SetTextureColorMod(texture, colour.r, colour.g, colour.b);
    SDL_SetTextureAlphaMod(texture, colour.a);
    SDL_RenderCopy(render->renderer, texture, &(SDL_Rect){part.x, part.y, part.w, part.h},
                   &(SDL_Rect){x, y, part.w, part.h});
}

static void draw_frame(void *user, struct ui_irect rect, int slot)
{
    struct ui_render *render = user;
    if (render->pictures[slot].texture)
        SDL_RenderCopy(render->renderer, render->pictures[slot].texture, NULL,
                       &(SDL_Rect){rect.x, rect.y, rect.w, rect.h});
}

static void clip(void *user, struct ui_irect rect)
{
    struct ui_render *render = user;
    bool is_off = rect.w <= 0 || rect.h <= 0;
    SDL_RenderSetClipRect(render->renderer,
                          is_off ? NULL : &(SDL_Rect){rect.x, rect.y, rect.w, rect.h});
}

void ui_render_draw(struct ui_render *render, const struct ui_draw_list *list)
{
    static const struct ui_raster_target target = {fill, draw_mask, draw_frame, clip};
    ui_raster(list, render->masks, &target, render);
    SDL_RenderSetClipRect(render->renderer, NULL);
}
