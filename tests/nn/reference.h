/* The net computed in double precision by plain loops, written apart from the layers it checks.
 * Input and outputs are (n, C, H, W); values lie as in the net's arena. */
#ifndef TEST_NN_REFERENCE_H
#define TEST_NN_REFERENCE_H

#include "layer.h"

struct reference {
    const struct nn_net *net;
    int n;
    bool is_training;
    uint64_t seed;        /* of the step, for dropout */
    const double *values; /* parameters */
    double *outputs[NN_NET_MAX_LAYERS];
};

void reference_init(struct reference *reference, const struct nn_net *net, int n);
void reference_finish(struct reference *reference);
/* x as float, since the run gets the same. */
void reference_forward(struct reference *reference, const float *x);

#endif
