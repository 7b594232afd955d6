#include "kernel.h"
bool cas_has_avx2(void)
{
    return false;
}
const struct cas_kernel cas_kernel_avx2 = {0};
