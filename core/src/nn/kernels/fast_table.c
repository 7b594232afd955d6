/* The table of one instruction set's kernels. */
#include "kernels/fast.h"
#include "kernels/tile.h"

#define NN_TEXT_(x) #x
#define NN_TEXT(x) NN_TEXT_(x)

void NN_FAST(nn_direct)(const struct nn_direct *, const float *, const float *, float *, struct nn_range,
                        struct nn_range);
void NN_FAST(nn_depthwise)(const struct nn_depthwise *, const float *, const float *, float *, struct nn_range);
void NN_FAST(nn_direct_outer)(const struct nn_direct_outer *, const float *, const float *, int, float *);
void NN_FAST(nn_winograd)(const struct nn_winograd *, const float *, const float *, float *, struct nn_range,
                          struct nn_range, float *);
void NN_FAST(nn_winograd_weights)(const struct nn_winograd_weights *, int, const float *, float *);
void NN_FAST(nn_winograd_outer)(const struct nn_winograd *, const float *, const float *, struct nn_range, float *,
                                float *);
void NN_FAST(nn_winograd_d_weights)(const struct nn_winograd_weights *, int, const float *, float *);
void NN_FAST(nn_convert)(const struct nn_blocked *, const float *, const struct nn_blocked *, float *, int);
void NN_FAST(nn_pointwise)(const struct nn_epilogue *, const struct nn_blocked *, const float *,
                           const struct nn_blocked *, const float *, const struct nn_blocked *, float *, int);

const struct nn_fast NN_FAST(nn_fast) = {
    .name = NN_TEXT(NN_ISA),
    .lanes = NN_LANES,
    .n_tile_vectors = MAX_VECTORS,
    .direct = NN_FAST(nn_direct),
    .depthwise = NN_FAST(nn_depthwise),
    .direct_outer = NN_FAST(nn_direct_outer),
    .winograd = NN_FAST(nn_winograd),
    .winograd_weights = NN_FAST(nn_winograd_weights),
    .winograd_outer = NN_FAST(nn_winograd_outer),
    .winograd_d_weights = NN_FAST(nn_winograd_d_weights),
    .convert = NN_FAST(nn_convert),
    .pointwise = NN_FAST(nn_pointwise),
};
