/* Where corners lie in a tile's rows and in a patch: see enum cas_layout. */
#include "program_build.h"

static int round_up(int n, int unit)
{
    return (n + unit - 1) / unit * unit;
}

void cas_plan_geometry(const struct cas_model *model, struct cas_geometry *geometry)
{
    int w = model->window_w;
    geometry->window_w = w;
    geometry->window_h = model->window_h;
    geometry->n_planes = model->has_tilted ? 2 : 1;
    geometry->copy_words = round_up(112 + w + CAS_LANES, 64);
    geometry->pitch_words = 2 * geometry->copy_words * geometry->n_planes;
    geometry->tile_windows[1] = (geometry->copy_words - w - CAS_LANES) / CAS_LANES * CAS_LANES;
    geometry->tile_windows[2] =
        (geometry->copy_words / 2 - w / 2 - 1 - CAS_LANES) / CAS_LANES * CAS_LANES;
    geometry->patch_words = (w + 1) * (model->window_h + 1) * geometry->n_planes * CAS_LANES;
}

static int place(const struct cas_geometry *geometry, enum cas_layout layout,
                 const struct cas_corner *corner)
{
    if (layout == CAS_PATCH)
        return ((corner->plane * (geometry->window_h + 1) + corner->y) * (geometry->window_w + 1) +
                corner->x) *
               CAS_LANES;
    bool is_odd = layout == CAS_STEP1_ODD || layout == CAS_STEP2_ODD;
    bool is_step2 = layout == CAS_STEP2_EVEN || layout == CAS_STEP2_ODD;
    int at = is_step2 ? corner->x / 2 : corner->x;
    bool is_second = (at + (is_odd ? CAS_LANES : 0)) % (2 * CAS_LANES) > CAS_LANES;
    return corner->y * geometry->pitch_words + corner->plane * 2 * geometry->copy_words +
           (is_second ? geometry->copy_words + CAS_LANES : 0) +
           (is_step2 && corner->x % 2 ? geometry->copy_words / 2 : 0) + at;
}

void cas_place_all(const struct cas_program *program, enum cas_layout layout,
                   const struct cas_corner *corners, int n, uint16_t *out)
{
    for (int i = 0; i < n; i++)
        out[i] = (uint16_t)place(&program->geometry, layout, &corners[i]);
}
