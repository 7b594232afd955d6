/* The CSVs of the data sets: the input is up to two files with a form feed between them: fer2013new.csv and
 * fer2013.csv (Kaggle's pair); the first is read as boxes of faces, too. */
#include "fuzz.h"

#include "nn/data.h"
#include "nn/faces.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *feed = size ? memchr(data, '\f', size) : NULL;
    size_t n_first = feed ? (size_t)(feed - data) : size;
    char kaggle[256];
    snprintf(kaggle, sizeof kaggle, "%s/fer2013.csv", fuzz_folder());
    if (feed)
        fuzz_put("fer2013.csv", feed + 1, size - n_first - 1);
    else
        unlink(kaggle);
    const char *path = fuzz_put("fer2013new.csv", data, n_first);
    struct nn_faces *faces = NULL;
    struct nn_data *set = NULL;
    (void)!nn_faces_read(path, &faces);
    nn_faces_destroy(&faces);
    struct nn_selection *selection = NULL;
    struct nn_select_settings select = nn_select_default_settings();
    if (!nn_data_load(fuzz_folder(), NULL, &set))
        (void)!nn_data_select(set, &select, &selection);
    nn_selection_destroy(&selection);
    nn_data_destroy(&set);
    return 0;
}

#define HEAD "Usage,Image name,neutral,happiness,surprise,sadness,anger,disgust,fear,contempt,unknown,NF\n"

void fuzz_seeds(void)
{
    static char pair[40000];
    int n = snprintf(pair, sizeof pair, HEAD "Training,fer0000000.png,4,0,0,1,3,2,0,0,0,0\n"
                     "PublicTest,,6,0,1,1,0,0,0,0,2,0\nPrivateTest,fer2.png,0,10,0,0,0,0,0,0,0,0\n\femotion,pixels,Usage\n");
    static const char *const usages[] = {"Training", "PublicTest", "PrivateTest"};
    for (int row = 0; row < 3; row++) {
        n += snprintf(pair + n, sizeof pair - (size_t)n, "0,");
        for (int i = 0; i < NN_FACE_PX; i++)
            n += snprintf(pair + n, sizeof pair - (size_t)n, "%d%s", i % 7, i + 1 < NN_FACE_PX ? " " : "");
        n += snprintf(pair + n, sizeof pair - (size_t)n, ",%s\n", usages[row]);
    }
    fuzz_seed("kaggle", pair, (size_t)n);
    fuzz_seed_text("alone", HEAD "Training,fer0000000.png,4,0,0,1,3,2,0,0,0,0\n");
    fuzz_seed_text("boxes", "file,x,y,w,h,ignore\na.jpg,1,2,30,40,0\na.jpg,5.5,6,0,0,1\nb/c.jpg,1,1,2,2,0\n");
}
