/* The table of augmentation fields: ranges, presets, text form. */
#include "nn/augment.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NONE, LIGHT, STRONG, PRESET_COUNT };
static const char *const preset_names[] = {"none", "light", "strong"};
_Static_assert(sizeof preset_names / sizeof *preset_names == PRESET_COUNT, "a name per preset");

static const struct field {
    const char *name;
    size_t offset;
    float low, high;
    float presets[PRESET_COUNT];
} fields[] = {
#define FIELD(name, low, high, ...)                                                                \
    {#name, offsetof(struct nn_augment_settings, name), low, high, {__VA_ARGS__}}
    /*    field           low    high   none light strong */
    FIELD(flip,           0.0f,  1.0f,  0, 0.5f,  0.5f),
    FIELD(rotation,       0.0f,  45.0f, 0, 10.0f, 20.0f),
    FIELD(scale,          0.0f,  0.5f,  0, 0.08f, 0.15f),
    FIELD(shift,          0.0f,  0.5f,  0, 0.05f, 0.08f),
    FIELD(shear,          0.0f,  0.5f,  0, 0.0f,  0.10f),
    FIELD(box_jitter,     0.0f,  0.3f,  0, 0.0f,  0.05f),
    FIELD(brightness,     0.0f,  1.0f,  0, 0.08f, 0.15f),
    FIELD(contrast,       0.0f,  2.0f,  0, 0.20f, 0.50f),
    FIELD(gamma,          0.0f,  2.0f,  0, 0.0f,  0.40f),
    FIELD(light,          0.0f,  1.0f,  0, 0.0f,  0.25f),
    FIELD(low_resolution, 0.0f,  1.0f,  0, 0.0f,  0.25f),
    FIELD(low_side_min,   8.0f,  128.0f, 18.0f, 18.0f, 18.0f),
    FIELD(low_side_max,   8.0f,  128.0f, 36.0f, 36.0f, 36.0f),
    FIELD(noise,          0.0f,  64.0f, 0, 0.0f,  8.0f),
    FIELD(erase,          0.0f,  1.0f,  0, 0.0f,  0.25f),
    FIELD(mixup,          0.0f,  1.0f,  0, 0.0f,  0.30f),
    FIELD(mixup_alpha,    0.05f, 1.0f,  0.2f, 0.2f, 0.2f),
#undef FIELD
};
#define N_FIELDS (sizeof fields / sizeof *fields)
_Static_assert(N_FIELDS * sizeof(float) == sizeof(struct nn_augment_settings), "a row per field");

static float *value_of(struct nn_augment_settings *settings, const struct field *field)
{
    return (float *)(void *)((char *)settings + field->offset);
}

static float get(const struct nn_augment_settings *settings, const struct field *field)
{
    float value;
    memcpy(&value, (const char *)settings + field->offset, sizeof value);
    return value;
}

int nn_augment_preset(const char *name, struct nn_augment_settings *out)
{
    for (int p = 0; p < PRESET_COUNT; p++) {
        if (strcmp(name, preset_names[p]))
            continue;
        for (size_t i = 0; i < N_FIELDS; i++)
            *value_of(out, &fields[i]) = fields[i].presets[p];
        return FB_OK;
    }
    return fb_fail(FB_ERR_USAGE, "augmentation \"%.40s\" is unknown; it is none, light or strong, then "
                   "changes as in strong,erase=0.3", name);
}

int nn_augment_check(const struct nn_augment_settings *settings)
{
    for (size_t i = 0; i < N_FIELDS; i++) {
        float value = get(settings, &fields[i]);
        if (!(value >= fields[i].low && value <= fields[i].high))
            return fb_fail(FB_ERR_USAGE, "augmentation: %s=%g is outside %g..%g", fields[i].name,
                           (double)value, (double)fields[i].low, (double)fields[i].high);
    }
    if (settings->low_side_min > settings->low_side_max)
        return fb_fail(FB_ERR_USAGE, "augmentation: low_side_min=%g is over low_side_max=%g",
                       (double)settings->low_side_min, (double)settings->low_side_max);
    return FB_OK;
}

static int parse_change(char *change, struct nn_augment_settings *out)
{
    char *equals = strchr(change, '=');
    if (!equals)
        return fb_fail(FB_ERR_USAGE, "augmentation: \"%.40s\" is no change; write field=value", change);
    *equals = '\0';
    for (size_t i = 0; i < N_FIELDS; i++) {
        char *end;
        if (strcmp(change, fields[i].name))
            continue;
        float value = strtof(equals + 1, &end);
        if (end == equals + 1 || *end)
            return fb_fail(FB_ERR_USAGE, "augmentation: %s=%.20s is no number", change, equals + 1);
        *value_of(out, &fields[i]) = value;
        return FB_OK;
    }
    return fb_fail(FB_ERR_USAGE, "augmentation: no field \"%.40s\"; fields are flip, rotation, scale, "
                   "shift, shear, box_jitter, brightness, contrast, gamma, light, low_resolution, "
                   "low_side_min, low_side_max, noise, erase, mixup, mixup_alpha", change);
}

int nn_augment_parse(const char *text, struct nn_augment_settings *out)
{
    char copy[512];
    if (strlen(text) >= sizeof copy)
        return fb_fail(FB_ERR_USAGE, "augmentation: longer than %zu characters", sizeof copy - 1);
    strcpy(copy, text);
    char *rest = copy;
    int status = nn_augment_preset(strsep(&rest, ","), out);
    while (status == FB_OK && rest)
        status = parse_change(strsep(&rest, ","), out);
    return status < 0 ? status : nn_augment_check(out);
}

int nn_augment_format(const struct nn_augment_settings *settings, char *text, size_t n_bytes)
{
    struct nn_augment_settings none;
    size_t used = (size_t)snprintf(text, n_bytes, "none");
    int status = nn_augment_preset("none", &none);
    for (size_t i = 0; status == FB_OK && i < N_FIELDS && used < n_bytes; i++) {
        float value = get(settings, &fields[i]), none_value = get(&none, &fields[i]);
        if (value < none_value || value > none_value)
            used += (size_t)snprintf(text + used, n_bytes - used, ",%s=%.6g", fields[i].name,
                                     (double)value);
    }
    return used < n_bytes ? status : fb_fail(FB_ERR_FAILED, "the augmentation's text is cut off");
}
