/* The nets in models/: they parse, and have the number of parameters they are known by. */
#include "nn/net.h"
#include "test.h"

static void check_net(const char *name, size_t n_all, size_t n_statistics)
{
    char path[512];
    struct nn_net *net;
    snprintf(path, sizeof path, "%s/models/%s.net", getenv("FELTBOARD_SOURCE_ROOT"), name);
    if (!CHECK_MSG(nn_net_load(path, &net) == FB_OK, "%s", fb_error_text()))
        return;
    size_t n = 0;
    for (int i = 0; i < nn_net_n_params(net); i++)
        n += nn_net_param(net, i)->n;
    CHECK_INT(n, n_all);
    CHECK_INT(nn_net_n_weights(net), n_all - n_statistics);
    CHECK_INT(nn_net_output(net).c, 8);
    nn_net_destroy(&net);
}

static void baseline(void)
{
    check_net("baseline", 2217800, 0);
}

static void bn_dropout(void)
{
    check_net("bn_dropout", 1917000, 512);
}

static void bn_dropout_aug(void)
{
    check_net("bn_dropout_aug", 3624264, 1792);
}

int main(int argc, char **argv)
{
    static const struct test tests[] = {
        {"baseline", baseline},
        {"bn_dropout", bn_dropout},
        {"bn_dropout_aug", bn_dropout_aug},
    };
    return test_main(tests, TEST_COUNT(tests), argc, argv);
}
